import assert from 'node:assert/strict';
import {once} from 'node:events';
import {rm} from 'node:fs/promises';
import {createServer} from 'node:http';
import type {AddressInfo} from 'node:net';
import {join, resolve} from 'node:path';
import {suite, test} from 'node:test';
import {execa} from 'execa';
import {registryMissing, startTampering, store} from '../../harness/registry.ts';
import {digestOf, releasePath, sampleKey, sampleRelease} from '../../harness/release.ts';
import {openPublisher} from './publisher.ts';
import {codeOf, openSite} from './site.ts';

const script = resolve(import.meta.dirname, '../../../scripts/publish-release.sh');
const never = new AbortController().signal;

suite('what an untrusted registry or a retired key may not bring about', {skip: registryMissing}, () => {
	test('a channel does not go back although its release is signed by a key that is no longer trusted', async () => {
		await using desk = await openPublisher();
		const old = await desk.key('old');
		const current = await desk.key('current');
		for (const [version, key, upgradeFrom] of [
			['1.1.0', current, []],
			['1.2.0', old, ['1.1.x']],
		] as const) {
			const layout = join(desk.folder, version);
			await desk.run('release', 'build', await desk.draft(version, {upgradeFrom}), '-o', layout);
			const pushed = await desk.run('release', 'push', layout);
			assert.equal(pushed.code, 0, pushed.error);
			assert.equal((await desk.run('release', 'sign', version, '--key', key)).code, 0);
		}
		const up = await desk.run('release', 'promote', '1.2.0', 'stable', '--trust', desk.trust);
		assert.equal(up.code, 0, up.error);
		const only = join(desk.folder, 'only');
		await execa('cp', ['-r', desk.trust, only]);
		await rm(join(only, 'old.pub'));
		const back = await desk.run('release', 'promote', '1.1.0', 'stable', '--trust', only);
		const now = await desk.run('release', 'show', 'stable');
		assert.match(back.error, /release\.downgrade/, `exit ${back.code}: ${back.out}\n${now.out}`);
		assert.match(now.out, /1\.2\.0/);
	});

	test('a password is not sent unencrypted over a network', async () => {
		const seen: (string | undefined)[] = [];
		const server = createServer((q, r) => {
			seen.push(q.headers.authorization);
			r.writeHead(401, {'www-authenticate': 'Basic realm="x"'}).end();
		});
		server.listen(0, '127.0.0.1');
		await once(server, 'listening');
		const {port} = server.address() as AddressInfo;
		// Reaches this machine, and is not among the addresses the product calls loopback.
		await using site = await openSite('', [sampleKey()], {
			mirrors: {'ghcr.io': `http://[::ffff:127.0.0.1]:${port}`},
			credentials: () => ({user: 'a', password: 'b'}),
		});
		const answer = await site.registry.resolveRelease('stable', never);
		server.closeAllConnections();
		server.close();
		assert.equal(codeOf(answer), 'registry.denied');
		assert.ok(seen.length > 0);
		assert.deepEqual(seen.filter(Boolean), []);
	});

	test('what is signed is what was built, not what a registry shows under its version', async () => {
		await using desk = await openPublisher();
		await using between = await startTampering(desk.registry.origin);
		const key = await desk.key('publisher');
		const other = await sampleRelease('1.1.0', sampleKey('stranger'));
		const evil = other.artifacts.find(
			one => one.repository === releasePath && !one.tags.some(tag => tag.endsWith('.sig')),
		);
		assert.ok(evil);
		await store(
			desk.registry.origin,
			other.artifacts.map(one => (one.repository === releasePath ? {...one, tags: []} : one)),
		);
		between.set((request, response) => {
			if (request.method !== 'GET' || !request.url?.endsWith(`${releasePath}/manifests/1.1.0`)) return undefined;
			response.writeHead(200, {'content-type': evil.manifest.mediaType}).end(evil.manifest.body);
			return true;
		});
		await execa(script, [await desk.draft('1.1.0'), '--key', key, '--mirror', `ghcr.io=${between.host}`], {
			reject: false,
		});
		const shown = await desk.run('release', 'show', digestOf(evil.manifest.body), '--trust', desk.trust);
		assert.notEqual(shown.code, 0, `a release that was never built is signed:\n${shown.out}`);
		const built = await desk.run('release', 'show', '1.1.0', '--trust', desk.trust);
		assert.match(built.out, /Signed by publisher/, built.error);
	});
});
