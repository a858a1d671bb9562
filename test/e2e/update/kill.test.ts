import assert from 'node:assert/strict';
import {test} from 'node:test';
import {rollback, update} from '../../../server/operations/update/update.ts';
import type {View} from '../../../shared/view/view.ts';
import type {TestAppliance} from '../../harness/appliance.ts';
import {installed, kept, publish, running, start} from './appliance.ts';

/**
 * Where a resumed engine dies next, counted in its own journal writes: it notes the step it found as interrupted (1),
 * starts it again (2), and writes it as done (3); the next step's start is the fourth.
 */
const deaths = {
	beforeDone: {write: 3, when: 'before'},
	afterNextBegan: {write: 4, when: 'after'},
} as const;

/** Kills the engine twice at every step, once with the step begun and once with its work done but not written down. */
async function killedThroughout(
	appliance: TestAppliance,
	kind: 'update' | 'rollback',
	input: Record<string, unknown>,
	steps: readonly {readonly id: string}[],
	seen: (view: View) => void,
): Promise<View> {
	await appliance.killEngine();
	// The operation begins (1), its first step begins (2).
	await appliance.startEngine({write: 2, when: 'after'});
	await start(appliance, kind, input).catch((_error: unknown) => undefined); // The engine may die before it has answered.
	await appliance.died();
	for (const step of steps)
		for (const death of [deaths.beforeDone, deaths.afterNextBegan]) {
			await appliance.startEngine(death);
			const got = await appliance.call('view', {}, AbortSignal.timeout(2000));
			if (got.ok) seen(got.value.view);
			const gone = await Promise.race([
				appliance.died().then(() => true),
				appliance.simulator.clock.sleep(60 * 60_000).then(() => false),
			]);
			assert.ok(gone, `the engine did not come to its death at ${step.id}`);
		}
	// The last death came right after the end was written: there is nothing left to resume.
	await appliance.startEngine();
	const view = await appliance.view();
	assert.equal(view.operation, null);
	const [newest] = view.history;
	assert.deepEqual([newest?.kind, newest?.mark], [kind, 'good']);
	return view;
}

const isWorking = ({rollup}: View): boolean => rollup.state === 'fully_healthy';

test('an update and a rollback, killed twice at each of their steps, end where undisturbed ones end', async () => {
	await using appliance = await installed();
	const {simulator} = appliance;
	const untouched = await kept(simulator);
	const old = running(simulator);
	const {manifest} = await publish(appliance, '1.4.3');
	const versions = new Set<string>();
	const note = ({updates}: View) => versions.add(updates.current?.version ?? 'none');

	const updated = await killedThroughout(appliance, 'update', {version: '1.4.3'}, update.steps, note);
	assert.equal(updated.updates.current?.version, '1.4.3');
	assert.equal(updated.updates.previous?.version, '1.4.2');
	assert.deepEqual(
		updated.updates.history.map(one => [one.title, one.text]),
		[['Update to 1.4.3', 'from 1.4.2']],
	);
	assert.notDeepEqual(running(simulator), old);
	assert.deepEqual(await kept(simulator), untouched);
	await appliance.until('a healthy appliance', isWorking);
	const saves = simulator.box.ledger().filter(one => one.what.includes('etcd-snapshot save'));
	assert.ok(saves.length <= 2, `${saves.length} snapshots were taken`);
	const applied = simulator.store.get('OCIRepository', 'flux-system', 'alga-appliance');
	assert.ok(JSON.stringify(applied).includes(manifest.config.digest));

	const returned = await killedThroughout(appliance, 'rollback', {phrase: 'rollback'}, rollback.steps, note);
	assert.equal(returned.updates.current?.version, '1.4.2');
	assert.equal(returned.updates.previous, undefined);
	assert.deepEqual(running(simulator), old);
	assert.deepEqual(await kept(simulator), untouched);
	await appliance.until('a healthy appliance', isWorking);
	assert.deepEqual([...versions].sort(), ['1.4.2', '1.4.3']);
});
