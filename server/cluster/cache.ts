import type {ClusterFacts, KeyedObject, Meta} from '../../shared/facts/cluster.ts';
import type {Fact} from '../../shared/facts/fact.ts';
import type {Clock} from '../engine/clock.ts';
import {makeBell} from './bell.ts';
import {combiner} from './combine.ts';
import {makeHeartbeat} from './heartbeat.ts';
import {keyedNamespaces} from './identity.ts';
import type {WatchedKind} from './kinds.ts';
import * as kinds from './kinds.ts';
import {makeReflector, type Reflector} from './reflector.ts';
import type {Session} from './session.ts';

/** Everything but the log excerpts, kept current by watches (DESIGN D7). */
export type Cache = {
	readonly facts: () => Omit<ClusterFacts, 'logs'>;
	readonly run: (signal: AbortSignal) => Promise<void>;
};

export function makeCache(ports: {
	readonly session: Session;
	readonly clock: Clock;
	readonly namespaces: readonly string[];
	readonly random: () => number;
	readonly changed: () => void;
}): Cache {
	const {session, clock, random, changed} = ports;
	const namespaces = new Set(['', ...ports.namespaces]);
	const retry = makeBell(clock);
	const beat = makeBell(clock);
	const heartbeat = makeHeartbeat({session, clock, own: beat, changed, recovered: retry.ring});
	const runs: ((signal: AbortSignal) => Promise<void>)[] = [heartbeat.run];

	const watched = <T extends Meta>(kind: WatchedKind<T>): Reflector<T> => {
		const reflector = makeReflector(kind, {
			session,
			clock,
			bell: retry,
			random,
			changed,
			suspect: beat.ring,
			wanted: namespace => namespaces.has(namespace),
		});
		runs.push(reflector.run);
		return reflector;
	};
	/** What the watches hold is only as true as the API is there: silence of a dead one is not "unchanged". */
	const single = <T extends Meta>(kind: WatchedKind<T>): (() => Fact<readonly T[]>) => {
		const {fact} = watched(kind);
		const aged = ageWith<T>(heartbeat.fact);
		return () => aged(fact());
	};
	const several = <T extends Meta>(
		wanted: readonly WatchedKind<T>[],
		optional: readonly WatchedKind<T>[] = [],
	): (() => Fact<readonly T[]>) => {
		const [needed, others] = [wanted.map(watched), optional.map(watched)];
		const [join, aged] = [combiner<T>(), ageWith<T>(heartbeat.fact)];
		return () => aged(join([...needed, ...others.filter(each => !each.absent())].map(each => each.fact())));
	};

	const parts = {
		nodes: single(kinds.nodes),
		pods: single(kinds.pods),
		workloads: several(kinds.workloads),
		jobs: single(kinds.jobs),
		claims: single(kinds.claims),
		events: single(kinds.events),
		flux: several(kinds.fluxNeeded, kinds.fluxOptional),
		storageClasses: single(kinds.storageClasses),
		secrets: several<KeyedObject>(keyedNamespaces.flatMap(kinds.keyedIn)),
	};

	return {
		facts: () => ({
			api: heartbeat.fact(),
			nodes: parts.nodes(),
			pods: parts.pods(),
			workloads: parts.workloads(),
			jobs: parts.jobs(),
			claims: parts.claims(),
			events: parts.events(),
			flux: parts.flux(),
			storageClasses: parts.storageClasses(),
			secrets: parts.secrets(),
		}),
		run: async signal => {
			await Promise.all(runs.map(run => run(signal)));
		},
	};
}

/** Marks a known fact stale while the API is; the same in gives the same out. */
function ageWith<T>(api: () => ClusterFacts['api']): (fact: Fact<readonly T[]>) => Fact<readonly T[]> {
	let before:
		| {readonly fact: Fact<readonly T[]>; readonly api: ClusterFacts['api']; readonly made: Fact<readonly T[]>}
		| undefined;
	return fact => {
		const now = api();
		if (fact.state !== 'known' || now.state !== 'stale') return fact;
		if (before?.fact === fact && before.api === now) return before.made;
		const made: Fact<readonly T[]> = {state: 'stale', value: fact.value, at: Math.max(fact.at, now.at), why: now.why};
		before = {fact, api: now, made};
		return made;
	};
}
