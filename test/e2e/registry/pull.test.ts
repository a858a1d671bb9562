import assert from 'node:assert/strict';
import {randomBytes} from 'node:crypto';
import {readdir, readFile, stat, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {after, before, suite, test} from 'node:test';
import {login, type RealRegistry, registryMissing, startDockerRegistry, store} from '../../harness/registry.ts';
import {artifact, digestOf, releasePath, sampleKey, sampleRelease} from '../../harness/release.ts';
import {codeOf, openSite, taken} from './site.ts';

const never = new AbortController().signal;
const nobody = () => undefined;

suite('pulling from a real registry', {skip: registryMissing}, () => {
	const key = sampleKey();
	let plain: RealRegistry;
	before(async () => {
		plain = await startDockerRegistry();
		await store(plain.origin, (await sampleRelease('1.0.0', key)).artifacts);
	});
	after(() => plain[Symbol.asyncDispose]());

	test('a channel resolves to a release whose signer is named', async () => {
		await using site = await openSite(plain.host, [key]);
		const release = taken(await site.registry.resolveRelease('stable', never));
		assert.equal(release.manifest.version, '1.0.0');
		assert.equal(release.signedBy, 'alga-test');
		assert.match(release.digest, /^sha256:/);
	});

	test('the same release resolves by version and by digest', async () => {
		await using site = await openSite(plain.host, [key]);
		const {digest} = taken(await site.registry.resolveRelease('1.0.0', never));
		assert.equal(taken(await site.registry.resolveRelease(digest, never)).digest, digest);
	});

	test('everything that the release names is there, and its files are text', async () => {
		await using site = await openSite(plain.host, [key]);
		const {manifest} = taken(await site.registry.resolveRelease('stable', never));
		for (const {repository, digest} of [...manifest.images, ...manifest.charts])
			assert.equal(taken(await site.registry.exists({repository, reference: digest}, never)), true, repository);
		const {repository, digest: reference} = manifest.config;
		const files = taken(await site.registry.files({repository, reference}, never));
		assert.match(files.get('base/core/alga-core.yaml') ?? '', /kind: HelmRelease/);
		assert.doesNotMatch([...files.values()].join(), /pinned-by-release/);
	});

	test('a missing release says what is missing and where', async () => {
		await using site = await openSite(plain.host, [key]);
		const missing = await site.registry.resolveRelease('9.9.9', never);
		assert.equal(codeOf(missing), 'registry.not-found');
		assert.match(missing.ok ? '' : missing.problem.what, /9\.9\.9/);
	});

	test('a blob is downloaded once, resumed where it stopped, and started over when its beginning is wrong', async () => {
		const bytes = randomBytes(3 << 20);
		await store(plain.origin, [
			artifact('nine-minds/big', ['1'], {mediaType: 'application/vnd.oci.empty.v1+json', bytes: Buffer.from('{}')}, [
				{mediaType: 'application/octet-stream', bytes},
			]),
		]);
		const wanted = {repository: 'ghcr.io/nine-minds/big', digest: digestOf(bytes), size: bytes.length};
		const half = bytes.subarray(0, 1 << 20);
		for (const beginning of [undefined, half, randomBytes(1 << 20), randomBytes(4 << 20)]) {
			await using site = await openSite(plain.host, [key]);
			const name = wanted.digest.replace(':', '-');
			if (beginning) await writeFile(join(site.artifacts, `${name}.partial`), beginning);
			let first: number | undefined;
			const seen = (done: number) => {
				first ??= done;
			};
			const path = taken(await site.registry.download(wanted, seen, never));
			assert.deepEqual(digestOf(await readFile(path)), wanted.digest);
			assert.deepEqual(await readdir(site.artifacts), [name]);
			if (beginning === half) assert.ok((first ?? 0) > half.length, `started at ${first}`);
			// The second time nothing is fetched.
			const again = await site.registry.download(wanted, () => assert.fail('fetched again'), never);
			assert.equal(taken(again), path);
		}
	});

	test('a blob of another size than the manifest says is not taken', async () => {
		await using site = await openSite(plain.host, [key]);
		const {manifest} = taken(await site.registry.resolveRelease('stable', never));
		const {digest, size} = manifest.k3s.binary.amd64;
		const repository = `ghcr.io/${releasePath}`;
		assert.equal(
			codeOf(await site.registry.download({repository, digest, size: size - 1}, nobody, never)),
			'registry.too-large',
		);
		assert.deepEqual(await readdir(site.artifacts), []);
	});

	test('what is stopped says so, and a stopped download keeps what it has', async () => {
		const bytes = randomBytes(8 << 20);
		const config = {mediaType: 'application/vnd.oci.empty.v1+json', bytes: Buffer.from('{}')};
		await store(plain.origin, [
			artifact('nine-minds/stopped', ['1'], config, [{mediaType: 'application/octet-stream', bytes}]),
		]);
		await using site = await openSite(plain.host, [key]);
		assert.equal(codeOf(await site.registry.resolveRelease('stable', AbortSignal.abort())), 'operation.cancelled');
		const stop = new AbortController();
		const wanted = {repository: 'ghcr.io/nine-minds/stopped', digest: digestOf(bytes), size: bytes.length};
		const stopped = await site.registry.download(wanted, () => stop.abort(), stop.signal);
		assert.equal(codeOf(stopped), 'operation.cancelled');
		const [left = ''] = await readdir(site.artifacts);
		assert.match(left, /\.partial$/);
		assert.deepEqual(
			await readFile(join(site.artifacts, left)),
			bytes.subarray(0, (await stat(join(site.artifacts, left))).size),
		);
		taken(await site.registry.download(wanted, nobody, never));
	});

	test('ping tells a registry from a web server, and nothing at all', async () => {
		await using site = await openSite(plain.host, [key]);
		assert.ok(taken(await site.registry.ping('ghcr.io', never)).latencyMs >= 0);
		assert.equal(codeOf(await site.registry.ping('127.0.0.1:1', never)), 'network.refused');
	});
});

suite('registries that want to know who asks', {skip: registryMissing}, () => {
	const key = sampleKey();

	test('TLS of a private authority is trusted when the site says so, and named as untrusted when not', async () => {
		await using registry = await startDockerRegistry('tls');
		const at = `https://${registry.host}`;
		await using stranger = await openSite(at, [key]);
		assert.equal(codeOf(await stranger.registry.ping('ghcr.io', never)), 'tls.untrusted');
		await using friend = await openSite(at, [key], {ca: registry.ca});
		assert.ok(taken(await friend.registry.ping('ghcr.io', never)));
		assert.equal(codeOf(await friend.registry.resolveRelease('stable', never)), 'registry.not-found');
	});

	test('a password is used where one is asked for, and its lack is said', async () => {
		await using registry = await startDockerRegistry('basic');
		await using without = await openSite(registry.host, [key]);
		assert.equal(codeOf(await without.registry.resolveRelease('stable', never)), 'registry.denied');
		assert.ok(taken(await without.registry.ping('ghcr.io', never)), 'a registry that wants a login is reachable');
		await using withIt = await openSite(registry.host, [key], {credentials: () => login});
		assert.equal(codeOf(await withIt.registry.resolveRelease('stable', never)), 'registry.not-found');
		await using wrong = await openSite(registry.host, [key], {credentials: () => ({...login, password: 'no'})});
		assert.equal(codeOf(await wrong.registry.resolveRelease('stable', never)), 'registry.denied');
	});

	test('an anonymous token is fetched from the token server that the registry names', async () => {
		await using registry = await startDockerRegistry('token');
		await using site = await openSite(registry.host, [key]);
		assert.equal(codeOf(await site.registry.resolveRelease('stable', never)), 'registry.not-found');
	});
});
