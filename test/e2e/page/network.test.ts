import assert from 'node:assert/strict';
import test from 'node:test';
import {systemClock} from '../../../server/engine/clock.ts';
import {now} from '../../fixtures/views/base.ts';
import {views} from '../../fixtures/views/views.ts';
import {startStage, until} from '../gateway/harness.ts';
import {openBrowser, signIn, watchErrors} from './browser.ts';

for (const [name, action] of [
	['Keep', 'keep'],
	['Go back now', 'revert'],
] as const) {
	test(`the new network settings: "${name}" in the browser reaches the engine`, async () => {
		await using stage = await startStage(views.networkPending);
		stage.clock.offset = now - systemClock.now();
		await using browser = await openBrowser();
		const context = await browser.newContext('phone');
		await signIn(context, stage);
		const page = await context.newPage();
		const errors = watchErrors(page);
		await page.goto(`${stage.url()}/#network`);
		await page.getByRole('button', {name, exact: true}).click();
		const id = views.networkPending.network.pending?.id;
		await until(
			() => stage.engine.asked.some(({path}) => path === `/v1/operations/${id}/${action}`),
			'the answer to reach the engine',
		);
		await page.getByRole('alert').getByText('begun').waitFor();
		assert.deepEqual(errors, []);
	});
}
