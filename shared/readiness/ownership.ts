import type {Pod, Workload} from '../facts/cluster.ts';

type Named = {readonly kind: string; readonly namespace: string; readonly name: string};

/** A test for "this pod belongs to that workload": by the owner chain, through the ReplicaSet where there is one. */
export function ownedBy(workload: Named, workloads: readonly Workload[]): (pod: Pod) => boolean {
	return pod => {
		const top = topOwner(pod, workloads);
		return pod.namespace === workload.namespace && top?.kind === workload.kind && top.name === workload.name;
	};
}

/** The workload a pod was made for. A ReplicaSet that is not in the list gives up its name's hash instead. */
export function topOwner(
	pod: Pod,
	workloads: readonly Workload[],
): {readonly kind: string; readonly name: string} | undefined {
	const {owner} = pod;
	if (owner?.kind !== 'ReplicaSet') return owner;
	const set = workloads.find(
		each => each.kind === 'ReplicaSet' && each.namespace === pod.namespace && each.name === owner.name,
	);
	return set?.owner ?? {kind: 'Deployment', name: owner.name.replace(/-[a-z0-9]{5,10}$/u, '')};
}
