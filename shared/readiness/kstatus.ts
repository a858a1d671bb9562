import type {
	Claim,
	Condition,
	Container,
	ContainerState,
	CustomDefinition,
	FluxObject,
	Job,
	Node,
	Pod,
	Workload,
} from '../facts/cluster.ts';
import type {Instant} from '../facts/fact.ts';

/** How far an object is, and why, in one line. `suspended` is a choice somebody made, not a failure. */
export type ObjectHealth = {
	readonly state: 'ready' | 'progressing' | 'failed' | 'unknown' | 'suspended';
	readonly reason: string;
	readonly since?: Instant;
};
export type Judged = Pod | Workload | Job | Claim | Node | FluxObject | CustomDefinition;

/**
 * Judges one object by the rules of kstatus (kubernetes-sigs/cli-utils `pkg/kstatus/status`), stricter where kstatus
 * is too kind for us: a running Job is not done, a failed Pod is failed, a lost claim is failed, an image error is
 * failed, zero wanted replicas are suspended, and a generation its controller has not seen is never ready.
 */
export function kstatus(object: Judged, now: Instant): ObjectHealth {
	if (object.deletedAt !== undefined) return progressing('being deleted', object.deletedAt);
	switch (object.kind) {
		case 'Pod':
			return ofPod(object, now);
		case 'Job':
			return ofJob(object);
		case 'PersistentVolumeClaim':
			return ofClaim(object);
		case 'Node':
			return ofNode(object);
		case 'CustomResourceDefinition':
			return ofDefinition(object);
		case 'Deployment':
		case 'StatefulSet':
		case 'DaemonSet':
		case 'ReplicaSet':
			return ofWorkload(object);
		case 'OCIRepository':
		case 'HelmRepository':
		case 'HelmChart':
		case 'Kustomization':
		case 'HelmRelease':
			return ofFlux(object);
	}
}

const ready = (reason: string, since?: Instant): ObjectHealth => health('ready', reason, since);
const progressing = (reason: string, since?: Instant): ObjectHealth => health('progressing', reason, since);
const failed = (reason: string, since?: Instant): ObjectHealth => health('failed', reason, since);
const health = (state: ObjectHealth['state'], reason: string, since?: Instant): ObjectHealth =>
	since === undefined ? {state, reason} : {state, reason, since};

/** Finds a condition by type. */
export const conditionOf = (object: {readonly conditions: readonly Condition[]}, type: string): Condition | undefined =>
	object.conditions.find(condition => condition.type === type);

const isTrue = (condition: Condition | undefined): boolean => condition?.status === 'True';
const words = (condition: Condition): string => condition.message || condition.reason || condition.type;

function ofWorkload(object: Workload): ObjectHealth {
	if (object.generation !== undefined && object.observedGeneration !== object.generation)
		return progressing('its controller has not seen the latest change yet');
	if (object.kind === 'DaemonSet') return ofDaemonSet(object);
	const wanted = object.desired ?? object.replicas ?? 1;
	if (wanted === 0) return {state: 'suspended', reason: 'scaled to zero'};
	switch (object.kind) {
		case 'Deployment':
			return ofDeployment(object, wanted);
		case 'StatefulSet':
			return ofStatefulSet(object, wanted);
		case 'ReplicaSet':
			return counts(object, wanted, [
				['available', object.available],
				['ready', object.ready],
			]);
	}
}

type Counted = readonly (readonly [word: string, count: number | undefined])[];

/** An absent count is none: a controller that has not written it has not said that anything is there. */
function counts(object: Workload, wanted: number, counted: Counted): ObjectHealth {
	const short = counted.find(([, count]) => (count ?? 0) < wanted);
	if (short) return progressing(`${short[1] ?? 0} of ${wanted} ${short[0]}`);
	const exists = object.desired === undefined ? undefined : object.replicas;
	if ((exists ?? wanted) > wanted) return progressing('old pods are still being removed');
	return ready(`${wanted} of ${wanted} ready`, readySince(object));
}

const readySince = (object: Workload): Instant | undefined => conditionOf(object, 'Available')?.at;

function ofDeployment(object: Workload, wanted: number): ObjectHealth {
	const progress = conditionOf(object, 'Progressing');
	if (progress?.reason === 'ProgressDeadlineExceeded') return failed('did not become ready in time', progress.at);
	const counted = counts(object, wanted, [
		['updated', object.updated],
		['available', object.available],
		['ready', object.ready],
	]);
	if (counted.state !== 'ready') return counted;
	if (progress && progress.status !== 'True') return progressing(words(progress), progress.at);
	const available = conditionOf(object, 'Available');
	if (available && available.status !== 'True') return progressing(words(available), available.at);
	return counted;
}

function ofStatefulSet(object: Workload, wanted: number): ObjectHealth {
	const counted = counts(object, wanted, [['ready', object.ready]]);
	if (counted.state !== 'ready' || object.strategy === 'OnDelete') return counted;
	if (object.partition !== undefined && object.partition > 0) {
		const due = wanted - object.partition;
		return (object.updated ?? 0) < due ? progressing(`${object.updated ?? 0} of ${due} updated`) : counted;
	}
	if (object.updateRevision !== undefined && object.currentRevision !== object.updateRevision)
		return progressing('pods of the new revision are still being made');
	return counted;
}

function ofDaemonSet(object: Workload): ObjectHealth {
	if (object.desired === undefined) return progressing('its controller has not counted the nodes yet');
	if (object.desired === 0) return {state: 'suspended', reason: 'no node wants it'};
	return counts(object, object.desired, [
		['updated', object.updated],
		['available', object.available],
		['ready', object.ready],
	]);
}

function ofJob(object: Job): ObjectHealth {
	const lost = conditionOf(object, 'Failed') ?? conditionOf(object, 'FailureTarget');
	if (lost && isTrue(lost)) return failed(words(lost), lost.at);
	const complete = conditionOf(object, 'Complete');
	if (complete && isTrue(complete)) return ready('complete', complete.at ?? object.completedAt);
	if (object.suspended) return {state: 'suspended', reason: 'suspended'};
	return object.active > 0 ? progressing('running', object.startedAt) : progressing('not started yet');
}

function ofClaim(object: Claim): ObjectHealth {
	switch (object.phase) {
		case 'Bound':
			return ready('bound');
		case 'Lost':
			return failed('its volume is gone');
		case 'Pending':
			return progressing('waiting for a volume', object.createdAt);
	}
}

/** Pressure makes a node not ready for us, though Kubernetes still calls it Ready. */
const pressures = ['MemoryPressure', 'DiskPressure', 'PIDPressure', 'NetworkUnavailable'];

function ofNode(object: Node): ObjectHealth {
	const condition = conditionOf(object, 'Ready');
	if (!condition) return progressing('has not reported yet');
	if (condition.status === 'Unknown') return {state: 'unknown', reason: words(condition)};
	if (condition.status === 'False') return failed(words(condition), condition.at);
	const pressure = object.conditions.find(each => pressures.includes(each.type) && isTrue(each));
	if (pressure) return failed(words(pressure), pressure.at);
	if (object.unschedulable) return {state: 'suspended', reason: 'takes no new pods (cordoned)'};
	return ready('ready', condition.at);
}

function ofDefinition(object: CustomDefinition): ObjectHealth {
	const refused = conditionOf(object, 'NamesAccepted');
	if (refused?.status === 'False') return failed(words(refused), refused.at);
	const established = conditionOf(object, 'Established');
	if (established && isTrue(established)) return ready('established', established.at);
	if (established?.status === 'False' && established.reason !== 'Installing') return failed(words(established));
	return progressing('being established');
}

/** Pending is normal for this long before "cannot be scheduled" counts; kstatus allows the same 15 s. */
const schedulingGraceMs = 15_000;

function ofPod(object: Pod, now: Instant): ObjectHealth {
	if (object.phase === 'Succeeded') return ready('completed');
	if (object.phase === 'Failed') return failed(object.message || object.reason || 'failed');
	if (object.phase === 'Unknown') return {state: 'unknown', reason: 'its node does not answer'};
	const stuck = [...object.initContainers, ...object.containers].find(isInError);
	if (stuck) return failed(`${stuck.name}: ${stateWords(stuck.state)}`);
	const scheduled = conditionOf(object, 'PodScheduled');
	if (scheduled?.status === 'False' && now - (object.createdAt ?? now) > schedulingGraceMs)
		return failed(words(scheduled), scheduled.at);
	const condition = conditionOf(object, 'Ready');
	if (object.phase === 'Running' && condition && isTrue(condition)) return ready('ready', condition.at);
	const waiting = [...object.initContainers, ...object.containers].find(each => each.state.is === 'waiting');
	return progressing(waiting ? `${waiting.name}: ${stateWords(waiting.state)}` : 'starting', object.createdAt);
}

/** Waiting reasons that do not pass by themselves in the normal course of a start. */
const waitingErrors: ReadonlySet<string> = new Set([
	'ErrImagePull',
	'ImagePullBackOff',
	'InvalidImageName',
	'ErrImageNeverPull',
	'ImageInspectError',
	'RegistryUnavailable',
	'SignatureValidationFailed',
	'CreateContainerConfigError',
	'CreateContainerError',
	'RunContainerError',
	'PreStartHookError',
	'PreCreateHookError',
	'PostStartHookError',
	'CrashLoopBackOff',
]);

/** Whether a container waits for a reason that is an error. */
export const isInError = (container: Container): boolean =>
	container.state.is === 'waiting' && waitingErrors.has(container.state.reason);

const stateWords = (state: ContainerState): string => (state.is === 'waiting' ? state.reason : state.is);

function ofFlux(object: FluxObject): ObjectHealth {
	if (object.suspended) return {state: 'suspended', reason: 'suspended'};
	const condition = conditionOf(object, 'Ready');
	if (isUnseen(object, condition)) return progressing('its controller has not seen the latest change yet');
	if (condition?.reason === 'DependencyNotReady') return progressing(words(condition), condition.at);
	for (const each of object.conditions) {
		if (each.type === 'Reconciling' && isTrue(each)) return progressing(words(each), each.at);
		if (each.type === 'Stalled' && isTrue(each)) return failed(words(each), each.at);
	}
	if (!condition) return progressing('not reconciled yet');
	if (isStale(object, condition)) return progressing('its status is about an older version of it');
	if (condition.status === 'True') return ready(words(condition), condition.at);
	return condition.status === 'False' ? failed(words(condition), condition.at) : progressing(words(condition));
}

/**
 * Whether Flux has not looked at an object's latest change. It counts a generation as observed only when it is done with
 * it: what has failed from the start stays at -1, and then its condition tells which generation it is about.
 */
export function isUnseen(
	object: Pick<FluxObject, 'generation' | 'observedGeneration'>,
	condition: Condition | undefined,
): boolean {
	const {generation, observedGeneration = generation} = object;
	const told = condition?.status === 'True' ? undefined : condition?.observedGeneration;
	return generation !== undefined && (told ?? observedGeneration) !== generation;
}

/** A condition speaks for the object only when it was made about its present generation. */
function isStale(object: FluxObject, condition: Condition): boolean {
	if (object.generation === undefined) return false;
	const seen = condition.observedGeneration ?? object.observedGeneration;
	return seen !== object.generation;
}
