import {type BrowserContext, chromium, type Page} from 'playwright-core';
import {password, type Stage} from '../gateway/harness.ts';

export const sizes = {desktop: {width: 1280, height: 900}, phone: {width: 390, height: 844}} as const;

/** A browser that asks nobody but us for anything; a fresh profile each time. */
export async function openBrowser(): Promise<
	{newContext: (size?: keyof typeof sizes, options?: {dark?: boolean}) => Promise<BrowserContext>} & AsyncDisposable
> {
	const flags = [
		'--no-sandbox',
		'--disable-gpu',
		'--disable-quic',
		'--no-first-run',
		'--disable-background-networking',
		'--disable-component-update',
		'--disable-sync',
	];
	const browser = await chromium.launch({executablePath: '/usr/bin/chromium', headless: true, args: flags});
	return {
		newContext: (size = 'desktop', {dark = false} = {}) =>
			browser.newContext({
				viewport: sizes[size],
				ignoreHTTPSErrors: true,
				colorScheme: dark ? 'dark' : 'light',
				...(size === 'phone' && {isMobile: true, hasTouch: true}),
			}),
		[Symbol.asyncDispose]: async () => {
			await browser.close();
		},
	};
}

/** Signs the browser in without the form, for tests of what comes after it. */
export async function signIn(context: BrowserContext, stage: Stage): Promise<void> {
	if (stage.engine.view().access.state === 'claimed') await stage.engine.choosePassword(password);
	const cookie = stage.engine.view().access.state === 'claimed' ? await stage.login() : await stage.claim();
	const [name = '', value = ''] = cookie.split('=');
	await context.addCookies([{name, value, url: stage.url(), httpOnly: true, sameSite: 'Strict'}]);
}

/** Everything that went wrong inside the page; a test ends by looking that nothing did. */
export function watchErrors(page: Page): string[] {
	const errors: string[] = [];
	page.on('pageerror', error => errors.push(error.message));
	page.on('console', message => {
		// A refused request is shown to people in words; the browser's own line about it is no mistake.
		if (
			message.type() === 'error' &&
			!message.text().includes('Failed to load resource') &&
			!message.text().includes('ERR_')
		)
			errors.push(message.text());
	});
	return errors;
}
