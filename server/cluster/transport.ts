import {Agent as HttpAgent, request as httpRequest, type IncomingMessage} from 'node:http';
import {Agent as HttpsAgent, request as httpsRequest} from 'node:https';
import {fail, ok, type Problem, type Result} from '../../shared/problem.ts';
import type {Access} from './kubeconfig.ts';
import {linesOf} from './lines.ts';
import {type Asked, connectionProblem, refusal} from './problems.ts';

/*
 * Own transport over node:https: the runtime of @kubernetes/client-node costs 85 MB resident and 350-500 ms at start,
 * and its informer stays stopped after an error. Only its types are used.
 */

/** Largest answer taken: 500 of the largest objects Kubernetes stores would be more, real pages are under 10 MB. */
const maxBodyBytes = 64 << 20;
/** etcd refuses objects above 1.5 MB; a watch line is one object with its envelope. */
const maxWatchLineBytes = 4 << 20;
const requestDeadlineMs = 20_000;

export type Call = {
	readonly method: 'GET' | 'PATCH' | 'POST' | 'DELETE';
	/** Path and query, beginning with a slash. */
	readonly path: string;
	readonly asked: Asked;
	readonly body?: unknown;
	readonly contentType?: string;
	/** Default 20 s. */
	readonly deadlineMs?: number;
	/** `withhold` keeps the server's words out of problems (Secrets). */
	readonly words?: 'quote' | 'withhold';
};

/** A failed call with what the caller may need to decide on: the status, and how long the server asks to wait. */
export type Failure = {
	readonly ok: false;
	readonly problem: Problem;
	readonly status?: number;
	readonly retryAfterMs?: number;
};
export type Answer<T> = {readonly ok: true; readonly value: T} | Failure;

/** One way to reach Kubernetes with one set of credentials. Connections are kept alive; dispose closes them. */
export type Transport = Disposable & {
	readonly json: (call: Call, signal: AbortSignal) => Promise<Answer<unknown>>;
	/** The body as text lines, each at most `maxLineBytes` long. The connection is closed when iteration ends. */
	readonly lines: (
		call: Call,
		limits: {readonly maxLineBytes?: number; readonly idleMs: number},
		signal: AbortSignal,
	) => Promise<
		Answer<AsyncGenerator<{readonly text: string; readonly cut: boolean; readonly ended: boolean}, void, undefined>>
	>;
};

/** `access` decides between https (k3s) and plain http (a test's server on loopback). */
export function openTransport(access: Access): Transport {
	const secure = access.server.protocol === 'https:';
	const keep = {keepAlive: true, keepAliveMsecs: 15_000, maxFreeSockets: 4, scheduling: 'lifo'} as const;
	const agent = secure
		? new HttpsAgent({
				...keep,
				...(access.ca !== undefined && {ca: access.ca}),
				...(access.certificate !== undefined && {cert: access.certificate}),
				...(access.key !== undefined && {key: access.key}),
				...(access.serverName !== undefined && {servername: access.serverName}),
			})
		: new HttpAgent(keep);

	const send = (call: Call, signal: AbortSignal): Promise<IncomingMessage> =>
		new Promise((resolve, reject) => {
			const body = call.body === undefined ? undefined : JSON.stringify(call.body);
			const options = {
				agent,
				method: call.method,
				signal,
				headers: {
					accept: 'application/json',
					'user-agent': 'alga-appliance',
					...(access.token !== undefined && {authorization: `Bearer ${access.token}`}),
					...(body !== undefined && {
						'content-type': call.contentType ?? 'application/json',
						'content-length': Buffer.byteLength(body),
					}),
				},
			};
			const request = (secure ? httpsRequest : httpRequest)(new URL(call.path, access.server), options, resolve);
			request.once('error', reject);
			request.end(body);
		});

	const open = async (call: Call, signal: AbortSignal): Promise<Answer<IncomingMessage>> => {
		let response: IncomingMessage;
		try {
			response = await send(call, signal);
		} catch (error) {
			return fail(connectionProblem(call.asked, error));
		}
		const status = response.statusCode ?? 0;
		if (status >= 200 && status < 300) return ok(response);
		const said = await wholeBody(call, response, 1 << 20);
		const retryAfter = Number(response.headers['retry-after']);
		return {
			...fail(refusal(call.asked, status, said.ok ? parsed(said.value) : undefined, call.words ?? 'quote')),
			status,
			...(retryAfter > 0 && {retryAfterMs: Math.min(retryAfter, 60) * 1000}),
		};
	};

	return {
		json: async (call, signal) => {
			const limited = AbortSignal.any([signal, AbortSignal.timeout(call.deadlineMs ?? requestDeadlineMs)]);
			const opened = await open(call, limited);
			if (!opened.ok) return opened;
			const body = await wholeBody(call, opened.value, maxBodyBytes);
			if (!body.ok) return body;
			const value = parsed(body.value);
			return value === undefined ? fail(malformed(call.asked)) : ok(value);
		},
		lines: async (call, {maxLineBytes = maxWatchLineBytes, idleMs}, signal) => {
			const quiet = new AbortController();
			const deadline = setTimeout(() => quiet.abort(new DOMException('no answer', 'TimeoutError')), requestDeadlineMs);
			const opened = await open(call, AbortSignal.any([signal, quiet.signal]));
			clearTimeout(deadline);
			if (!opened.ok) return opened;
			const response = opened.value;
			// A watch that says nothing for so long, not even a bookmark, may hang: it is ended like any other end.
			const {socket} = response;
			const hangs = () => response.destroy();
			socket.setTimeout(idleMs, hangs);
			response.once('close', () => socket.setTimeout(0).off('timeout', hangs));
			return ok(linesOf(untilBroken(response), maxLineBytes));
		},
		[Symbol.dispose]: () => agent.destroy(),
	};
}

/** The chunks until the stream ends, however it ends: for a watch every end means the same, ask again. */
async function* untilBroken(response: IncomingMessage): AsyncGenerator<Uint8Array, void, undefined> {
	try {
		for await (const chunk of response) yield chunk;
	} catch {
		// Cut connections end here; the caller sees that no more lines come.
	} finally {
		response.destroy();
	}
}

async function wholeBody(call: Call, response: IncomingMessage, maxBytes: number): Promise<Result<string>> {
	const chunks: Buffer[] = [];
	let size = 0;
	try {
		for await (const chunk of response) {
			size += chunk.length;
			if (size > maxBytes) {
				response.destroy();
				return fail({
					code: 'answer.malformed',
					what: `Kubernetes answered with more than ${maxBytes >> 20} MB (${call.asked}).`,
					next: 'Report this with a support bundle.',
					retry: 'safe',
				});
			}
			chunks.push(chunk);
		}
	} catch (error) {
		return fail(connectionProblem(call.asked, error));
	}
	return ok(Buffer.concat(chunks).toString('utf8'));
}

const malformed = (asked: Asked): Problem => ({
	code: 'answer.malformed',
	what: `Kubernetes answered with something that is not JSON (${asked}).`,
	next: 'Another program may answer on its port. Open Logs, k3s.',
	retry: 'safe',
});

/** JSON, or undefined when it is none. */
function parsed(text: string): unknown {
	try {
		return JSON.parse(text);
	} catch {
		return undefined;
	}
}
