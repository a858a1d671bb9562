import type {
	V1Container,
	V1ContainerState,
	V1ContainerStateRunning,
	V1ContainerStateTerminated,
	V1ContainerStateWaiting,
	V1ContainerStatus,
	V1PersistentVolumeClaimVolumeSource,
	V1Pod,
	V1PodSpec,
	V1PodStatus,
	V1Volume,
} from '@kubernetes/client-node';
import type {Container, ContainerState, Pod} from '../../../shared/facts/cluster.ts';
import {conditionsOf, metaOf} from './meta.ts';
import {count, flag, has, instant, list, object, oneOf, present, text} from './read.ts';

export function pod(raw: unknown): Pod {
	const {spec: rawSpec, status: rawStatus} = object<V1Pod>(raw);
	const spec = object<V1PodSpec>(rawSpec);
	const status = object<V1PodStatus>(rawStatus);
	return {
		kind: 'Pod',
		...metaOf(raw),
		phase: oneOf(status.phase, ['Pending', 'Running', 'Succeeded', 'Failed', 'Unknown'], 'Pending'),
		...present<Pick<Pod, 'reason' | 'message' | 'node'>>({
			reason: text(status.reason),
			message: text(status.message),
			node: text(spec.nodeName),
		}),
		conditions: conditionsOf(status.conditions),
		containers: containersOf(spec.containers, status.containerStatuses),
		initContainers: containersOf(spec.initContainers, status.initContainerStatuses),
		claims: list<V1Volume>(spec.volumes).flatMap(
			volume => text(object<V1PersistentVolumeClaimVolumeSource>(volume.persistentVolumeClaim).claimName) ?? [],
		),
	};
}

/** One entry per container of the spec, whether the kubelet has said something about it or not. */
function containersOf(spec: unknown, status: unknown): readonly Container[] {
	const seen = new Map(list<V1ContainerStatus>(status).map(each => [text(each.name) ?? '', each]));
	const wanted = list<V1Container>(spec).map(each => ({name: text(each.name) ?? '', image: text(each.image) ?? ''}));
	for (const name of seen.keys()) {
		if (!wanted.some(each => each.name === name)) wanted.push({name, image: text(seen.get(name)?.image) ?? ''});
	}
	return wanted.map(({name, image}): Container => {
		const now = object<V1ContainerStatus>(seen.get(name));
		return {
			name,
			image,
			ready: flag(now.ready),
			restarts: count(now.restartCount) ?? 0,
			state: stateOf(now.state),
			...present<Pick<Container, 'imageId' | 'last'>>({
				imageId: text(now.imageID),
				last: has(now.lastState) && Object.keys(object(now.lastState)).length > 0 ? stateOf(now.lastState) : undefined,
			}),
		};
	});
}

function stateOf(raw: unknown): ContainerState {
	const state = object<V1ContainerState>(raw);
	if (has(state.terminated)) {
		const terminated = object<V1ContainerStateTerminated>(state.terminated);
		return {
			is: 'terminated',
			exitCode: count(terminated.exitCode) ?? -1,
			...present<Pick<Extract<ContainerState, {is: 'terminated'}>, 'signal' | 'reason' | 'message' | 'finishedAt'>>({
				signal: count(terminated.signal),
				reason: text(terminated.reason),
				message: text(terminated.message),
				finishedAt: instant(terminated.finishedAt),
			}),
		};
	}
	if (has(state.running)) {
		const startedAt = instant(object<V1ContainerStateRunning>(state.running).startedAt);
		return {is: 'running', ...(startedAt !== undefined && {startedAt})};
	}
	if (has(state.waiting)) {
		const waiting = object<V1ContainerStateWaiting>(state.waiting);
		const message = text(waiting.message);
		return {is: 'waiting', reason: text(waiting.reason) ?? 'Waiting', ...(message !== undefined && {message})};
	}
	return {is: 'unknown'};
}
