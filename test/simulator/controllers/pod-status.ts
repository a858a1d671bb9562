import {createHash} from 'node:crypto';
import type {Stored} from '../kube/object.ts';
import {stamp} from '../kube/store.ts';
import type {Cluster} from './cluster.ts';
import {type Run, waitContainer} from './run.ts';
import {conditions, type PodSpec} from './shapes.ts';

const phases: Readonly<Record<Run['stage'], string>> = {
	pending: 'Pending',
	creating: 'Pending',
	pulling: 'Pending',
	'pull-failed': 'Pending',
	'config-failed': 'Pending',
	initializing: 'Pending',
	starting: 'Pending',
	running: 'Running',
	crashed: 'Running',
	succeeded: 'Succeeded',
	failed: 'Failed',
};

/** A pod's status as the kubelet reports it. */
export function podStatus(cluster: Cluster, pod: Stored, spec: PodSpec, run: Run): Readonly<Record<string, unknown>> {
	const now = cluster.clock.now();
	const scheduled = run.stage !== 'pending';
	const ready = run.stage === 'running' && run.ready;
	const done = run.stage === 'succeeded' || run.stage === 'failed';
	const holding = run.stage === 'initializing';
	const truth = (yes: boolean) => (yes ? 'True' : 'False');
	const why = done ? 'PodCompleted' : ready ? '' : 'ContainersNotReady';
	return {
		phase: run.restarts > 0 && phases[run.stage] === 'Pending' ? 'Running' : phases[run.stage],
		qosClass: 'Burstable',
		...(scheduled && {
			hostIP: cluster.node.address(),
			podIP: podAddress(pod),
			startTime: stamp(Date.parse(pod.metadata.creationTimestamp)),
		}),
		// A pod that waits for its volume or node has no conditions yet.
		conditions: scheduled
			? conditions(
					pod,
					[
						{type: 'PodScheduled', status: 'True', reason: '', message: ''},
						{
							type: 'Initialized',
							status: truth(!holding),
							reason: holding ? 'ContainersNotInitialized' : '',
							message: holding ? `containers with incomplete status: [${waitContainer}]` : '',
						},
						{type: 'ContainersReady', status: truth(ready), reason: why, message: ''},
						{type: 'Ready', status: truth(ready), reason: why, message: ''},
					],
					stamp(now),
				)
			: [],
		...(scheduled &&
			spec.initContainers.length > 0 && {
				initContainerStatuses: spec.initContainers.map(({name, image}) => ({
					name,
					image,
					imageID: cluster.images.has(image) ? imageId(image) : '',
					ready: run.startedAt !== undefined,
					restartCount: 0,
					state: holding
						? {running: {startedAt: stamp(run.since)}}
						: run.startedAt === undefined
							? {waiting: {reason: 'PodInitializing'}}
							: {terminated: terminated({exitCode: 0, startedAt: run.startedAt, finishedAt: run.startedAt})},
				})),
			}),
		...(scheduled && {
			containerStatuses: spec.containers.map(({name, image}) => ({
				name,
				image,
				imageID: cluster.images.has(image) ? imageId(image) : '',
				ready,
				started: ready,
				restartCount: run.restarts,
				state: state(run, image, now),
				lastState: run.last !== undefined && !done ? {terminated: terminated(run.last)} : {},
			})),
		}),
	};
}

const podAddress = (pod: Stored) =>
	`10.42.0.${10 + (Number.parseInt(createHash('sha256').update(pod.metadata.uid).digest('hex').slice(0, 4), 16) % 230)}`;

const imageId = (image: string) =>
	image.includes('@')
		? image
		: `${image.replace(/:[^/]*$/, '')}@sha256:${createHash('sha256').update(image).digest('hex')}`;

const terminated = ({exitCode, startedAt, finishedAt}: NonNullable<Run['last']>) => ({
	exitCode,
	reason: exitCode === 0 ? 'Completed' : 'Error',
	startedAt: stamp(startedAt),
	finishedAt: stamp(finishedAt),
});

function state(run: Run, image: string, now: number): Readonly<Record<string, unknown>> {
	switch (run.stage) {
		case 'pull-failed': {
			// The kubelet shows the error first and the back-off, with the error in it, from the next sync on.
			return now - run.since < 4000
				? {waiting: {reason: 'ErrImagePull', message: run.message}}
				: {
						waiting: {
							reason: 'ImagePullBackOff',
							message: `Back-off pulling image "${image}": ErrImagePull: ${run.message}`,
						},
					};
		}
		case 'config-failed':
			return {waiting: {reason: 'CreateContainerConfigError', message: run.message}};
		case 'crashed':
			return {waiting: {reason: 'CrashLoopBackOff', message: run.message}};
		case 'initializing':
			return {waiting: {reason: 'PodInitializing'}};
		case 'running':
			return {running: {startedAt: stamp(run.startedAt ?? now)}};
		case 'succeeded':
		case 'failed':
			return run.last === undefined ? {} : {terminated: terminated(run.last)};
		default:
			return {waiting: {reason: 'ContainerCreating'}};
	}
}
