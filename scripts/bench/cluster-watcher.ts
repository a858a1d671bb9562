import {readFile} from 'node:fs/promises';
import {openCluster} from '../../server/cluster/open.ts';
import {systemClock} from '../../server/engine/clock.ts';

/** The engine's Cluster port alone in a process: says when it knew, when a change showed, and what it used. */
export type WatcherReport =
	| {readonly is: 'known'; readonly ms: number}
	| {readonly is: 'seen'; readonly index: number; readonly restarts: number; readonly at: number}
	| {readonly is: 'used'; readonly cpuMs: number; readonly rssMb: number};

const wall = () => performance.timeOrigin + performance.now();
const report = (message: WatcherReport) => process.send?.(message);
const began = performance.now();
await using cluster = openCluster({
	readKubeconfig: () => readFile(process.argv[2] ?? '', 'utf8'),
	clock: systemClock,
	signal: new AbortController().signal,
});
let wasKnown = false;
const seen = new Map<string, number>();
using _ = cluster.watch(() => {
	const {pods} = cluster.facts();
	if (pods.state !== 'known') return;
	const at = wall();
	if (!wasKnown) report({is: 'known', ms: performance.now() - began});
	wasKnown = true;
	for (const pod of pods.value) {
		const restarts = pod.containers[0]?.restarts ?? 0;
		if (restarts === 0 || seen.get(pod.name) === restarts) continue;
		seen.set(pod.name, restarts);
		report({is: 'seen', index: Number(pod.name.split('-')[1]), restarts, at});
	}
});
process.on('message', () => {
	const {user, system} = process.cpuUsage();
	report({is: 'used', cpuMs: (user + system) / 1000, rssMb: process.memoryUsage().rss / 2 ** 20});
});
const {promise, resolve} = Promise.withResolvers<void>();
process.once('disconnect', resolve);
await promise;
