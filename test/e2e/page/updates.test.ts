import assert from 'node:assert/strict';
import test from 'node:test';
import {systemClock} from '../../../server/engine/clock.ts';
import {timeOf} from '../../../shared/view/update.ts';
import {now} from '../../fixtures/views/base.ts';
import {views} from '../../fixtures/views/views.ts';
import {type Stage, startStage, until} from '../gateway/harness.ts';
import {openBrowser, signIn, watchErrors} from './browser.ts';

/** The body of the only operation that was asked for. */
async function started(stage: Stage): Promise<unknown> {
	const all = () => stage.engine.asked.filter(({path, method}) => method === 'POST' && path === '/v1/operations');
	await until(() => all().length > 0, 'an operation to be asked for');
	assert.equal(all().length, 1);
	return all()[0]?.body;
}

test('an update is planned in the browser, what does not work accepted by a typed word', async () => {
	await using stage = await startStage(views.updatePlanned);
	stage.clock.offset = now - systemClock.now();
	await using browser = await openBrowser();
	const context = await browser.newContext();
	await signIn(context, stage);
	const page = await context.newPage();
	const errors = watchErrors(page);
	await page.goto(`${stage.url()}/#updates`);
	await page.getByRole('button', {name: 'Plan it for a time'}).click();
	const goOn = page.getByRole('button', {name: 'Go on'});
	await page.getByLabel('Type the time').fill('tonight');
	assert.ok(await goOn.isDisabled());
	await page.getByLabel('Type the time').fill('2027-01-02 02:00');
	await goOn.click();
	await page.getByRole('heading', {name: 'although something does not work'}).waitFor();
	const plan = page.getByRole('dialog').getByRole('button', {name: 'Plan it'});
	for (const {text} of views.updatePlanned.updates.troubles) await page.getByRole('dialog').getByText(text).waitFor();
	assert.ok(await plan.isDisabled());
	await page.getByLabel('Type accept to go on').fill('accept');
	await plan.click();
	assert.deepEqual(await started(stage), {
		kind: 'schedule',
		input: {
			at: timeOf('2027-01-02 02:00', now),
			version: '1.5.0',
			digest: 'sha256:aa10',
			accept: views.updatePlanned.updates.troubles.map(({id}) => id),
		},
	});
	assert.deepEqual(errors, []);
});

test('a planned update is taken back in the browser', async () => {
	await using stage = await startStage(views.updatePlanned);
	await using browser = await openBrowser();
	const context = await browser.newContext();
	await signIn(context, stage);
	const page = await context.newPage();
	await page.goto(`${stage.url()}/#updates`);
	await page.getByRole('button', {name: 'Take the plan back'}).click();
	await page.getByRole('dialog').getByRole('button', {name: 'Take the plan back'}).click();
	assert.deepEqual(await started(stage), {kind: 'schedule', input: {cancel: true}});
});
