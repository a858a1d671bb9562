import assert from 'node:assert/strict';
import {mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {buffer} from 'node:stream/consumers';
import {after, before, describe, test} from 'node:test';
import {gzipSync} from 'node:zlib';
import {execa} from 'execa';
import {pack} from 'tar-stream';
import {stringify} from 'yaml';
import {causes} from '../../../shared/diagnosis/causes.ts';
import {StatusDocument} from '../../../shared/view/view.ts';
import {commands} from '../../../tui/cli/commands.ts';
import {findLog} from '../../../tui/log-source.ts';
import {answers, startAppliance, type TestAppliance} from '../../harness/appliance.ts';

const root = join(import.meta.dirname, '../../..');

/** The command line as a person or a script calls it. */
async function run(socket: string, ...args: readonly string[]): Promise<{code: number; out: string; err: string}> {
	const done = await execa(
		process.execPath,
		['--import', join(root, 'test/harness/tsx.ts'), join(root, 'tui/cli/main.ts'), ...args],
		{reject: false, timeout: 60_000, stdin: 'ignore', env: {ALGA_APPLIANCE_SOCKET: socket}},
	);
	return {code: done.exitCode ?? -1, out: done.stdout, err: done.stderr};
}

describe('the command line', () => {
	let appliance: TestAppliance;
	let folder: string;
	before(async () => {
		folder = mkdtempSync(join(tmpdir(), 'alga-cli-'));
		appliance = await startAppliance({speed: 150});
	});
	after(async () => {
		await appliance[Symbol.asyncDispose]();
		rmSync(folder, {recursive: true, force: true});
	});

	test('help names every command, each command explains itself, and a wrong word is answered with the list', async () => {
		const help = await run('/nowhere', '--help');
		assert.equal(help.code, 0, help.err);
		for (const {name} of commands) assert.match(help.out, new RegExp(`^ {2}${name}\\b`, 'm'));
		const setup = await run('/nowhere', 'setup', '--help');
		assert.equal(setup.code, 0);
		assert.match(setup.out, /--answers[\s\S]*Exit codes: 0 [\s\S]*adminEmail/);
		const wrong = await run('/nowhere', 'statsu');
		assert.equal(wrong.code, 2);
		assert.match(wrong.err, /There is no command "statsu"/);
		const option = await run('/nowhere', 'status', '--jsno');
		assert.equal(option.code, 2);
		assert.match(option.err, /--jsno[\s\S]*Usage: alga-appliance status/);
	});

	test('release commands are told where they are, and are not taken for a support bundle', async () => {
		for (const args of [
			['release', '--help'],
			['release', 'lint', '1.5.0'],
			['bundle', 'create', '--help'],
		]) {
			const {code, out, err} = await run('/nowhere', ...args);
			assert.equal(code, 2, args.join(' '));
			assert.match(err, new RegExp(`scripts/run node server/registry/release-main\\.ts ${args.join(' ')}$`, 'm'));
			assert.doesNotMatch(out + err, /There is no command|support bundle/);
		}
	});

	test('without an engine each command says so and ends with 1', async () => {
		for (const args of [['status'], ['operations'], ['logs'], ['retry'], ['bundle'], ['status', '--watch']]) {
			const {code, err} = await run(join(folder, 'no.sock'), ...args);
			assert.equal(code, 1, `${args}: ${err}`);
			assert.match(err, /engine/i);
			assert.match(err, /^Do: /m);
		}
	});

	test('setup from a file: a missing file and a wrong field start nothing, good answers end with people able to log in', async () => {
		const missing = await run(appliance.socket, 'setup', '--answers', join(folder, 'none.yaml'));
		assert.equal(missing.code, 2);
		assert.match(missing.err, /none\.yaml could not be read/);
		const bad = join(folder, 'bad.yaml');
		writeFileSync(bad, stringify({...answers, adminEmail: 'ada'}));
		const wrong = await run(appliance.socket, 'setup', '--answers', bad);
		assert.equal(wrong.code, 2);
		assert.match(wrong.err, /E-mail|adminEmail/);
		assert.doesNotMatch(wrong.err, /canary/);
		writeFileSync(bad, stringify({...answers, shoeSize: 45}));
		assert.match((await run(appliance.socket, 'setup', '--answers', bad)).err, /shoeSize/);
		assert.equal((await appliance.view()).operation, null);
		const nothing = await run(appliance.socket, 'retry');
		assert.equal(nothing.code, 2);
		assert.match(nothing.err, /nothing to retry/);

		const good = join(folder, 'good.yaml');
		writeFileSync(good, stringify(answers), {mode: 0o600});
		const watch = execa(
			process.execPath,
			['--import', join(root, 'test/harness/tsx.ts'), join(root, 'tui/cli/main.ts'), 'status', '--watch'],
			{reject: false, timeout: 60_000, stdin: 'ignore', env: {ALGA_APPLIANCE_SOCKET: appliance.socket}},
		);
		const done = await run(appliance.socket, 'setup', '--answers', good);
		assert.equal(done.code, 0, `${done.out}\n${done.err}`);
		assert.match(done.out, /^done +Kubernetes installed$/m);
		assert.match(done.out, /^Done\.$/m);
		assert.doesNotMatch(done.out + done.err, /canary/);
		watch.kill('SIGINT');
		const watched = await watch;
		assert.equal(watched.exitCode, 0);
		assert.match(watched.stdout, /Installing|Ready/);
	});

	test('status, operations and logs tell what was done, as text and as JSON', async () => {
		const {operation} = await appliance.view();
		const id = operation?.id ?? '';
		const status = await run(appliance.socket, 'status');
		assert.equal(status.code, 0, status.err);
		assert.match(status.out, /^Login +http/m);
		const json = await run(appliance.socket, 'status', '--json');
		assert.equal(StatusDocument.parse(JSON.parse(json.out)).tiers.login?.ready, true);
		const operations = await run(appliance.socket, 'operations');
		assert.ok(operations.out.includes(id), operations.out);
		assert.equal(JSON.parse((await run(appliance.socket, 'operations', '--json')).out).operation.id, id);
		assert.match((await run(appliance.socket, 'logs')).out, new RegExp(`^operation:${id}`, 'm'));
		const log = await run(appliance.socket, 'logs', `operation:${id}`, '--first', '--lines', '3');
		assert.match(log.out, /Checks passed: started/);
		assert.equal(log.out.split('\n').length, 3);
		assert.match(operations.out, new RegExp(`^Steps of ${id}, .*\n +done `, 'm'));
		assert.equal((await run(appliance.socket, 'logs', 'nosuch')).code, 2);
		const rollback = await run(appliance.socket, 'rollback');
		assert.equal(rollback.code, 2);
		assert.match(rollback.err, /no release to return to/);
		assert.doesNotMatch(rollback.err, /--yes/);
	});

	test('status of one component takes its id or its title; what is not there is answered with what is', async () => {
		for (const name of ['db', 'Database', 'dataBASE']) {
			const {code, out} = await run(appliance.socket, 'status', name);
			assert.equal(code, 0, out);
			assert.match(out, /^ {2}db +running/m);
		}
		const wrong = await run(appliance.socket, 'status', 'nosuch');
		assert.equal(wrong.code, 2);
		assert.match(wrong.err, /no component called "nosuch"[\s\S]*^db +Database$/m);
		for (const args of [
			['view', 'extra'],
			['status', 'db', 'extra'],
			['logs', 'db', 'extra'],
		]) {
			const {code, err} = await run(appliance.socket, ...args);
			assert.equal(code, 2, err);
			assert.match(err, /"extra" is one word too many/);
		}
		const lines = await run(appliance.socket, 'logs', 'redis', '--lines', 'abc');
		assert.equal(lines.code, 2);
		assert.match(lines.err, /^--lines is a number from 1 to 500, not "abc"/);
	});

	test('every log that a card names can be read where the component runs, by the very words of the card', async () => {
		const view = await appliance.view();
		const logOf = (wanted: string) => findLog(view, wanted)?.id ?? '';
		for (const [wanted, id] of [
			['alga-core', /^pod:msp:alga-core-sebastian-(?!bootstrap)[^:]+:alga-core$/],
			['Application', /^pod:msp:alga-core-sebastian-(?!bootstrap)[^:]+:alga-core$/],
			['bootstrap', /^pod:msp:alga-core-sebastian-bootstrap-[^:]+:bootstrap$/],
			['alga-core-sebastian', /^pod:msp:alga-core-sebastian-(?!bootstrap)[^:]+:alga-core$/],
			['k3s', /^unit:k3s$/],
			['temporal-ui', /^pod:msp:temporal-ui-[^:]+:temporal-ui$/],
		] as const)
			assert.match(logOf(wanted), id, wanted);
		const named = Object.values(causes).flatMap(({shows}) => /^alga-appliance logs (\S+)/.exec(shows ?? '')?.[1] ?? []);
		assert.ok(named.length > 20, `only ${named.length} were found`);
		for (const name of new Set(named))
			for (const wanted of name === '{component}' ? view.components.map(one => one.name) : [name])
				assert.match(logOf(wanted), /^(pod|unit):/, `"alga-appliance logs ${wanted}" finds none`);
		const read = await run(appliance.socket, 'logs', 'alga-core', '--previous', '--lines', '2');
		assert.doesNotMatch(read.err, /There is no log called/);
	});

	test('a reader that leaves ends it quietly, a full disk is one plain line', async () => {
		const main = `"${process.execPath}" --import "${join(root, 'test/harness/tsx.ts')}" "${join(root, 'tui/cli/main.ts')}"`;
		const shell = (command: string) =>
			execa('bash', ['-c', command], {
				reject: false,
				timeout: 60_000,
				stdin: 'ignore',
				env: {ALGA_APPLIANCE_SOCKET: appliance.socket},
			});
		const piped = await shell(`${main} view | true; echo "\${PIPESTATUS[0]}"`);
		assert.equal(piped.stderr, '');
		assert.equal(piped.stdout, '141');
		const full = await shell(`${main} status > /dev/full`);
		assert.equal(full.exitCode, 1);
		assert.equal(full.stderr, 'What was to be printed could not be written: there is no space left on it.');
	});

	test('what is no support bundle is not judged, and says why', async () => {
		const other = join(folder, 'other.tar.gz');
		writeFileSync(other, gzipSync('no archive'));
		const facts = '{"host":{"machine":1,"probes":[]},"cluster":{"pods":{},"logs":[]},"installed":true,"now":1}';
		const strange = join(folder, 'strange.tar.gz');
		const archive = pack();
		archive.entry({name: 'index.json'}, '{"siteId":"a","version":"9","madeAt":"b"}');
		archive.entry({name: 'appliance/facts.json'}, facts);
		archive.finalize();
		writeFileSync(strange, gzipSync(await buffer(archive)));
		for (const [file, why] of [
			[join(folder, 'none.tar.gz'), /cannot be read as a support bundle/],
			[join(import.meta.dirname, 'cli.test.ts'), /cannot be read as a support bundle/],
			[other, /cannot be read|holds no facts/],
			[strange, /holds no facts/],
		] as const) {
			const {code, err} = await run('/nowhere', 'analyze', file);
			assert.equal(code, 2, err);
			assert.match(err, why);
		}
		assert.equal((await run('/nowhere', 'analyze')).code, 2);
	});

	test('a picture of a screen is a text, an SVG or a PNG; a wrong wish says what is possible', async () => {
		for (const [kind, begins] of [
			['txt', ' Alga Appliance'],
			['svg', '<svg'],
			['png', '\x89PNG'],
		] as const) {
			const file = join(folder, `screen.${kind}`);
			const {code, err} = await run(appliance.socket, 'screenshot', '--screen', 'status', '-o', file);
			if (kind === 'png' && /needs a console font/.test(err)) continue;
			assert.equal(code, 0, err);
			assert.ok(readFileSync(file, 'latin1').startsWith(begins), readFileSync(file, 'latin1').slice(0, 60));
		}
		for (const [args, words] of [
			[['-o', 'x.gif'], /FILE\.txt/],
			[['--size', 'big', '-o', 'x.txt'], /80x24/],
			[['--screen', 'cinema', '-o', 'x.txt'], /There is no screen "cinema"/],
		] as const) {
			const refused = await run(appliance.socket, 'screenshot', ...args);
			assert.equal(refused.code, 2);
			assert.match(refused.err, words);
		}
	});
});
