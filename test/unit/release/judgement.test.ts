import assert from 'node:assert/strict';
import {suite, test} from 'node:test';
import {parseManifest} from '../../../server/registry/oci.ts';
import {diffReleases} from '../../../shared/release/diff.ts';
import {lintManifest} from '../../../shared/release/lint.ts';
import {ReleaseManifest} from '../../../shared/release/manifest.ts';
import {supportOf, upgradePath} from '../../../shared/release/path.ts';
import {compareVersions, judgeUpgrade} from '../../../shared/release/upgrade.ts';
import {ReleaseV1, unverifiedOf} from '../../../shared/release/v1.ts';
import {sampleKey, sampleRelease} from '../../harness/release.ts';

const {manifest} = await sampleRelease('1.4.2', sampleKey());
const release = (version: string, upgradeFrom: readonly string[], k3s = 'v1.33.4+k3s1') => ({
	version,
	upgradeFrom: [...upgradeFrom],
	k3s: {...manifest.k3s, version: k3s},
});

suite('the way from one release to another', () => {
	const all = [
		release('1.3.0', ['1.2.x']),
		release('1.3.5', ['1.2.x', '1.3.x']),
		release('1.4.0', ['1.3.5']),
		release('1.4.2', ['1.3.5', '1.4.x']),
		release('1.5.0', ['1.4.x']),
	];
	const at = (version: string) => all.find(one => one.version === version) ?? release(version, []);
	for (const [from, to, path] of [
		['1.4.2', '1.5.0', ['1.5.0']],
		['1.3.0', '1.5.0', ['1.3.5', '1.4.2', '1.5.0']],
		['1.2.9', '1.4.2', ['1.3.5', '1.4.2']],
		['1.3.5', '1.4.0', ['1.4.0']],
		['1.5.0', '1.4.2', undefined],
		['1.0.0', '1.5.0', undefined],
	] as const)
		test(`${from} to ${to}: ${path?.join(', ') ?? 'no way'}`, () => {
			assert.deepEqual(upgradePath(at(from), at(to), all), path);
		});

	test('a downgrade, a skipped release and a skipped Kubernetes are refused, each with a way out', () => {
		const judged = [
			judgeUpgrade(at('1.4.2'), at('1.4.0')),
			judgeUpgrade(at('1.3.0'), at('1.5.0')),
			judgeUpgrade(release('1.4.2', []), release('1.5.0', ['1.4.x'], 'v1.36.0+k3s1')),
			judgeUpgrade(release('1.4.2', []), release('1.5.0', ['1.4.x'], 'v1.32.0+k3s1')),
		];
		for (const one of judged) assert.ok(!one.allowed && one.why.length > 10 && one.path.length > 10);
		assert.deepEqual(judgeUpgrade(at('1.4.2'), at('1.5.0')), {allowed: true});
	});

	test('a channel that shows an older release than the installed one offers a downgrade, and that is refused', () => {
		assert.equal(judgeUpgrade(at('1.5.0'), at('1.4.2')).allowed, false);
	});

	test('support covers the newest three minor versions that were released', () => {
		const published = ['1.0.0', '1.1.0', '1.2.0', '1.4.0', '1.5.0-nightly.1'];
		assert.deepEqual(supportOf('1.4.3', published), {state: 'supported', minorsBehind: 0});
		assert.deepEqual(supportOf('1.2.7', published), {state: 'supported', minorsBehind: 1});
		assert.deepEqual(supportOf('1.1.0', published), {state: 'supported', minorsBehind: 2});
		assert.deepEqual(supportOf('1.0.9', published), {state: 'ended', oldestSupported: '1.1.x'});
	});

	test('versions are ordered as semver orders them', () => {
		const ordered = [
			'1.0.0-alpha',
			'1.0.0-alpha.1',
			'1.0.0-alpha.beta',
			'1.0.0-rc.2',
			'1.0.0-rc.11',
			'1.0.0',
			'1.2.0',
			'1.10.0',
		];
		assert.deepEqual(ordered.toReversed().toSorted(compareVersions), ordered);
	});
});

suite('what makes a release unfit to be published', () => {
	test('a good release has no findings', () => {
		assert.deepEqual(lintManifest(manifest), []);
	});

	const [first, ...others] = manifest.profile.components;
	assert.ok(first);
	const cases: readonly [string, Partial<ReleaseManifest>, string][] = [
		['an image that no list names', {images: manifest.images.slice(1)}, 'profile.components.bootstrap.images'],
		['a name that is there twice', {charts: [...manifest.charts, ...manifest.charts]}, 'charts'],
		['a host that no check tries', {hosts: []}, 'hosts'],
		['values for a release that are not there', {values: {}}, 'profile.components.db.helmRelease'],
		[
			'a tag in values',
			{values: {...manifest.values, 'alga-core': {server: {image: {repository: 'a', tag: 'latest'}}}}},
			'values.alga-core.server.image.tag',
		],
		[
			'an image in values without its digest',
			{values: {...manifest.values, temporal: {init: {image: 'docker.io/library/busybox:1.36'}}}},
			'values.temporal.init.image',
		],
		['a pre-release called stable', {version: '1.5.0-rc.1'}, 'channel'],
		['a predecessor that is newer', {upgradeFrom: ['1.5.x']}, 'upgradeFrom.0'],
		['a range that means nothing', {upgradeFrom: ['^1.4']}, 'upgradeFrom.0'],
		[
			'a circle of dependencies',
			{profile: {...manifest.profile, components: [{...first, dependsOn: ['pgbouncer']}, ...others]}},
			'profile.components.db.dependsOn',
		],
		[
			'a dependency on a later tier',
			{profile: {...manifest.profile, components: [{...first, dependsOn: ['temporal-ui']}, ...others]}},
			'profile.components.db.dependsOn',
		],
		[
			'a login that is no component',
			{profile: {...manifest.profile, login: {component: 'web', path: '/', port: 3000}}},
			'profile.login.component',
		],
	];
	for (const [name, overrides, field] of cases)
		test(name, () => {
			const findings = lintManifest({...manifest, ...overrides});
			assert.ok(
				findings.some(finding => finding.field === field),
				JSON.stringify(findings),
			);
		});

	test('a missing field is named by its path', () => {
		const {digest: _, ...config} = manifest.config;
		const parsed = parseManifest(ReleaseManifest, Buffer.from(JSON.stringify({...manifest, config})), 'Release "x"');
		assert.ok(!parsed.ok);
		assert.equal(parsed.problem.field, 'config.digest');
		assert.match(parsed.problem.what, /config\.digest/);
	});
});

test('the difference of two releases names images, charts, k3s and each value', () => {
	const [image, ...images] = manifest.images;
	assert.ok(image);
	const changed = diffReleases(manifest, {
		...manifest,
		k3s: {...manifest.k3s, version: 'v1.34.1+k3s1'},
		images: [{...image, digest: `sha256:${'1'.repeat(64)}`}, ...images],
		charts: manifest.charts.slice(1),
		values: {...manifest.values, temporal: {replicas: 2}},
	});
	assert.deepEqual(
		changed.map(({what}) => what),
		['k3s', `Image ${image.name}`, 'Chart sebastian', 'Values temporal.replicas'],
	);
	assert.deepEqual(diffReleases(manifest, manifest), []);
});

test('a release of the first format is read, and what it cannot prove is said', () => {
	const release = ReleaseV1.parse({
		schema: 'alga.appliance.release/v1',
		version: '1.0.3',
		channel: 'stable',
		valuesProfile: 'single-node',
		images: {algaCore: '62cdce38', temporalWorker: `ghcr.io/x/y@sha256:${'a'.repeat(64)}`},
		controlPlane: '62cdce38',
		config: {repository: 'ghcr.io/nine-minds/alga-appliance-config', tag: '1.0.3', digest: `sha256:${'b'.repeat(64)}`},
		charts: {sebastian: '0.0.1'},
		profileValues: {'alga-core.single-node.yaml': 'appUrl: ""\n'},
	});
	const said = unverifiedOf(release).join('\n');
	assert.match(said, /algaCore .*62cdce38/);
	assert.match(said, /control plane/);
	assert.match(said, /sebastian/);
	assert.doesNotMatch(said, /temporalWorker|configuration bundle/i);
});
