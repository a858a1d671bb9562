import type {DiagnosisContext} from '../../shared/diagnosis/blocker.ts';
import type {ClusterFacts, FluxObject, Pod, Workload} from '../../shared/facts/cluster.ts';
import {known, unknown} from '../../shared/facts/fact.ts';
import type {Filesystem, HostFacts} from '../../shared/facts/host.ts';
import type {Expected} from '../../shared/readiness/components.ts';
import {platformComponents} from '../../shared/readiness/platform.ts';
import type {Component} from '../../shared/release/manifest.ts';
import type {CaseContext, CaseFile, Input} from './cases.ts';
import {
	fluxKind,
	now,
	ownerOf,
	toClaim,
	toEvent,
	toFlux,
	toJob,
	toNode,
	toPod,
	toProbe,
	toWorkload,
} from './objects.ts';
import {type Loose, number, record, records, text, texts} from './read.ts';

export type Situation = {
	readonly facts: {readonly host: HostFacts; readonly cluster: ClusterFacts};
	readonly expected: Expected;
	readonly context: DiagnosisContext;
};

/**
 * Turns one case into the facts the appliance would have: the objects as given, and around them what must exist for
 * them to be seen at all (the pod an event speaks of, the dependency somebody waits for).
 */
export function toSituation(file: CaseFile, context: CaseContext, inputs: readonly Input[]): Situation {
	const of = (kind: string): readonly Input[] => inputs.filter(input => input.kind === kind);
	const expected = profileFor(file, inputs);
	const events = [
		...of('Event').map(toEvent),
		...of('PersistentVolumeClaim').flatMap(claim =>
			records(claim, 'events').map(event => toEvent({lastSeenSecondsAgo: 60, ...event, involvedObject: claim})),
		),
	];
	const pods = [...of('Pod').map(toPod)];
	for (const input of [...of('Event'), ...of('ContainerLog')]) {
		const pod = podBehind(input, expected);
		if (pod && !pods.some(each => each.name === pod.name)) pods.push(pod);
	}
	const cluster: ClusterFacts = {
		api: unknown('not part of the case'),
		nodes: listed(of('Node').map(toNode)),
		pods: known(pods, now),
		workloads: listed(workloadsOf(inputs, expected)),
		jobs: listed(of('Job').map(toJob)),
		claims: listed(of('PersistentVolumeClaim').map(toClaim)),
		events: known(events, now),
		flux: listed(fluxOf(inputs, context)),
		storageClasses: unknown('not part of the case'),
		secrets: unknown('not part of the case'),
		logs: of('ContainerLog').map(input => ({
			namespace: text(input, 'namespace') ?? '',
			pod: text(input, 'pod') ?? '',
			container: text(input, 'container') ?? '',
			previous: input['previous'] === true,
			lines: texts(input, 'lines'),
			at: now - 5000,
		})),
	};
	const none = unknown('not part of the case');
	const host: HostFacts = {
		machine: none,
		network: none,
		disks: listed(of('HostCheck').flatMap(toDisk)),
		memory: none,
		clock: none,
		services: none,
		rebootRequired: none,
		probes: of('HostCheck').map(toProbe),
		journals: [
			...of('Journal').map(input => ({
				source: 'unit' as const,
				unit: text(input, 'unit') ?? '',
				lines: texts(input, 'lines'),
				at: now - 5000,
			})),
			...of('KernelLog').map(input => ({
				source: 'kernel' as const,
				unit: 'kernel',
				lines: texts(input, 'lines'),
				at: now - 5000,
			})),
		],
	};
	return {facts: {host, cluster}, expected, context: contextFor(context, of('InstallState'))};
}

const listed = <T>(items: readonly T[]) => (items.length > 0 ? known(items, now) : unknown('not part of the case'));

function contextFor(context: CaseContext, states: readonly Input[]): DiagnosisContext {
	const unfinished = states.find(
		state =>
			!/"(?:state|status|phase|result)":"(?:done|succeeded|complete|completed|idle|success)"/iu.test(
				JSON.stringify(state),
			),
	);
	return {
		stage: context.stage,
		loginReady: context.loginReady,
		airgap: context.airgap === true,
		now,
		...(unfinished ? {operation: {kind: 'update', state: 'interrupted', title: JSON.stringify(unfinished)}} : {}),
	};
}

/** What each part of the product stands on beyond its tier. */
const dependsOn: Readonly<Record<string, readonly string[]>> = {
	pgbouncer: ['db'],
	bootstrap: ['temporal'],
	'temporal-ui': ['temporal'],
	'temporal-worker': ['temporal'],
	'workflow-worker': ['temporal'],
};
const workloadKind: Readonly<Record<string, 'StatefulSet' | 'Job'>> = {
	db: 'StatefulSet',
	redis: 'StatefulSet',
	bootstrap: 'Job',
};

function profileFor(file: CaseFile, inputs: readonly Input[]): Expected {
	const names = Object.entries(file.components);
	const login = names.find(([, tier]) => tier === 'login')?.[0] ?? 'web';
	const components = names.flatMap(([name, tier]): Component[] => {
		if (tier === 'platform') return [];
		const mine = inputs.filter(input => text(input, 'component') === name);
		const owner = mine.map(ownerOf).find(each => each !== undefined);
		const job = mine.find(input => input.kind === 'Job') ?? jobSpokenOf(mine);
		const kind =
			owner?.kind === 'StatefulSet' || owner?.kind === 'Job' ? owner.kind : (workloadKind[name] ?? 'Deployment');
		const release = mine.find(input => input.kind === 'HelmRelease');
		return [
			{
				name,
				title: name,
				tier,
				workload: {kind, namespace: 'msp', name: owner?.name ?? (job ? text(job, 'name') : undefined) ?? name},
				helmRelease:
					(release && text(release, 'name')) ?? (tier === 'background' || name === 'pgbouncer' ? name : login),
				images: [],
				volumes: [],
				secrets: [],
				dependsOn: [...(dependsOn[name] ?? [])],
			},
		];
	});
	return {
		images: [],
		profile: {
			name: 'signals',
			components,
			bootstrap: {component: 'bootstrap'},
			login: {component: login, path: '/', port: 3000},
		},
	};
}

const jobSpokenOf = (inputs: readonly Input[]): Loose | undefined =>
	inputs.map(input => record(input, 'involvedObject')).find(about => text(about, 'kind') === 'Job');

/** The pod an event or a log belongs to; it would be among the facts, or the words would be about nothing. */
function podBehind(input: Loose, expected: Expected): Pod | undefined {
	const about = record(input, 'involvedObject');
	const isLog = text(input, 'kind') === 'ContainerLog';
	const name = isLog ? text(input, 'pod') : text(about, 'kind') === 'Pod' ? text(about, 'name') : undefined;
	if (name === undefined) return undefined;
	const component = text(input, 'component');
	const workload =
		expected.profile.components.find(each => each.name === component)?.workload ??
		platformComponents.find(each => each.name === component)?.workload;
	const restarts = number(input, 'restartCount') ?? 0;
	const container = {
		name: text(input, 'container') ?? '',
		image: '',
		ready: false,
		restarts,
		// Once is an accident: it runs again.
		state: restarts > 1 ? {waiting: {reason: 'CrashLoopBackOff'}} : {running: {}},
		restartCount: restarts,
	};
	return toPod({
		kind: 'Pod',
		namespace: isLog ? text(input, 'namespace') : text(about, 'namespace'),
		name,
		...(workload ? {owner: `${workload.kind}/${workload.name}`} : {}),
		ageSeconds: number(input, 'podAgeSeconds') ?? number(input, 'ageSeconds') ?? 240,
		phase: isLog ? 'Running' : 'Pending',
		containerStatuses: isLog ? [container] : [],
	});
}

/** A login page that is asked for belongs to a web workload that says it runs, unless the case shows its pods. */
function workloadsOf(inputs: readonly Input[], expected: Expected): readonly Workload[] {
	const given = inputs.flatMap(input => {
		const kind = (['Deployment', 'StatefulSet', 'DaemonSet', 'ReplicaSet'] as const).find(each => each === input.kind);
		return kind ? [toWorkload(input, kind)] : [];
	});
	const login = expected.profile.components.find(each => each.tier === 'login');
	const asked = inputs.some(input => input.kind === 'HostCheck' && text(input, 'check') === 'appUrl');
	const shown = inputs.some(input => input.kind === 'Pod' && text(input, 'component') === login?.name);
	if (!login || !asked || shown) return given;
	const ready = {replicas: 1, updatedReplicas: 1, readyReplicas: 1, availableReplicas: 1};
	return [...given, toWorkload({...login.workload, status: ready}, 'Deployment')];
}

function fluxOf(inputs: readonly Input[], context: CaseContext): readonly FluxObject[] {
	const given = inputs.flatMap(input => {
		const kind = fluxKind(input.kind);
		return kind ? [toFlux(input, kind)] : [];
	});
	const progressing = [{type: 'Ready', status: 'Unknown', reason: 'Progressing', message: 'in progress'}];
	const awaited = given.flatMap(object => {
		const waiting = object.conditions.find(each => each.reason === 'DependencyNotReady');
		const [namespace, name] =
			/dependency '(?<of>[^']+)'/u.exec(waiting?.message ?? '')?.groups?.['of']?.split('/') ?? [];
		return waiting && name && context.dependencyFailed !== true
			? [toFlux({kind: object.kind, namespace, name, conditions: progressing}, object.kind)]
			: [];
	});
	const spokenOf = inputs.flatMap(input => {
		const about = record(input, 'involvedObject');
		const kind = fluxKind(text(about, 'kind'));
		return kind ? [toFlux({...about, conditions: progressing}, kind)] : [];
	});
	const objects = new Map<string, FluxObject>();
	for (const object of [...given, ...awaited, ...spokenOf]) {
		const key = `${object.kind}/${object.namespace}/${object.name}`;
		if (!objects.has(key)) objects.set(key, object);
	}
	return [...objects.values()];
}

/** A disk check also shows in the numbers of the file system itself. */
function toDisk(input: Input): readonly Filesystem[] {
	const [free, total] = [number(input, 'freeBytes'), number(input, 'totalBytes')];
	if (text(input, 'check') !== 'disk' || free === undefined || total === undefined) return [];
	return [
		{path: text(input, 'target') ?? '/', device: '', kind: 'ext4', sizeBytes: total, freeBytes: free, readOnly: false},
	];
}
