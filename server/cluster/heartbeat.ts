import * as z from 'zod';
import type {ClusterFacts} from '../../shared/facts/cluster.ts';
import {known, unknown, wentStale} from '../../shared/facts/fact.ts';
import {ok, type Result} from '../../shared/problem.ts';
import type {Clock} from '../engine/clock.ts';
import type {Bell} from './bell.ts';
import type {Session} from './session.ts';
import type {Answer} from './transport.ts';

/** Watches are silent when nothing changes and when etcd hangs: only asking tells which. */
const periodMs = {well: 10_000, ill: 2000};
const deadlineMs = 5000;
const Version = z.object({gitVersion: z.string()});

export type Heartbeat = {
	readonly fact: () => ClusterFacts['api'];
	readonly run: (signal: AbortSignal) => Promise<void>;
};

/** Asks `/readyz` (which fails while etcd does not answer) and the version. */
export async function askReady(
	session: Session,
	signal: AbortSignal,
): Promise<Answer<{readonly version: string; readonly latencyMs: number}>> {
	const reader = await session.reader(signal);
	if (!reader.ok) return reader;
	const {transport} = reader.value;
	const began = performance.now();
	const ready = await transport.lines(
		{method: 'GET', path: '/readyz', asked: 'ask whether it is ready'},
		{idleMs: deadlineMs},
		AbortSignal.any([signal, AbortSignal.timeout(deadlineMs)]),
	);
	if (!ready.ok) {
		session.failed(reader.value, ready);
		return ready;
	}
	for await (const _ of ready.value) break;
	const latencyMs = Math.round(performance.now() - began);
	const answer = await transport.json({method: 'GET', path: '/version', asked: 'ask its version', deadlineMs}, signal);
	if (!answer.ok) return answer;
	return ok({version: Version.safeParse(answer.value).data?.gitVersion ?? 'unknown', latencyMs});
}

export function makeHeartbeat(ports: {
	readonly session: Session;
	readonly clock: Clock;
	/** Ends the waiting between two beats. */
	readonly own: Bell;
	readonly changed: () => void;
	/** The API answers again after it did not. */
	readonly recovered: () => void;
}): Heartbeat {
	const {session, clock, own, changed, recovered} = ports;
	let fact: ClusterFacts['api'] = unknown('not asked yet');
	let misses = 0;

	const beat = async (signal: AbortSignal): Promise<void> => {
		const answer = await askReady(session, signal);
		if (signal.aborted) return;
		if (answer.ok) {
			const was = fact;
			misses = 0;
			const alike =
				was.state === 'known' &&
				was.value.version === answer.value.version &&
				nearly(was.value.latencyMs, answer.value.latencyMs);
			fact = alike ? {...was, at: clock.now()} : known(answer.value, clock.now());
			if (!alike) changed();
			if (was.state !== 'known') recovered();
			return;
		}
		misses++;
		// One miss may be a busy moment; a kubeconfig that is gone is not.
		const next =
			answer.problem.code === 'cluster.timed-out' && misses === 1 ? fact : wentStale(fact, answer.problem.what);
		const same =
			next.state === fact.state && (next.state === 'known' || fact.state === 'known' || next.why === fact.why);
		fact = next;
		if (!same) changed();
	};

	return {
		fact: () => fact,
		run: async signal => {
			while (!signal.aborted) {
				await beat(signal);
				await own.wait(misses === 0 ? periodMs.well : periodMs.ill, signal);
			}
		},
	};
}

/** Latency is shown, not judged: only a change a person would call one is worth a new view. */
const nearly = (a: number, b: number): boolean => Math.abs(a - b) <= Math.max(50, Math.max(a, b) / 2);

/** The same question as an operation asks it. */
export async function readyNow(session: Session, signal: AbortSignal): Promise<Result<{readonly version: string}>> {
	const answer = await askReady(session, signal);
	return answer.ok ? ok({version: answer.value.version}) : answer;
}
