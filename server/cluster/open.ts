import type {ClusterFacts} from '../../shared/facts/cluster.ts';
import type {Clock} from '../engine/clock.ts';
import {makeBell} from './bell.ts';
import {makeCache} from './cache.ts';
import type {Cluster} from './cluster.ts';
import {makeExcerpts} from './excerpts.ts';
import {readyNow} from './heartbeat.ts';
import {makeNotifier} from './notifier.ts';
import {readPodLog} from './pod-log.ts';
import {openSession} from './session.ts';
import {makeVerbs} from './verbs.ts';

/** Namespaces whose objects are kept. Events about nodes are filed under `default`. */
const watchedNamespaces = ['kube-system', 'flux-system', 'alga-system', 'msp', 'default'];

export type ClusterOptions = {
	/** The text of k3s's kubeconfig; undefined while there is none. Asked again whenever credentials are doubted. */
	readonly readKubeconfig: () => Promise<string | undefined>;
	readonly clock: Clock;
	/** Ends everything, like disposing. */
	readonly signal: AbortSignal;
	readonly namespaces?: readonly string[];
	/** Masks known secrets in log excerpts. */
	readonly mask?: (line: string) => string;
	/** For tests: jitter. */
	readonly random?: () => number;
};

/**
 * Opens the Cluster port: starts watching at once and goes on through Kubernetes being absent, started, restarted,
 * wiped and installed again. Disposing waits until all has ended.
 */
export function openCluster({
	readKubeconfig,
	clock,
	signal,
	namespaces = watchedNamespaces,
	mask = line => line,
	random = Math.random,
}: ClusterOptions): Cluster & AsyncDisposable {
	const stop = new AbortController();
	const until = AbortSignal.any([signal, stop.signal]);
	const session = openSession({readKubeconfig, clock});
	const notifier = makeNotifier(clock, until);
	const podsChanged = makeBell(clock);
	const cache = makeCache({
		session,
		clock,
		namespaces,
		random,
		changed: () => {
			podsChanged.ring();
			notifier.notify();
		},
	});
	const excerpts = makeExcerpts({
		pods: () => cache.facts().pods,
		read: (query, until) => readPodLog(session, query, until),
		clock,
		bell: podsChanged,
		mask,
		changed: notifier.notify,
	});
	const running = Promise.all([cache.run(until), excerpts.run(until)]);

	let last: ClusterFacts | undefined;
	return {
		facts: () => {
			const next: ClusterFacts = {...cache.facts(), logs: excerpts.list()};
			last = last !== undefined && sameParts(last, next) ? last : next;
			return last;
		},
		watch: notifier.watch,
		ready: signal => readyNow(session, AbortSignal.any([signal, until])),
		...makeVerbs({session, clock}),
		podLog: (where, signal) => readPodLog(session, where, AbortSignal.any([signal, until])),
		[Symbol.asyncDispose]: async () => {
			stop.abort();
			await running;
			session[Symbol.dispose]();
		},
	};
}

function sameParts(a: ClusterFacts, b: ClusterFacts): boolean {
	const before = new Map<string, unknown>(Object.entries(a));
	return Object.entries(b).every(([name, part]) => before.get(name) === part);
}
