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

	test('a wrong passphrase, then the right one: published and signed under the same version', async () => {
		await using desk = await openPublisher();
		const key = await desk.key('publisher', 'the right one');
		const passphrase = join(desk.folder, 'passphrase');
		const draft = await desk.draft('1.1.0');
		const publish = async (secret: string, keyFile = key) => {
			await writeFile(passphrase, secret);
			const args = ['--key', keyFile, '--passphrase-file', passphrase, '--mirror', `ghcr.io=${desk.registry.host}`];
			return execa(script, [draft, ...args], {reject: false});
		};
		for (const [done, said] of [
			[await publish('another one'), /The passphrase is wrong/],
			[await publish('the right one', join(desk.folder, 'none.key')), /signing key cannot be read from .*none\.key/],
		] as const) {
			assert.equal(done.exitCode, 1);
			assert.match(done.stderr, said);
			assert.equal((await desk.run('release', 'show', '1.1.0')).code, 1, 'something was pushed');
		}
		const done = await publish('the right one');
		assert.equal(done.exitCode, 0, done.stderr);
		const shown = await desk.run('release', 'show', '1.1.0', '--trust', desk.trust);
		assert.match(shown.out, /Signed by publisher/, shown.error);
	});

	test('a release that was pushed and not signed is signed by the next call, of another day', async () => {
		await using desk = await openPublisher();
		const key = await desk.key('publisher');
		const draft = await desk.draft('1.1.0');
		const layout = join(desk.folder, 'layout');
		assert.equal((await desk.run('release', 'build', draft, '-o', layout)).code, 0);
		assert.equal((await desk.run('release', 'push', layout)).code, 0);
		const args = ['--key', key, '--channel', 'candidate', '--mirror', `ghcr.io=${desk.registry.host}`];
		const done = await execa(script, [draft, ...args], {reject: false});
		assert.equal(done.exitCode, 0, done.stderr);
		assert.match(done.stdout, /candidate is 1\.1\.0/);
	});

	test('wrong use is answered with how it is used, whatever is missing', async () => {
		for (const args of [[], ['draft.yaml'], ['draft.yaml', '--key'], ['--key', 'k'], ['draft.yaml', '--bogus', 'x']]) {
			const {exitCode, stderr} = await execa(script, args, {reject: false});
			assert.equal(exitCode, 2, args.join(' '));
			assert.match(stderr, /publish-release\.sh DRAFT --key FILE/);
			assert.doesNotMatch(stderr, /parameter not set/);
		}
		assert.match((await execa(script, ['--help'])).stdout, /publish-release\.sh DRAFT --key FILE/);
	});
});
