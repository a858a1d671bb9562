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

	test('what does not work is accepted by name, and nothing else with it', async () => {
		const {simulator, until, view} = appliance;
		const restart = () => {
			for (const {metadata} of simulator.store.list('Pod', 'msp'))
				if (metadata.name.startsWith('email-service')) simulator.store.remove('Pod', 'msp', metadata.name);
		};
		simulator.conducts.set('email-service', {trouble: {is: 'crash', exitCode: 1, log: ['it breaks']}});
		restart();
		const {updates} = await until('trouble', seen => seen.updates.troubles.length > 0);
		await publish(appliance, '1.4.4');
		for (const accept of [[], ['something-else']]) {
			const refused = await ended(appliance, await start(appliance, 'update', {version: '1.4.4', accept}));
			assert.equal(refused.operation?.problem?.code, 'preflight.needs-acceptance');
			assert.ok(refused.operation?.problem?.what.includes(updates.troubles[0]?.text ?? 'no trouble'));
		}
		const accept = (await view()).updates.troubles.map(({id}) => id);
		const planned = simulator.clock.now() + 24 * 60 * 60_000;
		await start(appliance, 'schedule', {version: '1.4.4', at: planned, accept});
		const shown = await until(
			'the plan',
			seen => seen.updates.planned !== undefined && seen.operation?.state !== 'running',
		);
		assert.deepEqual(
			shown.updates.planned?.accepted,
			updates.troubles.map(({text}) => text),
		);
		await start(appliance, 'schedule', {cancel: true});
		await until('no plan', seen => seen.updates.planned === undefined && seen.operation?.state !== 'running');
		succeeded(await ended(appliance, await start(appliance, 'update', {version: '1.4.4', accept})));
		simulator.conducts.set('email-service', {});
		restart();
		await until(
			'a healthy appliance',
			seen => seen.updates.troubles.length === 0 && seen.rollup.state === 'fully_healthy',
		);
	});

	test('keys that change in the trust folder change in Flux with the next update, and bar no way back', async () => {
		const folder = join(appliance.root, 'etc/alga-appliance/trust');
		const next = sampleKey('alga-next');
		await writeFile(join(folder, 'alga-next.pub'), next.publicPem);
		await writeFile(join(folder, 'notes.pub'), 'no key at all\n');
		const before = appliance.simulator.releases()[0]?.manifest;
		appliance.simulator.publish(
			await contentFor('1.4.5', next, {
				upgradeFrom: ['1.4.x'],
				channel: 'candidate',
				...(before && {images: before.images}),
			}),
		);
		succeeded(await ended(appliance, await start(appliance, 'update', {version: '1.4.5'})));
		assert.deepEqual(trusted(appliance), ['alga-next.pub', 'alga-test.pub']);
		await rm(join(folder, 'alga-test.pub'));
		succeeded(await ended(appliance, await start(appliance, 'rollback', {phrase: 'rollback'})));
		assert.equal((await appliance.view()).updates.current?.version, '1.4.4');
		assert.equal(at(source(appliance), 'spec', 'verify'), undefined);
	});
});
