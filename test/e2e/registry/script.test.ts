import assert from 'node:assert/strict';
import {writeFile} from 'node:fs/promises';
import {join, resolve} from 'node:path';
import {suite, test} from 'node:test';
import {execa} from 'execa';
import {registryMissing} from '../../harness/registry.ts';
import {openPublisher} from './publisher.ts';

const script = resolve(import.meta.dirname, '../../../scripts/publish-release.sh');

suite('scripts/publish-release.sh', {skip: registryMissing}, () => {
	test('one call publishes a release into a channel; the passphrase is in no argument', async () => {
		await using desk = await openPublisher();
		const key = await desk.key('publisher', 'from a file');
		const passphrase = join(desk.folder, 'passphrase');
		await writeFile(passphrase, 'from a file\n', {mode: 0o600});
		const draft = await desk.draft('1.1.0');
		const mirror = ['--mirror', `ghcr.io=${desk.registry.host}`];
		const done = await execa(
			script,
			[draft, '--key', key, '--passphrase-file', passphrase, '--channel', 'candidate', ...mirror],
			{reject: false},
		);
		assert.equal(done.exitCode, 0, done.stderr);
		assert.match(done.stdout, /candidate is 1\.1\.0/);
		const shown = await desk.run('release', 'show', 'candidate', '--trust', desk.trust);
		assert.match(shown.out, /Signed by publisher/, shown.error);
	});

	test('what lint refuses stops it before anything is pushed', async () => {
		await using desk = await openPublisher();
		const key = await desk.key('publisher');
		const draft = await desk.draft('1.1.0', {hosts: []});
		const done = await execa(script, [draft, '--key', key, '--mirror', `ghcr.io=${desk.registry.host}`], {
			reject: false,
		});
		assert.notEqual(done.exitCode, 0);
		assert.match(done.stderr, /hosts: ghcr\.io is fetched from/);
		assert.equal((await desk.run('release', 'show', '1.1.0')).code, 1);
	});
});
