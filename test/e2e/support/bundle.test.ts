import assert from 'node:assert/strict';
import {mkdtempSync, readdirSync, readFileSync, rmSync, statSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {test} from 'node:test';
import {execa} from 'execa';
import * as z from 'zod';
import {unpack} from '../../../server/registry/layer.ts';
import {answers, startAppliance, type TestAppliance} from '../../harness/appliance.ts';
import {ask} from '../engine/sockets.ts';

const root = join(import.meta.dirname, '../../..');
const Index = z.object({
	siteId: z.string(),
	secretsMasked: z.number(),
	items: z.array(
		z.object({file: z.string(), title: z.string(), bytes: z.number().optional(), missing: z.string().optional()}),
	),
});
const Analysis = z.object({blockers: z.array(z.object({title: z.string(), evidence: z.array(z.string())}))});
const Moment = z.object({at: z.string(), from: z.string(), text: z.string()});
const Report = z.object({
	total: z.number(),
	rules: z.record(z.string(), z.number()),
	files: z.array(z.object({file: z.string()})),
});

async function makeBundle(
	appliance: TestAppliance,
): Promise<{files: ReadonlyMap<string, string>; said: string; path: string; analyzed: string}> {
	const folder = mkdtempSync(join(tmpdir(), 'alga-bundle-'));
	try {
		const output = join(folder, 'support.tar.gz');
		const done = await execa(
			process.execPath,
			['--import', join(root, 'test/harness/tsx.ts'), join(root, 'tui/cli/main.ts'), 'bundle', '-o', output],
			{reject: false, timeout: 120_000, stdin: 'ignore', env: {ALGA_APPLIANCE_SOCKET: appliance.socket}},
		);
		assert.equal(done.exitCode, 0, `${done.stdout}\n${done.stderr}\n${appliance.complaints()}`);
		assert.equal(statSync(output).mode & 0o777, 0o600);
		const unpacked = await unpack(readFileSync(output));
		assert.ok(unpacked.ok, unpacked.ok ? '' : unpacked.problem.what);
		const analyzed = await execa(
			process.execPath,
			['--import', join(root, 'test/harness/tsx.ts'), join(root, 'tui/cli/main.ts'), 'analyze', output],
			{reject: false, timeout: 60_000, stdin: 'ignore', env: {ALGA_APPLIANCE_SOCKET: join(folder, 'none.sock')}},
		);
		const blockers = Analysis.parse(JSON.parse(unpacked.value.get('analysis.json') ?? '')).blockers.length;
		assert.equal(analyzed.exitCode, blockers === 0 ? 0 : 3, `${analyzed.stdout}\n${analyzed.stderr}`);
		return {
			files: unpacked.value,
			said: done.stdout,
			path: done.stdout.split(',')[0] ?? '',
			analyzed: analyzed.stdout,
		};
	} finally {
		rmSync(folder, {recursive: true, force: true});
	}
}

test('a bundle is made before anything was set up, and says what could not be had', async () => {
	await using appliance = await startAppliance();
	const {files, path} = await makeBundle(appliance);
	const index = Index.parse(JSON.parse(files.get('index.json') ?? ''));
	const summary = files.get('summary.md') ?? '';
	const view = await appliance.view();
	assert.equal(index.siteId, view.identity.siteId);
	assert.match(summary, /Not in it/);
	assert.ok(
		index.items.some(one => one.missing !== undefined),
		'what is missing is named',
	);
	for (const one of index.items) assert.equal(files.has(one.file), one.missing === undefined, one.file);
	assert.deepEqual(
		view.bundles.map(one => one.path),
		[path],
	);
	assert.equal(statSync(path).mode & 0o777, 0o600);
	assert.equal(statSync(path).size, view.bundles[0]?.sizeBytes);
	assert.ok(
		![...files.values()].some(text => text.includes(view.access.setupToken ?? 'none')),
		'the setup token is not in it',
	);
});

test('after a failed setup a bundle holds its cause and none of the planted secrets, and setup can still be retried', async () => {
	await using appliance = await startAppliance({scenario: 'pvc-subpath', speed: 600});
	const {store, conducts} = appliance.simulator;
	const canary = 'Kanarienvogel-7f3K/9+x';
	store.put({
		apiVersion: 'v1',
		kind: 'Secret',
		metadata: {name: 'planted', namespace: 'msp'},
		type: 'Opaque',
		data: {API_TOKEN: Buffer.from(canary).toString('base64')},
	});
	conducts.set('redis', {
		trouble: {
			is: 'crash',
			exitCode: 1,
			log: [
				`connecting to postgres://app:hunter-canary-1@db:5432/psa`,
				`DB_PASSWORD=hunter-canary-2`,
				`the value is ${canary} and ${Buffer.from(`user:${canary}`).toString('base64')} and ${encodeURIComponent(canary)}`,
				`administrator ${answers.adminPassword}`,
			],
		},
	});
	await appliance.setUp();
	await appliance.until('setup stopped', view => view.operation?.state === 'failed', 120_000);
	const {files, analyzed} = await makeBundle(appliance);
	for (const secret of [canary, 'hunter-canary', answers.adminPassword ?? ''])
		for (const form of [
			secret,
			JSON.stringify(secret).slice(1, -1),
			encodeURIComponent(secret),
			Buffer.from(secret).toString('base64').replace(/=+$/, '').slice(0, -1),
		])
			for (const [file, text] of files) assert.ok(!text.includes(form), `${form} is in ${file}`);
	// What the canaries were said in is there, or nothing would have been proved.
	const crashed = [...files].find(([file]) => file.startsWith('logs/pod/msp/redis') && !file.includes('wait-for'))?.[1];
	assert.match(crashed ?? '', /the value is \*{3}REDACTED/, [...files.keys()].join('\n'));
	assert.match(crashed ?? '', /connecting to postgres:\/\/app:\S*REDACTED\S*@db:5432\/psa/);
	const summary = files.get('summary.md') ?? '';
	const view = await appliance.view();
	assert.equal(view.operation?.kind, 'setup', 'what waits for an answer is shown again');
	assert.ok(view.operation?.actions.some(one => one === 'retry' || one === 'give-secret'));
	for (const blocker of view.blockers.slice(0, 1)) assert.ok(summary.includes(blocker.title), summary);
	const analysis = Analysis.parse(JSON.parse(files.get('analysis.json') ?? ''));
	assert.deepEqual(
		analysis.blockers.map(one => one.title),
		view.blockers.map(one => one.title),
	);
	// The rules of today say of the bundle's facts what the engine said of the same.
	for (const blocker of view.blockers)
		for (const words of [blocker.title, blocker.next, ...blocker.proof])
			assert.ok(analyzed.includes(words), `${words}\n${analyzed}`);
	for (const {title, evidence} of analysis.blockers) {
		assert.ok(evidence.length > 0, `${title} points nowhere`);
		for (const file of evidence) assert.ok(files.has(file), `${title} points to ${file}, which is not there`);
	}
	const moments = (files.get('timeline.ndjson') ?? '').trimEnd().split('\n');
	const times = moments.map(line => Moment.parse(JSON.parse(line)));
	assert.deepEqual(
		times,
		times.toSorted((one, other) => one.at.localeCompare(other.at)),
	);
	for (const from of ['step', 'appliance', 'event', 'condition', 'container', 'machine'])
		assert.ok(
			times.some(one => one.from === from),
			`nothing of ${from} in the timeline`,
		);
	const last = times.at(-1);
	assert.ok(last && summary.includes(last.text.slice(0, 60)), 'the summary ends with what happened last');
	const report = Report.parse(JSON.parse(files.get('redaction-report.json') ?? ''));
	assert.ok(report.total > 0 && (report.rules.known ?? 0) > 0);
	for (const {file} of report.files) assert.ok(files.has(file), file);
	assert.ok(
		[...files.keys()].some(file => file.startsWith('logs/pod/msp/')),
		[...files.keys()].join('\n'),
	);
	assert.ok([...files.keys()].some(file => file.startsWith('logs/operation/setup-')));

	// The gateway's door gives the same file, and nothing beside bundles.
	const gateway = join(appliance.root, 'run/alga-appliance/gateway.sock');
	const name = view.bundles[0]?.name ?? '';
	assert.equal((await ask(gateway, 'GET', `/v1/bundles/${name}`)).status, 200);
	for (const other of ['..%2Fjournal.db', 'layout', `${name}.part`, '%2Fetc%2Fshadow'])
		assert.notEqual((await ask(gateway, 'GET', `/v1/bundles/${other}`)).status, 200, other);
});

test('while setup runs a bundle is made beside it, one at a time', async () => {
	await using appliance = await startAppliance({speed: 20});
	await appliance.setUp();
	await appliance.until('setup changes the machine', view => view.operation?.actions.length === 0);
	const begun = await Promise.all(
		[1, 2].map(() => appliance.call('start', {body: {kind: 'bundle', input: {}}}, AbortSignal.timeout(10_000))),
	);
	assert.deepEqual(begun.map(one => one.ok).sort(), [false, true]);
	for (const one of begun)
		if (!one.ok) {
			assert.equal(one.problem.code, 'operation.busy');
			assert.match(one.problem.what, /^Support bundle is running: bundle-/);
			assert.doesNotMatch(one.problem.why ?? '', /change/);
		}
	const other = await appliance.call('start', {body: {kind: 'power', input: {}}}, AbortSignal.timeout(10_000));
	assert.ok(!other.ok && /^Setup is running/.test(other.problem.what), 'what changes the machine is still refused');
	const view = await appliance.until('the bundle is there', ({bundling}) => bundling?.state === 'succeeded', 120_000);
	assert.equal(view.bundles.length, 1);
	assert.equal(view.operation?.kind, 'setup');
	assert.equal(view.operation.state, 'running');
	assert.deepEqual(
		view.history.map(one => one.kind),
		['bundle', 'setup'],
	);
});

test('a bundle cut off by kill -9 is shown by nobody, and the next engine makes it whole beside what was running', async () => {
	await using appliance = await startAppliance({speed: 20});
	const folder = join(appliance.root, 'var/lib/alga-appliance/bundles');
	const names = () => readdirSync(folder).filter(name => name.startsWith('alga-support-'));
	await appliance.setUp();
	await appliance.call('start', {body: {kind: 'bundle', input: {}}}, AbortSignal.timeout(10_000));
	await appliance.until('it is being written', () => names().some(name => name.endsWith('.part')));
	await appliance.killEngine();
	assert.ok(
		names().every(name => name.endsWith('.part')),
		names().join(),
	);
	await appliance.startEngine();
	for (const one of (await appliance.view()).bundles) assert.ok(one.name.endsWith('.tar.gz'));
	const view = await appliance.until('it is whole', ({bundling}) => bundling?.state === 'succeeded', 120_000);
	assert.deepEqual(
		names(),
		view.bundles.map(one => one.name),
	);
	const unpacked = await unpack(readFileSync(view.bundles[0]?.path ?? ''));
	assert.ok(unpacked.ok && unpacked.value.has('index.json'));
	assert.ok(view.history.some(one => one.kind === 'setup'));
	assert.ok(view.history.every(one => one.state === 'running' || one.state === 'needs-input' || one.kind === 'bundle'));
});
