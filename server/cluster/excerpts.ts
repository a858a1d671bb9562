import type {ClusterFacts, Container, LogExcerpt, Pod} from '../../shared/facts/cluster.ts';
import type {Result} from '../../shared/problem.ts';
import type {Clock} from '../engine/clock.ts';
import type {Bell} from './bell.ts';
import type {PodLogQuery} from './pod-log.ts';

const tailLines = 50;
/** Most containers looked at, and longest line kept: together at most about 4 MB. */
const maxExcerpts = 40;
const maxLine = 2000;
/** A container still in trouble is read again after this long, and never two within the pace. */
const againMs = 30_000;
const paceMs = 500;

/** Last lines of what is in trouble, and of nothing else. */
export type Excerpts = {
	readonly list: () => readonly LogExcerpt[];
	readonly run: (signal: AbortSignal) => Promise<void>;
};

type Wish = {readonly key: string; readonly state: string; readonly query: PodLogQuery};

export function makeExcerpts(ports: {
	readonly pods: () => ClusterFacts['pods'];
	readonly read: (query: PodLogQuery, signal: AbortSignal) => Promise<Result<readonly string[]>>;
	readonly clock: Clock;
	/** Rung when pods changed. */
	readonly bell: Bell;
	/** Masks what must not be shown. */
	readonly mask: (line: string) => string;
	readonly changed: () => void;
}): Excerpts {
	const {pods, read, clock, bell, mask, changed} = ports;
	const held = new Map<
		string,
		{readonly state: string; readonly triedAt: number; readonly excerpt: LogExcerpt | undefined}
	>();
	let list: readonly LogExcerpt[] = [];

	const publish = () => {
		list = [...held.values()].flatMap(each => each.excerpt ?? []);
		changed();
	};
	const due = (wishes: readonly Wish[]): Wish | undefined => {
		const now = clock.elapsed();
		return (
			wishes.find(wish => held.get(wish.key)?.state !== wish.state) ??
			// A previous container's log is over: it is read once per restart.
			wishes.find(wish => !wish.query.previous && now - (held.get(wish.key)?.triedAt ?? now) >= againMs)
		);
	};
	const fetch = async ({key, state, query}: Wish, signal: AbortSignal): Promise<void> => {
		const answer = await read(query, signal);
		if (signal.aborted) return;
		const before = held.get(key)?.excerpt;
		const lines = answer.ok ? answer.value.map(line => mask(line.slice(0, maxLine))) : before?.lines;
		const same =
			before !== undefined &&
			lines !== undefined &&
			before.lines.length === lines.length &&
			before.lines.every((line, index) => line === lines[index]);
		const {namespace, pod, container, previous} = query;
		const excerpt =
			lines === undefined || lines.length === 0
				? undefined
				: same
					? before
					: {namespace, pod, container, previous, lines, at: clock.now()};
		held.set(key, {state, triedAt: clock.elapsed(), excerpt});
		if (excerpt !== before) publish();
	};

	return {
		list: () => list,
		run: async signal => {
			while (!signal.aborted) {
				const fact = pods();
				const wishes = fact.state === 'known' ? fact.value.flatMap(wishesOf).slice(0, maxExcerpts) : [];
				// While pods are not known nothing is forgotten: the last lines are what a technician needs then.
				if (fact.state === 'known' && forget(held, wishes)) publish();
				const next = due(wishes);
				if (next !== undefined) {
					await fetch(next, signal);
					if (!signal.aborted) await pauseQuietly(clock, paceMs, signal);
				} else await bell.wait(wishes.length > 0 ? againMs / 6 : againMs, signal);
			}
		},
	};
}

async function pauseQuietly(clock: Clock, ms: number, signal: AbortSignal): Promise<void> {
	try {
		await clock.sleep(ms, signal);
	} catch (error) {
		if (!signal.aborted) throw error;
	}
}

/** Drops what is no longer in trouble; answers whether something that was shown went away. */
function forget(held: Map<string, {readonly excerpt: LogExcerpt | undefined}>, wishes: readonly Wish[]): boolean {
	const wanted = new Set(wishes.map(wish => wish.key));
	let gone = false;
	for (const [key, {excerpt}] of held) {
		if (wanted.has(key)) continue;
		held.delete(key);
		gone ||= excerpt !== undefined;
	}
	return gone;
}

/** The containers of a pod that are worth reading: not ready after they ran once, or ended badly. */
function wishesOf(pod: Pod): readonly Wish[] {
	if (pod.phase === 'Succeeded' || pod.deletedAt !== undefined) return [];
	return [...pod.initContainers, ...pod.containers].flatMap(container => {
		const wishes: Wish[] = [];
		const wish = (previous: boolean) => {
			const query = {namespace: pod.namespace, pod: pod.name, container: container.name, previous, tailLines};
			const key = `${pod.namespace}/${pod.name}/${pod.uid}/${container.name}/${previous ? 'previous' : 'current'}`;
			wishes.push({key, state: `${container.restarts} ${container.state.is}`, query});
		};
		if (!inTrouble(container)) return wishes;
		if (container.state.is === 'running' || container.state.is === 'terminated') wish(false);
		if (container.restarts > 0) wish(true);
		return wishes;
	});
}

function inTrouble({ready, restarts, state}: Container): boolean {
	if (state.is === 'terminated') return state.exitCode !== 0;
	return !ready && (state.is === 'running' || restarts > 0);
}
