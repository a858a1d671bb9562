import type {
	Claim,
	ClusterEvent,
	Condition,
	Container,
	ContainerState,
	FluxObject,
	Job,
	Node,
	Pod,
	Workload,
} from '../../shared/facts/cluster.ts';
import type {Instant} from '../../shared/facts/fact.ts';
import type {ProbeFact} from '../../shared/facts/host.ts';
import {isRecord, type Loose, number, record, records, text, texts} from './read.ts';

export const now: Instant = Date.UTC(2026, 8, 21, 12);
const ago = (seconds: number): Instant => now - seconds * 1000;

function metaOf(input: Loose, usualAge: number) {
	const generation = number(input, 'generation');
	return {
		name: text(input, 'name') ?? '',
		namespace: text(input, 'namespace') ?? '',
		uid: `${text(input, 'kind')}/${text(input, 'name')}`,
		labels: {},
		createdAt: ago(number(input, 'ageSeconds') ?? usualAge),
		...(generation === undefined ? {} : {generation}),
	};
}

function conditionsOf(input: Loose): readonly Condition[] {
	return records(input, 'conditions').map(each => {
		const status = text(each, 'status');
		return {
			type: text(each, 'type') ?? '',
			status: status === 'True' || status === 'False' ? status : ('Unknown' as const),
			reason: text(each, 'reason') ?? '',
			message: text(each, 'message') ?? '',
		};
	});
}

export function ownerOf(input: Loose): {readonly kind: string; readonly name: string} | undefined {
	const [kind, name] = (text(input, 'owner') ?? '').split('/');
	return kind && name ? {kind, name} : undefined;
}

function stateOf(state: Loose): ContainerState {
	if (isRecord(state['waiting'])) {
		const waiting = state['waiting'];
		return {is: 'waiting', reason: text(waiting, 'reason') ?? '', message: text(waiting, 'message') ?? ''};
	}
	if (isRecord(state['terminated'])) {
		const ended = state['terminated'];
		const signal = number(ended, 'signal');
		return {
			is: 'terminated',
			exitCode: number(ended, 'exitCode') ?? 0,
			reason: text(ended, 'reason') ?? '',
			message: text(ended, 'message') ?? '',
			...(signal === undefined ? {} : {signal}),
		};
	}
	return isRecord(state['running']) ? {is: 'running'} : {is: 'unknown'};
}

function containersOf(input: Loose, field: string): readonly Container[] {
	return records(input, field).map(each => {
		const last = record(each, 'lastState');
		return {
			name: text(each, 'name') ?? '',
			image: text(each, 'image') ?? '',
			ready: each['ready'] === true,
			restarts: number(each, 'restartCount') ?? 0,
			state: stateOf(record(each, 'state')),
			...(Object.keys(last).length > 0 ? {last: stateOf(last)} : {}),
		};
	});
}

const podPhases = ['Pending', 'Running', 'Succeeded', 'Failed'] as const;

export function toPod(input: Loose): Pod {
	const owner = ownerOf(input);
	const containers = containersOf(input, 'containerStatuses');
	const phase = podPhases.find(each => each === text(input, 'phase')) ?? 'Unknown';
	const conditions = conditionsOf(input);
	const ready = phase === 'Running' && containers.length > 0 && containers.every(each => each.ready);
	const [reason, message, node] = [text(input, 'reason'), text(input, 'message'), text(input, 'nodeName')];
	const deleting = Object.entries(input).find(
		([field, value]) => /^(?:delet|terminat)/u.test(field) && typeof value === 'number',
	)?.[1];
	return {
		...metaOf(input, 240),
		kind: 'Pod',
		phase,
		conditions: ready
			? [...conditions.filter(each => each.type !== 'Ready'), {type: 'Ready', status: 'True'}]
			: conditions,
		containers,
		initContainers: containersOf(input, 'initContainerStatuses'),
		claims: [],
		...(owner ? {owner} : {}),
		...(reason === undefined ? {} : {reason}),
		...(message === undefined ? {} : {message}),
		...(node === undefined ? {} : {node}),
		...(typeof deleting === 'number' ? {deletedAt: ago(deleting)} : {}),
	};
}

export function toNode(input: Loose): Node {
	return {
		...metaOf(input, 86_400),
		kind: 'Node',
		unschedulable: input['unschedulable'] === true,
		taints: texts(input, 'taints').map(taint => ({key: taint.split(':')[0] ?? '', effect: taint.split(':')[1] ?? ''})),
		conditions: conditionsOf(input),
		addresses: [],
	};
}

export function toClaim(input: Loose): Claim {
	const phase = text(input, 'phase');
	const storageClass = text(input, 'storageClassName');
	return {
		...metaOf(input, 600),
		kind: 'PersistentVolumeClaim',
		phase: phase === 'Bound' || phase === 'Lost' ? phase : 'Pending',
		...(storageClass === undefined ? {} : {storageClass}),
	};
}

export function toJob(input: Loose): Job {
	return {
		...metaOf(input, 600),
		kind: 'Job',
		active: number(input, 'active') ?? 0,
		succeeded: number(input, 'succeeded') ?? 0,
		failed: number(input, 'failed') ?? 0,
		suspended: record(input, 'spec')['suspend'] === true,
		conditions: conditionsOf(input),
	};
}

const fluxKinds = ['OCIRepository', 'HelmRepository', 'HelmChart', 'Kustomization', 'HelmRelease'] as const;
export const fluxKind = (kind: string | undefined) => fluxKinds.find(each => each === kind);

export function toFlux(input: Loose, kind: FluxObject['kind']): FluxObject {
	const stale = number(input, 'staleForSeconds');
	const observedGeneration = number(input, 'observedGeneration');
	return {
		...metaOf(input, 600),
		kind,
		suspended: record(input, 'spec')['suspend'] === true || input['suspended'] === true,
		conditions: conditionsOf(input),
		dependsOn: [],
		...(observedGeneration === undefined ? {} : {observedGeneration}),
		...(stale === undefined
			? {}
			: {annotations: {'reconcile.fluxcd.io/requestedAt': new Date(ago(stale)).toISOString()}}),
	};
}

export function toWorkload(input: Loose, kind: Workload['kind']): Workload {
	const spec = record(input, 'spec');
	const status = record(input, 'status');
	const owner = ownerOf(input);
	const count = (field: string) => number(status, field) ?? number(input, field) ?? 0;
	return {
		...metaOf(input, 3600),
		kind,
		desired: number(spec, 'replicas') ?? number(input, 'replicas') ?? 1,
		replicas: count('replicas'),
		updated: count('updatedReplicas'),
		ready: count('readyReplicas'),
		available: count('availableReplicas'),
		conditions: conditionsOf(input),
		images: [],
		selector: {},
		...(owner ? {owner} : {}),
	};
}

export function toEvent(input: Loose): ClusterEvent {
	const about = record(input, 'involvedObject');
	return {
		kind: 'Event',
		name: `${text(about, 'name')}.${text(input, 'reason')}`,
		namespace: text(about, 'namespace') ?? '',
		uid: '',
		labels: {},
		type: text(input, 'type') === 'Normal' ? 'Normal' : 'Warning',
		reason: text(input, 'reason') ?? '',
		message: text(input, 'message') ?? '',
		count: number(input, 'count') ?? 1,
		lastAt: ago(number(input, 'lastSeenSecondsAgo') ?? 0),
		about: {
			kind: text(about, 'kind') ?? '',
			namespace: text(about, 'namespace') ?? '',
			name: text(about, 'name') ?? '',
		},
	};
}

const told: ReadonlySet<string> = new Set(['kind', 'check', 'target', 'component', 'outcome', 'status', 'latencyMs']);

/** A probe's outcome is the error's own words first, then whatever else was measured. */
export function toProbe(input: Loose): ProbeFact {
	const status = number(input, 'status');
	const outcome = text(input, 'outcome');
	const rest = Object.entries(input)
		.filter(([name]) => !told.has(name) && name !== 'error')
		.map(([name, value]) => `${name} ${typeof value === 'object' ? JSON.stringify(value) : String(value)}`);
	return {
		check: text(input, 'check') ?? '',
		target: text(input, 'target') ?? '',
		at: now,
		ok: outcome === 'ok' || outcome === 'pass' || outcome === 'success',
		outcome: [text(input, 'error'), outcome === 'warn' ? 'warn' : undefined, ...rest].filter(Boolean).join('; '),
		...(status === undefined ? {} : {status}),
	};
}
