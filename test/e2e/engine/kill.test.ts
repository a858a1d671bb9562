import assert from 'node:assert/strict';
import {describe, test} from 'node:test';
import {setup} from '../../../server/operations/setup/setup.ts';
import type {View} from '../../../shared/view/view.ts';
import {answers, startAppliance, type TestAppliance} from '../../harness/appliance.ts';

/**
 * Every journalled transition of setup, from the code's own list of steps: the operation begins (1), then each step is
 * written as running and as done. A new step is covered by being there.
 */
const transitions = setup.steps.flatMap((step, index) => [
	{write: 2 + index * 2, what: `${step.id} begins`},
	{write: 3 + index * 2, what: `${step.id} is done`},
]);

/** How an uninterrupted run ends, without what differs by chance. */
const endOf = (view: View) => ({
	rollup: view.rollup.state,
	tiers: view.tiers.map(tier => [tier.id, tier.ready]),
	release: view.updates.current?.digest,
	operation: view.operation?.state,
	setup: view.setup.state,
});

const expected = (digest: string | undefined) => ({
	rollup: 'fully_healthy',
	tiers: ['platform', 'core', 'bootstrap', 'login', 'background', 'fullHealth'].map(id => [id, true]),
	release: digest,
	operation: 'succeeded',
	setup: 'done',
});

async function resumed(appliance: TestAppliance): Promise<View> {
	return appliance.until(
		'the end an uninterrupted run has',
		view => {
			const {operation} = view;
			if (operation?.state === 'needs-input') {
				void appliance.call(
					'act',
					{
						params: {id: operation.id, action: 'give-secret'},
						body: {secrets: {adminPassword: answers.adminPassword ?? ''}},
					},
					AbortSignal.timeout(5000),
				);
			}
			assert.notEqual(operation?.state, 'failed', operation?.problem?.what ?? '');
			return view.rollup.state === 'fully_healthy' && operation?.state === 'succeeded';
		},
		120_000,
	);
}

describe('kill -9 of the engine at every transition of setup', {concurrency: 3}, () => {
	for (const {write, what} of transitions)
		for (const when of ['before', 'after'] as const)
			test(`${when} it is written that ${what}, setup resumes and ends as if nothing had happened`, async () => {
				await using appliance = await startAppliance({dieAt: {write, when}, speed: 120});
				await appliance.setUp().catch((_error: unknown) => undefined); // The engine may die before it has answered.
				await appliance.died();
				await appliance.startEngine();
				if ((await appliance.view()).operation === null) await appliance.setUp();
				const view = await resumed(appliance);
				assert.deepEqual(endOf(view), expected(view.updates.current?.digest));
				const ledger = appliance.simulator.box.ledger();
				const placed = ledger.filter(
					entry => entry.changed && entry.what.includes('/usr/local/bin/k3s') && entry.kind === 'file',
				);
				const k3sDone = 3 + setup.steps.findIndex(step => step.id === 'k3s') * 2;
				assert.ok(
					placed.length === 1 || (write <= k3sDone && placed.length <= 2),
					`k3s was placed ${placed.length} times`,
				);
				const tenants = appliance.simulator.store
					.list('Secret', 'msp')
					.filter(one => one.metadata.name === 'appliance-initial-tenant');
				assert.deepEqual(tenants, [], 'the password’s Secret is gone');
			});
});
