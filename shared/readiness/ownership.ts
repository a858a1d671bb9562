import type {ClusterFacts, Pod, Workload} from '../facts/cluster.ts';
import {lastSeen} from '../facts/fact.ts';

type Named = {readonly kind: string; readonly namespace: string; readonly name: string};
type Owner = {readonly kind: string; readonly name: string};

/** Who belongs to whom, looked up in one step however many pods there are. */
export type Ownership = {
	/** The workload a pod was made for, through its ReplicaSet where there is one. */
	readonly topOwner: (pod: Pod) => Owner | undefined;
	/** The pods of a workload that are not on their way out; those of a stale list too. */
	readonly podsOf: (workload: Named) => readonly Pod[];
};

export function indexOwnership(cluster: Pick<ClusterFacts, 'pods' | 'workloads'>): Ownership {
	const sets = new Map<string, Workload>();
	for (const workload of lastSeen(cluster.workloads) ?? [])
		if (workload.kind === 'ReplicaSet') sets.set(`${workload.namespace}/${workload.name}`, workload);
	const topOwner = ({owner, namespace}: Pod): Owner | undefined => {
		if (owner?.kind !== 'ReplicaSet') return owner;
		// A ReplicaSet that is not in the list gives up the hash in its name instead.
		return (
			sets.get(`${namespace}/${owner.name}`)?.owner ?? {
				kind: 'Deployment',
				name: owner.name.replace(/-[a-z0-9]{5,10}$/u, ''),
			}
		);
	};
	const owned = new Map<string, Pod[]>();
	for (const pod of lastSeen(cluster.pods) ?? []) {
		const owner = topOwner(pod);
		if (!owner || pod.deletedAt !== undefined) continue;
		const key = `${owner.kind}/${pod.namespace}/${owner.name}`;
		const pods = owned.get(key);
		if (pods) pods.push(pod);
		else owned.set(key, [pod]);
	}
	return {topOwner, podsOf: ({kind, namespace, name}) => owned.get(`${kind}/${namespace}/${name}`) ?? []};
}
