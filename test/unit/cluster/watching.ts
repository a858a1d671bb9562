import type {Cluster} from '../../../server/cluster/cluster.ts';
import {type ClusterOptions, openCluster} from '../../../server/cluster/open.ts';
import {systemClock} from '../../../server/engine/clock.ts';
import type {ClusterFacts} from '../../../shared/facts/cluster.ts';

/** The system's clock running twenty times as fast: the graces and retries of the cache in a test's time. */
export const fastClock = {
	now: () => systemClock.now() * 20,
	elapsed: () => systemClock.elapsed() * 20,
	sleep: (ms: number, signal?: AbortSignal) => systemClock.sleep(ms / 20, signal),
};

export function open(
	options: Partial<ClusterOptions> & Pick<ClusterOptions, 'readKubeconfig'>,
): Cluster & AsyncDisposable {
	return openCluster({clock: fastClock, signal: new AbortController().signal, random: () => 0.5, ...options});
}

/** Waits until the facts are so; fails with what they were after ten seconds. */
export async function until(
	cluster: Cluster,
	what: string,
	holds: (facts: ClusterFacts) => boolean,
	ms = 10_000,
): Promise<ClusterFacts> {
	const {promise, resolve, reject} = Promise.withResolvers<void>();
	const deadline = setTimeout(
		() =>
			reject(
				new Error(`${what}: not within ${ms} ms\n${JSON.stringify(cluster.facts(), undefined, 1).slice(0, 4000)}`),
			),
		ms,
	);
	const look = () => {
		if (holds(cluster.facts())) resolve();
	};
	using _ = cluster.watch(look);
	// Conditions may look at the server too, whose side nobody tells of.
	const again = setInterval(look, 10);
	look();
	try {
		await promise;
	} finally {
		clearTimeout(deadline);
		clearInterval(again);
	}
	return cluster.facts();
}

export const names = (fact: ClusterFacts['pods']): readonly string[] =>
	fact.state === 'unknown' ? [] : fact.value.map(each => each.name).sort();
