import assert from 'node:assert/strict';
import {rm, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {after, before, describe, test} from 'node:test';
import type {TestAppliance} from '../../harness/appliance.ts';
import {sampleKey} from '../../harness/release.ts';
import {contentFor} from '../../simulator/content.ts';
import {at} from '../../simulator/kube/object.ts';
import {ended, installed, publish, start, succeeded} from './appliance.ts';

const trusted = ({simulator}: TestAppliance): readonly string[] => {
	const data = at(simulator.store.get('Secret', 'flux-system', 'alga-appliance-trust'), 'data');
	return Object.keys(Object(data)).sort();
};
const source = ({simulator}: TestAppliance) => simulator.store.get('OCIRepository', 'flux-system', 'alga-appliance');

describe('one appliance, its keys and its way', () => {
	let appliance: TestAppliance;
	before(async () => {
		appliance = await installed();
	});
	after(async () => {
		await appliance?.[Symbol.asyncDispose]();
	});

	test('Flux checks the signature of the tree with the keys of the trust folder', () => {
		assert.deepEqual(at(source(appliance), 'spec', 'verify'), {
			provider: 'cosign',
			secretRef: {name: 'alga-appliance-trust'},
		});
		assert.deepEqual(trusted(appliance), ['alga-test.pub']);
	});

	test('a skipped release is refused with the whole way, whose first step is what may be installed', async () => {
		const {simulator} = appliance;
		await publish(appliance, '1.5.0', {channel: 'nightly'});
		await publish(appliance, '1.5.1', {channel: 'nightly'});
		await publish(appliance, '1.6.0', {upgradeFrom: ['1.5.x'], channel: 'nightly'});
		await publish(appliance, '1.7.0', {upgradeFrom: ['1.6.x']});
		const view = await appliance.until('the way', ({updates}) => updates.available?.version === '1.7.0');
		assert.equal(view.updates.available?.allowed, false);
		assert.match(view.updates.available?.path ?? '', /1\.4\.2, then 1\.5\.1, then 1\.6\.0, then 1\.7\.0/);
		assert.equal(view.updates.available?.next, '1.5.1');
		assert.equal(view.updates.support, 'no longer supported: the oldest supported release is 1.5.x, the newest 1.7.0');
		const refused = await ended(appliance, await start(appliance, 'update', {version: '1.7.0'}));
		assert.equal(refused.operation?.problem?.code, 'release.path-blocked');
		assert.match(refused.operation?.problem?.next ?? '', /then 1\.5\.1, then 1\.6\.0.*install 1\.5\.1 first/);
		simulator.registry.untag('nine-minds/alga-appliance-release', '1.5.1');
		const around = await ended(appliance, await start(appliance, 'update', {version: '1.7.0'}));
		assert.match(around.operation?.problem?.next ?? '', /1\.4\.2, then 1\.5\.0, then 1\.6\.0/);
	});

	test('keys that change in the trust folder change in Flux with the next update, and bar no way back', async () => {
		const folder = join(appliance.root, 'etc/alga-appliance/trust');
		const next = sampleKey('alga-next');
		await writeFile(join(folder, 'alga-next.pub'), next.publicPem);
		await writeFile(join(folder, 'notes.pub'), 'no key at all\n');
		const before = appliance.simulator.releases()[0]?.manifest;
		appliance.simulator.publish(
			await contentFor('1.4.3', next, {
				upgradeFrom: ['1.4.x'],
				channel: 'candidate',
				...(before && {images: before.images}),
			}),
		);
		succeeded(await ended(appliance, await start(appliance, 'update', {version: '1.4.3'})));
		assert.deepEqual(trusted(appliance), ['alga-next.pub', 'alga-test.pub']);
		await rm(join(folder, 'alga-test.pub'));
		succeeded(await ended(appliance, await start(appliance, 'rollback', {phrase: 'rollback'})));
		assert.equal((await appliance.view()).updates.current?.version, '1.4.2');
		assert.equal(at(source(appliance), 'spec', 'verify'), undefined);
	});
});
