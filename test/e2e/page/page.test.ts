import assert from 'node:assert/strict';
import test from 'node:test';
import type {Page} from 'playwright-core';
import {views} from '../../fixtures/views/views.ts';
import {password, type Stage, startStage, until} from '../gateway/harness.ts';
import {backgroundIssueView} from '../gateway/views.ts';
import {openBrowser, signIn, watchErrors} from './browser.ts';

const answers = {
	companyName: 'Example IT',
	adminFirstName: 'Ada',
	adminLastName: 'Lovelace',
	adminEmail: 'ada@example.com',
	adminPassword: 'a long enough one',
} as const;

/** What setup was started with, once it was. */
async function startedWith(stage: Stage): Promise<Record<string, unknown>> {
	const found = () => stage.engine.asked.find(({path, method}) => method === 'POST' && path === '/v1/operations');
	await until(() => found() !== undefined, 'setup to be started');
	return Object(found()?.body);
}

function assertStarted(body: Record<string, unknown>): void {
	assert.equal(body.kind, 'setup');
	const {values} = Object(body.input);
	for (const [name, value] of Object.entries({
		...answers,
		channel: 'stable',
		dnsMode: 'custom',
		dnsServers: '10.0.0.10, 10.0.0.11',
	})) {
		assert.equal(values[name], value, name);
	}
}

const focusedId = (page: Page) =>
	page.evaluate(() => document.activeElement?.id || document.activeElement?.textContent || '');

/** Presses Tab until this has the focus, as somebody without a mouse does. */
async function tabTo(page: Page, id: string): Promise<void> {
	for (let presses = 0; presses < 60; presses++) {
		if ((await focusedId(page)) === id) return;
		await page.keyboard.press('Tab');
	}
	assert.fail(`Tab never reached ${id}`);
}

for (const size of ['desktop', 'phone'] as const) {
	test(`the whole setup with a mouse, ${size}`, async () => {
		await using stage = await startStage();
		await using browser = await openBrowser();
		const page = await (await browser.newContext(size)).newPage();
		const errors = watchErrors(page);
		await page.goto(`${stage.url()}/setup`);
		await page.getByLabel('Setup token').fill(stage.engine.token.toLowerCase());
		await page.getByLabel('New management password').fill(password);
		await page.getByRole('button', {name: 'Choose password and go on'}).click();
		const next = () => page.getByRole('button', {name: 'Continue'}).click();
		await page.getByRole('heading', {name: 'Release', exact: true}).waitFor();
		await next();
		await page.getByRole('heading', {name: 'Address', exact: true}).waitFor();
		await next();
		await page.getByLabel('my own servers').click();
		await page.getByLabel('Servers', {exact: true}).fill('10.0.0.1053');
		await next();
		await page.getByRole('navigation', {name: 'Setup pages'}).getByRole('button', {name: 'Names'}).click();
		await page.getByText('× 10.0.0.1053: not an address').waitFor();
		await page.getByLabel('Servers', {exact: true}).fill('10.0.0.10, 10.0.0.11');
		await next();
		await next();
		await page.getByLabel('Company').fill(answers.companyName);
		await next();
		await page.getByLabel('First name').fill(answers.adminFirstName);
		await page.getByLabel('Last name').fill(answers.adminLastName);
		await page.getByLabel('E-mail').fill(answers.adminEmail);
		await next();
		await page.getByText('1 answer is missing or not valid').waitFor();
		await page.getByRole('button', {name: 'Go to the first one'}).click();
		await page.locator('#adminPassword').fill(answers.adminPassword);
		await next();
		await page.getByText('Everything is answered.').waitFor();
		await page.getByRole('button', {name: 'Start the installation'}).click();
		await page.getByRole('dialog').getByRole('button', {name: 'Start the installation'}).click();
		assertStarted(await startedWith(stage));
		await page.getByText('Setup: begun').waitFor();
		const drafts = stage.engine.asked.filter(({path}) => path === '/v1/setup/draft');
		assert.ok(!JSON.stringify(drafts).includes(answers.adminPassword), 'the password is in no draft');
		const width = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
		assert.ok((width[0] ?? 0) <= (width[1] ?? 0), `nothing sticks out sideways: ${width}`);
		assert.deepEqual(errors, []);
	});

	test(`the whole setup by keyboard alone, ${size}`, async () => {
		await using stage = await startStage();
		await using browser = await openBrowser();
		const page = await (await browser.newContext(size)).newPage();
		const errors = watchErrors(page);
		await page.goto(`${stage.url()}/setup`);
		await page.waitForSelector('#token');
		await tabTo(page, 'token');
		await page.keyboard.type(stage.engine.token);
		await tabTo(page, 'password');
		await page.keyboard.type(password);
		await page.keyboard.press('Enter');
		await page.waitForSelector('h2:text-is("Release")');
		const pages = ['Address', 'Names', 'Proxy', 'Company', 'Administrator', 'Review'];
		const go = async (title: string) => {
			await tabTo(page, 'Continue');
			await page.keyboard.press('Enter');
			await page.waitForSelector(`h2:text-is("${title}")`);
		};
		for (const title of pages.slice(0, 2)) await go(title);
		await page.keyboard.press('Tab');
		await page.keyboard.press('ArrowDown');
		await tabTo(page, 'dnsServers');
		await page.keyboard.type('10.0.0.10, 10.0.0.11');
		for (const title of pages.slice(2, 4)) await go(title);
		for (const [name, value] of Object.entries(answers)) {
			if (name === 'adminFirstName') await go('Administrator');
			await tabTo(page, name);
			await page.keyboard.type(value);
		}
		await page.keyboard.press('Enter');
		await page.waitForSelector('text=Everything is answered.');
		await tabTo(page, 'Start the installation');
		await page.keyboard.press('Enter');
		await page.waitForSelector('dialog[open]');
		await page.keyboard.press('Escape');
		await page.waitForSelector('dialog', {state: 'detached'});
		await tabTo(page, 'Start the installation');
		await page.keyboard.press('Enter');
		await page.waitForSelector('dialog[open]');
		await page.keyboard.press('Enter');
		assertStarted(await startedWith(stage));
		assert.deepEqual(errors, []);
	});
}

test('a reload in the middle keeps every answer but the secret', async () => {
	await using stage = await startStage();
	await using browser = await openBrowser();
	const context = await browser.newContext();
	await signIn(context, stage);
	const page = await context.newPage();
	await page.goto(`${stage.url()}/#setup`);
	for (const [group, label, value] of [
		['Address', 'Host name', 'alga-07'],
		['Company', 'Company', 'Example IT'],
		['Administrator', 'E-mail', 'not an address'],
	] as const) {
		await page.getByRole('navigation', {name: 'Setup pages'}).getByRole('button', {name: group}).click();
		await page.getByRole('textbox', {name: label}).fill(value);
		await page.keyboard.press('Tab');
		await until(() => Object.values(stage.engine.view().setup.draft).includes(value), `${label} to be kept`);
		await page.reload();
		await page.getByRole('heading', {name: group, exact: true}).waitFor();
		assert.equal(await page.getByRole('textbox', {name: label}).inputValue(), value);
	}
	await page.getByText('× not an e-mail address').waitFor();
	await page.getByRole('navigation', {name: 'Screens'}).getByRole('link', {name: 'Setup'}).click();
	await page.waitForURL('**/#setup/5');
	await page.reload();
	await page.getByRole('heading', {name: 'Administrator', exact: true}).waitFor();
	await page.goBack();
	for (const before of ['Company', 'Address']) {
		await page.goBack();
		await page.getByRole('heading', {name: before, exact: true}).waitFor();
	}
});

test('where a default comes from is said once, in the form and in the review', async () => {
	const fresh = views.firstBoot;
	const origins = {
		hostName: 'now: alga-01',
		appUrl: 'empty: http://192.168.64.8:3000',
		dnsMode: '192.168.64.1 by DHCP',
	};
	await using stage = await startStage({...fresh, setup: {...fresh.setup, origins}});
	await using browser = await openBrowser();
	const context = await browser.newContext();
	await signIn(context, stage);
	const page = await context.newPage();
	for (const [at, text] of [
		[1, 'If empty: http://192.168.64.8:3000.'],
		[1, 'Now: alga-01.'],
		[2, 'Now: 192.168.64.1 by DHCP.'],
		[6, 'http://192.168.64.8:3000'],
	] as const) {
		await page.goto(`${stage.url()}/#setup/${at}`);
		await page.getByRole('main').getByText(text).waitFor();
		assert.doesNotMatch(await page.innerText('main'), /now: |(?<!If )empty: /);
	}
});

test('two browsers at once share one draft and neither undoes the other', async () => {
	await using stage = await startStage();
	await using browser = await openBrowser();
	const open = async () => {
		const context = await browser.newContext();
		await signIn(context, stage);
		const page = await context.newPage();
		await page.goto(`${stage.url()}/#setup`);
		await page.getByRole('navigation', {name: 'Setup pages'}).getByRole('button', {name: 'Administrator'}).click();
		return page;
	};
	const [first, second] = [await open(), await open()];
	await first.getByLabel('First name').fill('Ada');
	await second.getByLabel('Last name').fill('Lovelace');
	await first.keyboard.press('Tab');
	await second.keyboard.press('Tab');
	await until(
		() =>
			stage.engine.view().setup.draft.adminFirstName === 'Ada' &&
			stage.engine.view().setup.draft.adminLastName === 'Lovelace',
		'both answers to be kept',
	);
	await until(
		async () => (await second.getByLabel('First name').inputValue()) === 'Ada',
		'the first one’s answer in the second browser',
	);
	await until(
		async () => (await first.getByLabel('Last name').inputValue()) === 'Lovelace',
		'the second one’s answer in the first browser',
	);
});

test('while the engine is away the page stays, says so, and is right again by itself', async () => {
	await using stage = await startStage();
	await using browser = await openBrowser();
	const context = await browser.newContext();
	await signIn(context, stage);
	const page = await context.newPage();
	const errors = watchErrors(page);
	await page.goto(stage.url());
	await page.getByRole('banner').getByText('live').waitFor();
	await stage.engine.kill();
	await page.getByRole('banner').getByText('LOST').waitFor();
	const told = page.getByRole('alert').filter({hasText: 'engine does not answer'});
	await told.getByText('What stands below is old').waitFor();
	assert.doesNotMatch(await page.innerText('body'), /ECONN|\.sock|aborted|undefined/);
	assert.ok(stage.logged.some(row => row.startsWith('the engine is away: ')));
	assert.match(await page.title(), /^LOST/);
	assert.ok(await page.getByText('This machine').isVisible(), 'the last view is still there');
	const filterOf = (selector: string) =>
		page
			.locator(selector)
			.first()
			.evaluate(one => getComputedStyle(one).filter);
	for (const old of ['main > div', '.state']) assert.notEqual(await filterOf(old), 'none', `${old} is marked as old`);
	assert.deepEqual(await page.evaluate(lowContrast), []);
	await stage.engine.start();
	stage.engine.publish(backgroundIssueView());
	await page.getByRole('banner').getByText('READY WITH BACKGROUND ISSUES').waitFor();
	await page.getByRole('banner').getByText('live').waitFor();

	await stage.engine.kill();
	await stage.restart();
	await page.getByRole('banner').getByText('LOST').waitFor();
	await stage.engine.start();
	await page.getByRole('banner').getByText('live').waitFor({timeout: 30_000});
	assert.deepEqual(errors, []);
});

test('a reset of the password on the console shows the sign-in at once', async () => {
	await using stage = await startStage();
	await using browser = await openBrowser();
	const context = await browser.newContext();
	await signIn(context, stage);
	const page = await context.newPage();
	await page.goto(stage.url());
	await page.getByRole('banner').getByText('live').waitFor();
	stage.engine.reset();
	await page.getByLabel('Setup token').waitFor();
});

test('a change arrives on the open page without anybody asking, and is told to those who cannot see it', async () => {
	await using stage = await startStage();
	await using browser = await openBrowser();
	const context = await browser.newContext();
	await signIn(context, stage);
	const page = await context.newPage();
	await page.goto(stage.url());
	await page.getByRole('banner').getByText('SETUP WAITING').waitFor();
	stage.engine.publish(backgroundIssueView());
	await page.getByRole('banner').getByText('READY WITH BACKGROUND ISSUES').waitFor();
	const region = page.getByRole('status').first();
	assert.match((await region.textContent()) ?? '', /^Ready with background issues\./);
	assert.match(await page.title(), /^Ready with background issues/);
});

test('a fix asks first, then starts with the blocker it is for; power wants a typed phrase', async () => {
	await using stage = await startStage();
	await using browser = await openBrowser();
	const context = await browser.newContext();
	await signIn(context, stage);
	stage.engine.publish(backgroundIssueView());
	const page = await context.newPage();
	await page.goto(`${stage.url()}/#diagnostics`);
	await page.getByRole('button', {name: 'Restart the worker'}).click();
	await page.getByRole('dialog').getByText('Its pod is deleted').waitFor();
	await page.getByRole('dialog').getByRole('button', {name: 'Restart the worker'}).click();
	await until(() => stage.engine.asked.some(({path}) => path === '/v1/operations'), 'the fix to start');
	assert.deepEqual(stage.engine.asked.find(({path}) => path === '/v1/operations')?.body, {
		kind: 'fix',
		input: {blocker: 'image-missing:workflow-worker', fix: 'restart'},
	});

	await page.goto(`${stage.url()}/#power`);
	await page.getByRole('button', {name: 'Restart the machine'}).click();
	const yes = page.getByRole('dialog').getByRole('button', {name: 'Restart the machine'});
	assert.ok(await yes.isDisabled());
	await page.getByRole('dialog').getByRole('textbox').fill('reboot');
	await yes.click();
	await until(() => stage.engine.asked.some(({body}) => Object(body).kind === 'power'), 'the restart to be asked for');
});

test('names and messages of any length and kind stay inside the page, and none of them is markup', async () => {
	await using stage = await startStage(views.hostile);
	await using browser = await openBrowser();
	for (const size of ['desktop', 'phone'] as const) {
		const context = await browser.newContext(size);
		await signIn(context, stage);
		const page = await context.newPage();
		const errors = watchErrors(page);
		for (const screen of [
			'#status',
			'#setup',
			'#preflight',
			'#progress',
			'#components',
			'#workloads',
			'#events',
			'#flux',
			'#logs',
			'#diagnostics',
			'#updates',
			'#network',
			'#settings',
		]) {
			await page.goto(`${stage.url()}/${screen}`);
			await page.getByRole('navigation', {name: 'Screens'}).waitFor();
			const [scroll = 0, width = 0] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
			assert.ok(scroll <= width, `${screen} sticks out: ${scroll} of ${width}, ${size}`);
			assert.equal(await page.locator('script:not([src], [type="application/json"]), iframe, img').count(), 0);
		}
		assert.deepEqual(errors, []);
		await context.close();
	}
});

test('every screen has one main landmark, a heading of the product, labels for its fields, and fits a phone', async () => {
	await using stage = await startStage();
	await using browser = await openBrowser();
	const context = await browser.newContext('phone');
	await signIn(context, stage);
	stage.engine.publish(backgroundIssueView());
	const page = await context.newPage();
	const errors = watchErrors(page);
	await page.goto(stage.url());
	await page.getByRole('banner').getByText('live').waitFor();
	const screens = await page
		.getByRole('navigation', {name: 'Screens'})
		.getByRole('link')
		.evaluateAll(links => links.map(link => link.getAttribute('href') ?? ''));
	assert.ok(screens.length >= 12);
	for (const screen of [...screens, '#workloads', '#events', '#flux']) {
		await page.goto(`${stage.url()}/${screen}`);
		assert.equal(await page.getByRole('main').count(), 1, screen);
		assert.equal(await page.getByRole('banner').count(), 1, screen);
		const unnamed = await page.evaluate(() =>
			[...document.querySelectorAll('input, select, button, a[href]')]
				.filter(
					one =>
						!(one instanceof HTMLInputElement || one instanceof HTMLSelectElement
							? one.labels?.length
							: one.textContent?.trim()),
				)
				.map(one => one.outerHTML),
		);
		assert.deepEqual(unnamed, [], screen);
		const [scroll = 0, width = 0] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
		assert.ok(scroll <= width, `${screen} sticks out: ${scroll} of ${width}`);
	}
	assert.deepEqual(errors, []);
});

for (const dark of [false, true]) {
	test(`text can be read against what is behind it, ${dark ? 'dark' : 'light'}`, async () => {
		await using stage = await startStage();
		await using browser = await openBrowser();
		const context = await browser.newContext('desktop', {dark});
		await signIn(context, stage);
		stage.engine.publish(backgroundIssueView());
		const page = await context.newPage();
		for (const screen of ['#status', '#setup', '#components', '#power', '#settings', '#logs']) {
			await page.goto(`${stage.url()}/${screen}`);
			await page.getByRole('banner').getByText('live').waitFor();
			assert.deepEqual(await page.evaluate(lowContrast), [], screen);
			const selected = page.locator('[aria-current]');
			for (const one of await selected.all()) {
				await one.hover();
				assert.deepEqual(await page.evaluate(lowContrast), [], `${screen}, the pointer on what is selected`);
			}
		}
	});
}

/** Texts whose contrast is below 4.5 to 1 (WCAG 2.2, 1.4.3). Runs in the page. */
function lowContrast(): string[] {
	const canvas = document.createElement('canvas').getContext('2d', {willReadFrequently: true});
	const rgb = (color: string): number[] => {
		if (canvas === null) return [];
		canvas.clearRect(0, 0, 1, 1);
		canvas.fillStyle = color;
		canvas.fillRect(0, 0, 1, 1);
		return [...canvas.getImageData(0, 0, 1, 1).data];
	};
	const light = (color: number[]) => {
		const [red = 0, green = 0, blue = 0] = color.map(value =>
			value / 255 <= 0.04045 ? value / 255 / 12.92 : ((value / 255 + 0.055) / 1.055) ** 2.4,
		);
		return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
	};
	const behind = (element: Element | null): number[] => {
		if (element === null) return [255, 255, 255, 255];
		const color = rgb(getComputedStyle(element).backgroundColor);
		return (color[3] ?? 0) > 250 ? color : behind(element.parentElement);
	};
	const found: string[] = [];
	for (const element of document.querySelectorAll('body *')) {
		const own = [...element.childNodes].some(node => node.nodeType === Node.TEXT_NODE && node.textContent?.trim());
		if (!own || !element.checkVisibility() || element.matches(':disabled, .unseen, script, noscript')) continue;
		const [a, b] = [light(rgb(getComputedStyle(element).color)), light(behind(element))].sort((x, y) => y - x);
		const ratio = ((a ?? 0) + 0.05) / ((b ?? 0) + 0.05);
		if (ratio < 4.5) found.push(`${ratio.toFixed(2)} ${element.textContent?.slice(0, 40)}`);
	}
	return found;
}

test('a host name of any length leaves the lists readable on a phone', async () => {
	const hostname = 'n'.repeat(63);
	const {workloads} = views.background;
	await using stage = await startStage({
		...views.background,
		workloads: {
			...workloads,
			pods: workloads.pods.map(pod => ({...pod, node: hostname})),
			events: workloads.events.map(event => ({...event, about: `node/${hostname}`})),
		},
	});
	await using browser = await openBrowser();
	const context = await browser.newContext('phone');
	await signIn(context, stage);
	const page = await context.newPage();
	for (const screen of ['workloads', 'events']) {
		await page.goto(`${stage.url()}/#${screen}`);
		await page.locator('td').first().waitFor();
		const narrowest = await page.locator('td').evaluateAll(cells => Math.min(...cells.map(one => one.clientWidth)));
		assert.ok(narrowest > 100, `${screen}: a cell is ${narrowest} px wide`);
	}
});

test('no button on the first page is broken over two lines', async () => {
	await using stage = await startStage();
	await using browser = await openBrowser();
	for (const size of ['desktop', 'phone'] as const) {
		const page = await (await browser.newContext(size)).newPage();
		await page.goto(stage.url());
		const show = page.getByRole('button', {name: 'Show'});
		const lines = await show.evaluate(button => {
			const range = document.createRange();
			range.selectNodeContents(button);
			return range.getClientRects().length;
		});
		assert.equal(lines, 1, size);
	}
});

/** Headings that skip a level, as "Status: h1 to h3". */
async function jumps(page: Page, screen: string): Promise<string[]> {
	const levels = await page.locator('h1, h2, h3, h4').evaluateAll(all => all.map(({tagName}) => Number(tagName[1])));
	return levels.flatMap((level, at) => {
		const before = levels[at - 1] ?? 0;
		return level > before + 1 ? [`${screen}: h${before} to h${level}`] : [];
	});
}

test('headings skip no level on any screen, whatever is shown', async () => {
	await using browser = await openBrowser();
	const found: string[] = [];
	for (const view of [views.failed, views.checked, views.updatePlanned, views.networkPending, views.installing]) {
		await using stage = await startStage(view);
		const context = await browser.newContext();
		await signIn(context, stage);
		const page = await context.newPage();
		for (const screen of ['status', 'preflight', 'progress', 'diagnostics', 'updates', 'network', 'bundle', 'power']) {
			await page.goto(`${stage.url()}/#${screen}`);
			await page.getByRole('navigation', {name: 'Screens'}).waitFor();
			found.push(...(await jumps(page, screen)));
		}
		await context.close();
	}
	assert.deepEqual(found, []);
});

test('what stopped can be tried again where its cause is told', async () => {
	await using stage = await startStage(views.failed);
	await using browser = await openBrowser();
	const context = await browser.newContext();
	await signIn(context, stage);
	const page = await context.newPage();
	const retries = () =>
		stage.engine.asked.filter(({path}) => path === `/v1/operations/${views.failed.operation?.id}/retry`);
	for (const [at, screen] of ['status', 'diagnostics'].entries()) {
		await page.goto(`${stage.url()}/#${screen}`);
		const card = page.getByRole('article');
		assert.equal(await card.getByRole('link', {name: 'Progress'}).getAttribute('href'), '#progress');
		await card.getByRole('button', {name: 'Retry'}).click();
		await until(() => retries().length === at + 1, `Retry on ${screen} to reach the engine`);
	}
	stage.engine.publish({operation: null});
	await page.getByRole('button', {name: 'Retry'}).waitFor({state: 'detached'});
});

test('the page says which address it is on and offers the other', async () => {
	await using stage = await startStage();
	await using browser = await openBrowser();
	const page = await (await browser.newContext()).newPage();
	await page.goto(stage.url());
	await page.getByText('This page is not encrypted (http)').waitFor();
	await page.getByRole('link', {name: 'Encrypted address'}).click();
	await page.getByText('This page is encrypted (https)').waitFor();
	await page.getByLabel('Setup token').fill(stage.engine.token);
	await page.getByLabel('New management password').fill(password);
	await page.keyboard.press('Enter');
	await page.getByRole('banner').getByText('SETUP WAITING').waitFor();
	await page.goto(`${page.url().split('#')[0]}#settings`);
	await page.getByRole('button', {name: 'Sign out'}).click();
	await page.getByText('Sign in with the management password').waitFor();
});
