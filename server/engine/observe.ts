import {type Fact, known, unknown, wentStale} from '../../shared/facts/fact.ts';
import type {HostFacts, JournalExcerpt, ProbeFact} from '../../shared/facts/host.ts';
import type {Problem, Result} from '../../shared/problem.ts';
import type {Host} from '../host/host.ts';
import type {Registry} from '../registry/registry.ts';
import type {Clock} from './clock.ts';

const hostEveryMs = 5000;
const probeEveryMs = 60_000;
const loginEveryMs = 10_000;
const journalEveryMs = 30_000;
const probeDeadlineMs = 10_000;
/** Lines of a unit's journal that diagnosis may read. */
const journalLines = 60;

/** What the observer needs to know to look in the right places; asked anew each time. */
export type Interest = {
	readonly registryHost: string;
	/** The name that has to be looked up to reach it; undefined where its mirror is a plain address. */
	readonly registryName: () => string | undefined;
	readonly registry: () => Registry;
	/** The page whose answer decides LOGIN, once it may be expected to answer. */
	readonly loginPage: () => string | undefined;
	/** The k3s journal is read only while something is unclear. */
	readonly wantsJournal: () => boolean;
};

export type Observer = {
	/** Begins to look; whatever it asks must exist by then. */
	readonly start: () => void;
	readonly facts: () => HostFacts;
	readonly loginProbe: () => ProbeFact | undefined;
	/** Probes everything at once, now: after a fix, or when a person asks. */
	readonly probeNow: () => Promise<void>;
};

const nothingSeen: HostFacts = {
	machine: unknown('not read yet'),
	network: unknown('not read yet'),
	disks: unknown('not read yet'),
	memory: unknown('not read yet'),
	clock: unknown('not read yet'),
	services: unknown('not read yet'),
	rebootRequired: unknown('not read yet'),
	probes: [],
	journals: [],
};

/** Once started, looks at the machine again and again until the signal aborts; every look may fail and then only ages its facts. */
export function observe(
	host: Host,
	clock: Clock,
	interest: Interest,
	changed: () => void,
	signal: AbortSignal,
): Observer {
	let facts = nothingSeen;
	const probes = new Map<string, ProbeFact>();
	let journals: readonly JournalExcerpt[] = [];
	const set = (next: Partial<HostFacts>) => {
		facts = {...facts, ...next, probes: [...probes.values()], journals};
		changed();
	};

	const readHost = async () => {
		// Its commands have deadlines of their own: on a slow machine late facts are better than none.
		const next = await host.facts(signal);
		set(keepLast(facts, next));
	};
	const put = (probe: ProbeFact) => {
		probes.set(`${probe.check} ${probe.target}`, probe);
		set({});
	};
	const probeNames = async () => {
		const began = clock.elapsed();
		const name = interest.registryName();
		if (name === undefined) {
			const outcome = 'not needed: releases come from an address of this site';
			put({check: 'dns', target: interest.registryHost, at: clock.now(), ok: true, outcome, latencyMs: 0});
			return;
		}
		const answer = await host.lookup(name, undefined, AbortSignal.any([signal, AbortSignal.timeout(probeDeadlineMs)]));
		put({
			check: 'dns',
			target: interest.registryHost,
			at: clock.now(),
			ok: answer.ok,
			outcome: answer.ok ? `found ${answer.value[0] ?? ''}` : words(answer.problem),
			...(!answer.ok && {code: answer.problem.code}),
			latencyMs: clock.elapsed() - began,
		});
	};
	const probeRegistry = async () => {
		const answer = await interest
			.registry()
			.ping(interest.registryHost, AbortSignal.any([signal, AbortSignal.timeout(probeDeadlineMs)]));
		put({
			check: 'registry',
			target: interest.registryHost,
			at: clock.now(),
			ok: answer.ok,
			outcome: answer.ok ? `answers in ${Math.round(answer.value.latencyMs)} ms` : words(answer.problem),
			...(!answer.ok && {code: answer.problem.code}),
			...(answer.ok && {latencyMs: answer.value.latencyMs}),
		});
	};
	const probeLogin = async () => {
		const url = interest.loginPage();
		if (url === undefined) {
			for (const key of probes.keys()) if (key.startsWith('appUrl ')) probes.delete(key);
			return;
		}
		const answer = await host.fetch(url, AbortSignal.any([signal, AbortSignal.timeout(probeDeadlineMs)]));
		put(loginVerdict(url, clock.now(), answer));
	};
	const readJournal = async () => {
		if (!interest.wantsJournal()) {
			if (journals.length > 0) {
				journals = [];
				set({});
			}
			return;
		}
		const lines = await host.run({
			argv: ['journalctl', '--unit', 'k3s', '--lines', String(journalLines), '--output', 'cat', '--no-pager'],
			deadlineMs: probeDeadlineMs,
			signal,
		});
		if (!lines.ok) return; // No journal is no evidence; the service's state is told by the facts.
		journals = [
			{
				source: 'unit',
				unit: 'k3s',
				lines: lines.value.split('\n').filter(Boolean).slice(-journalLines),
				at: clock.now(),
			},
		];
		set({});
	};

	const every = async (ms: number, look: () => Promise<void>) => {
		while (!signal.aborted) {
			await look().catch((error: unknown) => {
				if (!signal.aborted) throw error;
			});
			await clock.sleep(ms, signal).catch(() => undefined); // Rejected only by the signal, which ends the loop.
		}
	};
	return {
		start: () => {
			const network = host.watchNetwork(seen => set({network: known(seen, clock.now())}));
			signal.addEventListener('abort', () => network[Symbol.dispose](), {once: true});
			void every(hostEveryMs, readHost);
			void every(probeEveryMs, async () => void (await Promise.all([probeNames(), probeRegistry()])));
			void every(loginEveryMs, probeLogin);
			void every(journalEveryMs, readJournal);
		},
		facts: () => facts,
		loginProbe: () => [...probes.values()].find(probe => probe.check === 'appUrl'),
		probeNow: async () => void (await Promise.all([readHost(), probeNames(), probeRegistry(), probeLogin()])),
	};
}

/** A group that could not be read this time keeps its last value and its age. */
function keepLast(before: HostFacts, now: HostFacts): HostFacts {
	const keep = <T>(old: Fact<T>, fresh: Fact<T>): Fact<T> =>
		fresh.state === 'unknown' ? (old.state === 'unknown' ? fresh : wentStale(old, fresh.why)) : fresh;
	return {
		...now,
		machine: keep(before.machine, now.machine),
		network: keep(before.network, now.network),
		disks: keep(before.disks, now.disks),
		memory: keep(before.memory, now.memory),
		clock: keep(before.clock, now.clock),
		services: keep(before.services, now.services),
		rebootRequired: keep(before.rebootRequired, now.rebootRequired),
	};
}

/** A login or dashboard page, or a redirect to one; a page that answers with an error is no login (DESIGN §4). */
function loginVerdict(
	url: string,
	at: number,
	answer: Result<{status: number; headers: Readonly<Record<string, string>>; latencyMs: number}>,
): ProbeFact {
	const common = {check: 'appUrl', target: url, at};
	if (!answer.ok) return {...common, ok: false, code: answer.problem.code, outcome: words(answer.problem)};
	const {status, headers, latencyMs} = answer.value;
	const redirect = headers.location;
	const leadsToLogin = redirect !== undefined && /login|sign-?in|auth|dashboard|msp/i.test(redirect);
	const accepted = status === 200 || ([301, 302, 303, 307, 308].includes(status) && leadsToLogin);
	return {
		...common,
		ok: accepted,
		status,
		latencyMs,
		outcome: `status=${status}${redirect ? ` redirect=${redirect}` : ''}`,
		...(redirect !== undefined && {redirect}),
	};
}

const words = (problem: Problem) => `${problem.what}${problem.detail ? ` (${problem.detail.slice(0, 200)})` : ''}`;
