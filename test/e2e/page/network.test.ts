import assert from 'node:assert/strict';
import test from 'node:test';
import {systemClock} from '../../../server/engine/clock.ts';
import {now} from '../../fixtures/views/base.ts';
import {views} from '../../fixtures/views/views.ts';
import {startStage, until} from '../gateway/harness.ts';
import {openBrowser, signIn, watchErrors} from './browser.ts';

for (const size of ['desktop', 'phone'] as const) {
	test(`what is wrong with a network setting is told where one looks, at its field, ${size}`, async () => {
		await using stage = await startStage(views.healthy);
		await using browser = await openBrowser();
		const context = await browser.newContext(size);
		await signIn(context, stage);
		const page = await context.newPage();
		const errors = watchErrors(page);
		const form = views.healthy.network;
		stage.engine.publish({network: {...form, settings: {...form.settings, address: 'static'}}});
		await page.goto(`${stage.url()}/#network`);
		await page.getByText('Change them').click();
		const field = page.locator('details input[type=text]').first();
		const name = ((await field.getAttribute('id')) ?? '').replace('network-', '');
		const problem = {code: 'input.invalid', what: 'eth0: not what is wanted.', next: 'Change it.', field: name};
		stage.engine.answerOnce('/v1/operations', 422, JSON.stringify({problem}));
		await page.getByRole('button', {name: 'Try only'}).click();
		const told = page.getByRole('alert').filter({hasText: problem.what});
		await told.waitFor();
		await page.waitForFunction(id => document.activeElement?.id === id, `network-${name}`);
		for (const one of [told, field]) {
			await until(async () => {
				const box = await one.boundingBox();
				return box !== null && box.y >= 0 && box.y + box.height <= (page.viewportSize()?.height ?? 0);
			}, 'the message and its field to be on the screen');
		}
		assert.equal(await field.getAttribute('aria-invalid'), 'true');
		assert.equal(await page.locator(`#network-${name}-wrong`).innerText(), `× ${problem.what}`);
		await field.fill('other');
		assert.equal(await field.getAttribute('aria-invalid'), null);
		assert.deepEqual(errors, []);
	});
}

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
