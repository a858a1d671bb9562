import assert from 'node:assert/strict';
import {rm} from 'node:fs/promises';
import {join} from 'node:path';
import {after, before, suite, test} from 'node:test';
import {execa} from 'execa';
import {registryMissing, skopeoMissing} from '../../harness/registry.ts';
import {releasePath} from '../../harness/release.ts';
import {openPublisher, type Publisher} from './publisher.ts';

suite('publishing a release', {skip: registryMissing}, () => {
	let desk: Publisher;
	let key: string;
	before(async () => {
		desk = await openPublisher();
		key = await desk.key('publisher', 'correct horse');
	});
	after(() => desk[Symbol.asyncDispose]());

	async function publish(version: string, changes: Readonly<Record<string, unknown>> = {}) {
		const layout = join(desk.folder, `layout-${version}`);
		const steps = [
			['release', 'build', await desk.draft(version, changes), '-o', layout],
			['release', 'push', layout],
			['release', 'sign', version, '--key', key],
			['release', 'promote', version, 'stable', '--trust', desk.trust],
		];
		for (const step of steps) {
			const done = await desk.run(...step);
			if (done.code !== 0) return {step: step[1], ...done};
		}
		return {step: 'done', code: 0, out: '', error: ''};
	}

	test('build, push, sign and promote make a release that a site would take', async () => {
		const done = await publish('1.1.0');
		assert.equal(done.step, 'done', done.error);
		const shown = await desk.run('release', 'show', 'stable', '--trust', desk.trust);
		assert.match(shown.out, /Release {3}1\.1\.0 \(stable\)/);
		assert.match(shown.out, /Signed by publisher/);
	});

	test('the same draft builds to the same bytes', async () => {
		const draft = await desk.draft('1.1.1', {builtAt: '2026-01-02T03:04:05Z'});
		const digests = [];
		for (const name of ['one', 'two'])
			digests.push((await desk.run('release', 'build', draft, '-o', join(desk.folder, name), '--json')).out);
		assert.equal(digests[0], digests[1]);
		assert.match(digests[0] ?? '', /sha256:/);
	});

	const unfit: readonly [string, Readonly<Record<string, unknown>>, string, RegExp][] = [
		[
			'an image that is not in the registry',
			{
				images: [{name: 'gone', repository: 'ghcr.io/nine-minds/gone', digest: `sha256:${'0'.repeat(64)}`}],
				upgradeFrom: ['1.1.x'],
			},
			'push',
			/images\.gone: .*does not have/,
		],
		['an older release left behind', {upgradeFrom: ['0.9.x']}, 'push', /upgradeFrom.*1\.1\.0/s],
		['no way here at all', {upgradeFrom: []}, 'push', /upgradeFrom: It is empty/],
		[
			'a floating tag in values',
			{upgradeFrom: ['1.1.x'], values: {'alga-core': {image: {repository: 'x', tag: 'latest'}}}},
			'push',
			/values\.alga-core\.image\.tag/,
		],
		[
			'a tag that does not exist',
			{images: [{name: 'x', repository: 'ghcr.io/nine-minds/redis', tag: 'no'}]},
			'build',
			/does not have ghcr\.io\/nine-minds\/redis:no[\s\S]*Push ghcr\.io\/nine-minds\/redis:no first, or correct images\.x\.tag/,
		],
		[
			'a tag that is moved on by habit',
			{images: [{name: 'x', repository: 'ghcr.io/nine-minds/redis', tag: 'latest'}]},
			'build',
			/images\.x\.tag is "latest"/,
		],
		[
			'a Flux that is not there',
			{flux: {version: 'v9.9.9', manifests: {repository: 'ghcr.io/fluxcd/flux-manifests'}}},
			'build',
			/correct flux\.version in the draft/,
		],
		['a field that is missing', {profile: {}}, 'build', /profile/],
	];
	for (const [name, changes, step, said] of unfit)
		test(`${name} is refused at ${step}, and nothing is published`, async () => {
			const version = '1.2.0';
			await rm(join(desk.folder, `layout-${version}`), {recursive: true, force: true});
			const done = await publish(version, changes);
			assert.equal(done.step, step, done.error);
			assert.equal(done.code, 1);
			assert.match(done.error, said);
			assert.equal((await desk.run('release', 'show', version)).code, 1);
		});

	test('a version that is published never changes', async () => {
		await rm(join(desk.folder, 'layout-1.1.0'), {recursive: true, force: true});
		const done = await publish('1.1.0', {notes: 'Something else.'});
		assert.equal(done.step, 'push');
		assert.match(done.error, /published already, with other contents/);
	});

	test('a channel takes only what a trusted key has signed, and never an older release', async () => {
		const layout = join(desk.folder, 'unsigned');
		await desk.run('release', 'build', await desk.draft('1.3.0', {upgradeFrom: ['1.1.x']}), '-o', layout);
		assert.equal((await desk.run('release', 'push', layout)).code, 0);
		const unsigned = await desk.run('release', 'promote', '1.3.0', 'stable', '--trust', desk.trust);
		assert.match(unsigned.error, /signature\.missing/);
		assert.match(unsigned.error, /Sign it first: release sign/);
		assert.equal((await desk.run('release', 'sign', '1.3.0', '--key', key)).code, 0);
		assert.equal((await desk.run('release', 'promote', '1.3.0', 'stable', '--trust', desk.trust)).code, 0);
		const back = await desk.run('release', 'promote', '1.1.0', 'stable', '--trust', desk.trust);
		assert.match(back.error, /release\.downgrade/);
		assert.match((await desk.run('release', 'show', 'stable')).out, /1\.3\.0/);
	});

	test('a second key signs beside the first: sites that trust either accept it', async () => {
		const second = await desk.key('successor');
		assert.equal((await desk.run('release', 'sign', '1.1.0', '--key', second)).code, 0);
		for (const name of ['publisher', 'successor']) {
			const other = name === 'publisher' ? 'successor' : 'publisher';
			const only = join(desk.folder, `only-${name}`);
			await execa('cp', ['-r', desk.trust, only]);
			await rm(join(only, `${other}.pub`));
			const shown = await desk.run('release', 'show', '1.1.0', '--trust', only);
			assert.match(shown.out, new RegExp(`Signed by ${name}`), shown.error);
		}
	});

	test('a trust folder that is missing or holds no key is named itself', async () => {
		for (const folder of [join(desk.folder, 'nowhere'), desk.folder]) {
			const {code, error} = await desk.run('release', 'promote', '1.1.0', 'stable', '--trust', folder);
			assert.equal(code, 1);
			assert.match(error, /no public key/);
			assert.ok(error.includes(folder), error);
			assert.doesNotMatch(error, /\/etc\/alga-appliance/);
		}
	});

	test('a place that cannot be written is told in one line', async () => {
		const {code, error} = await desk.run('release', 'build', await desk.draft('1.9.0'), '-o', '/dev/null/layout');
		assert.equal(code, 1);
		assert.match(error, /\/dev\/null\/layout/);
		assert.doesNotMatch(error, /\n\s+at /);
	});

	test('diff names what changes; the schema is JSON Schema with every field', async () => {
		const diff = await desk.run('release', 'diff', '1.1.0', '1.3.0', '--json');
		assert.ok(Array.isArray(JSON.parse(diff.out)));
		const schema = JSON.parse((await desk.run('release', 'schema')).out);
		assert.ok(schema.properties.profile.properties.components);
		assert.ok(schema.required.includes('k3s'));
	});

	test('wrong use says how it is used', async () => {
		for (const argv of [['release'], ['release', 'frobnicate'], ['release', 'push'], ['release', '--wrong']]) {
			const {code, error, out} = await desk.run(...argv);
			assert.equal(code, 2, argv.join(' '));
			assert.match(error + out, /Usage|--help/);
		}
	});

	test('what we push is read by an independent client, and what it pushes by us', {skip: skopeoMissing}, async () => {
		const at = `docker://${desk.registry.host}`;
		const {stdout} = await execa('skopeo', ['inspect', '--raw', '--tls-verify=false', `${at}/${releasePath}:1.1.0`]);
		assert.match(stdout, /vnd\.alga\.appliance\.release\.config\.v2/);
		// A copy by the other client carries manifest, config and layers through its own code.
		for (const tag of ['1.1.0', 'signature'])
			await execa('skopeo', [
				...['copy', '--preserve-digests', '--src-tls-verify=false', '--dest-tls-verify=false'],
				`${at}/${releasePath}:${tag === 'signature' ? await signatureTagOf() : tag}`,
				`${at}/elsewhere/releases:${tag === 'signature' ? await signatureTagOf() : tag}`,
			]);
		const shown = await desk.run(
			...['release', 'show', '1.1.0', '--trust', desk.trust, '--repository', 'ghcr.io/elsewhere/releases'],
		);
		assert.match(shown.out, /Signed by publisher/, shown.error);
		async function signatureTagOf() {
			const shown = JSON.parse((await desk.run('release', 'show', '1.1.0', '--json')).out);
			return `${String(shown.digest).replace(':', '-')}.sig`;
		}
	});
});
