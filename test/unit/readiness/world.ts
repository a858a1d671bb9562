import type {
	ClusterFacts,
	Condition,
	FluxObject,
	Job,
	Meta,
	Node,
	Pod,
	Workload,
} from '../../../shared/facts/cluster.ts';
import {known, unknown} from '../../../shared/facts/fact.ts';
import type {HostFacts, ProbeFact} from '../../../shared/facts/host.ts';
import type {Expected} from '../../../shared/readiness/components.ts';
import {platformComponents} from '../../../shared/readiness/platform.ts';
import type {TierQuestion} from '../../../shared/readiness/tiers.ts';
import type {Component} from '../../../shared/release/manifest.ts';

export const now = Date.UTC(2026, 8, 21, 12);
const meta = (name: string, namespace = 'msp'): Meta => ({
	name,
	namespace,
	uid: name,
	labels: {},
	createdAt: now - 3_600_000,
});
const digest = `sha256:${'a1'.repeat(32)}`;

const component = (name: string, tier: Component['tier'], kind: Component['workload']['kind']): Component => ({
	name,
	title: `the ${name}`,
	tier,
	workload: {kind, namespace: 'msp', name},
	helmRelease: 'suite',
	images: [name],
	volumes: kind === 'StatefulSet' ? [{claim: `data-${name}-0`, size: '1Gi'}] : [],
	secrets: name === 'db' ? [{name: 'db-credentials', keys: ['password']}] : [],
	dependsOn: [],
});

export const expected: Expected = {
	images: ['db', 'redis', 'pgbouncer', 'setup', 'web', 'worker'].map(name => ({
		name,
		repository: `registry.example/acme/${name}`,
		digest,
	})),
	profile: {
		name: 'test',
		components: [
			component('db', 'core', 'StatefulSet'),
			component('redis', 'core', 'StatefulSet'),
			component('pgbouncer', 'core', 'Deployment'),
			component('setup', 'bootstrap', 'Job'),
			component('web', 'login', 'Deployment'),
			component('worker', 'background', 'Deployment'),
		],
		bootstrap: {component: 'setup'},
		login: {component: 'web', path: '/', port: 3000},
	},
};

/** What may be wrong with one workload. */
export type Fault = 'none' | 'not-ready' | 'missing' | 'old-generation' | 'image-error' | 'deleting';

export const workload = (of: Component['workload'], fault: Fault = 'none'): Workload => ({
	...meta(of.name, of.namespace),
	kind: of.kind === 'Job' ? 'Deployment' : of.kind,
	generation: fault === 'old-generation' ? 4 : 3,
	observedGeneration: 3,
	desired: 1,
	replicas: 1,
	updated: 1,
	ready: fault === 'not-ready' || fault === 'image-error' ? 0 : 1,
	available: fault === 'not-ready' || fault === 'image-error' ? 0 : 1,
	conditions: [],
	images: [],
	selector: {},
	...(fault === 'deleting' ? {deletedAt: now - 1000} : {}),
});

export const pod = (of: Component['workload'], fault: Fault = 'none'): Pod => ({
	...meta(`${of.name}-0`, of.namespace),
	kind: 'Pod',
	owner: {kind: of.kind, name: of.name},
	phase: fault === 'none' ? 'Running' : 'Pending',
	conditions: [{type: 'Ready', status: fault === 'none' ? 'True' : 'False'}],
	containers: [
		{
			name: of.name,
			image: `registry.example/acme/${of.name}@${digest}`,
			imageId: `registry.example/acme/${of.name}@${digest}`,
			ready: fault === 'none',
			restarts: 0,
			state:
				fault === 'image-error' ? {is: 'waiting', reason: 'ErrImagePull', message: 'x: not found'} : {is: 'running'},
		},
	],
	initContainers: [],
	claims: [],
});

const probe = (check: string): ProbeFact => ({
	check,
	target: 'registry.example',
	at: now - 1000,
	ok: true,
	outcome: 'answers',
});
const node: Node = {
	...meta('box', ''),
	kind: 'Node',
	unschedulable: false,
	taints: [],
	addresses: [],
	conditions: [{type: 'Ready', status: 'True'}],
};
const job: Job = {
	...meta('setup'),
	kind: 'Job',
	active: 0,
	succeeded: 1,
	failed: 0,
	suspended: false,
	conditions: [{type: 'Complete', status: 'True'}],
};
const ready: Condition = {type: 'Ready', status: 'True', reason: 'InstallSucceeded', observedGeneration: 2};
const release: FluxObject = {
	...meta('suite', 'alga-system'),
	kind: 'HelmRelease',
	generation: 2,
	observedGeneration: 2,
	suspended: false,
	dependsOn: [],
	conditions: [ready],
};

/** A world where everything works, except what is said to be wrong. */
export function world(
	faults: Readonly<Record<string, Fault>> = {},
): TierQuestion & {readonly facts: {readonly host: HostFacts; readonly cluster: ClusterFacts}} {
	const all = [...platformComponents.map(each => each), ...expected.profile.components].filter(
		each => each.workload.kind !== 'Job',
	);
	const faultOf = (name: string): Fault => faults[name] ?? 'none';
	const none = unknown('not looked at');
	return {
		facts: {
			host: {
				machine: none,
				network: none,
				disks: none,
				memory: none,
				clock: none,
				services: none,
				rebootRequired: none,
				probes: [probe('dns'), probe('registry')],
				journals: [],
			},
			cluster: {
				api: known({version: 'v1', latencyMs: 3}, now),
				nodes: known([node], now),
				pods: known(
					all.filter(each => faultOf(each.name) !== 'missing').map(each => pod(each.workload, faultOf(each.name))),
					now,
				),
				workloads: known(
					all.filter(each => faultOf(each.name) !== 'missing').map(each => workload(each.workload, faultOf(each.name))),
					now,
				),
				jobs: known([job], now),
				claims: known(
					['data-db-0', 'data-redis-0'].map(name => ({
						...meta(name),
						kind: 'PersistentVolumeClaim' as const,
						phase: 'Bound' as const,
					})),
					now,
				),
				events: known([], now),
				flux: known([release], now),
				storageClasses: known(
					[{...meta('local-path', ''), kind: 'StorageClass' as const, provisioner: 'x', isDefault: true}],
					now,
				),
				secrets: known([{...meta('db-credentials'), kind: 'Secret' as const, keys: ['password']}], now),
				logs: [],
			},
		},
		expected,
		loginProbe: {...probe('login'), redirect: '/auth/signin'},
		loginUrl: 'http://192.0.2.7:3000',
		storageProved: now - 60_000,
		now,
	};
}
