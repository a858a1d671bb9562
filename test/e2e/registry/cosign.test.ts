import assert from 'node:assert/strict';
import {copyFile, mkdir} from 'node:fs/promises';
import {join} from 'node:path';
import {suite, test} from 'node:test';
import {execa} from 'execa';
import {availability, binaryPath} from '../../cluster/binaries.ts';
import {registryMissing} from '../../harness/registry.ts';
import {releasePath} from '../../harness/release.ts';
import {openPublisher} from './publisher.ts';

const available = await availability(['cosign']);
const skip = registryMissing || (available.state === 'absent' && available.why);
const cosign = await binaryPath('cosign');

suite('the real cosign', {skip}, () => {
	test('it verifies our signatures of release and Flux tree, and we verify its own beside ours', async () => {
		await using desk = await openPublisher();
		const run = (...args: string[]) =>
			execa(cosign, args, {reject: false, cwd: desk.folder, env: {COSIGN_PASSWORD: 'x', HOME: desk.folder}});
		const key = await desk.key('publisher');
		await desk.key('another');
		const layout = join(desk.folder, 'layout');
		await desk.run('release', 'build', await desk.draft('1.1.0'), '-o', layout);
		await desk.run('release', 'push', layout);
		assert.equal((await desk.run('release', 'sign', '1.1.0', '--key', key)).code, 0);
		const {digest, manifest} = JSON.parse((await desk.run('release', 'show', '1.1.0', '--json')).out);
		const release = `${desk.registry.host}/${releasePath}@${digest}`;
		const tree = `${desk.registry.host}/nine-minds/alga-appliance-config@${manifest.config.digest}`;
		const verify = (name: string, reference: string) =>
			run(
				...['verify', '--key', join(desk.trust, `${name}.pub`), '--insecure-ignore-tlog=true'],
				...['--allow-http-registry', reference],
			);
		for (const reference of [release, tree]) {
			const accepted = await verify('publisher', reference);
			assert.equal(accepted.exitCode, 0, accepted.stderr);
			assert.notEqual((await verify('another', reference)).exitCode, 0);
		}
		await run('generate-key-pair', '--output-key-prefix', 'theirs');
		for (const reference of [release, tree]) {
			const signed = await run(
				...['sign', '--key', 'theirs.key', '--tlog-upload=false', '--allow-http-registry', '--yes', reference],
			);
			assert.equal(signed.exitCode, 0, signed.stderr);
		}
		const only = join(desk.folder, 'only');
		await mkdir(only);
		await copyFile(join(desk.folder, 'theirs.pub'), join(only, 'theirs.pub'));
		assert.match((await desk.run('release', 'show', '1.1.0', '--trust', only)).out, /Signed by theirs/);
		assert.match((await desk.run('release', 'show', '1.1.0', '--trust', desk.trust)).out, /Signed by publisher/);
	});
});
