import assert from 'node:assert/strict';
import {cpSync, mkdirSync, mkdtempSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join, resolve} from 'node:path';
import {test} from 'node:test';
import {execa} from 'execa';
import {scenarios} from '../../simulator/scenarios/all.ts';

const root = resolve(import.meta.dirname, '../../..');

test('scripts/try --help names every scenario and the page, and like a wrong option it installs nothing first', async () => {
	const bare = mkdtempSync(join(tmpdir(), 'try-'));
	try {
		// Without scripts/install and scripts/run nothing could be installed or run.
		mkdirSync(join(bare, 'scripts'));
		cpSync(join(root, 'scripts/try'), join(bare, 'scripts/try'));
		cpSync(join(root, 'test/simulator/scenarios'), join(bare, 'test/simulator/scenarios'), {recursive: true});
		const {stdout} = await execa(join(bare, 'scripts/try'), ['--help']);
		for (const {name, title} of scenarios) assert.ok(stdout.includes(`${name.padEnd(26)} ${title}`), name);
		assert.match(stdout, /http:\/\/127\.0\.0\.1:8080/);
		assert.match(stdout, /ALGA_APPLIANCE_SOCKET/);
		const wrong = await execa(join(bare, 'scripts/try'), ['--bogus'], {reject: false});
		assert.equal(wrong.exitCode, 2);
		assert.match(wrong.stderr, /There is no option --bogus\.[\s\S]*scripts\/try --headless/);
	} finally {
		rmSync(bare, {recursive: true, force: true});
	}
});

test('an option that scripts/try does not know is answered with how it is used', async () => {
	const file = join(root, 'test/simulator/try.ts');
	for (const args of [['--bogus'], ['--scenario', 'none'], ['--speed', 'fast'], ['extra']]) {
		const done = await execa(process.execPath, ['--import', join(root, 'test/harness/tsx.ts'), file, ...args], {
			reject: false,
			stdin: 'ignore',
		});
		assert.equal(done.exitCode, 2, done.stderr);
		assert.match(done.stderr, /scripts\/try --headless/);
		assert.doesNotMatch(done.stderr, /\n\s+at /);
	}
});
