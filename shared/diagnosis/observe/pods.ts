import type {Container, Pod} from '../../facts/cluster.ts';
import {lastSeen} from '../../facts/fact.ts';
import {conditionOf, isInError, kstatus} from '../../readiness/kstatus.ts';
import type {Signal} from '../signal.ts';
import {ageOf, isClusterYoung, isReadyPod, type Scene, waitsForAnother} from './scene.ts';

/** A start takes this long before "still starting" is worth a word; a pull that is under way gets longer. Milliseconds, and tries. */
const patience = {
	scheduling: 60_000,
	creating: 10 * 60_000,
	pulling: 45 * 60_000,
	terminating: 5 * 60_000,
	crash: 3 * 60_000,
	jobTries: 3,
	readiness: 10 * 60_000,
};

/** What pods say: their own reasons, their conditions, and each container that waits or ended badly. */
export function observePods(scene: Scene): readonly Signal[] {
	return scene.pods.filter(pod => !isSettled(pod, scene)).flatMap(pod => ofPod(pod, scene));
}

/** Pods nobody waits for any more: ready ones, finished ones, and failed attempts whose job or workload is well. */
function isSettled(pod: Pod, scene: Scene): boolean {
	if (isReadyPod(pod)) return true;
	const owner = scene.ownership.topOwner(pod);
	if (!owner) return false;
	const {namespace} = pod;
	if (owner.kind === 'Job') {
		const job = (lastSeen(scene.cluster.jobs) ?? []).find(
			each => each.namespace === namespace && each.name === owner.name,
		);
		if (!job) return false;
		const {state} = kstatus(job, scene.context.now);
		// A job tries again by itself: its first failed pods are its own business.
		return state === 'ready' || (state === 'progressing' && pod.phase === 'Failed' && job.failed < patience.jobTries);
	}
	if (pod.phase !== 'Failed') return false;
	return scene.isWell({...owner, namespace}) || scene.isFollowed(pod);
}

function ofPod(pod: Pod, scene: Scene): readonly Signal[] {
	const {now} = scene.context;
	const subject = {kind: 'Pod', namespace: pod.namespace, name: pod.name};
	const base = {source: 'pod' as const, subject, part: scene.parts.ofPod(pod), at: now};
	const image = [...pod.containers, ...pod.initContainers][0]?.image;
	if (pod.deletedAt !== undefined)
		return ageOf(pod.deletedAt, now) > patience.terminating
			? [{...base, reason: 'Terminating', text: `told to stop ${minutes(now - pod.deletedAt)} ago and still there`}]
			: [];
	const signals: Signal[] = [];
	const disrupted = conditionOf(pod, 'DisruptionTarget');
	// Newer kubelets say it as a condition.
	const isEvicted = pod.phase === 'Failed' && !pod.reason && disrupted?.reason === 'TerminationByKubelet';
	if (isEvicted) return [{...base, reason: 'Evicted', text: disrupted.message ?? 'Evicted'}];
	if (pod.reason) signals.push({...base, reason: pod.reason, text: `${pod.reason}: ${pod.message ?? ''}`});
	const scheduled = conditionOf(pod, 'PodScheduled');
	const placed = scheduled?.status !== 'False' || isClusterYoung(scene);
	if (pod.phase === 'Pending' && !placed && ageOf(pod.createdAt, now) > patience.scheduling)
		signals.push({...base, reason: scheduled?.reason ?? 'Unschedulable', text: scheduled?.message ?? ''});
	for (const container of [...pod.initContainers, ...pod.containers]) {
		const signal = ofContainer(container, pod, scene);
		if (signal)
			signals.push({
				...base,
				...signal,
				image: container.image || image || '',
				container: container.name,
				restarts: container.restarts,
			});
	}
	return signals;
}

const minutes = (ms: number): string => `${Math.round(ms / 60_000)} min`;

function ofContainer(
	container: Container,
	pod: Pod,
	scene: Scene,
): {readonly reason: string; readonly text: string} | undefined {
	const {state} = container;
	const age = ageOf(pod.createdAt, scene.context.now);
	const named = `container ${container.name} (${container.image})`;
	if (state.is === 'waiting' && state.reason === 'CrashLoopBackOff') {
		if (isFirstStumble(container, age)) return undefined;
		return {reason: state.reason, text: `${named} ${ending(container)}; ${state.message ?? ''}`};
	}
	if (state.is === 'waiting' && isInError(container))
		return {reason: state.reason, text: `${state.message ?? state.reason}`};
	if (state.is === 'waiting') {
		const limit = scene.isPulling(pod) ? patience.pulling : patience.creating;
		const initialising =
			state.reason === 'PodInitializing' ||
			(pod.initContainers.length > 0 &&
				!pod.initContainers.every(each => each.ready || each.state.is === 'terminated'));
		if (initialising || age <= limit || age === Number.POSITIVE_INFINITY) return undefined;
		return {reason: state.reason, text: `${named} being created too long: ${minutes(age)}`};
	}
	if (state.is === 'terminated' && (state.exitCode !== 0 || state.reason === 'OOMKilled')) {
		if (isFirstStumble(container, age) && pod.phase !== 'Failed') return undefined;
		if (pod.phase === 'Failed' && pod.reason) return undefined;
		return {reason: state.reason ?? 'Error', text: `${named} ${ending({...container, last: state})}`};
	}
	// A long pull is no part of it; a job and an init container are never "ready", they end.
	const serves = pod.containers.includes(container) && scene.ownership.topOwner(pod)?.kind !== 'Job';
	const ran = state.is === 'running' ? ageOf(state.startedAt ?? pod.createdAt, scene.context.now) : 0;
	if (
		state.is === 'running' &&
		serves &&
		!container.ready &&
		!waitsForAnother(pod, scene) &&
		ran > patience.readiness &&
		container.last?.is !== 'terminated'
	)
		return {reason: 'NotReady', text: `${named} runs and has not become ready for ${minutes(ran)}`};
	const lastOut = container.last;
	if (state.is === 'running' && !container.ready && lastOut?.is === 'terminated' && lastOut.reason === 'OOMKilled')
		return {reason: 'OOMKilled', text: `${named} ${ending(container)}`};
	return undefined;
}

/** One early exit is usual: a service starts before the one it needs. Memory, a missing program and the like are not. */
function isFirstStumble(container: Container, age: number): boolean {
	const {last, state} = container;
	const end = state.is === 'terminated' ? state : last?.is === 'terminated' ? last : undefined;
	const telling =
		end?.reason === 'OOMKilled' || end?.reason === 'StartError' || end?.exitCode === 126 || end?.exitCode === 127;
	return !telling && container.restarts < 3 && age < patience.crash;
}

function ending({last}: Pick<Container, 'last'>): string {
	if (last?.is !== 'terminated') return 'keeps stopping';
	const words = [`last exit ${last.exitCode}`, last.reason, exitWords[last.exitCode]].filter(Boolean).join(' ');
	return `${words}; exit ${last.exitCode}; ${last.message ?? ''}`;
}

/** Exit codes as shells and the kernel use them. */
const exitWords: Readonly<Record<number, string>> = {
	0: '(ended though it should serve)',
	126: '(not executable)',
	127: '(program not found)',
	134: '(aborted)',
	137: '(killed)',
	139: '(crashed)',
	143: '(told to stop)',
};
