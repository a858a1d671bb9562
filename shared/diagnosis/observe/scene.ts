import type {ClusterFacts, Pod, Workload} from '../../facts/cluster.ts';
import {type Instant, lastSeen} from '../../facts/fact.ts';
import type {HostFacts} from '../../facts/host.ts';
import {conditionOf, type Judged, kstatus} from '../../readiness/kstatus.ts';
import type {Ownership} from '../../readiness/ownership.ts';
import type {DiagnosisContext, Subject} from '../blocker.ts';
import type {Parts} from '../part.ts';

/** Everything the observers look at, with the lists already made easy to ask. */
export type Scene = {
	readonly host: HostFacts;
	readonly cluster: ClusterFacts;
	readonly context: DiagnosisContext;
	readonly parts: Parts;
	readonly pods: readonly Pod[];
	readonly workloads: readonly Workload[];
	readonly ownership: Ownership;
	readonly podNamed: (namespace: string, name: string) => Pod | undefined;
	/** Pods that are being given an image now. */
	readonly isPulling: (pod: Pod) => boolean;
	/** Whether a pod of the same owner that is as young or younger is ready: it has taken this one's place. */
	readonly isFollowed: (pod: Pod) => boolean;
	/** Whether an object is known to be well, so that old words about it no longer count. */
	readonly isWell: (subject: Subject) => boolean;
	/** Whether the list that would hold this kind was complete: only then is an absent object known to be gone. */
	readonly isGone: (subject: Subject) => boolean;
	/** When the object that bears this name now was made: what was said before was said of another. */
	readonly madeAt: (subject: Subject) => Instant | undefined;
};

export function setScene(
	host: HostFacts,
	cluster: ClusterFacts,
	context: DiagnosisContext,
	parts: Parts,
	ownership: Ownership,
): Scene {
	const lists = {
		Pod: cluster.pods,
		Node: cluster.nodes,
		PersistentVolumeClaim: cluster.claims,
		Job: cluster.jobs,
		Deployment: cluster.workloads,
		StatefulSet: cluster.workloads,
		DaemonSet: cluster.workloads,
		ReplicaSet: cluster.workloads,
		OCIRepository: cluster.flux,
		HelmRepository: cluster.flux,
		HelmChart: cluster.flux,
		Kustomization: cluster.flux,
		HelmRelease: cluster.flux,
	} as const;
	const seen: readonly Judged[] = [
		...(lastSeen(cluster.pods) ?? []),
		...(lastSeen(cluster.nodes) ?? []),
		...(lastSeen(cluster.claims) ?? []),
		...(lastSeen(cluster.jobs) ?? []),
		...(lastSeen(cluster.workloads) ?? []),
		...(lastSeen(cluster.flux) ?? []),
	];
	const index = new Map<string, Judged>(
		seen.map(object => [`${object.kind}/${object.namespace}/${object.name}`, object]),
	);
	const pods = new Map((lastSeen(cluster.pods) ?? []).map(pod => [`${pod.namespace}/${pod.name}`, pod]));
	const pulling = new Set(
		(lastSeen(cluster.events) ?? [])
			.filter(event => event.reason === 'Pulling')
			.map(({about}) => `${about.namespace}/${about.name}`),
	);
	const ownerOf = (pod: Pod) => {
		const owner = ownership.topOwner(pod);
		return owner && `${owner.kind}/${pod.namespace}/${owner.name}`;
	};
	const newestReady = new Map<string, Instant>();
	for (const pod of pods.values()) {
		const owner = isReadyPod(pod) ? ownerOf(pod) : undefined;
		if (owner !== undefined) newestReady.set(owner, Math.max(newestReady.get(owner) ?? 0, pod.createdAt ?? 0));
	}
	const find = ({kind, namespace, name}: Subject) => index.get(`${kind}/${namespace}/${name}`);
	return {
		host,
		cluster,
		context,
		parts,
		pods: lastSeen(cluster.pods) ?? [],
		workloads: lastSeen(cluster.workloads) ?? [],
		ownership,
		podNamed: (namespace, name) => pods.get(`${namespace}/${name}`),
		isPulling: pod => pulling.has(`${pod.namespace}/${pod.name}`),
		isFollowed: pod => (newestReady.get(ownerOf(pod) ?? '') ?? -1) >= (pod.createdAt ?? 0),
		isWell: subject => {
			const object = find(subject);
			return object !== undefined && kstatus(object, context.now).state === 'ready';
		},
		madeAt: subject => find(subject)?.createdAt,
		isGone: subject => {
			if (!(subject.kind in lists)) return false;
			return lists[subject.kind as keyof typeof lists].state === 'known' && find(subject) === undefined;
		},
	};
}

/** How long ago something was made, milliseconds; unknown counts as long ago. */
export const ageOf = (createdAt: Instant | undefined, now: Instant): number =>
	createdAt === undefined ? Number.POSITIVE_INFINITY : now - createdAt;

export const isReadyPod = (pod: Pod): boolean =>
	pod.phase === 'Succeeded' || (pod.phase === 'Running' && conditionOf(pod, 'Ready')?.status === 'True');

/** How long a pod's containers have been running; a long pull before that is no part of it. Milliseconds. */
export function servingFor(pod: Pod, now: Instant): number {
	const starts = pod.containers.flatMap(({state}) =>
		state.is === 'running' && state.startedAt !== undefined ? [state.startedAt] : [],
	);
	return ageOf(starts.length > 0 ? Math.max(...starts) : pod.createdAt, now);
}

/** Longer than this nobody waits for another part in silence; milliseconds. */
const waitsAtMost = 30 * 60_000;

/** A pod that is not ready while a part it needs is still on its way waits for it: that is progress, not failure. */
export function waitsForAnother(pod: Pod, scene: Scene): boolean {
	const {needs} = scene.parts.ofPod(pod);
	if (scene.context.loginReady || servingFor(pod, scene.context.now) > waitsAtMost) return false;
	return scene.pods.some(
		other => needs.has(scene.parts.ofPod(other).name) && !isReadyPod(other) && other.phase !== 'Failed',
	);
}

/** A node needs this long after it first joins to bring up its network; milliseconds. */
const nodeStart = 3 * 60_000;

/** Every node has only just joined: that pods cannot be placed yet is the usual course of things. */
export function isClusterYoung({cluster, context}: Scene): boolean {
	const nodes = lastSeen(cluster.nodes) ?? [];
	return nodes.length > 0 && nodes.every(node => ageOf(node.createdAt, context.now) < nodeStart);
}
