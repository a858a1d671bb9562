import assert from 'node:assert/strict';
import {execFileSync, spawnSync} from 'node:child_process';
import {generateKeyPairSync} from 'node:crypto';
import {mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {test} from 'node:test';
import {parse} from 'yaml';
import {systemClock} from '../../../server/engine/clock.ts';
import {makePaths} from '../../../server/engine/paths.ts';
import {readAuthFiles} from '../../../server/registry/auth-file.ts';
import {registriesFor} from '../../../server/registry/mirror.ts';
import {openSigningKey} from '../../../server/registry/publish/signing-key.ts';
import {releaseCommand} from '../../../server/registry/release-cli.ts';
import {readKeys, siteOf} from '../../../server/registry/site.ts';
import {ok} from '../../../shared/problem.ts';
import {imagesIn, pinnedImage} from '../../../shared/release/flux-tree.ts';

const scratch = (): string & Disposable => {
	const folder = mkdtempSync(join(tmpdir(), 'words-'));
	return Object.assign(folder, {[Symbol.dispose]: () => rmSync(folder, {recursive: true, force: true})});
};

async function run(...argv: string[]) {
	const said: string[] = [];
	const code = await releaseCommand(argv, {
		out: line => void said.push(line),
		error: line => void said.push(line),
		credentials: () => undefined,
		proxy: undefined,
		noProxy: [],
		passphrase: async file => readFileSync(file ?? '/nowhere', 'utf8'),
		keys: readKeys,
		sockets: [],
		startMirror: async () => ok(undefined),
		clock: systemClock,
		signal: new AbortController().signal,
	});
	return {code, said: said.join('\n')};
}

test('a file of logins that is none is told in words that quote nothing of it', () => {
	using folder = scratch();
	const file = join(`${folder}`, 'config.json');
	for (const text of ['{"auths": canary-password', '{"auths": [1]}']) {
		writeFileSync(file, text);
		const read = readAuthFiles([file]);
		assert.ok(!read.ok);
		assert.equal(read.problem.code, 'file.unreadable');
		assert.doesNotMatch(JSON.stringify(read.problem), /canary/);
	}
	assert.ok(readAuthFiles([join(`${folder}`, 'absent.json')]).ok);
});

test('a mirror without a place, a key and a passphrase that cannot be read are refused by name', async () => {
	using folder = scratch();
	const crooked = await run('release', 'show', '1.0.0', '--mirror', 'foo');
	assert.deepEqual([crooked.code, /--mirror foo is not HOST=PLACE/.test(crooked.said)], [2, true]);
	const keyless = await run('release', 'sign', '1.0.0', '--key', join(`${folder}`, 'absent.key'));
	assert.equal(keyless.code, 1);
	assert.match(keyless.said, /The signing key cannot be read from .*absent\.key/);
	const key = join(`${folder}`, 'a.key');
	writeFileSync(key, '-----BEGIN ENCRYPTED PRIVATE KEY-----\n');
	const locked = await run('release', 'sign', '1.0.0', '--key', key, '--passphrase-file', join(`${folder}`, 'absent'));
	assert.equal(locked.code, 1);
	assert.match(locked.said, /The passphrase cannot be read from .*absent/);
	assert.doesNotMatch(`${keyless.said}${locked.said}`, /\n\s+at /);
});

test('a key that cannot be opened is told by its reason: the passphrase, or that nobody was there to type it', async () => {
	using folder = scratch();
	const key = join(`${folder}`, 'a.key');
	const {privateKey} = generateKeyPairSync('ec', {namedCurve: 'P-256'});
	const pem = privateKey.export({type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'right'});
	writeFileSync(key, pem);
	const said = async (passphrase: string | undefined) => {
		const opened = await openSigningKey({options: {key}, passphrase: async () => passphrase});
		return opened.ok ? 'opened' : `${opened.problem.what} ${opened.problem.next}`;
	};
	assert.equal(await said('right'), 'opened');
	// One in some hundred wrong ones decrypts to something that looks padded and fails later.
	for (let one = 0; one < 20; one++) assert.match(await said(`wrong-${one}`), /The passphrase is wrong/);
	assert.match(await said(undefined), /no terminal to ask.*--passphrase-file/);
});

test('containerd is told every mirror, its path and the authority it is certified by', () => {
	const told = parse(
		registriesFor(
			{'ghcr.io': 'registry.example:5000/ghcr', 'docker.io': 'https://hub.example', 'quay.io': 'http://10.0.0.5:5000'},
			'/etc/alga-appliance/ca.pem',
		),
	);
	assert.deepEqual(told, {
		mirrors: {
			'ghcr.io': {endpoint: ['https://registry.example:5000'], rewrite: {'^(.*)$': 'ghcr/$1'}},
			'docker.io': {endpoint: ['https://hub.example']},
			'quay.io': {endpoint: ['http://10.0.0.5:5000']},
		},
		configs: {
			'registry.example:5000': {tls: {ca_file: '/etc/alga-appliance/ca.pem'}},
			'hub.example': {tls: {ca_file: '/etc/alga-appliance/ca.pem'}},
		},
	});
});

test('an imported bundle is a mirror for its hosts, unless an administrator has named another', () => {
	using root = scratch();
	const paths = makePaths(`${root}`);
	const site = (mirrors: Record<string, string>) =>
		siteOf({paths, mirrors, trustPolicy: 'require', registryCa: undefined}).mirrors();
	assert.deepEqual(site({}), {});
	mkdirSync(join(paths.bundles, 'layout'), {recursive: true});
	const entry = (name: string) => ({
		mediaType: 'x',
		digest: `sha256:${'a'.repeat(64)}`,
		size: 1,
		annotations: {'org.opencontainers.image.ref.name': name},
	});
	writeFileSync(
		join(paths.bundles, 'layout/index.json'),
		JSON.stringify({schemaVersion: 2, manifests: [entry('ghcr.io/a/b:1'), entry('docker.io/c/d:1')]}),
	);
	assert.deepEqual(site({'docker.io': 'hub.example'}), {
		'ghcr.io': 'http://127.0.0.1:5180/ghcr.io',
		'docker.io': 'hub.example',
	});
});

test('the images of Flux run by the digests that the release names, whatever host its manifests write', () => {
	const digest = `sha256:${'b'.repeat(64)}`;
	const images = [{name: 'source', repository: 'ghcr.io/fluxcd/source-controller', digest}];
	const pinned = `ghcr.io/fluxcd/source-controller@${digest}`;
	for (const image of [
		'fluxcd/source-controller:v1',
		'ghcr.io/fluxcd/source-controller',
		'reg:5000/fluxcd/source-controller:v1',
	])
		assert.equal(pinnedImage(image, images), pinned, image);
	assert.equal(pinnedImage('fluxcd/helm-controller:v1', images), 'fluxcd/helm-controller:v1');
	const pod = {spec: {containers: [{image: 'a'}, {name: 'none'}], initContainers: [{image: 'b'}]}};
	assert.deepEqual(imagesIn({kind: 'Deployment', spec: {template: pod}}), ['a', 'b']);
});

test('"bundle" with create, import or serve is a release for a site, and alone a support bundle', () => {
	using home = scratch();
	mkdirSync(join(`${home}`, 'bin'));
	writeFileSync(join(`${home}`, 'bin/node'), '#!/bin/sh\necho "$@"\n', {mode: 0o755});
	const launcher = join(`${home}`, 'launcher');
	const text = readFileSync(join(import.meta.dirname, '../../../scripts/deb/launcher'), 'utf8');
	writeFileSync(launcher, text.replace('home=/opt/alga-appliance', `home=${home}`), {mode: 0o755});
	const told = (...args: string[]) => execFileSync(launcher, args, {encoding: 'utf8'}).trim().replace(`${home}/`, '');
	assert.equal(told('bundle', 'create', '1.5.0', '-o', 'x y'), 'release.js bundle create 1.5.0 -o x y');
	assert.equal(told('bundle', 'import', 'f'), 'release.js bundle import f');
	assert.equal(told('bundle', '-o', 'f'), 'cli.js bundle -o f');
	assert.equal(told('bundle'), 'cli.js bundle');
	assert.equal(told('release', 'bundle', 'import', 'f'), 'release.js bundle import f');
	assert.equal(told('status'), 'cli.js status');
});

test('output that nobody reads to its end is no error to look at', async () => {
	const main = join(import.meta.dirname, '../../../server/registry/release-main.ts');
	const reader = `for i in 1 2 3; do "${process.execPath}" "${main}" release schema | true; done`;
	const done = spawnSync('sh', ['-c', reader], {encoding: 'utf8'});
	assert.equal(done.stderr, '');
});
