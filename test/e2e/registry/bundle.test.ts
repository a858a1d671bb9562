import assert from 'node:assert/strict';
import {existsSync} from 'node:fs';
import {mkdtemp, open, readdir, readFile, rm, stat, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {after, before, suite, test} from 'node:test';
import {execa} from 'execa';
import {parse} from 'yaml';
import {openLayout} from '../../../server/registry/layout.ts';
import {mirrorsFor, openMirror, registriesFor} from '../../../server/registry/mirror.ts';
import {registryMissing, skopeoMissing, store} from '../../harness/registry.ts';
import {sampleKey, sampleRelease} from '../../harness/release.ts';
import {openPublisher, type Publisher} from './publisher.ts';
import {openSite, taken} from './site.ts';

const never = new AbortController().signal;

suite('a release in one file', {skip: registryMissing}, () => {
	const key = sampleKey('publisher');
	let desk: Publisher;
	let file: string;
	before(async () => {
		desk = await openPublisher();
		await store(desk.registry.origin, (await sampleRelease('1.0.0', key)).artifacts);
		await writeFile(join(desk.trust, 'publisher.pub'), key.publicPem);
		file = join(desk.folder, 'release.tar');
		const made = await desk.run('bundle', 'create', 'stable', '-o', file, '--trust', desk.trust);
		assert.equal(made.code, 0, made.error);
		assert.match(made.out, /signed by publisher/);
	});
	after(() => desk[Symbol.asyncDispose]());

	const importInto = async (bundle: string) => {
		const layout = join(await mkdtemp(join(desk.folder, 'node-')), 'layout');
		const done = await desk.run(
			'bundle',
			'import',
			bundle,
			'--layout',
			layout,
			'--trust',
			desk.trust,
			'--arch',
			'amd64',
		);
		return {layout, ...done};
	};

	test('after import the whole release is served without a network', async () => {
		const {layout, code, error, out} = await importInto(file);
		assert.equal(code, 0, error);
		assert.match(out, /"ghcr\.io":"http:\/\/127\.0\.0\.1:5180\/ghcr\.io"/);
		await using mirror = await openMirror(await openLayout(layout));
		await using site = await openSite('unused', [key], {mirrors: mirrorsFor(mirror.origin, ['ghcr.io'])});
		const {manifest, signedBy} = taken(await site.registry.resolveRelease('stable', never));
		assert.equal(signedBy, 'publisher');
		for (const {repository, digest} of [...manifest.images, ...manifest.charts])
			assert.ok(taken(await site.registry.exists({repository, reference: digest}, never)), repository);
		const {repository, digest: reference} = manifest.flux.manifests;
		assert.ok(taken(await site.registry.files({repository, reference}, never)).get('install.yaml'));
		const binary = {repository: 'ghcr.io/nine-minds/alga-appliance-release', ...manifest.k3s.binary.amd64};
		const path = taken(await site.registry.download(binary, () => undefined, never));
		assert.match(await readFile(path, 'utf8'), /k3s/);
	});

	test('containerd’s way of asking and an independent client find the same', {skip: skopeoMissing}, async () => {
		const {layout} = await importInto(file);
		await using mirror = await openMirror(await openLayout(layout));
		const asked = await fetch(`${mirror.origin}/v2/nine-minds/alga-appliance-release/manifests/1.0.0?ns=ghcr.io`);
		assert.equal(asked.status, 200);
		const at = mirror.origin.replace('http://', '');
		const {stdout} = await execa('skopeo', [
			...['inspect', '--raw', '--tls-verify=false'],
			`docker://${at}/ghcr.io/nine-minds/alga-appliance-release:1.0.0`,
		]);
		assert.match(stdout, /release\.config\.v2/);
		assert.deepEqual(parse(registriesFor(mirrorsFor(mirror.origin, ['ghcr.io']))).mirrors['ghcr.io'], {
			endpoint: [mirror.origin],
			rewrite: {'^(.*)$': 'ghcr.io/$1'},
		});
	});

	test('the mirror is read-only, bounded and knows no paths', async () => {
		const {layout} = await importInto(file);
		await using mirror = await openMirror(await openLayout(layout));
		const status = async (path: string, init?: RequestInit) => (await fetch(`${mirror.origin}${path}`, init)).status;
		assert.equal(await status('/v2/'), 200);
		assert.equal(await status('/v2/a/blobs/uploads/', {method: 'POST'}), 405);
		assert.equal(await status('/v2/a/blobs/..%2f..%2findex.json'), 404);
		assert.equal(await status('/v2/a/blobs/sha256:../../../etc/passwd'), 404);
		assert.equal(await status('/v2/ghcr.io/nine-minds/nothing/manifests/1'), 404);
		const blob = (await readdir(join(layout, 'blobs/sha256')))[0] ?? '';
		const size = (await stat(join(layout, 'blobs/sha256', blob))).size;
		const part = await fetch(`${mirror.origin}/v2/a/blobs/sha256:${blob}`, {headers: {range: 'bytes=1-2'}});
		assert.equal(part.status, 206);
		assert.equal(part.headers.get('content-range'), `bytes 1-2/${size}`);
		assert.equal((await part.arrayBuffer()).byteLength, 2);
		assert.equal(await status(`/v2/a/blobs/sha256:${blob}`, {headers: {range: `bytes=${size}-`}}), 416);
	});

	const damage: readonly [string, (bundle: string) => Promise<void>, RegExp][] = [
		[
			'one byte that was changed',
			async bundle => {
				const {stdout} = await execa('tar', ['--list', '--verbose', '--block-number', '--file', bundle]);
				const block = Number(/block (\d+):.*blobs\/sha256/.exec(stdout)?.[1]);
				await using handle = await open(bundle, 'r+');
				await handle.write('X', (block + 1) * 512);
			},
			/digest\.mismatch/,
		],
		[
			'an end that was cut off',
			async bundle => {
				await using handle = await open(bundle, 'r+');
				await handle.truncate((await handle.stat()).size / 2);
			},
			/spoilt\.tar is cut off, or is no release bundle \(it has \d+ bytes\)/,
		],
		[
			'a file that is something else',
			bundle => writeFile(bundle, 'Not a bundle.\n'.repeat(500)),
			/is no release bundle/,
		],
		['an empty file', bundle => writeFile(bundle, ''), /is no release bundle \(it has 0 bytes\)/],
		['a file that is not there', bundle => rm(bundle), /file\.unreadable/],
		[
			'a blob that was taken out',
			async bundle => {
				const folder = await mkdtemp(join(desk.folder, 'fewer-'));
				await execa('tar', ['--extract', '--file', bundle, '-C', folder]);
				const [first = ''] = await readdir(join(folder, 'blobs/sha256'));
				await rm(join(folder, 'blobs/sha256', first));
				await execa('tar', ['--create', '--file', bundle, '-C', folder, 'oci-layout', 'index.json', 'blobs']);
			},
			/artifact\.invalid/,
		],
		[
			'a blob that the release does not name',
			async bundle => {
				const content = 'surplus';
				const hex = (await execa('sha256sum', {input: content})).stdout.split(' ')[0] ?? '';
				const folder = await mkdtemp(join(desk.folder, 'more-'));
				await execa('mkdir', ['-p', join(folder, 'blobs/sha256')]);
				await writeFile(join(folder, 'blobs/sha256', hex), content);
				await execa('tar', ['--append', '--file', bundle, '-C', folder, `blobs/sha256/${hex}`]);
			},
			/artifact\.unsafe/,
		],
		[
			'a file that would be written elsewhere',
			async bundle => {
				await writeFile(join(desk.folder, 'evil'), 'x');
				await execa('tar', [
					...['--append', '--absolute-names', '--file', bundle, '--transform', 's|.*|../../evil|'],
					join(desk.folder, 'evil'),
				]);
			},
			/artifact\.unsafe/,
		],
	];
	for (const [name, spoil, said] of damage)
		test(`${name} leaves nothing behind`, async () => {
			const bundle = join(desk.folder, 'spoilt.tar');
			await rm(bundle, {force: true});
			await execa('cp', [file, bundle]);
			await spoil(bundle);
			const {layout, code, error} = await importInto(bundle);
			assert.equal(code, 1);
			assert.match(error, said);
			assert.deepEqual(await readdir(join(layout, 'blobs/sha256')), []);
			assert.equal(existsSync(join(layout, 'index.json')), false);
			assert.deepEqual((await readdir(join(layout, '..'))).sort(), ['layout']);
		});

	test('a bundle whose signer is not trusted is not taken, whatever the site allows', async () => {
		const stranger = sampleKey('stranger');
		await writeFile(join(desk.trust, 'publisher.pub'), stranger.publicPem);
		const {code, error} = await importInto(file);
		await writeFile(join(desk.trust, 'publisher.pub'), key.publicPem);
		assert.equal(code, 1);
		assert.match(error, /signature\.untrusted/);
	});
});
