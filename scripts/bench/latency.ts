import {get} from 'node:http';
import {setTimeout as sleep} from 'node:timers/promises';
import type {Page} from 'playwright-core';
import {openBrowser} from '../../test/e2e/page/browser.ts';
import {attachScreen} from '../../test/harness/screen.ts';
import {type Installed, installed, podName} from './appliance.ts';
import {startConsole, startGateway} from './processes.ts';
import type {Row} from './row.ts';

const changes = 60;
const deadlineMs = 10_000;
const password = 'bench password 1';

/** How long a pod's change takes to the engine's stream, to a console's screen and to a page, on a machine that was set up. */
export async function bench(): Promise<Row[]> {
	await using appliance = await installed();
	await using stream = await openStream(appliance.socket);
	const restarts = counter();
	return [...(await onScreen(appliance, stream, restarts)), ...(await onPage(appliance, stream, restarts))];
}

/** Waits for something that shows this number of restarts; resolves with the wall's time at which it was there. */
type Surface = {readonly shows: (restarts: number) => Promise<number>};

async function onScreen(appliance: Installed, stream: Surface, next: () => number): Promise<Row[]> {
	await using pty = startConsole(appliance.socket, {term: 'xterm-256color'});
	using screen = attachScreen(pty);
	await screen.until(/Fully healthy/, deadlineMs);
	screen.keys('c');
	await screen.until(/ Components /, deadlineMs);
	screen.keys('right');
	await screen.until(new RegExp(podName), deadlineMs);
	const surface: Surface = {
		shows: async restarts => {
			await screen.until(new RegExp(`${podName} .* 0/1 +${restarts} `), deadlineMs);
			return Date.now();
		},
	};
	return rows('screen', await measure(appliance, stream, surface, next));
}

async function onPage(appliance: Installed, stream: Surface, next: () => number): Promise<Row[]> {
	await using gateway = await startGateway(appliance.root);
	const origin = `http://127.0.0.1:${gateway.port}`;
	await using browser = await openBrowser();
	const context = await browser.newContext();
	const claimed = await fetch(`${origin}/api/v1/session/claim`, {
		method: 'POST',
		headers: {origin, 'content-type': 'application/json'},
		body: JSON.stringify({token: appliance.token, password}),
	});
	const [name = '', value = ''] = claimed.headers.getSetCookie()[0]?.split(';')[0]?.split('=') ?? [];
	await context.addCookies([{name, value, url: origin, httpOnly: true, sameSite: 'Strict'}]);
	const page = await context.newPage();
	await page.goto(`${origin}/#workloads`);
	await page.getByText(podName).first().waitFor();
	return rows('page', await measure(appliance, stream, {shows: restarts => seenAt(page, restarts)}, next));
}

/** The time is taken inside the browser, at the change of the document. */
const seenAt = (page: Page, restarts: number): Promise<number> =>
	page.evaluate(
		({podName, restarts, deadlineMs}) =>
			new Promise<number>((resolve, reject) => {
				const shown = new RegExp(`${podName}\\D+0/1\\D+${restarts}\\D`);
				const look = () => {
					if (!shown.test(document.body.innerText)) return;
					watch.disconnect();
					clearTimeout(late);
					resolve(Date.now());
				};
				const watch = new MutationObserver(look);
				const late = setTimeout(() => reject(new Error(document.body.innerText)), deadlineMs);
				watch.observe(document.body, {subtree: true, childList: true, characterData: true});
				look();
			}),
		{podName, restarts, deadlineMs},
	);

type Latencies = {readonly floor: readonly number[]; readonly shown: readonly number[]};

async function measure(
	appliance: Installed,
	stream: Surface,
	surface: Surface,
	next: () => number,
): Promise<Latencies> {
	const floor: number[] = [];
	const shown: number[] = [];
	for (let change = 0; change < changes; change++) {
		// Changes of a real cluster come alone and at any time: longer apart than engine and console gather.
		await sleep(250 + Math.random() * 250);
		const restarts = next();
		const streamed = stream.shows(restarts);
		const seen = surface.shows(restarts);
		// The browser is watching by then.
		await sleep(30);
		const at = Date.now();
		appliance.touch(restarts);
		floor.push((await streamed) - at);
		shown.push((await seen) - at);
	}
	return {floor: floor.sort((a, b) => a - b), shown: shown.sort((a, b) => a - b)};
}

function rows(where: 'screen' | 'page', {floor, shown}: Latencies): Row[] {
	const at = (times: readonly number[], share: number) => times[Math.floor((times.length - 1) * share)] ?? Number.NaN;
	return [
		{name: `pod to the engine's stream, beside the ${where}: median`, value: at(floor, 0.5), unit: 'ms'},
		{name: `pod to the engine's stream, beside the ${where}: p99`, value: at(floor, 0.99), unit: 'ms'},
		...([0.5, 0.99] as const).map(share => ({
			name: `pod to ${where}: ${share === 0.5 ? 'median' : 'p99'} (ratio to the stream)`,
			value: at(shown, share),
			unit: 'ms',
			ratio: at(shown, share) / at(floor, share),
		})),
	];
}

/** The engine's stream of views, read as it comes. */
function openStream(socketPath: string): Promise<Surface & AsyncDisposable> {
	return new Promise((resolve, reject) => {
		const asked = get({socketPath, path: '/v1/events'}, answer => {
			let heard = '';
			let look = () => {};
			answer.setEncoding('utf8').on('data', (text: string) => {
				// What was waited for before has passed.
				heard = (heard + text).slice(-1_000_000);
				look();
			});
			resolve({
				shows: restarts =>
					new Promise((found, missed) => {
						const wanted = `"name":"${podName}"`;
						const late = setTimeout(() => missed(new Error(`not on the stream: ${restarts}`)), deadlineMs);
						heard = '';
						look = () => {
							const at = heard.indexOf(wanted);
							if (at < 0 || !heard.slice(at, at + 400).includes(`"restarts":${restarts},`)) return;
							clearTimeout(late);
							found(Date.now());
						};
					}),
				[Symbol.asyncDispose]: async () => void asked.destroy(),
			});
		});
		asked.once('error', reject);
	});
}

/** Numbers that were on no surface before. */
function counter(): () => number {
	let last = 100;
	return () => ++last;
}
