import {mkdir} from 'node:fs/promises';
import {join} from 'node:path';
import {systemClock} from '../../server/engine/clock.ts';
import type {View} from '../../shared/view/view.ts';
import {startStage} from '../../test/e2e/gateway/harness.ts';
import {openBrowser, signIn, sizes} from '../../test/e2e/page/browser.ts';

/** One picture: a view, the page's screen, and what time it is on the appliance. */
export type PageScene = {readonly name: string; readonly view: View; readonly screen: string; readonly now: number};

/** Renders each scene at 1280 and 390 px into `outDir` as `page-<name>-<width>.png`; answers the paths. */
export async function pageShots(outDir: string, scenes: readonly PageScene[]): Promise<readonly string[]> {
	await mkdir(outDir, {recursive: true});
	await using browser = await openBrowser();
	const made: string[] = [];
	for (const {name, view, screen, now} of scenes) {
		await using stage = await startStage(view);
		stage.clock.offset = now - systemClock.now();
		for (const size of ['desktop', 'phone'] as const) {
			const context = await browser.newContext(size);
			await signIn(context, stage);
			const page = await context.newPage();
			await page.goto(`${stage.url()}/#${screen}`);
			await page.getByRole('navigation', {name: 'Screens'}).waitFor();
			const path = join(outDir, `page-${name}-${sizes[size].width}.png`);
			await page.screenshot({path, fullPage: true});
			made.push(path);
			await context.close();
		}
	}
	return made;
}
