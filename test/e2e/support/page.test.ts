import assert from 'node:assert/strict';
import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import {test} from 'node:test';
import {systemClock} from '../../../server/engine/clock.ts';
import {startGateway} from '../../../server/gateway/main.ts';
import {buildPage} from '../../../server/gateway/page/build.ts';
import {unpack} from '../../../server/registry/layer.ts';
import {startAppliance} from '../../harness/appliance.ts';
import {openBrowser, watchErrors} from '../page/browser.ts';

test('a bundle is made on the page while setup runs, downloaded, and opens', async () => {
	await using appliance = await startAppliance({speed: 20});
	const pageDir = join(appliance.root, 'page');
	await buildPage(pageDir);
	await using gateway = await startGateway(
		{
			engineSocket: join(appliance.root, 'run/alga-appliance/gateway.sock'),
			stateDir: join(appliance.root, 'gateway'),
			pageDir,
			host: '127.0.0.1',
			httpPort: 0,
			httpsPort: 0,
			version: '1.0.0',
		},
		{clock: systemClock, log: () => undefined},
	);
	await appliance.setUp();
	await using browser = await openBrowser();
	const page = await (await browser.newContext('desktop')).newPage();
	const errors = watchErrors(page);
	await page.goto(`http://127.0.0.1:${gateway.httpPort}/setup`);
	await page.getByLabel('Setup token').fill((await appliance.view()).access.setupToken ?? '');
	await page.getByLabel('New management password').fill('correct horse battery');
	await page.getByRole('button', {name: 'Choose password and go on'}).click();
	await page.getByRole('navigation', {name: 'Screens'}).getByRole('link', {name: 'Support bundle'}).click();
	await page.getByText('Setup goes on meanwhile').waitFor();
	await page.getByRole('button', {name: 'Make a bundle'}).click();
	await page.getByRole('button', {name: 'Cancel'}).waitFor();
	const link = page.getByRole('link', {name: /^Download/});
	await link.waitFor({timeout: 120_000});
	const [download] = await Promise.all([page.waitForEvent('download'), link.click()]);
	const [made] = (await appliance.view()).bundles;
	assert.ok(made);
	assert.equal(download.suggestedFilename(), made.name);
	const bytes = readFileSync(await download.path());
	assert.deepEqual(bytes, readFileSync(made.path));
	const files = await unpack(bytes);
	assert.ok(files.ok);
	for (const file of ['summary.md', 'analysis.json', 'timeline.ndjson', 'redaction-report.json', 'index.json'])
		assert.ok(files.value.has(file), file);
	assert.equal((await appliance.view()).operation?.state, 'running');
	for (const width of [1280, 390]) {
		await page.setViewportSize({width, height: 900});
		const scrollWidth = await page.evaluate(() => document.documentElement.scrollWidth);
		assert.ok(scrollWidth <= width, `${scrollWidth} px wide in a window of ${width}`);
	}
	assert.deepEqual(errors, []);
});
