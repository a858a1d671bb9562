import assert from 'node:assert/strict';
import test from 'node:test';
import {password, startStage} from '../gateway/harness.ts';
import {openBrowser, watchErrors} from './browser.ts';

for (const how of ['sent', 'looked at again'] as const) {
	test(`a form whose token somebody else has used becomes the sign-in once it is ${how}`, async () => {
		await using stage = await startStage();
		await using browser = await openBrowser();
		const page = await (await browser.newContext()).newPage();
		const errors = watchErrors(page);
		await page.goto(stage.url());
		await page.getByLabel('Setup token').fill(stage.engine.token);
		await page.getByLabel('New management password').fill('the second password');
		const theirs = 'the password of the first';
		await stage.engine.choosePassword(theirs);
		await stage.claim(theirs);
		if (how === 'sent') await page.keyboard.press('Enter');
		else await page.evaluate(() => document.dispatchEvent(new Event('visibilitychange')));
		await page.getByText('Another browser has used the setup token').waitFor();
		assert.equal(await page.getByLabel('Setup token').count(), 0);
		assert.doesNotMatch(await page.innerText('main'), /access reset/);
		await page.getByLabel('Management password').fill(theirs);
		await page.getByRole('button', {name: 'Sign in'}).click();
		await page.getByRole('banner').getByText('live').waitFor();
		assert.deepEqual(errors, []);
	});
}

test('after the claim the keyboard is at the content, on the form at its heading', async () => {
	for (const [hash, tag] of [
		['', 'MAIN'],
		['#setup', 'H2'],
	] as const) {
		await using stage = await startStage();
		await using browser = await openBrowser();
		const page = await (await browser.newContext()).newPage();
		await page.goto(`${stage.url()}/${hash}`);
		await page.getByLabel('Setup token').fill(stage.engine.token);
		await page.getByLabel('New management password').fill(password);
		await page.keyboard.press('Enter');
		await page.getByRole('banner').getByText('live').waitFor();
		await page.waitForFunction(wanted => document.activeElement?.tagName === wanted, tag);
	}
});
