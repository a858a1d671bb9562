import assert from 'node:assert/strict';
import {readFile} from 'node:fs/promises';
import {test} from 'node:test';
import fc from 'fast-check';
import {causeIds, causes} from '../../../shared/diagnosis/causes.ts';
import {diagnose} from '../../../shared/diagnosis/diagnose.ts';
import {fixes, fixFor} from '../../../shared/diagnosis/fixes.ts';
import type {ClusterFacts, Meta} from '../../../shared/facts/cluster.ts';
import {known, unknown} from '../../../shared/facts/fact.ts';
import type {HostFacts} from '../../../shared/facts/host.ts';
import {judgeComponents} from '../../../shared/readiness/components.ts';
import {judgeTiers} from '../../../shared/readiness/tiers.ts';
import {toSituation} from '../../signals/adapter.ts';
import {CaseFile} from '../../signals/cases.ts';
import {score} from '../../signals/score.ts';
import {expected, now, world} from '../readiness/world.ts';
import {check, components, crashing, event, helm, log, type Observed, waiting} from './observed.ts';

const file = CaseFile.parse({components});
const ask = (observed: readonly Observed[], loginReady = false) =>
	toSituation(
		file,
		{stage: 'install', loginReady},
		observed.map(each => ({...each})),
	);
const context = {stage: 'install', loginReady: false, now} as const;
const none = unknown('not looked at');
const noHost: HostFacts = {
	machine: none,
	network: none,
	disks: none,
	memory: none,
	clock: none,
	services: none,
	rebootRequired: none,
	probes: [],
	journals: [],
};

test('every cause has words, and explains only causes that exist and do not explain it back', () => {
	for (const id of causeIds) {
		const {summary, why, next, explains = []} = causes[id];
		for (const sentence of [summary, why, next]) assert.match(sentence, /\S.*[.]$/u, `${id}: ${sentence}`);
		for (const other of explains) {
			const found = causeIds.find(each => each === other);
			assert.ok(found, `${id} explains ${other}, which is no cause`);
			assert.ok(!causes[found].explains?.includes(id), `${id} and ${other} explain each other`);
		}
	}
});

test('an update that did not prove itself stands above what its release does, and names the way back', () => {
	const asked = ask([crashing(1)]);
	const operation = {
		kind: 'update',
		state: 'failed',
		title: 'Update',
		problem: {
			code: 'health-gate.failed',
			what: 'Release 1.4.3 did not prove itself: Application keeps stopping.',
			next: 'Return to 1.4.2 (Updates, or: alga-appliance rollback --yes). Or mend it and retry: look at its log.',
		},
	} as const;
	const [top, ...others] = diagnose({...asked, context: {...asked.context, operation}, previous: []});
	assert.deepEqual(others, []);
	assert.equal(top?.summary, 'Release 1.4.3 did not prove itself: Application keeps stopping.');
	assert.match(top?.nextStep ?? '', /^Return to 1\.4\.2 .*look at its log\.$/u);
	assert.equal(top?.explains.length, 1);
});

test('a login page that does not answer is explained in words, not in codes', () => {
	const why = (fields: Readonly<Record<string, unknown>>) => {
		const found = diagnose({...ask([check('appUrl', 'http://192.0.2.2:3000/', fields)]), previous: []});
		return found.find(one => one.cause === 'app-url-unreachable')?.why;
	};
	assert.match(why({error: 'connect ECONNREFUSED 192.0.2.2:3000'}) ?? '', /gives no usable answer[.]$/);
	assert.match(why({status: 503}) ?? '', /gives HTTP 503[.]$/);
});

test('a fix is offered only for an object it can act on', () => {
	const [image] = diagnose({...ask([waiting('ErrImagePull', 'x: not found')]), previous: []});
	assert.equal(image && fixFor(image)?.id, 'retry-pull');
	const [release] = diagnose({...ask([helm('RetriesExceeded', 'Failed to install after 1 attempt(s)')]), previous: []});
	assert.equal(release && fixFor(release)?.id, 'reset-helm-release');
	assert.equal(release && fixes['retry-pull'].applies(release), false);
});

test('a blocker keeps its first sight, goes when its signal goes, and comes with an id that stays', () => {
	const situation = ask([waiting('ErrImagePull', 'x: not found')]);
	const [first] = diagnose({...situation, previous: []});
	assert.ok(first);
	const later = {...situation, context: {...situation.context, now: situation.context.now + 60_000}};
	const [second] = diagnose({...later, previous: [first]});
	assert.deepEqual(
		[second?.id, second?.firstSeen, second?.lastSeen],
		[first.id, first.firstSeen, first.firstSeen + 60_000],
	);
	assert.deepEqual(diagnose({...ask([]), previous: [first]}), []);
});

test('an event about a pod that is ready, finished or gone no longer counts', () => {
	const old = event('Failed', 'Failed to pull image "x": x: not found');
	const ready = {
		...waiting('x'),
		phase: 'Running',
		containerStatuses: [{name: 'main', image: 'x', ready: true, restartCount: 0, state: {running: {}}}],
	};
	assert.deepEqual(diagnose({...ask([ready, old]), previous: []}), []);
	const situation = ask([old]);
	const gone = {
		...situation,
		facts: {...situation.facts, cluster: {...situation.facts.cluster, pods: known([], situation.context.now)}},
	};
	assert.deepEqual(diagnose({...gone, previous: []}), []);
});

test('a problem code from our own checks names the cause without its prose', () => {
	const probes = [
		{check: 'dns', target: 'registry.example', at: now, ok: false, outcome: 'dns.not-found: whatever it says'},
	];
	const [top] = diagnose({facts: {host: {...noHost, probes}, cluster: world().facts.cluster}, context, previous: []});
	assert.equal(top?.cause, 'name-not-found');
});

test('a healthy installation has no blocker', () => {
	const {facts} = world();
	assert.deepEqual(diagnose({facts, expected, context: {...context, loginReady: true}, previous: []}), []);
});

test('what k3s complains of while it starts is no blocker, unless it ends it', () => {
	const lines = [
		'E0820 kubelet.go:2902] "Container runtime network not ready" networkReady="NetworkReady=false reason:NetworkPluginNotReady message:Network plugin returns error: cni plugin not initialized"',
		'level=info msg="Failed to get list: Get https://127.0.0.1:6444: dial tcp 127.0.0.1:6444: connect: connection refused"',
	];
	const say = (extra: readonly string[], since: number) =>
		diagnose({
			facts: {
				host: {
					...noHost,
					services: known([{name: 'k3s', active: 'activating', since}], now),
					journals: [{source: 'unit', unit: 'k3s', lines: [...lines, ...extra], at: now}],
				},
				cluster: {...world().facts.cluster, nodes: unknown('not there yet')},
			},
			context,
			previous: [],
		}).map(blocker => blocker.cause);
	assert.deepEqual(say([], now - 20_000), []);
	assert.deepEqual(say(['level=fatal msg="listen tcp :6443: bind: address already in use"'], now - 20_000), [
		'port-in-use',
	]);
	assert.deepEqual(say([], now - 3_600_000), ['cni-not-ready']);
});

const observed: fc.Arbitrary<Observed> = fc.oneof(
	fc
		.record({
			reason: fc.constantFrom(
				'ErrImagePull',
				'ImagePullBackOff',
				'CreateContainerConfigError',
				'RunContainerError',
				'ContainerCreating',
			),
			message: fc.string(),
			of: fc.constantFrom(...Object.keys(components)),
			age: fc.nat(100_000),
		})
		.map(({reason, message, of, age}) => waiting(reason, message, of, age)),
	fc
		.record({
			code: fc.nat(255),
			reason: fc.constantFrom('Error', 'OOMKilled', 'Completed', 'StartError'),
			of: fc.constantFrom(...Object.keys(components)),
		})
		.map(({code, reason, of}) => crashing(code, reason, '', of)),
	fc
		.record({
			reason: fc.constantFrom(
				'Failed',
				'BackOff',
				'FailedScheduling',
				'FailedMount',
				'Unhealthy',
				'Evicted',
				'Whatever',
			),
			message: fc.string(),
			of: fc.constantFrom(...Object.keys(components)),
		})
		.map(({reason, message, of}) => event(reason, message, of)),
	fc
		.record({lines: fc.array(fc.string()), of: fc.constantFrom(...Object.keys(components))})
		.map(({lines, of}) => log(of, ...lines)),
	fc
		.record({
			reason: fc.constantFrom('InstallFailed', 'RetriesExceeded', 'DependencyNotReady', 'ArtifactFailed'),
			message: fc.string(),
		})
		.map(({reason, message}) => helm(reason, message)),
);

test('no blocker ever lacks proof, a next step or a sentence, and none blocks login once people can log in', () => {
	fc.assert(
		fc.property(fc.array(observed, {maxLength: 12}), fc.boolean(), (all, loginReady) => {
			const blockers = diagnose({...ask(all, loginReady), previous: []});
			assert.equal(new Set(blockers.map(each => each.id)).size, blockers.length, 'ids are distinct');
			for (const each of blockers) {
				assert.ok(each.proof.length > 0 && each.proof.every(line => line.text !== ''), JSON.stringify(each));
				assert.ok(
					each.nextStep.length > 10 && each.summary.length > 10 && !/\{\w+/u.test(each.nextStep + each.summary),
					JSON.stringify(each),
				);
				assert.ok(!(each.loginBlocking && loginReady));
				// Only the bootstrap waits for a background part.
				assert.ok(
					!(each.loginBlocking && each.tier === 'background' && !each.components.includes('bootstrap')),
					JSON.stringify(each),
				);
			}
		}),
	);
});

const bare = (name: string): Meta => ({name, namespace: '', uid: '', labels: {}});

test('objects with every optional field missing are judged, not stumbled over', () => {
	const cluster: ClusterFacts = {
		api: none,
		nodes: known([{...bare('n'), kind: 'Node', unschedulable: false, taints: [], conditions: [], addresses: []}], now),
		pods: known(
			[
				{
					...bare('p'),
					kind: 'Pod',
					phase: 'Pending',
					conditions: [{type: 'PodScheduled', status: 'False'}],
					containers: [{name: '', image: '', ready: false, restarts: 0, state: {is: 'unknown'}}],
					initContainers: [],
					claims: [],
				},
			],
			now,
		),
		workloads: known(
			(['Deployment', 'StatefulSet', 'DaemonSet', 'ReplicaSet'] as const).map(kind => ({
				...bare(kind),
				kind,
				conditions: [],
				images: [],
				selector: {},
			})),
			now,
		),
		jobs: known(
			[
				{
					...bare('j'),
					kind: 'Job',
					active: 0,
					succeeded: 0,
					failed: 0,
					suspended: false,
					conditions: [{type: 'Failed', status: 'True'}],
				},
			],
			now,
		),
		claims: known([{...bare('c'), kind: 'PersistentVolumeClaim', phase: 'Pending'}], now),
		events: known(
			[
				{
					...bare('e'),
					kind: 'Event',
					type: 'Warning',
					reason: '',
					message: '',
					count: 0,
					lastAt: now,
					about: {kind: '', namespace: '', name: ''},
				},
			],
			now,
		),
		flux: known(
			(['OCIRepository', 'HelmRepository', 'HelmChart', 'Kustomization', 'HelmRelease'] as const).map(kind => ({
				...bare(kind),
				kind,
				suspended: false,
				conditions: [{type: 'Ready', status: 'False'}],
				dependsOn: [],
			})),
			now,
		),
		storageClasses: known([], now),
		secrets: known([], now),
		logs: [{namespace: '', pod: 'p', container: '', previous: false, lines: [], at: now}],
	};
	const facts = {host: noHost, cluster};
	for (const release of [undefined, expected]) {
		for (const each of diagnose({facts, expected: release, context, previous: []})) assert.ok(each.proof.length > 0);
		judgeComponents(cluster, release, now);
		assert.ok(Object.values(judgeTiers({facts, expected: release, now})).every(tier => tier.state !== 'ready'));
	}
});

/** Cases written by people who had not seen the rules; each was read wrongly by some rule once, or could be. */
const ours = await readFile(new URL('../../signals/site.json', import.meta.url), 'utf8');
const beside = new URL('../../../../shared/reference/signals.json', import.meta.url);
const given = await readFile(beside, 'utf8').catch(() => undefined);

for (const [name, content] of Object.entries({ours, given}))
	test(`every known signal (${name}) is named rightly, with other names and addresses than its own`, {
		skip: content === undefined && 'the file of known signals is not beside this checkout',
	}, () => {
		const cases = CaseFile.parse(JSON.parse(content ?? '{}'));
		const {misses, falseAlarms} = score(cases, Math.floor(Math.random() * 1e9));
		assert.deepEqual(misses, []);
		assert.equal(falseAlarms, 0);
	});
