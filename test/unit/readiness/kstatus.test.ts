import assert from 'node:assert/strict';
import {test} from 'node:test';
import type {Condition, FluxObject, Job, Meta, Pod, Workload} from '../../../shared/facts/cluster.ts';
import {type Judged, kstatus} from '../../../shared/readiness/kstatus.ts';

const now = 1_000_000;
const meta: Meta = {name: 'x', namespace: 'msp', uid: 'x', labels: {}, createdAt: 0};
const is = (type: string, status: Condition['status'], reason = '', fields: Partial<Condition> = {}): Condition => ({
	type,
	status,
	reason,
	...fields,
});
const deployment: Workload = {
	...meta,
	kind: 'Deployment',
	desired: 2,
	replicas: 2,
	updated: 2,
	ready: 2,
	available: 2,
	conditions: [],
	images: [],
	selector: {},
};
const job: Job = {...meta, kind: 'Job', active: 0, succeeded: 0, failed: 0, suspended: false, conditions: []};
const pod: Pod = {
	...meta,
	kind: 'Pod',
	phase: 'Running',
	conditions: [is('Ready', 'True')],
	containers: [],
	initContainers: [],
	claims: [],
};
const flux: FluxObject = {
	...meta,
	kind: 'HelmRelease',
	generation: 2,
	observedGeneration: 2,
	suspended: false,
	dependsOn: [],
	conditions: [is('Ready', 'True')],
};
const node = {
	...meta,
	kind: 'Node',
	unschedulable: false,
	taints: [],
	addresses: [],
	conditions: [is('Ready', 'True')],
} as const;

const rows: readonly (readonly [why: string, object: Judged, state: string])[] = [
	['a deployment with all its counts', deployment, 'ready'],
	[
		'a deployment with no counts at all',
		{...meta, kind: 'Deployment', conditions: [], images: [], selector: {}},
		'progressing',
	],
	['fewer ready than wanted', {...deployment, ready: 1}, 'progressing'],
	['old pods still there', {...deployment, replicas: 3}, 'progressing'],
	[
		'deadline exceeded',
		{...deployment, conditions: [is('Progressing', 'False', 'ProgressDeadlineExceeded')]},
		'failed',
	],
	['a generation not seen yet', {...deployment, generation: 2, observedGeneration: 1}, 'progressing'],
	['scaled to zero', {...deployment, desired: 0}, 'suspended'],
	['being deleted', {...deployment, deletedAt: 5}, 'progressing'],
	[
		'a stateful set between revisions',
		{...deployment, kind: 'StatefulSet', currentRevision: 'a', updateRevision: 'b'},
		'progressing',
	],
	[
		'a stateful set updated up to its partition',
		{...deployment, kind: 'StatefulSet', partition: 1, updated: 1},
		'ready',
	],
	[
		'a daemon set nobody counted',
		{...meta, kind: 'DaemonSet', conditions: [], images: [], selector: {}},
		'progressing',
	],
	['a job that runs is not done', {...job, active: 1}, 'progressing'],
	['a complete job', {...job, conditions: [is('Complete', 'True')]}, 'ready'],
	['a job on its way to failure', {...job, conditions: [is('FailureTarget', 'True')]}, 'failed'],
	['a lost claim', {...meta, kind: 'PersistentVolumeClaim', phase: 'Lost'}, 'failed'],
	['a node under disk pressure', {...node, conditions: [is('Ready', 'True'), is('DiskPressure', 'True')]}, 'failed'],
	['a cordoned node', {...node, unschedulable: true}, 'suspended'],
	['a node that stopped reporting', {...node, conditions: [is('Ready', 'Unknown')]}, 'unknown'],
	['a pod that failed', {...pod, phase: 'Failed'}, 'failed'],
	[
		'a pod with an image error',
		{
			...pod,
			phase: 'Pending',
			conditions: [],
			containers: [{name: 'a', image: 'i', ready: false, restarts: 0, state: {is: 'waiting', reason: 'ErrImagePull'}}],
		},
		'failed',
	],
	[
		'a resource type whose names were refused',
		{...meta, kind: 'CustomResourceDefinition', conditions: [is('NamesAccepted', 'False')]},
		'failed',
	],
	['a ready release', flux, 'ready'],
	['a suspended release is neither ready nor failed', {...flux, suspended: true}, 'suspended'],
	['ready, but said of an older generation', {...flux, generation: 3}, 'progressing'],
	[
		'a condition of an older generation',
		{...flux, conditions: [is('Ready', 'True', '', {observedGeneration: 1})]},
		'progressing',
	],
	[
		'failed from the start: Flux has finished with no generation yet, and its word is about this one',
		{...flux, observedGeneration: -1, conditions: [is('Ready', 'False', 'InstallFailed', {observedGeneration: 2})]},
		'failed',
	],
	[
		'ready about this generation, while Flux has not finished with it',
		{...flux, observedGeneration: -1, conditions: [is('Ready', 'True', '', {observedGeneration: 2})]},
		'progressing',
	],
	['waiting for a dependency', {...flux, conditions: [is('Ready', 'False', 'DependencyNotReady')]}, 'progressing'],
	['stalled', {...flux, conditions: [is('Stalled', 'True', 'RetriesExceeded'), is('Ready', 'False')]}, 'failed'],
	['reconciling comes first', {...flux, conditions: [is('Reconciling', 'True'), is('Ready', 'False')]}, 'progressing'],
];

for (const [why, object, state] of rows)
	test(`${object.kind}: ${why} is ${state}`, () => {
		assert.equal(kstatus(object, now).state, state);
	});
