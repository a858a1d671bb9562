import {mkdtemp, rm} from 'node:fs/promises';
import {request as httpRequest} from 'node:http';
import {request as httpsRequest} from 'node:https';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {setTimeout as delay} from 'node:timers/promises';
import {systemClock} from '../../../server/engine/clock.ts';
import {type Gateway, startGateway} from '../../../server/gateway/main.ts';
import {buildPage} from '../../../server/gateway/page/build.ts';
import type {View} from '../../../shared/view/view.ts';
import {type StubEngine, startStubEngine} from './stub-engine.ts';
import {freshView} from './views.ts';

export type Answer = {
	readonly status: number;
	readonly headers: Readonly<Record<string, string | string[] | undefined>>;
	readonly text: string;
	readonly json: () => Record<string, unknown>;
};
export type Ask = {
	readonly method?: string;
	readonly headers?: Readonly<Record<string, string>>;
	readonly body?: unknown;
	readonly cookie?: string;
	readonly scheme?: 'http' | 'https';
	/** The address the request comes from: any of 127.0.0.0/8. */
	readonly from?: string;
};

export type Stage = AsyncDisposable & {
	readonly engine: StubEngine;
	readonly gateway: () => Gateway;
	readonly stateDir: string;
	readonly logged: string[];
	readonly url: () => string;
	readonly restart: () => Promise<void>;
	readonly ask: (path: string, ask?: Ask) => Promise<Answer>;
	/** Claims the appliance; answers the cookie. */
	readonly claim: (password?: string, scheme?: 'http' | 'https') => Promise<string>;
	/** Signs in; answers the cookie. */
	readonly login: (password?: string) => Promise<string>;
	/** The clock's offset: what is added to the real time. */
	readonly clock: {offset: number};
};

export const password = 'correct horse battery';

/** A gateway on free ports, a stub engine behind it, and a folder of their own. */
export async function startStage(view: View = freshView()): Promise<Stage> {
	await using cleanup = new AsyncDisposableStack();
	const root = await mkdtemp(join(tmpdir(), 'gateway-'));
	cleanup.defer(() => rm(root, {recursive: true, force: true}));
	const pageDir = join(root, 'page');
	await buildPage(pageDir);
	const engine = cleanup.use(await startStubEngine(join(root, 'engine.sock'), view));
	const stateDir = join(root, 'state');
	const logged: string[] = [];
	const clock = {offset: 0};
	const config = {
		engineSocket: engine.socketPath,
		stateDir,
		pageDir,
		host: '127.0.0.1',
		httpPort: 0,
		httpsPort: 0,
		version: '1.0.0',
	};
	const ports = {
		clock: {...systemClock, now: () => Date.now() + clock.offset},
		log: (line: string) => {
			logged.push(line);
		},
	};
	let gateway = await startGateway(config, ports);
	cleanup.defer(() => gateway[Symbol.asyncDispose]());

	const ask = (path: string, {method = 'GET', scheme = 'http', ...rest}: Ask = {}): Promise<Answer> => {
		const port = scheme === 'http' ? gateway.httpPort : gateway.httpsPort;
		const own = `${scheme}://127.0.0.1:${port}`;
		const body =
			rest.body === undefined ? undefined : typeof rest.body === 'string' ? rest.body : JSON.stringify(rest.body);
		const headers = {
			...(method === 'GET' ? {} : {origin: own, 'content-type': 'application/json'}),
			...(rest.cookie && {cookie: rest.cookie}),
			...rest.headers,
		};
		const options = {
			host: '127.0.0.1',
			port,
			path,
			method,
			headers,
			agent: false as const,
			rejectUnauthorized: false,
			...(rest.from && {localAddress: rest.from}),
		};
		return new Promise((resolve, reject) => {
			const request = (scheme === 'http' ? httpRequest : httpsRequest)(options, async response => {
				const chunks: Buffer[] = [];
				for await (const chunk of response) chunks.push(chunk);
				const text = Buffer.concat(chunks).toString('utf8');
				resolve({status: response.statusCode ?? 0, headers: response.headers, text, json: () => JSON.parse(text)});
			});
			request.once('error', reject);
			request.end(body);
		});
	};
	await until(
		async () => (await ask('/api/v1/session')).text.includes(`"setupWaiting":${view.access.state === 'unclaimed'}`),
		'the first view',
	);

	const owned = cleanup.move();
	return {
		engine,
		gateway: () => gateway,
		stateDir,
		logged,
		clock,
		url: () => `http://127.0.0.1:${gateway.httpPort}`,
		restart: async () => {
			await gateway[Symbol.asyncDispose]();
			gateway = await startGateway({...config, httpPort: gateway.httpPort, httpsPort: gateway.httpsPort}, ports);
		},
		ask,
		claim: async (chosen = password, scheme = 'http') =>
			cookieFrom(
				await ask('/api/v1/session/claim', {
					method: 'POST',
					body: {token: engine.token, password: chosen},
					scheme,
				}),
			),
		login: async (given = password) =>
			cookieFrom(await ask('/api/v1/session/login', {method: 'POST', body: {password: given}})),
		[Symbol.asyncDispose]: () => owned.disposeAsync(),
	};
}

function cookieFrom({status, text, headers}: Answer): string {
	const cookie = String(headers['set-cookie']?.[0] ?? '').split(';')[0] ?? '';
	if (status !== 200 || cookie === '') throw new Error(`no session: ${status} ${text}`);
	return cookie;
}

/** Waits for a condition, at most ten seconds, and says what did not happen. */
export async function until(condition: () => boolean | Promise<boolean>, what: string): Promise<void> {
	const deadline = performance.now() + 10_000;
	while (!(await condition())) {
		if (performance.now() > deadline) throw new Error(`did not happen in time: ${what}`);
		await delay(20);
	}
}
