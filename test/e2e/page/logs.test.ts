import assert from 'node:assert/strict';
import test from 'node:test';
import type {Page} from 'playwright-core';
import {startStage, until} from '../gateway/harness.ts';
import {backgroundIssueView} from '../gateway/views.ts';
import {openBrowser, signIn, watchErrors} from './browser.ts';

/** What the log shows, by line. */
const shownLines = (page: Page) => page.getByRole('log').locator('.line > span').allInnerTexts();

const line = (text: string) => ({at: Date.now(), severity: 'info' as const, text, cut: 0});

for (const size of ['desktop', 'phone'] as const) {
	test(`a followed log comes back by itself where it was when the engine was away, ${size}`, async () => {
		await using stage = await startStage();
		await using browser = await openBrowser();
		const context = await browser.newContext(size);
		await signIn(context, stage);
		stage.engine.publish(backgroundIssueView());
		stage.engine.log(line('entry 0'), line('entry 1'));
		const page = await context.newPage();
		const errors = watchErrors(page);
		await page.goto(`${stage.url()}/#logs`);
		const follows = () => stage.engine.asked.filter(({path}) => path.endsWith('/follow'));
		await until(() => follows().length > 0, 'the page to follow');
		stage.engine.log(line('entry 2'));
		await page.getByText('entry 2').waitFor();

		await stage.engine.kill();
		await page.getByText('not connected, trying again').waitFor();
		assert.equal(await page.getByText('■ following').count(), 0);
		const [scroll = 0, width = 0] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
		assert.ok(scroll <= width, `nothing sticks out sideways: ${scroll} of ${width}`);
		stage.engine.log(line('entry 3'), line('entry 4'));
		await stage.engine.start();
		await page.getByText('entry 4').waitFor();
		await page.getByText('■ following').waitFor();
		stage.engine.log(line('entry 5'));
		await page.getByText('entry 5').waitFor();
		assert.deepEqual(
			await shownLines(page),
			[0, 1, 2, 3, 4, 5].map(at => `entry ${at}`),
		);
		assert.deepEqual(errors, []);
	});
}

test('a log that is refused once is followed all the same', async () => {
	await using stage = await startStage();
	await using browser = await openBrowser();
	const context = await browser.newContext();
	await signIn(context, stage);
	const view = backgroundIssueView();
	stage.engine.publish(view);
	stage.engine.log(line('entry 0'));
	const path = `/v1/logs/${encodeURIComponent(view.logs[0]?.id ?? '')}`;
	stage.engine.answerOnce(path, 500, 'broken');
	stage.engine.answerOnce(`${path}/follow`, 500, 'broken');
	const page = await context.newPage();
	await page.goto(`${stage.url()}/#logs`);
	await page.getByText('not connected, trying again').waitFor();
	await page.getByText('entry 0').waitFor();
	await page.getByText('■ following').waitFor();
	await until(
		() => stage.engine.asked.filter(one => one.path.endsWith('/follow')).length > 1,
		'the page to follow after it was refused',
	);
	stage.engine.log(line('entry 1'));
	await page.getByText('entry 1').waitFor();
	assert.deepEqual(await shownLines(page), ['entry 0', 'entry 1']);
});

test('lines that came while paused are shown once and in order, whatever was pressed in between', async () => {
	await using stage = await startStage();
	await using browser = await openBrowser();
	const context = await browser.newContext();
	await signIn(context, stage);
	stage.engine.publish(backgroundIssueView());
	stage.engine.log(line('entry 0'));
	const page = await context.newPage();
	await page.goto(`${stage.url()}/#logs`);
	const follows = () => stage.engine.asked.filter(({path}) => path.endsWith('/follow')).length;
	const press = (name: string) => page.getByRole('button', {name, exact: true}).click();
	await until(() => follows() === 1, 'the page to follow');
	await press('Pause');
	stage.engine.log(line('entry 1'), line('entry 2'));
	await page.getByText('+2 new').waitFor();
	await press('First line');
	await page.getByText('first line', {exact: true}).waitFor();
	await press('Follow');
	await until(() => follows() === 2, 'the page to follow again');
	await press('Pause');
	stage.engine.log(line('entry 3'));
	await page.getByText('+1 new').waitFor();
	await press('Follow');
	await page.getByText('entry 3').waitFor();
	assert.deepEqual(await shownLines(page), ['entry 0', 'entry 1', 'entry 2', 'entry 3']);
});

test('a log follows until somebody scrolls, counts what came, and goes back to its first line', async () => {
	await using stage = await startStage();
	await using browser = await openBrowser();
	const context = await browser.newContext();
	await signIn(context, stage);
	stage.engine.publish(backgroundIssueView());
	const line = (text: string) => ({
		at: Date.now(),
		severity: text.endsWith('7') ? ('error' as const) : ('info' as const),
		text,
		cut: 0,
	});
	stage.engine.log(...Array.from({length: 1200}, (_, at) => line(`entry ${at}`)));
	const page = await context.newPage();
	const errors = watchErrors(page);
	await page.goto(`${stage.url()}/#logs`);
	const log = page.getByRole('log');
	await log.getByText('entry 1199').waitFor();
	await until(() => stage.engine.asked.some(({path}) => path.endsWith('/follow')), 'the page to follow');
	stage.engine.log(line('fresh one'));
	await log.getByText('fresh one').waitFor();
	const atEnd = () => log.evaluate(box => box.scrollHeight - box.scrollTop - box.clientHeight < 5);
	assert.ok(await atEnd(), 'following shows the newest line');

	await log.evaluate(box => box.scrollBy(0, -400));
	await page.getByText('paused').waitFor();
	stage.engine.log(line('late one'), line('late two'));
	await page.getByText('+2 new').waitFor();
	assert.ok(!(await log.innerText()).includes('late one'), 'what is read does not move');
	await page.getByRole('button', {name: 'Follow'}).click();
	await log.getByText('late two').waitFor();

	await page.getByRole('button', {name: 'First line'}).click();
	await log.getByText('first line').waitFor();
	await log.getByText('entry 0', {exact: true}).waitFor();

	await page.getByLabel('Filter').fill('entry 11');
	await page.keyboard.press('Enter');
	await until(() => stage.engine.asked.some(({path}) => path.includes('/v1/logs/')), 'the filter to be asked');
	assert.deepEqual(errors, []);
});
