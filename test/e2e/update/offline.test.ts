import assert from 'node:assert/strict';
import {once} from 'node:events';
import {mkdtemp, readFile, rm} from 'node:fs/promises';
import {createServer} from 'node:net';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {test} from 'node:test';
import {parse} from 'yaml';
import {systemClock} from '../../../server/engine/clock.ts';
import {createBundle} from '../../../server/registry/bundle/create.ts';
import {importBundle} from '../../../server/registry/bundle/import.ts';
import {layoutIn, openLayout} from '../../../server/registry/layout.ts';
import {openMirror} from '../../../server/registry/mirror.ts';
import {openRegistry} from '../../../server/registry/open.ts';
import {readKeys} from '../../../server/registry/site.ts';
import {releaseRepository} from '../../../shared/release/manifest.ts';
import {startAppliance, type TestAppliance} from '../../harness/appliance.ts';
import {at} from '../../simulator/kube/object.ts';
import {ended, isHealthy, publish, start, succeeded} from './appliance.ts';

const signal = AbortSignal.timeout(300_000);

/** A port that nobody listens at; the mirror takes it a moment later. */
async function freePort(): Promise<number> {
	const server = createServer().listen(0, '127.0.0.1');
	await once(server, 'listening');
	const bound = server.address();
	await new Promise(done => server.close(done));
	return typeof bound === 'object' ? (bound?.port ?? 0) : 0;
}

/** Bundles a release where there is internet, and imports it on the appliance, where there is none. */
async function carry({simulator, root}: TestAppliance, version: string): Promise<void> {
	const folder = await mkdtemp(join(tmpdir(), 'carry-'));
	const keys = () => readKeys(join(root, 'etc/alga-appliance/trust'));
	try {
		simulator.registry.set('serves');
		await using registry = openRegistry({
			repository: releaseRepository,
			artifacts: folder,
			mirrors: {'ghcr.io': simulator.registryUrl},
			noProxy: [],
			credentials: () => undefined,
			keys,
			policy: 'require',
			architecture: 'amd64',
			clock: systemClock,
		});
		const output = join(folder, 'release.tar');
		const request = {reference: version, repository: releaseRepository, output, folder, architecture: 'amd64'} as const;
		const made = await createBundle(registry, request, () => undefined, signal);
		assert.ok(made.ok, JSON.stringify(made));
		simulator.registry.set('unreachable');
		const layout = await openLayout(join(root, 'var/lib/alga-appliance/bundles/layout'));
		const site = {layout, repository: releaseRepository, keys, architecture: 'amd64', clock: systemClock} as const;
		const imported = await importBundle(output, site, () => undefined, signal);
		assert.ok(imported.ok, JSON.stringify(imported));
	} finally {
		await rm(folder, {recursive: true, force: true});
	}
}

test('setup and update from an imported bundle alone need neither a registry nor a name outside', async () => {
	const mirrorPort = await freePort();
	await using appliance = await startAppliance({speed: 400, mirrorPort});
	const {simulator, root} = appliance;
	simulator.conditions.dns = 'knows-nothing';
	await carry(appliance, '1.4.2');
	const before = simulator.registry.requests().length;
	await using mirror = await openMirror(layoutIn(join(root, 'var/lib/alga-appliance/bundles/layout')), [
		{address: '127.0.0.1', port: mirrorPort},
	]);
	assert.equal(mirror.origin, `http://127.0.0.1:${mirrorPort}`);

	succeeded(await ended(appliance, await appliance.setUp()));
	await appliance.until('a healthy installation', isHealthy);
	const registries = parse(await readFile(join(root, 'etc/rancher/k3s/registries.yaml'), 'utf8'));
	assert.deepEqual(registries.mirrors['ghcr.io'], {endpoint: [mirror.origin], rewrite: {'^(.*)$': 'ghcr.io/$1'}});
	const tree = simulator.store.get('OCIRepository', 'flux-system', 'alga-appliance');
	assert.equal(at(tree, 'spec', 'url'), `oci://10.42.0.1:${mirrorPort}/ghcr.io/nine-minds/alga-appliance-config`);
	assert.equal(at(tree, 'spec', 'insecure'), true);
	assert.equal(at(tree, 'spec', 'verify', 'provider'), 'cosign');
	const charts = simulator.store.list('OCIRepository', 'alga-system');
	assert.ok(charts.length >= 6);
	for (const chart of charts) assert.match(String(at(chart, 'spec', 'url')), /^oci:\/\/10\.42\.0\.1:\d+\/ghcr\.io\//);
	assert.equal(simulator.registry.requests().length, before, 'something was asked outside');

	await publish(appliance, '1.4.3');
	await carry(appliance, '1.4.3');
	const asked = simulator.registry.requests().length;
	await appliance.until('an offer', ({updates}) => updates.available?.version === '1.4.3');
	const view = await ended(appliance, await start(appliance, 'update', {version: '1.4.3'}));
	succeeded(view);
	assert.equal(view.updates.current?.version, '1.4.3');
	assert.equal(simulator.registry.requests().length, asked, 'something was asked outside');
});
