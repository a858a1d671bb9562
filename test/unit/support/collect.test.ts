import assert from 'node:assert/strict';
import {test} from 'node:test';
import type {Host} from '../../../server/host/host.ts';
import {collect, type Outcome} from '../../../server/support/collect.ts';
import type {Evidence} from '../../../server/support/evidence.ts';
import {unknown} from '../../../shared/facts/fact.ts';
import {fail} from '../../../shared/problem.ts';
import {statusDocument} from '../../../shared/view/build.ts';
import {base} from '../../fixtures/views/base.ts';

const never = unknown('Kubernetes was never seen');
const away = {code: 'command.missing', what: 'it is not installed', next: 'nothing'} as const;

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

const evidence: Evidence = {
	view: base,
	status: statusDocument(base, 0),
	operations: [],
	activities: [{at: 0, mark: 'good', source: 'test', text: 'used canary-known-value once'}],
	host: {
		machine: never,
		network: never,
		disks: never,
		memory: never,
		clock: never,
		services: never,
		rebootRequired: never,
		probes: [],
		journals: [],
	},
	cluster: {
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
	},
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
		'SUMMARY.txt',
		'index.json',
		'appliance/view.json',
		'network/addresses.txt',
		'kubernetes/pods.json',
	])
		assert.ok(files.has(file), `${file} is there`);
	for (const [file, text] of files) assert.doesNotMatch(text, /canary/i, file);
	assert.match(files.get('network/addresses.txt') ?? '', /52:54:00:12:34:56/);
	assert.match(files.get('appliance/settings.json') ?? '', /@proxy:3128/);
	assert.match(files.get('SUMMARY.txt') ?? '', /Not in it[\s\S]*logs\/unit\/k3s\.log: the log cannot be read/);
});
