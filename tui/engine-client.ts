import type {Agent as HttpAgent, IncomingMessage} from 'node:http';
import {StringDecoder} from 'node:string_decoder';
import {type Client, makeClient, routePath, type Transport} from '../shared/api/client.ts';
import {LogPage, StreamEvent} from '../shared/api/routes.ts';
import type {Store} from '../shared/view/store.ts';
import type {Timer} from './terminal/timer.ts';

// An import statement reads every export of the module, and one of them loads Node's WebSocket client: 20 ms and 9 MB.
const {Agent, request} = process.getBuiltinModule('node:http');

/** A request that has no answer by then is given up. */
const answerMs = 10_000;
/** The engine sends a heartbeat every 15 s; a stream quieter than this is dead. */
const quietMs = 50_000;
const mostAnswerBytes = 8 << 20;
const mostEventBytes = 8 << 20;
const backOffMs = [250, 500, 1000, 2000, 5000] as const;

/** The console's way to the engine: typed calls, the view stream, and following a log. */
export type EngineClient = {
	readonly call: Client;
	/** Follows a log until the signal aborts; calls back with each piece, and once when the stream ends. */
	readonly follow: (
		source: string,
		query: {cursor?: string; previous?: boolean},
		on: {page: (page: LogPage) => void; ended: (why: string) => void},
		signal: AbortSignal,
	) => void;
	/** The secret of a console that was unlocked, or none; what may be seen is asked for anew. */
	readonly session: (secret: string | undefined) => void;
	/** Keeps the store filled, reconnecting for ever, until closed. */
	readonly close: () => void;
};

/** Connects to the engine's socket. `now` is wall-clock time for the store. */
export function connectEngine(socketPath: string, store: Store, now: () => number, timer: Timer): EngineClient {
	// One connection for the view stream, one for a followed log, two for calls.
	const agent = new Agent({keepAlive: true, maxSockets: 4, maxFreeSockets: 1});
	const stop = new AbortController();
	let session: string | undefined;
	const who = (): Readonly<Record<string, string>> => (session === undefined ? {} : {'x-console-session': session});
	const transport: Transport = ({method, path, body, signal}) =>
		new Promise((resolve, reject) => {
			const limit = AbortSignal.any([signal, stop.signal, AbortSignal.timeout(answerMs)]);
			const ask = request(
				{
					socketPath,
					method,
					path,
					agent,
					signal: limit,
					headers: {
						...who(),
						...(body !== undefined && {'content-type': 'application/json', 'content-length': Buffer.byteLength(body)}),
					},
				},
				answer => {
					const pieces: Buffer[] = [];
					let size = 0;
					answer.on('data', (piece: Buffer) => {
						size += piece.length;
						if (size > mostAnswerBytes) answer.destroy(new Error('the answer is too large'));
						else pieces.push(piece);
					});
					answer.on('end', () =>
						resolve({status: answer.statusCode ?? 0, body: Buffer.concat(pieces).toString('utf8')}),
					);
					answer.on('error', reject);
				},
			);
			ask.on('error', reject);
			ask.end(body);
		});

	const stream = (path: string, on: StreamHandlers, signal: AbortSignal) =>
		openStream({socketPath, path, agent, timer, who: who(), signal: AbortSignal.any([signal, stop.signal])}, on);

	let tries = 0;
	let isAskingAnew = false;
	let cancelRetry: (() => void) | undefined;
	let anew = () => {};
	const connect = () => {
		if (stop.signal.aborted) return;
		const {revision} = store.get();
		const attempt = new AbortController();
		anew = () => {
			isAskingAnew = true;
			tries = 0;
			attempt.abort();
		};
		stream(
			routePath('events', {}, {after: revision > 0 ? revision : undefined}),
			{
				alive() {
					store.link({state: 'live', lastAt: now()});
				},
				event(name, data) {
					const parsed = StreamEvent.safeParse({event: name, data});
					if (parsed.success && store.apply(parsed.data, now())) {
						tries = 0;
						return;
					}
					// A missed revision: the whole view comes on a new connection. A form we do not know: an engine of another
					// version, which is told as a loss while we keep trying.
					isAskingAnew = parsed.success;
					if (!parsed.success) store.link({state: 'lost', since: now(), why: 'the engine is of another version'});
					attempt.abort();
				},
				ended(why) {
					if (stop.signal.aborted) return;
					// Asking for the whole view is no loss of the engine.
					if (!isAskingAnew) {
						const {link} = store.get();
						const since = link.state === 'live' ? link.lastAt : link.since;
						store.link(link.state === 'lost' ? link : {state: 'lost', since, why});
					}
					const wait = backOffMs[Math.min(tries, backOffMs.length - 1)] ?? 5000;
					tries++;
					isAskingAnew = false;
					cancelRetry = timer.after(wait, connect);
				},
			},
			attempt.signal,
		);
	};
	connect();

	return {
		call: makeClient(transport),
		follow(source, query, on, signal) {
			stream(
				routePath('follow', {source}, {cursor: query.cursor, previous: query.previous ? 'true' : undefined}),
				{
					alive() {},
					event(_, data) {
						const page = LogPage.safeParse(data);
						if (page.success) on.page(page.data);
						else on.ended('The engine answered in a form this program does not know.');
					},
					ended: on.ended,
				},
				signal,
			);
		},
		session(secret) {
			session = secret;
			anew();
		},
		close() {
			stop.abort();
			cancelRetry?.();
			agent.destroy();
		},
	};
}

type StreamHandlers = {
	/** Bytes came. */
	alive(): void;
	event(name: string, data: unknown): void;
	/** Once, whatever the reason. */
	ended(why: string): void;
};

type StreamRequest = {
	socketPath: string;
	path: string;
	agent: HttpAgent;
	timer: Timer;
	who: Readonly<Record<string, string>>;
	signal: AbortSignal;
};

/** One stream of server-sent events (WHATWG HTML 9.2). Ends on silence, on an oversized event and when aborted. */
function openStream({socketPath, path, agent, timer, who, signal}: StreamRequest, on: StreamHandlers): void {
	let over = false;
	let cancelQuiet = () => {};
	const end = (why: string) => {
		if (over) return;
		over = true;
		cancelQuiet();
		ask.destroy();
		on.ended(why);
	};
	const watch = () => {
		cancelQuiet();
		cancelQuiet = timer.after(quietMs, () => end('the engine has been silent for too long'));
	};
	const ask = request(
		{socketPath, path, agent, method: 'GET', headers: {...who, accept: 'text/event-stream'}, signal},
		answer => {
			if (answer.statusCode !== 200) {
				answer.resume();
				end(`the engine answered with status ${answer.statusCode}`);
				return;
			}
			readEvents(answer, on, end, watch);
		},
	);
	ask.on('error', error => end(error.message));
	watch();
	ask.end();
}

function readEvents(answer: IncomingMessage, on: StreamHandlers, end: (why: string) => void, watch: () => void): void {
	const utf8 = new StringDecoder('utf8');
	let rest = '';
	on.alive();
	answer.on('data', (piece: Buffer) => {
		watch();
		on.alive();
		rest += utf8.write(piece);
		const blocks = rest.split(/\r?\n\r?\n/);
		rest = blocks.pop() ?? '';
		if (rest.length > mostEventBytes) return end('the engine sent too much at once');
		for (const block of blocks) {
			const event = parseEvent(block);
			if (event !== undefined) on.event(event.name, event.data);
		}
	});
	answer.on('end', () => end('the engine closed the connection'));
	answer.on('error', error => end(error.message));
}

/** A block of an event stream; undefined for comments and for data that is no JSON. */
export function parseEvent(block: string): {readonly name: string; readonly data: unknown} | undefined {
	let name = 'message';
	const data: string[] = [];
	for (const row of block.split(/\r?\n/)) {
		const [, field = '', value = ''] = /^([^:]*):? ?(.*)$/.exec(row) ?? [];
		if (field === 'event') name = value;
		else if (field === 'data') data.push(value);
	}
	if (data.length === 0) return undefined;
	try {
		return {name, data: JSON.parse(data.join('\n'))};
	} catch {
		return {name, data: undefined}; // The schema says that this is not an event.
	}
}
