import assert from 'node:assert/strict';
import {test} from 'node:test';
import fc from 'fast-check';
import {event} from '../../../server/cluster/trim/event.ts';
import {flux} from '../../../server/cluster/trim/flux.ts';
import {claim, keyed, node, quantity, storageClass} from '../../../server/cluster/trim/platform.ts';
import {pod} from '../../../server/cluster/trim/pod.ts';
import {job, workload} from '../../../server/cluster/trim/workload.ts';

const trims = {
	pod,
	node,
	claim,
	storageClass,
	job,
	event,
	deployment: workload('Deployment'),
	statefulSet: workload('StatefulSet'),
	daemonSet: workload('DaemonSet'),
	replicaSet: workload('ReplicaSet'),
	release: flux('HelmRelease'),
	secret: keyed('Secret'),
} as const;

/** Documents with the field names that are read, holding anything at all. */
const fields = [
	'metadata',
	'spec',
	'status',
	'name',
	'namespace',
	'labels',
	'annotations',
	'ownerReferences',
	'conditions',
	'containers',
	'containerStatuses',
	'initContainers',
	'state',
	'lastState',
	'terminated',
	'waiting',
	'running',
	'volumes',
	'persistentVolumeClaim',
	'replicas',
	'strategy',
	'rollingUpdate',
	'template',
	'selector',
	'matchLabels',
	'data',
	'series',
	'involvedObject',
	'history',
	'dependsOn',
	'taints',
	'addresses',
	'resources',
	'requests',
	'phase',
	'type',
	'count',
	'lastTimestamp',
];
const garbage = fc.letrec(tie => ({
	any: fc.oneof(
		{maxDepth: 5},
		fc.constantFrom(null, undefined, 0, -1, Number.NaN, '', 'x', true, '2026-01-01T00:00:00Z'),
		fc.array(tie('any'), {maxLength: 3}),
		fc.dictionary(fc.constantFrom(...fields), tie('any'), {maxKeys: 6}),
	),
})).any;

for (const [name, trim] of Object.entries(trims)) {
	test(`any object at all is cut to a ${name} without an error, the empty one too`, () => {
		assert.equal(typeof trim({}).name, 'string');
		fc.assert(
			fc.property(garbage, raw => {
				JSON.stringify(trim(raw));
			}),
			{numRuns: 150},
		);
	});
}

test('a pod keeps what it is judged by and nothing else', () => {
	const cut = pod({
		metadata: {
			name: 'web-1',
			namespace: 'msp',
			uid: 'u',
			generation: 2,
			creationTimestamp: '2026-01-01T00:00:00Z',
			managedFields: [{manager: 'kubelet'}],
			labels: {app: 'web'},
			annotations: {
				'meta.helm.sh/release-name': 'web',
				'kubectl.kubernetes.io/last-applied-configuration': 'x'.repeat(9000),
			},
			ownerReferences: [{kind: 'ReplicaSet', name: 'web-abc', controller: true}],
		},
		spec: {
			nodeName: 'node-0',
			containers: [
				{name: 'main', image: 'r/app:1', env: [{name: 'PASSWORD', value: 'hunter2'}]},
				{name: 'side', image: 'r/side:1'},
			],
			volumes: [{persistentVolumeClaim: {claimName: 'data'}}, {emptyDir: {}}],
		},
		status: {
			phase: 'Running',
			conditions: [
				{type: 'Ready', status: 'False', reason: 'ContainersNotReady', lastTransitionTime: '2026-01-01T00:00:05Z'},
				{status: 'True'},
			],
			containerStatuses: [
				{
					name: 'main',
					image: 'r/app:1',
					imageID: 'r/app@sha256:1',
					ready: false,
					restartCount: 2,
					state: {waiting: {reason: 'CrashLoopBackOff', message: 'back-off 20s'}},
					lastState: {terminated: {exitCode: 137, reason: 'OOMKilled'}},
				},
			],
		},
	});
	assert.deepEqual(cut, {
		kind: 'Pod',
		name: 'web-1',
		namespace: 'msp',
		uid: 'u',
		labels: {app: 'web'},
		annotations: {'meta.helm.sh/release-name': 'web'},
		createdAt: 1767225600000,
		generation: 2,
		owner: {kind: 'ReplicaSet', name: 'web-abc'},
		phase: 'Running',
		node: 'node-0',
		conditions: [{type: 'Ready', status: 'False', reason: 'ContainersNotReady', at: 1767225605000}],
		containers: [
			{
				name: 'main',
				image: 'r/app:1',
				imageId: 'r/app@sha256:1',
				ready: false,
				restarts: 2,
				state: {is: 'waiting', reason: 'CrashLoopBackOff', message: 'back-off 20s'},
				last: {is: 'terminated', exitCode: 137, reason: 'OOMKilled'},
			},
			{name: 'side', image: 'r/side:1', ready: false, restarts: 0, state: {is: 'unknown'}},
		],
		initContainers: [],
		claims: ['data'],
	});
});

test('a DaemonSet wants what its controller counted, and nothing is invented before it did', () => {
	assert.equal(workload('DaemonSet')({spec: {}}).desired, undefined);
	assert.equal(workload('DaemonSet')({status: {desiredNumberScheduled: 3, numberReady: 2}}).desired, 3);
	assert.equal(workload('Deployment')({spec: {}}).desired, 1);
	assert.equal(workload('Deployment')({spec: {replicas: 0}}).desired, 0);
});

test('a very long message keeps its end, where the cause stands', () => {
	const {message} = event({message: `${'x'.repeat(50_000)} cause at the end`});
	assert.ok(message.length < 5000);
	assert.match(message, /cause at the end$/u);
});

test('an event is as old as its newest repetition, however it was recorded', () => {
	assert.equal(
		event({
			series: {count: 7, lastObservedTime: '2026-01-01T00:00:03.000000Z'},
			lastTimestamp: null,
			eventTime: '2026-01-01T00:00:01.000000Z',
		}).lastAt,
		1767225603000,
	);
	assert.equal(event({count: 4, lastTimestamp: '2026-01-01T00:00:02Z'}).count, 4);
	assert.equal(event({metadata: {creationTimestamp: '2026-01-01T00:00:00Z'}}).lastAt, 1767225600000);
});

for (const [given, bytes] of [
	['10Gi', 10 * 2 ** 30],
	['500M', 5e8],
	['1.5Ki', 1536],
	['12', 12],
	['1e3', 1000],
	['1Qi', undefined],
	['', undefined],
	['-5', undefined],
] as const) {
	test(`the quantity ${JSON.stringify(given)} is ${bytes} bytes`, () => assert.equal(quantity(given), bytes));
}
