import assert from 'node:assert/strict';
import {randomBytes} from 'node:crypto';
import {mkdtemp, readdir, rm} from 'node:fs/promises';
import type {IncomingMessage, ServerResponse} from 'node:http';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {after, before, suite, test} from 'node:test';
import {gzipSync} from 'node:zlib';
import {execa} from 'execa';
import {pack} from 'tar-stream';
import type {ProblemCode, Result} from '../../../shared/problem.ts';
import {
	listen,
	type RealRegistry,
	registryMissing,
	startDockerRegistry,
	startTampering,
	store,
	type Tamper,
	type Tampering,
} from '../../harness/registry.ts';
import {artifact, digestOf, releasePath, sampleKey, sampleRelease, signatureFor} from '../../harness/release.ts';
import {codeOf, openSite, type Site, taken} from './site.ts';

const never = new AbortController().signal;
const nobody = () => undefined;
const ghcr = `ghcr.io/${releasePath}`;
const release = (request: IncomingMessage) => request.url?.endsWith('/manifests/stable') ?? false;
const anyBlob = (request: IncomingMessage) => request.url?.includes('/blobs/') ?? false;

const send = (
	response: ServerResponse,
	status: number,
	headers: Record<string, string> = {},
	body: string | Uint8Array = '',
): true => {
	response.writeHead(status, headers).end(body);
	return true;
};

/** Sends for ever, until the other side has had enough. */
function endless(response: ServerResponse): true {
	response.writeHead(200, {'content-type': 'application/vnd.oci.image.manifest.v1+json'});
	const block = Buffer.alloc(1 << 16, 0x20);
	const more = () => {
		while (!response.destroyed && response.write(block));
	};
	response.on('drain', more);
	more();
	return true;
}

suite('a registry that lies or breaks', {skip: registryMissing}, () => {
	const key = sampleKey();
	const big = randomBytes(2 << 20);
	const bigRef = {repository: 'ghcr.io/nine-minds/big', digest: digestOf(big), size: big.length};
	let real: RealRegistry;
	let between: Tampering;
	before(async () => {
		real = await startDockerRegistry();
		between = await startTampering(real.origin);
		const {artifacts} = await sampleRelease('1.0.0', key);
		const empty = {mediaType: 'application/vnd.oci.empty.v1+json', bytes: Buffer.from('{}')};
		await store(real.origin, [
			...artifacts,
			artifact('nine-minds/big', ['1'], empty, [{mediaType: 'application/octet-stream', bytes: big}]),
		]);
	});
	after(async () => {
		await between[Symbol.asyncDispose]();
		await real[Symbol.asyncDispose]();
	});

	const whole = (site: Site) => site.registry.resolveRelease('stable', never);
	const blob = (site: Site) => site.registry.download(bigRef, nobody, never);
	const config = async (site: Site) => {
		const {manifest} = await sampleRelease('1.0.0', key);
		return site.registry.files({repository: manifest.config.repository, reference: manifest.config.digest}, never);
	};
	const cases: readonly {
		readonly name: string;
		readonly tamper: Tamper;
		readonly when: (site: Site) => Promise<Result<unknown>>;
		readonly code: ProblemCode;
	}[] = [
		{
			name: 'a manifest whose header names its digest and whose body is another',
			tamper: (request, response) =>
				release(request)
					? send(response, 200, {'docker-content-digest': `sha256:${'0'.repeat(64)}`}, '{"schemaVersion":2}')
					: undefined,
			when: whole,
			code: 'digest.mismatch',
		},
		{
			name: 'another manifest under the digest that was asked for',
			tamper: (request, response) =>
				request.method === 'GET' && /manifests\/sha256:/.test(request.url ?? '')
					? send(response, 200, {}, '{"schemaVersion":2}')
					: undefined,
			when: config,
			code: 'digest.mismatch',
		},
		{
			name: 'wrong bytes for the release manifest of the right length',
			tamper: (request, response) =>
				anyBlob(request) && request.url?.includes(releasePath)
					? send(response, 200, {}, '{"schema":"alga.appliance.release/v2"}')
					: undefined,
			when: whole,
			code: 'digest.mismatch',
		},
		{
			name: 'wrong bytes for a layer',
			tamper: (request, response) => (anyBlob(request) ? send(response, 200, {}, randomBytes(64)) : undefined),
			when: config,
			code: 'digest.mismatch',
		},
		{
			name: 'wrong bytes of the right length for a download',
			tamper: (request, response) => (anyBlob(request) ? send(response, 200, {}, randomBytes(big.length)) : undefined),
			when: blob,
			code: 'digest.mismatch',
		},
		{
			name: 'a manifest that never ends',
			tamper: (request, response) => (release(request) ? endless(response) : undefined),
			when: whole,
			code: 'registry.too-large',
		},
		{
			name: 'a download that never ends',
			tamper: (request, response) => (anyBlob(request) ? endless(response) : undefined),
			when: blob,
			code: 'registry.too-large',
		},
		{
			name: 'a layer that never ends',
			tamper: (request, response) => (anyBlob(request) ? endless(response) : undefined),
			when: config,
			code: 'registry.too-large',
		},
		{
			name: 'a download that is always cut off at the same byte',
			tamper: (request, response) => {
				if (!anyBlob(request)) return undefined;
				response.writeHead(200, {'content-length': big.length});
				response.write(big.subarray(0, 1000), () => response.destroy());
				return true;
			},
			when: blob,
			code: 'network.reset',
		},
		{
			name: 'a body that ends early without saying how long it is',
			tamper: (request, response) => (anyBlob(request) ? send(response, 200, {}, big.subarray(0, 1000)) : undefined),
			when: blob,
			code: 'network.reset',
		},
		{
			name: 'a circle of redirects',
			tamper: (request, response) => send(response, 307, {location: request.url ?? ''}),
			when: whole,
			code: 'registry.redirect-loop',
		},
		{
			name: 'a redirect to something that is not HTTP',
			tamper: (_, response) => send(response, 302, {location: 'file:///etc/passwd'}),
			when: whole,
			code: 'registry.not-a-registry',
		},
		{
			name: 'a 401 after every token',
			tamper: (request, response) =>
				request.url?.startsWith('/token')
					? send(response, 200, {}, '{"token":"abc"}')
					: send(response, 401, {'www-authenticate': `Bearer realm="${between.origin}/token",service="x"`}),
			when: whole,
			code: 'registry.denied',
		},
		{
			name: 'a 401 that names no way to log in',
			tamper: (_, response) => send(response, 401),
			when: whole,
			code: 'registry.denied',
		},
		{
			name: 'a token server that speaks plain HTTP across a network',
			tamper: (_, response) => send(response, 401, {'www-authenticate': 'Bearer realm="http://tokens.example/"'}),
			when: whole,
			code: 'registry.not-a-registry',
		},
		{
			name: 'a token server whose token would break out of its header',
			tamper: (request, response) =>
				request.url?.startsWith('/token')
					? send(response, 200, {}, '{"token":"a\\r\\nx-evil: 1"}')
					: send(response, 401, {'www-authenticate': `Bearer realm="${between.origin}/token"`}),
			when: whole,
			code: 'registry.not-a-registry',
		},
		{
			name: 'too many requests, for ever',
			tamper: (_, response) => send(response, 429, {'retry-after': '1'}),
			when: whole,
			code: 'registry.rate-limited',
		},
		{
			name: 'too many requests, with a wait of a day',
			tamper: (_, response) => send(response, 429, {'retry-after': '86400'}),
			when: whole,
			code: 'registry.rate-limited',
		},
		{
			name: 'an error of its own, for ever',
			tamper: (_, response) => send(response, 503),
			when: whole,
			code: 'registry.unavailable',
		},
		{
			name: 'a captive portal with a page for everything',
			tamper: (_, response) => send(response, 200, {'content-type': 'text/html'}, '<html>Please accept</html>'),
			when: whole,
			code: 'registry.not-a-registry',
		},
		{
			name: 'a connection that is cut off each time',
			tamper: request => {
				request.socket.resetAndDestroy();
				return true;
			},
			when: whole,
			code: 'network.reset',
		},
		{
			name: 'an index without this kind of machine',
			tamper: (request, response) =>
				release(request)
					? send(
							response,
							200,
							{'content-type': 'application/vnd.oci.image.index.v1+json'},
							JSON.stringify({
								schemaVersion: 2,
								manifests: [
									{
										mediaType: 'application/vnd.oci.image.manifest.v1+json',
										digest: digestOf(Buffer.from('x')),
										size: 1,
										platform: {os: 'windows', architecture: 'amd64'},
									},
								],
							}),
						)
					: undefined,
			when: whole,
			code: 'platform.unsupported',
		},
		{
			name: 'a signature that is not there',
			tamper: (request, response) => (request.url?.endsWith('.sig') ? send(response, 404) : undefined),
			when: whole,
			code: 'signature.missing',
		},
		{
			name: 'JSON that is no manifest',
			tamper: (request, response) => (release(request) ? send(response, 200, {}, '[]') : undefined),
			when: whole,
			code: 'artifact.invalid',
		},
	];
	for (const {name, tamper, when, code} of cases)
		test(`${name}: ${code}`, {timeout: 60_000}, async () => {
			between.set(tamper);
			await using site = await openSite(between.host, [key]);
			assert.equal(codeOf(await when(site)), code);
			const left = (await readdir(site.artifacts)).filter(file => !file.endsWith('.partial'));
			assert.deepEqual(left, [], 'nothing unverified has a final name');
		});

	test('two errors of its own and then the answer: nobody is told', async () => {
		between.set((_, response, count) => (count < 3 ? send(response, 502) : undefined));
		await using site = await openSite(between.host, [key]);
		assert.equal(taken(await whole(site)).manifest.version, '1.0.0');
	});

	test('Retry-After is waited for, not more and not less', async () => {
		between.set((request, response, count) =>
			release(request) && count === 1 ? send(response, 429, {'retry-after': '7'}) : undefined,
		);
		await using site = await openSite(between.host, [key]);
		taken(await whole(site));
		assert.deepEqual(site.waited(), [7000]);
	});

	test('a download whose line drops again and again is put together from its parts', async () => {
		between.set((request, response) => {
			if (!anyBlob(request)) return undefined;
			const from = Number(/bytes=(\d+)-/.exec(request.headers.range ?? '')?.[1] ?? 0);
			response.writeHead(from > 0 ? 206 : 200, {
				'content-length': big.length - from,
				...(from > 0 && {'content-range': `bytes ${from}-${big.length - 1}/${big.length}`}),
			});
			const end = from + 600_000;
			if (end >= big.length) response.end(big.subarray(from));
			else response.write(big.subarray(from, end), () => response.destroy());
			return true;
		});
		await using site = await openSite(between.host, [key]);
		taken(await blob(site));
		const ranges = between.requests().filter(({line}) => line.includes('/blobs/'));
		assert.ok(ranges.length >= 4, `${ranges.length} requests`);
	});

	test('what authorises us is not carried to the host of a redirect', async () => {
		const elsewhere: (string | undefined)[] = [];
		const {origin, server} = await listen((request, response) => {
			elsewhere.push(request.headers.authorization);
			response.end(big);
		});
		try {
			between.set((request, response) => {
				if (!anyBlob(request)) return undefined;
				if (request.headers.authorization === undefined)
					return send(response, 401, {'www-authenticate': 'Basic realm="x"'});
				return send(response, 307, {location: `${origin}/cdn`});
			});
			await using site = await openSite(between.host, [key], {
				credentials: () => ({user: 'someone', password: 'Secret-of-the-site'}),
			});
			taken(await blob(site));
			assert.deepEqual(elsewhere, [undefined]);
			assert.ok(between.requests().some(({authorization}) => authorization?.startsWith('Basic ')));
		} finally {
			await server();
		}
	});

	test('a folder that cannot be written says so', async () => {
		between.set(nobody);
		await using site = await openSite(between.host, [key], {artifacts: '/dev/null/artifacts'});
		assert.equal(codeOf(await blob(site)), 'file.unwritable');
	});

	test('a full disk says so and keeps what it has', async context => {
		const folder = await mkdtemp(join(tmpdir(), 'small-disk-'));
		try {
			const mounted = await execa('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', folder], {reject: false});
			if (mounted.failed) return context.skip('mounting is not allowed here');
			between.set(nobody);
			await using site = await openSite(between.host, [key], {artifacts: folder});
			assert.equal(codeOf(await blob(site)), 'disk.full');
			assert.deepEqual(await readdir(folder), [`${bigRef.digest.replace(':', '-')}.partial`]);
		} finally {
			await execa('umount', [folder], {reject: false});
			await rm(folder, {recursive: true, force: true});
		}
	});
});

suite('signatures', {skip: registryMissing}, () => {
	const [old, current, stranger] = [sampleKey('2026'), sampleKey('2027'), sampleKey('stranger')];
	let real: RealRegistry;
	before(async () => {
		real = await startDockerRegistry();
	});
	after(() => real[Symbol.asyncDispose]());
	const resolve = async (site: Site) => site.registry.resolveRelease('stable', never);

	test('two keys are valid at once; a retired one no longer is', async () => {
		await store(real.origin, (await sampleRelease('1.0.0', old)).artifacts);
		await using both = await openSite(real.host, [old, current]);
		assert.equal(taken(await resolve(both)).signedBy, '2026');
		await using after = await openSite(real.host, [current]);
		const refused = await resolve(after);
		assert.equal(codeOf(refused), 'signature.untrusted');
		assert.match(refused.ok ? '' : (refused.problem.why ?? ''), /2027/);
		await using none = await openSite(real.host, []);
		assert.equal(codeOf(await resolve(none)), 'signature.untrusted');
	});

	test('a signature of a stranger is refused, and one beside it of a friend is found', async () => {
		const release = await sampleRelease('1.0.1', stranger);
		await store(real.origin, release.artifacts);
		await using site = await openSite(real.host, [current]);
		assert.equal(codeOf(await resolve(site)), 'signature.untrusted');
		await store(real.origin, [signatureFor(releasePath, release.digest, current)]);
		// Flux checks the tree by itself: a release that it would refuse is not begun with.
		const half = await resolve(site);
		assert.equal(codeOf(half), 'signature.untrusted');
		assert.match(half.ok ? '' : half.problem.what, /^The Flux tree of release/);
		const tree = release.manifest.config;
		await store(real.origin, [signatureFor(tree.repository.replace('ghcr.io/', ''), tree.digest, current)]);
		assert.equal(taken(await resolve(site)).signedBy, '2027');
	});

	test('the signature of another release does not count for this one', async () => {
		const first = await sampleRelease('1.0.2', current);
		const second = await sampleRelease('1.0.3', current);
		const moved = signatureFor(releasePath, first.digest, current);
		const beside = {...moved, tags: [`${second.digest.replace(':', '-')}.sig`]};
		await store(real.origin, [...second.artifacts.filter(one => !one.tags.some(tag => tag.endsWith('.sig'))), beside]);
		await using site = await openSite(real.host, [current]);
		assert.equal(codeOf(await resolve(site)), 'signature.invalid');
	});

	test('an unsigned release is refused unless the site has chosen otherwise', async () => {
		const {artifacts} = await sampleRelease('1.0.4', current);
		await store(
			real.origin,
			artifacts.filter(one => !one.tags.some(tag => tag.endsWith('.sig'))),
		);
		await using strict = await openSite(real.host, [current]);
		assert.equal(codeOf(await resolve(strict)), 'signature.missing');
		await using lenient = await openSite(real.host, [current], {policy: 'allow-unsigned'});
		assert.equal(taken(await resolve(lenient)).signedBy, undefined);
	});

	test('a file that is no key, or a key of another kind, trusts nobody and breaks nothing', async () => {
		await store(real.origin, (await sampleRelease('1.0.5', current)).artifacts);
		const ed25519 =
			'-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=\n-----END PUBLIC KEY-----\n';
		for (const publicPem of ['not a key', ed25519]) {
			await using site = await openSite(real.host, [{name: 'odd', publicPem, privatePem: ''}]);
			assert.equal(codeOf(await resolve(site)), 'signature.untrusted');
		}
	});
});

suite('archives inside a release', {skip: registryMissing}, () => {
	const key = sampleKey();
	let real: RealRegistry;
	before(async () => {
		real = await startDockerRegistry();
	});
	after(() => real[Symbol.asyncDispose]());

	const tar = async (fill: (tar: ReturnType<typeof pack>) => void) => {
		const made = pack();
		fill(made);
		made.finalize();
		const chunks: Uint8Array[] = [];
		for await (const chunk of made) if (chunk instanceof Uint8Array) chunks.push(chunk);
		return gzipSync(Buffer.concat(chunks));
	};
	const cases: readonly [string, () => Promise<Uint8Array>, ProblemCode][] = [
		['a path that climbs out', () => tar(one => one.entry({name: '../../etc/cron.d/x'}, 'x')), 'artifact.unsafe'],
		['an absolute path', () => tar(one => one.entry({name: '/etc/passwd'}, 'x')), 'artifact.unsafe'],
		['a link', () => tar(one => one.entry({name: 'a', type: 'symlink', linkname: '/etc/shadow'})), 'artifact.unsafe'],
		['a compressed bomb', () => tar(one => one.entry({name: 'big.yaml'}, Buffer.alloc(80 << 20))), 'artifact.unsafe'],
		[
			'more files than a tree has',
			() =>
				tar(one => {
					for (let n = 0; n < 6000; n++) one.entry({name: `f${n}`}, '');
				}),
			'artifact.unsafe',
		],
		[
			'half an archive',
			async () => (await tar(one => one.entry({name: 'a'}, randomBytes(4000)))).subarray(0, 900),
			'artifact.invalid',
		],
		['no archive at all', async () => randomBytes(4000), 'artifact.invalid'],
	];
	for (const [name, bytes, code] of cases)
		test(`${name}: ${code}`, async () => {
			const made = artifact('nine-minds/odd', ['1'], {mediaType: 'x/y', bytes: Buffer.from('{}')}, [
				{mediaType: 'application/vnd.cncf.flux.content.v1.tar+gzip', bytes: await bytes()},
			]);
			await store(real.origin, [made]);
			await using site = await openSite(real.host, [key]);
			const reference = digestOf(made.manifest.body);
			assert.equal(codeOf(await site.registry.files({repository: 'ghcr.io/nine-minds/odd', reference}, never)), code);
		});
	test(`an index leads to the image of this kind of machine`, async () => {
		const layer = await tar(one => one.entry({name: 'a.yaml'}, 'kind: A'));
		const image = artifact('nine-minds/two', [], {mediaType: 'x/y', bytes: Buffer.from('{}')}, [
			{mediaType: 'application/vnd.cncf.flux.content.v1.tar+gzip', bytes: layer},
		]);
		const mediaType = 'application/vnd.oci.image.index.v1+json';
		const digest = digestOf(image.manifest.body);
		const size = image.manifest.body.length;
		const body = Buffer.from(
			JSON.stringify({
				schemaVersion: 2,
				mediaType,
				manifests: ['amd64', 'arm64'].map(architecture => ({
					mediaType: image.manifest.mediaType,
					digest,
					size,
					platform: {os: 'linux', architecture},
				})),
			}),
		);
		await store(real.origin, [
			image,
			{repository: 'nine-minds/two', manifest: {mediaType, body}, blobs: [], tags: ['1']},
		]);
		await using site = await openSite(real.host, [key]);
		const files = taken(await site.registry.files({repository: 'ghcr.io/nine-minds/two', reference: '1'}, never));
		assert.equal(files.get('a.yaml'), 'kind: A');
		assert.equal(
			codeOf(await site.registry.download({repository: ghcr, digest: digestOf(Buffer.from('none'))}, nobody, never)),
			'registry.not-found',
		);
	});
});
