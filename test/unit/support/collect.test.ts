import assert from 'node:assert/strict';
import {test} from 'node:test';
import {setImmediate as nextTurn} from 'node:timers/promises';
import type {Cluster, ObjectId} from '../../../server/cluster/cluster.ts';
import type {Host} from '../../../server/host/host.ts';
import {collect, type Outcome} from '../../../server/support/collect.ts';
import type {Evidence} from '../../../server/support/evidence.ts';
import {knownSecrets} from '../../../server/support/known.ts';
import {known, unknown} from '../../../shared/facts/fact.ts';
import {fail, type Result} from '../../../shared/problem.ts';
import {statusDocument} from '../../../shared/view/build.ts';
import {judge, type Question} from '../../../shared/view/judge.ts';
import {base} from '../../fixtures/views/base.ts';

const never = unknown('Kubernetes was never seen');
const away = {code: 'command.missing', what: 'it is not installed', next: 'nothing'} as const;

/** A Kubernetes that refuses everything. */
const nothingAnswers = (facts: Cluster['facts']): Cluster => ({
	facts,
	watch: () => ({[Symbol.dispose]: () => undefined}),
	ready: async () => fail(away),
	apply: async () => fail(away),
	get: async () => fail(away),
	remove: async () => fail(away),
	patch: async () => fail(away),
	podLog: async () => fail(away),
});

/** A machine on which nothing works, and every canary is in what it says. */
const brokenHost: Host = {
	facts: async () => {
		throw new Error('the program broke: password=canary-in-error');
	},
	watchNetwork: () => ({[Symbol.dispose]: () => undefined}),
	run: async ({argv}) =>
		argv[0] === 'ip' ? {ok: true, value: 'token: canaryInCommand42\nlink/ether 52:54:00:12:34:56\n'} : fail(away),
	readFile: async () => fail(away),
	writeFile: async () => fail(away),
	placeFile: async () => fail(away),
	removeFile: async () => fail(away),
	exists: async () => false,
	lookup: async () => fail(away),
	fetch: async () => fail(away),
	portOwners: async () => fail(away),
	power: async () => fail(away),
};

const host: Evidence['host'] = {
	machine: never,
	network: never,
	disks: never,
	memory: never,
	clock: never,
	services: never,
	rebootRequired: never,
	probes: [],
	journals: [],
};
const cluster: Evidence['cluster'] = {
	api: never,
	nodes: never,
	pods: never,
	workloads: never,
	jobs: never,
	claims: never,
	events: never,
	flux: never,
	storageClasses: never,
	secrets: never,
	logs: [],
};
const question: Question = {
	host,
	cluster,
	release: undefined,
	installed: false,
	loginUrl: undefined,
	loginProbe: undefined,
	bootstrapRecorded: undefined,
	storageProved: undefined,
	operation: undefined,
	now: 0,
};
const evidence: Evidence = {
	view: base,
	status: statusDocument(base, 0),
	question,
	judgement: judge(question, undefined),
	operations: [],
	activities: [{at: 1, mark: 'good', source: 'test', text: 'used canary-known-value once'}],
	host,
	cluster,
	secrets: [],
};

test('a machine on which nothing works still gives a bundle, which names what it lacks and holds no secret', async () => {
	const files = new Map<string, string>();
	let outcomes: readonly Outcome[] = [];
	const sources = {
		host: brokenHost,
		evidence,
		records: {
			get: (key: string) => (key === 'setup.answers' ? {httpProxy: 'http://u:canaryProxy9@proxy:3128'} : undefined),
			set: () => undefined,
		},
		logs: {
			sources: () => [{id: 'unit:k3s', title: 'Kubernetes', kind: 'unit' as const}],
			page: async () => Promise.reject(new Error('the log cannot be read')),
			follow: async function* () {},
		},
	};
	const given = {
		known: ['canary-known-value'],
		at: 0,
		signal: new AbortController().signal,
		progress: () => undefined,
		finished: (all: readonly Outcome[]) => {
			outcomes = all;
		},
	};
	for await (const {file, text} of collect(sources, given)) files.set(file, text);
	const missing = outcomes.flatMap(one => ('missing' in one ? [one.file] : []));
	for (const file of ['machine/facts.json', 'logs/unit/k3s.log', 'machine/df.txt'])
		assert.ok(missing.includes(file), `${file} is named as missing`);
	for (const file of [
		'summary.md',
		'analysis.json',
		'timeline.ndjson',
		'redaction-report.json',
		'index.json',
		'appliance/view.json',
		'network/addresses.txt',
		'kubernetes/pods.json',
	])
		assert.ok(files.has(file), `${file} is there`);
	for (const [file, text] of files) assert.doesNotMatch(text, /canary/i, file);
	const report = JSON.parse(files.get('redaction-report.json') ?? '');
	assert.ok(report.rules.known > 0 && report.total >= report.rules.known, JSON.stringify(report));
	assert.deepEqual(report.files.find((one: {file: string}) => one.file === 'network/addresses.txt')?.rules, {
		yaml: 1,
	});
	assert.match(files.get('timeline.ndjson') ?? '', /^\{"at":"1970-01-01T00:00:00.001Z","from":"appliance",.*REDACTED/);
	assert.match(files.get('network/addresses.txt') ?? '', /52:54:00:12:34:56/);
	assert.match(files.get('appliance/settings.json') ?? '', /@proxy:3128/);
	assert.match(files.get('summary.md') ?? '', /Not in it[\s\S]*logs\/unit\/k3s\.log: the log cannot be read/);
});

test('when no command, no log and no Kubernetes ever answers, the bundle still ends and says so', async context => {
	// @ts-expect-error Node mocks it; its types do not say so yet.
	context.mock.timers.enable({apis: ['AbortSignal.timeout']});
	const silent = <T>() => new Promise<T>(() => undefined);
	const secret = {kind: 'Secret', name: 'db', namespace: 'msp', uid: 'u', labels: {}, keys: ['password']} as const;
	const hung = {...evidence.cluster, secrets: known([secret], 0)};
	let asked = 0;
	const cluster = {
		...nothingAnswers(() => hung),
		get: (_id: ObjectId, signal: AbortSignal) => {
			asked++;
			const unreachable = fail({code: 'cluster.unreachable', what: 'Kubernetes does not answer.', next: 'Wait.'});
			return new Promise<Result<undefined>>(resolve => signal.addEventListener('abort', () => resolve(unreachable)));
		},
	};
	const host: Host = {...brokenHost, readFile: async () => fail(away), run: () => silent()};
	const sources = {
		host,
		evidence: {...evidence, cluster: hung},
		records: {get: () => undefined, set: () => undefined},
		logs: {
			sources: () => [{id: 'unit:k3s', title: 'Kubernetes', kind: 'unit' as const}],
			page: () => silent<never>(),
			follow: async function* () {},
		},
	};
	const files = new Map<string, string>();
	const made = (async () => {
		const secrets = await knownSecrets({host, cluster, evidence: sources.evidence}, AbortSignal.timeout(20_000));
		const given = {
			known: secrets,
			at: 0,
			signal: new AbortController().signal,
			progress: () => undefined,
			finished: () => undefined,
		};
		for await (const {file, text} of collect(sources, given)) files.set(file, text);
		return 'ended' as const;
	})();
	let seconds = 0;
	let state: 'ended' | 'waits' = 'waits';
	while (state === 'waits' && seconds < 150) {
		context.mock.timers.tick(1000);
		seconds++;
		state = await Promise.race([
			made,
			nextTurn()
				.then(() => nextTurn())
				.then(() => 'waits' as const),
		]);
	}
	assert.equal(state, 'ended', 'it never ends');
	assert.equal(asked, 1);
	assert.ok(files.has('appliance/view.json'));
	assert.match(files.get('index.json') ?? '', /gave no answer in 10 s/);
	assert.match(files.get('index.json') ?? '', /k3s\.log[^}]*gave no answer in 20 s/);
});
