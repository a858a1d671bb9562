import assert from 'node:assert/strict';
import {test} from 'node:test';
import fc from 'fast-check';
import {diagnose} from '../../../shared/diagnosis/diagnose.ts';
import type {ClusterFacts, Job} from '../../../shared/facts/cluster.ts';
import {type Fact, known, unknown, wentStale} from '../../../shared/facts/fact.ts';
import {judgeComponents} from '../../../shared/readiness/components.ts';
import {settle} from '../../../shared/readiness/hysteresis.ts';
import {rollup} from '../../../shared/readiness/rollup.ts';
import {
	judgeTiers,
	type TierName,
	type TierQuestion,
	tierNames,
	withBlockers,
} from '../../../shared/readiness/tiers.ts';
import {expected, type Fault, now, pod, world} from './world.ts';

const states = (question: TierQuestion) => {
	const tiers = judgeTiers(question);
	return Object.fromEntries(tierNames.map(name => [name, tiers[name].state]));
};
const withCluster = (change: Partial<ClusterFacts>): TierQuestion => {
	const {facts, ...rest} = world();
	return {...rest, facts: {...facts, cluster: {...facts.cluster, ...change}}};
};
const withProbes = (probes: ReturnType<typeof world>['facts']['host']['probes']): TierQuestion => {
	const {facts, ...rest} = world();
	return {...rest, facts: {...facts, host: {...facts.host, probes}}};
};

test('a world where everything works is ready in all six tiers', () => {
	assert.deepEqual(states(world()), {
		platform: 'ready',
		core: 'ready',
		bootstrap: 'ready',
		login: 'ready',
		background: 'ready',
		fullHealth: 'ready',
	});
});

test('before a release is installed no tier is ready, whatever runs', () => {
	assert.ok(Object.values(states({...world(), expected: undefined})).every(state => state === 'waiting'));
});

const rows: readonly (readonly [why: string, question: TierQuestion, notReady: readonly TierName[]])[] = [
	['a worker that does not start leaves login ready', world({worker: 'image-error'}), ['background', 'fullHealth']],
	['a database that is not ready', world({db: 'not-ready'}), ['core', 'login', 'fullHealth']],
	['a web page whose controller has not seen the change', world({web: 'old-generation'}), ['login', 'fullHealth']],
	['no CoreDNS', world({coredns: 'missing'}), ['platform', 'fullHealth']],
	['no source-controller', world({'source-controller': 'not-ready'}), ['platform', 'fullHealth']],
	['storage that was never proved', {...world(), storageProved: undefined}, ['platform', 'fullHealth']],
	['no default storage class', withCluster({storageClasses: known([], now)}), ['platform', 'fullHealth']],
	[
		'name lookup fails',
		withProbes([
			{check: 'dns', target: 'x', at: now, ok: false, outcome: 'refused'},
			...world().facts.host.probes.slice(1),
		]),
		['platform', 'fullHealth'],
	],
	[
		'nothing was looked up lately',
		withProbes(world().facts.host.probes.map(each => ({...each, at: now - 3_600_000}))),
		['platform', 'fullHealth'],
	],
	[
		'a secret without its key',
		withCluster({
			secrets: known([{name: 'db-credentials', namespace: 'msp', uid: '', labels: {}, kind: 'Secret', keys: []}], now),
		}),
		['core', 'login', 'fullHealth'],
	],
	['a claim that is not bound', withCluster({claims: known([], now)}), ['core', 'login', 'fullHealth']],
	['a bootstrap job that was never seen', withCluster({jobs: known([], now)}), ['bootstrap', 'login', 'fullHealth']],
	['a login page that was not asked', {...world(), loginProbe: undefined}, ['login', 'fullHealth']],
	['no address to log in at', {...world(), loginUrl: undefined}, ['login', 'fullHealth']],
	[
		'a silent Kubernetes',
		withCluster({
			api: unknown('no answer'),
			nodes: unknown('x'),
			workloads: unknown('x'),
			pods: unknown('x'),
			jobs: unknown('x'),
		}),
		['platform', 'core', 'bootstrap', 'login', 'background', 'fullHealth'],
	],
];

for (const [why, question, notReady] of rows)
	test(`not ready: ${why}`, () => {
		const judged = states(question);
		assert.deepEqual(
			tierNames.filter(name => judged[name] !== 'ready'),
			notReady,
			JSON.stringify(judgeTiers(question), undefined, 1),
		);
	});

test('the recorded bootstrap counts once its job has been removed, and not while it has failed', () => {
	const gone = {...withCluster({jobs: known([], now)}), bootstrapRecorded: now - 1000};
	assert.equal(states(gone)['bootstrap'], 'ready');
	const lost: Job = {
		name: 'setup',
		namespace: 'msp',
		uid: '',
		labels: {},
		kind: 'Job',
		active: 0,
		succeeded: 0,
		failed: 6,
		suspended: false,
		conditions: [{type: 'Failed', status: 'True'}],
	};
	const failed = {...withCluster({jobs: known([lost], now)}), bootstrapRecorded: now - 1000};
	assert.notEqual(states(failed)['bootstrap'], 'ready');
});

test('an image the release does not name ends full health and nothing else', () => {
	const other = pod({kind: 'Deployment', namespace: 'msp', name: 'worker'});
	const drifted = {
		...other,
		containers: other.containers.map(each => ({
			...each,
			image: 'registry.example/acme/worker:old',
			imageId: `registry.example/acme/worker@sha256:${'b2'.repeat(32)}`,
		})),
	};
	const {pods} = world().facts.cluster;
	const question = withCluster({
		pods: known([...(pods.state === 'known' ? pods.value.filter(each => each.name !== other.name) : []), drifted], now),
	});
	assert.deepEqual(
		tierNames.filter(name => states(question)[name] !== 'ready'),
		['fullHealth'],
	);
	assert.ok(judgeComponents(question.facts.cluster, expected, now).find(each => each.name === 'worker')?.drift);
});

const faults = fc.constantFrom<Fault>(
	'none',
	'none',
	'not-ready',
	'missing',
	'old-generation',
	'image-error',
	'deleting',
);
const names = [
	'db',
	'redis',
	'pgbouncer',
	'web',
	'worker',
	'coredns',
	'source-controller',
	'kustomize-controller',
	'helm-controller',
];
const faultsOfAll = fc.record(Object.fromEntries(names.map(name => [name, faults])));
const sources = ['api', 'nodes', 'pods', 'workloads', 'jobs', 'claims', 'flux', 'storageClasses', 'secrets'] as const;
const doubts = fc.record(
	Object.fromEntries(sources.map(source => [source, fc.constantFrom('known', 'known', 'known', 'stale', 'unknown')])),
);

test('no tier is ever ready while anything it requires is not, or could not be seen', () => {
	const needs: Readonly<
		Record<string, readonly [parts: readonly string[], sources: readonly (typeof sources)[number][]]>
	> = {
		platform: [
			['coredns', 'source-controller', 'kustomize-controller', 'helm-controller'],
			['api', 'nodes', 'workloads', 'storageClasses'],
		],
		core: [
			['db', 'redis', 'pgbouncer'],
			['workloads', 'pods', 'claims', 'secrets'],
		],
		bootstrap: [[], ['jobs']],
		login: [
			['db', 'redis', 'pgbouncer', 'web'],
			['workloads', 'pods', 'claims', 'secrets', 'jobs'],
		],
		background: [['worker'], ['workloads']],
		fullHealth: [names, ['api', 'nodes', 'workloads', 'pods', 'claims', 'secrets', 'jobs', 'flux', 'storageClasses']],
	};
	fc.assert(
		fc.property(faultsOfAll, doubts, (faulty, doubtful) => {
			const whole = world(faulty);
			const doubted = <T>(source: (typeof sources)[number], fact: Fact<T>): Fact<T> =>
				doubtful[source] === 'stale'
					? wentStale(fact, 'gone')
					: doubtful[source] === 'unknown'
						? unknown('never seen')
						: fact;
			const was = whole.facts.cluster;
			const cluster: ClusterFacts = {
				...was,
				api: doubted('api', was.api),
				nodes: doubted('nodes', was.nodes),
				pods: doubted('pods', was.pods),
				workloads: doubted('workloads', was.workloads),
				jobs: doubted('jobs', was.jobs),
				claims: doubted('claims', was.claims),
				flux: doubted('flux', was.flux),
				storageClasses: doubted('storageClasses', was.storageClasses),
				secrets: doubted('secrets', was.secrets),
			};
			const tiers = judgeTiers({...whole, facts: {...whole.facts, cluster}});
			for (const name of tierNames) {
				const [parts, seen] = needs[name] ?? [[], []];
				const all =
					parts.every(part => (faulty[part] ?? 'none') === 'none') &&
					seen.every(source => doubtful[source] === 'known');
				if (!all) assert.notEqual(tiers[name].state, 'ready', `${name} with ${JSON.stringify({faulty, doubtful})}`);
			}
		}),
	);
});

test('a tier falls late and rises at once, and not knowing is said at once', () => {
	const good = judgeTiers(world());
	const bad = judgeTiers(world({db: 'not-ready'}));
	const start = settle(undefined, good, 0);
	const once = settle(start, bad, 5000);
	const twice = settle(once, bad, 10_000);
	assert.deepEqual([once.core.tier.state, twice.core.tier.state], ['ready', 'ready']);
	const thrice = settle(twice, bad, 15_000);
	assert.deepEqual([thrice.core.tier.state, thrice.core.since], ['waiting', 5000]);
	assert.equal(settle(once, bad, 36_000).core.tier.state, 'waiting', 'half a minute is enough');
	assert.equal(settle(thrice, good, 16_000).core.tier.state, 'ready');
	assert.equal(settle(once, good, 6000).core.falling, undefined, 'a passing dip is forgotten');
	const blind = judgeTiers(withCluster({workloads: unknown('no answer')}));
	assert.equal(settle(start, blind, 5000).core.tier.state, 'unknown');
});

test('rollup: health decides, an operation only where nothing works', () => {
	const bad = judgeTiers(world({web: 'not-ready'}));
	const say = (question: Parameters<typeof rollup>[0]) => rollup(question).state;
	assert.equal(
		say({tiers: judgeTiers({...world(), expected: undefined}), blockers: [], installed: false}),
		'setup_required',
	);
	assert.equal(
		say({
			tiers: judgeTiers({...world(), expected: undefined}),
			blockers: [],
			installed: false,
			operation: {kind: 'setup', state: 'running'},
		}),
		'installing',
	);
	assert.equal(
		say({tiers: bad, blockers: [], installed: true, operation: {kind: 'setup', state: 'failed'}}),
		'failed_action_required',
	);
	assert.equal(
		say({tiers: judgeTiers(world()), blockers: [], installed: true, operation: {kind: 'update', state: 'failed'}}),
		'fully_healthy',
	);
	assert.equal(
		say({tiers: judgeTiers(world({worker: 'not-ready'})), blockers: [], installed: true}),
		'ready_to_log_in',
	);
});

test('a missing worker image leaves login ready and names the image', () => {
	const question = world({worker: 'image-error'});
	const blockers = diagnose({
		facts: question.facts,
		expected,
		context: {stage: 'install', loginReady: true, now},
		previous: [],
	});
	const tiers = withBlockers(judgeTiers(question), blockers);
	const {state, message} = rollup({tiers, blockers, installed: true});
	assert.equal(state, 'ready_with_background_issues');
	assert.match(message, /registry\.example\/acme\/worker/u);
	assert.deepEqual([tiers.login.state, tiers.background.state], ['ready', 'blocked']);
	assert.equal(blockers[0]?.loginBlocking, false);
});
