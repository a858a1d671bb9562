import {type ChildProcess, spawn} from 'node:child_process';
import {once} from 'node:events';
import {mkdtemp, readFile, rm} from 'node:fs/promises';
import {Agent, get, type IncomingMessage, request} from 'node:http';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {setTimeout as delay} from 'node:timers/promises';
import {gzipSync} from 'node:zlib';
import {buildPage} from '../../server/gateway/page/build.ts';
import {startStubEngine} from '../../test/e2e/gateway/stub-engine.ts';
import {views} from '../../test/fixtures/views/views.ts';
import {asUnit} from './processes.ts';
import type {Row} from './row.ts';

const bare = `
import Fastify from 'fastify';
const body = Buffer.from(process.argv[1], 'base64');
const app = Fastify();
app.get('/api/v1/view', (_request, reply) => reply.type('application/json; charset=utf-8').send(body));
await app.listen({host: '127.0.0.1', port: 0});
console.log('page on http port ' + app.server.address().port);
`;

/** Page weight, requests a second against a bare Fastify route, memory with 1 and 50 streams, time from engine to page. */
export async function bench(): Promise<readonly Row[]> {
	await using cleanup = new AsyncDisposableStack();
	const root = await mkdtemp(join(tmpdir(), 'bench-gateway-'));
	cleanup.defer(() => rm(root, {recursive: true, force: true}));
	const script = await buildPage(join(root, 'page'));
	const page = await readFile(join(root, 'page/index.html'));
	const engine = cleanup.use(await startStubEngine(join(root, 'gateway.sock'), views.background));
	const bundled = await bundleGateway(root);
	const startGateway = async (state: string) => {
		const args = ['--engine', engine.socketPath, '--state', join(root, state), '--page', join(root, 'page')];
		const ports = ['--host', '127.0.0.1', '--http-port', '0', '--https-port', '0'];
		const gateway = await startChild([...asUnit.gateway.flags, bundled, ...args, ...ports]);
		cleanup.defer(() => gateway.stop());
		return gateway;
	};
	const gateway = await startGateway('flooded');
	const headers = {authorization: `Bearer ${engine.statusToken}`};
	const body = await waitForView(gateway.port, headers);
	const plain = await startChild([...asUnit.gateway.flags, '--input-type=module', '-e', bare, body.toString('base64')]);
	cleanup.defer(() => plain.stop());

	await requestsPerSecond(plain.port, {}, 500); // Both warm before either is measured.
	await requestsPerSecond(gateway.port, headers, 500);
	// In turns, so that a busy machine slows both; the middle one counts.
	const pairs: [number, number][] = [];
	for (let round = 0; round < 5; round++) {
		pairs.push([await requestsPerSecond(plain.port, {}, 1000), await requestsPerSecond(gateway.port, headers, 1000)]);
	}
	const [fastify = 1, ours = 0] = pairs.toSorted(([a, b], [c, d]) => b / a - d / c)[2] ?? [];

	const flooded = await rss(gateway.child);
	await gateway.stop();
	// Streams are counted on one that has not been flooded before.
	const streaming = await startGateway('streaming');
	await engine.choosePassword('bench password');
	const cookie = await login(streaming.port, 'bench password');
	const first = await openStream(streaming.port, cookie);
	cleanup.defer(() => first.close());
	await delay(1000);
	const oneStream = await rss(streaming.child);
	const rest = await Promise.all(Array.from({length: 49}, () => openStream(streaming.port, cookie)));
	cleanup.defer(() => rest.forEach(stream => void stream.close()));
	const times: number[] = [];
	for (let change = 0; change < 40; change++) {
		const all = Promise.all([first, ...rest].map(stream => stream.next()));
		const begun = performance.now();
		engine.publish({activity: [{at: change, mark: 'good', source: 'bench', text: `change ${change}`}]});
		await all;
		times.push(performance.now() - begun);
	}
	const fiftyStreams = await rss(streaming.child);
	return [
		{
			name: 'page script, gzipped',
			value: kib(gzipSync(script, {level: 9}).length),
			unit: 'KB',
			target: '<= 25',
		},
		{name: 'page with style and the form, gzipped', value: kib(gzipSync(page, {level: 9}).length), unit: 'KB'},
		{
			name: 'view from the gateway',
			value: Math.round(ours),
			unit: 'requests/s',
			target: '>= 0.7x bare Fastify',
			ratio: ours / fastify,
		},
		{name: 'view from bare Fastify, same bytes', value: Math.round(fastify), unit: 'requests/s'},
		{name: 'gateway memory, 1 stream', value: oneStream, unit: 'MB', target: '< 75'},
		{name: 'gateway memory, 50 streams', value: fiftyStreams, unit: 'MB', target: '< 75'},
		{name: 'gateway memory, flooded with requests', value: flooded, unit: 'MB'},
		{
			name: 'engine’s change at all 50 pages, median',
			value: round(times.toSorted((a, b) => a - b)[20] ?? 0),
			unit: 'ms',
		},
	];
}

const kib = (bytes: number) => round(bytes / 1024);
const round = (value: number) => Math.round(value * 10) / 10;

/** As it ships: one minified file. */
async function bundleGateway(root: string): Promise<string> {
	const {build} = await import('esbuild');
	const outfile = join(root, 'gateway.mjs');
	const banner = "import{createRequire as __require}from'node:module';const require=__require(import.meta.url);";
	await build({
		entryPoints: [join(import.meta.dirname, '../../server/gateway/main.ts')],
		outfile,
		bundle: true,
		platform: 'node',
		format: 'esm',
		target: 'node26',
		minify: true,
		banner: {js: banner},
		logLevel: 'error',
	});
	return outfile;
}

type Child = {readonly child: ChildProcess; readonly port: number; readonly stop: () => Promise<void>};

async function startChild(args: readonly string[]): Promise<Child> {
	const child = spawn(process.execPath, [...args], {
		stdio: ['ignore', 'pipe', 'inherit'],
		cwd: join(import.meta.dirname, '../..'),
		env: {...process.env, ...asUnit.gateway.env},
	});
	const port = await new Promise<number>((resolve, reject) => {
		let said = '';
		child.stdout.on('data', chunk => {
			said += chunk;
			const found = /http port (\d+)/.exec(said)?.[1];
			if (found !== undefined) resolve(Number(found));
		});
		child.once('exit', () => reject(new Error(`ended before it listened: ${said}`)));
	});
	const stop = async () => {
		if (child.exitCode !== null || child.signalCode !== null) return;
		child.kill('SIGKILL');
		await once(child, 'exit');
	};
	return {child, port, stop};
}

async function waitForView(port: number, headers: Record<string, string>): Promise<Buffer> {
	const deadline = performance.now() + 15_000;
	while (performance.now() < deadline) {
		const answer = await fetch(`http://127.0.0.1:${port}/api/v1/view`, {headers});
		if (answer.status === 200) return Buffer.from(await answer.arrayBuffer());
		await delay(50);
	}
	throw new Error('the gateway never had a view');
}

/** Sixteen connections, each asking again as soon as it is answered. */
async function requestsPerSecond(port: number, headers: Record<string, string>, ms: number): Promise<number> {
	const agent = new Agent({keepAlive: true, maxSockets: 16});
	const end = performance.now() + ms;
	let done = 0;
	const ask = () =>
		new Promise<void>((resolve, reject) => {
			const sent = request({agent, host: '127.0.0.1', port, path: '/api/v1/view', headers}, answer => {
				if (answer.statusCode !== 200) reject(new Error(`status ${answer.statusCode}`));
				answer.resume().once('end', resolve);
			});
			sent.once('error', reject).end();
		});
	const worker = async () => {
		while (performance.now() < end) {
			await ask();
			done += 1;
		}
	};
	await Promise.all(Array.from({length: 16}, worker));
	agent.destroy();
	return (done * 1000) / ms;
}

async function login(port: number, password: string): Promise<string> {
	const origin = `http://127.0.0.1:${port}`;
	const answer = await fetch(`${origin}/api/v1/session/login`, {
		method: 'POST',
		headers: {origin, 'content-type': 'application/json'},
		body: JSON.stringify({password}),
	});
	return answer.headers.getSetCookie()[0]?.split(';')[0] ?? '';
}

type Stream = {readonly next: () => Promise<void>; readonly close: () => void};

/** A listener that can wait for the next changed section. */
function openStream(port: number, cookie: string): Promise<Stream> {
	return new Promise((resolve, reject) => {
		let arrived: () => void = () => undefined;
		const asked = get(
			{host: '127.0.0.1', port, path: '/api/v1/events', headers: {cookie}, agent: false},
			(answer: IncomingMessage) => {
				if (answer.statusCode !== 200) return reject(new Error(`status ${answer.statusCode}`));
				answer.setEncoding('utf8').on('data', (text: string) => {
					if (text.includes('event: sections')) arrived();
				});
				const next = () =>
					new Promise<void>(done => {
						arrived = done;
					});
				resolve({next, close: () => asked.destroy()});
			},
		);
		asked.on('error', reject);
	});
}

/** Resident memory of a process in MB (proc(5), VmRSS). */
async function rss({pid}: ChildProcess): Promise<number> {
	const status = await readFile(`/proc/${pid}/status`, 'utf8');
	return Math.round(Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1]) / 1024);
}

if (import.meta.main) console.table(await bench());
