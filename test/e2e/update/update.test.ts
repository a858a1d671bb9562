import assert from 'node:assert/strict';
import {after, before, describe, test} from 'node:test';
import type {View} from '../../../shared/view/view.ts';
import type {TestAppliance} from '../../harness/appliance.ts';
import {breakApplicationOf} from '../../simulator/scenarios/update-breaks.ts';
import {ended, installed, isHealthy, kept, publish, refused, retry, running, start, succeeded} from './appliance.ts';

const minute = 60_000;

describe('one appliance through its updates', () => {
	let appliance: TestAppliance;
	before(async () => {
		appliance = await installed();
	});
	after(async () => {
		await appliance?.[Symbol.asyncDispose]();
	});

	test('a release that appears in the channel is offered with what it changes', async () => {
		await publish(appliance, '1.4.3');
		const {updates} = await appliance.until('an offer', view => view.updates.available !== undefined);
		assert.equal(updates.available?.version, '1.4.3');
		assert.equal(updates.available.allowed, true);
		assert.equal(updates.available.path, '1.4.2 to 1.4.3');
		assert.match(updates.available.changes.join(), /1 new images?: alga-psa-ee/u);
		assert.equal(updates.previous, undefined);
	});

	test('an update changes the release and nothing else, and is recorded only when it has proved itself', async () => {
		const untouched = await kept(appliance.simulator);
		const id = await start(appliance, 'update', {version: '1.4.3'});
		const second = await refused(appliance, 'update', {version: '1.4.3'});
		assert.match(second, new RegExp(id, 'u'));
		const early: string[] = [];
		const view = await appliance.until('the end of the update', seen => {
			const gate = seen.operation?.steps.find(step => step.id === 'gate');
			if (seen.updates.current?.version !== '1.4.2' && gate?.state !== 'done') early.push(String(gate?.state));
			return seen.operation?.id === id && seen.operation.state !== 'running';
		});
		succeeded(view);
		assert.deepEqual(early, []);
		assert.equal(view.updates.current?.version, '1.4.3');
		assert.equal(view.updates.previous?.version, '1.4.2');
		assert.equal(view.updates.available, undefined);
		assert.equal(view.updates.history[0]?.title, 'Update to 1.4.3');
		assert.deepEqual(await kept(appliance.simulator), untouched);
	});

	test('a release that would skip one and an older one are refused with the way', async () => {
		await publish(appliance, '1.6.0', {upgradeFrom: ['1.5.x'], channel: 'nightly'});
		for (const [version, way] of [
			['1.6.0', /1\.5/u],
			['1.4.2', /older/u],
		] as const) {
			const view = await ended(appliance, await start(appliance, 'update', {version}));
			assert.equal(view.operation?.state, 'failed');
			assert.match(`${view.operation.problem?.what} ${view.operation.problem?.next}`, way);
			assert.match(view.operation.problem?.next ?? '', /Nothing has been changed/u);
			assert.deepEqual(view.operation.actions, ['retry', 'dismiss']);
			assert.equal(view.updates.current?.version, '1.4.3');
		}
	});

	test('a rollback wants its phrase and returns to the release before', async () => {
		const untouched = await kept(appliance.simulator);
		assert.match(await refused(appliance, 'rollback', {phrase: 'yes'}), /rollback/u);
		const view = await ended(appliance, await start(appliance, 'rollback', {version: '1.4.2', phrase: 'rollback'}));
		succeeded(view);
		assert.equal(view.updates.current?.version, '1.4.2');
		assert.equal(view.updates.previous, undefined);
		assert.deepEqual(await kept(appliance.simulator), untouched);
		assert.match(await refused(appliance, 'rollback', {phrase: 'rollback'}), /no release to return to/u);
	});

	test('a registry that goes away during any step of an update delays it and does no harm', async () => {
		const {registry, clock} = appliance.simulator;
		registry.set('unreachable');
		const id = await start(appliance, 'update', {version: '1.4.3'});
		const unresolved = await ended(appliance, id);
		assert.equal(unresolved.operation?.state, 'failed');
		assert.equal(unresolved.updates.current?.version, '1.4.2');
		registry.set('serves');
		await retry(appliance, id);
		// Everything was fetched before: from the first change on the images need no registry.
		await appliance.until('the snapshot', view => stepIs(view, 'snapshot', 'done'));
		registry.set('unreachable');
		await appliance.until('Flux asked for the tree', view => stepIs(view, 'source', 'running'));
		await clock.sleep(4 * minute);
		assert.equal((await appliance.view()).updates.current?.version, '1.4.2');
		registry.set('serves');
		const view = await ended(appliance, id);
		succeeded(view);
		assert.equal(view.updates.current?.version, '1.4.3');
	});

	test('a planned update is shown, can be cancelled, and begins by itself after a restart of the engine', async () => {
		const {clock} = appliance.simulator;
		const next = await publish(appliance, '1.4.4');
		const at = clock.now() + 60 * minute;
		await ended(appliance, await start(appliance, 'schedule', {version: '1.4.4', at}));
		assert.equal((await appliance.view()).updates.planned?.at, at);
		await ended(appliance, await start(appliance, 'schedule', {cancel: true}));
		assert.equal((await appliance.view()).updates.planned, undefined);
		assert.match(await refused(appliance, 'schedule', {cancel: true}), /No update is planned/u);

		const soon = clock.now() + 30 * minute;
		await ended(appliance, await start(appliance, 'schedule', {version: '1.4.4', at: soon}));
		await appliance.killEngine();
		await appliance.startEngine();
		const view = await appliance.until(
			'the planned update has run',
			({operation, updates}) =>
				operation?.kind === 'update' && operation.startedAt >= soon && updates.current?.version === '1.4.4',
		);
		assert.equal(view.updates.planned, undefined);
		assert.deepEqual(running(appliance.simulator).images, [imageOf(next.manifest)]);
	});

	test('an update whose application crashes stops in place, and the way back leads to the recorded release', async () => {
		const untouched = await kept(appliance.simulator);
		breakApplicationOf(await publish(appliance, '1.4.5'), appliance.simulator);
		const failed = await ended(appliance, await start(appliance, 'update', {version: '1.4.5'}));
		assert.equal(failed.operation?.state, 'failed');
		assert.equal(failed.operation.problem?.code, 'health-gate.failed');
		assert.match(failed.operation.problem.why ?? '', /1\.4\.4 is still the recorded one/u);
		assert.equal(failed.updates.current?.version, '1.4.4');
		assert.equal(failed.updates.previous?.version, '1.4.4', 'the way back leads to the recorded release');
		const view = await ended(appliance, await start(appliance, 'rollback', {phrase: 'rollback'}));
		succeeded(view);
		assert.equal(view.updates.current?.version, '1.4.4');
		assert.equal(view.updates.previous?.version, '1.4.3');
		assert.deepEqual(await kept(appliance.simulator), untouched);
		await appliance.until('a healthy appliance', isHealthy);
	});
});

const stepIs = ({operation}: View, id: string, state: string): boolean =>
	operation?.steps.some(step => step.id === id && (step.state === state || step.state === 'done')) ?? false;

const imageOf = ({images}: {images: readonly {name: string; digest: string}[]}): string =>
	images.find(one => one.name === 'alga-psa-ee')?.digest ?? '';
