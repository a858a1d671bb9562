import type {Readable} from 'node:stream';
import {type Dispatcher, request} from 'undici';
import * as z from 'zod';
import {fail, ok, type Problem, type Result} from '../../shared/problem.ts';
import type {Clock} from '../engine/clock.ts';
import {networkProblem} from '../host/network-problem.ts';
import {isLoopback, openAgents, type Route} from './agents.ts';
import {cancelled, notARegistry, redirectLoop, statusProblem, unsafeRedirect} from './problems.ts';
import {authorizationFor, type Credentials} from './tokens.ts';

const mostRedirects = 5;
const mostTries = 4;
/** A registry that asks to wait longer than this has answered "no" for now. */
const longestWaitMs = 60_000;
const mostErrorBytes = 16 * 1024;
/** What is worth asking again without a person: it may be gone in a second. */
const passing: readonly Problem['code'][] = ['network.reset', 'network.timed-out', 'dns.failed', 'dns.timed-out'];

export type HttpSettings = Route & {
	readonly credentials: (host: string) => Credentials | undefined;
	readonly clock: Clock;
};
export type Ask = {
	readonly method: 'GET' | 'HEAD' | 'PUT' | 'POST';
	readonly url: string;
	readonly headers?: Readonly<Record<string, string>>;
	/** A stream is made anew for each attempt. */
	readonly body?: Uint8Array | (() => Readable);
	/** What is asked for, as a technician reads it. */
	readonly what: string;
	readonly signal: AbortSignal;
	readonly accepts: readonly number[];
};
export type Answer = Dispatcher.ResponseData;

/** HTTP as registries speak it: challenges, tokens, redirects, patience. Closed with the engine. */
export type RegistryHttp = AsyncDisposable & {readonly ask: (ask: Ask) => Promise<Result<Answer>>};

export function registryHttp(settings: HttpSettings): RegistryHttp {
	const {credentials, clock} = settings;
	const agents = openAgents(settings);
	/** Authorizations by the scope they were given for. */
	const known = new Map<string, string>();

	/** One request to one address. */
	async function send(ask: Ask, url: URL, authorization: string | undefined): Promise<Result<Answer>> {
		const {dispatcher, proxy} = agents.to(url);
		const body = typeof ask.body === 'function' ? ask.body() : ask.body;
		try {
			return ok(
				await request(url, {
					method: ask.method,
					dispatcher,
					signal: ask.signal,
					headers: {
						'user-agent': 'alga-appliance',
						...ask.headers,
						...(authorization !== undefined && {authorization}),
					},
					...(body !== undefined && {body}),
				}),
			);
		} catch (error) {
			if (ask.signal.aborted) return fail(cancelled(ask.signal, ask.what));
			const problem = networkProblem(error, url.host);
			// Until the proxy has connected, name and port are the proxy's own.
			const atProxy = problem.code.startsWith('dns.') || problem.code === 'network.refused';
			return fail(proxy !== undefined && atProxy ? throughProxy(networkProblem(error, `the proxy ${proxy}`)) : problem);
		}
	}

	/** One request with redirects; what authorises us stays with the host it was meant for. */
	async function follow(ask: Ask, authorization: string | undefined): Promise<Result<Answer>> {
		const first = new URL(ask.url);
		let url = first;
		for (let hop = 0; hop <= mostRedirects; hop++) {
			const answer = await send(ask, url, url.origin === first.origin ? authorization : undefined);
			if (!answer.ok || ![301, 302, 303, 307, 308].includes(answer.value.statusCode)) return answer;
			const {location} = answer.value.headers;
			await drain(answer.value);
			const next = typeof location === 'string' ? URL.parse(location, url) : null;
			if (next === null || !/^https?:$/.test(next.protocol)) return fail(notARegistry(url.host));
			if (url.protocol === 'https:' && next.protocol === 'http:') return fail(unsafeRedirect(url.host, next.host));
			url = next;
		}
		return fail(redirectLoop(first.host));
	}

	async function authorised(ask: Ask): Promise<Result<Answer>> {
		const {host, protocol} = new URL(ask.url);
		// A password is not sent where anybody on the way could read it.
		const login = protocol === 'https:' || isLoopback(host) ? credentials(host) : undefined;
		const scope = `${host} ${repositoryOf(ask.url)} ${ask.method === 'GET' || ask.method === 'HEAD' ? 'pull' : 'push'}`;
		const first = await follow(ask, known.get(scope));
		if (!first.ok || first.value.statusCode !== 401) return first;
		const header = first.value.headers['www-authenticate'];
		if (header === undefined) return first;
		await drain(first.value);
		const authorization = await authorizationFor(header, host, ask.what, login, async (realm, basic) => {
			const token: Ask = {method: 'GET', url: realm.href, what: 'a token', signal: ask.signal, accepts: [200]};
			const answer = await follow(token, basic);
			if (!answer.ok) return answer;
			return ok({status: answer.value.statusCode, text: await readText(answer.value)});
		});
		if (!authorization.ok) return authorization;
		if (authorization.value === undefined) return fail(statusProblem(401, ask.what, host));
		known.set(scope, authorization.value);
		const second = await follow(ask, authorization.value);
		// Asked twice and refused twice: it is a refusal, not a token that ran out.
		if (second.ok && second.value.statusCode === 401) {
			known.delete(scope);
			await drain(second.value);
			return fail(statusProblem(401, ask.what, host));
		}
		return second;
	}

	/** One attempt: the answer, or the problem and how long to wait before it makes sense to ask again. */
	async function attempt(ask: Ask): Promise<Result<Answer> & {readonly againMs?: number}> {
		const answer = await authorised(ask);
		if (!answer.ok) return passing.includes(answer.problem.code) ? {...answer, againMs: 0} : answer;
		const {statusCode, headers} = answer.value;
		if (ask.accepts.includes(statusCode)) return answer;
		const {host} = new URL(ask.url);
		const page = statusCode < 400 || (statusCode < 500 && isPage(answer.value));
		const detail = errorWords(await readText(answer.value));
		const problem = page ? notARegistry(host) : statusProblem(statusCode, ask.what, host);
		const said = fail(detail === '' ? problem : {...problem, detail});
		if (statusCode !== 429 && statusCode < 500) return said;
		const wait = retryAfterMs(headers['retry-after'], clock.now()) ?? 0;
		return wait > longestWaitMs ? said : {...said, againMs: wait};
	}

	return {
		ask: async ask => {
			for (let tries = 1; ; tries++) {
				const answer = await attempt(ask);
				if (answer.ok || answer.againMs === undefined || tries === mostTries) return answer;
				try {
					await clock.sleep(Math.max(answer.againMs, 250 * 2 ** tries), ask.signal);
				} catch {
					return fail(cancelled(ask.signal, ask.what));
				}
			}
		},
		[Symbol.asyncDispose]: () => agents[Symbol.asyncDispose](),
	};
}

const throughProxy = (problem: Problem): Problem => ({...problem, next: 'Check the proxy’s address (Proxy).'});

const repositoryOf = (url: string) => /\/v2\/(.*?)\/(?:manifests|blobs|tags)\//.exec(url)?.[1] ?? '';

/** Whether something answers that is no registry: a portal, a filter, a web server. */
export const isPage = ({headers}: Answer): boolean =>
	/text\/html/.test(String(headers['content-type'] ?? '')) && headers['docker-distribution-api-version'] === undefined;

/** Distribution's error body, as its codes and messages. */
const Errors = z.object({errors: z.array(z.object({code: z.string(), message: z.string().optional()})).max(20)});
function errorWords(text: string | undefined): string {
	try {
		const {errors} = Errors.parse(JSON.parse(text ?? ''));
		return errors
			.map(({code, message}) => (message === undefined ? code : `${code}: ${message}`))
			.join('; ')
			.slice(0, 500);
	} catch {
		return ''; // Not every server says why.
	}
}

/** RFC 9110 10.2.3: seconds, or a date. */
function retryAfterMs(header: string | string[] | undefined, now: number): number | undefined {
	const text = Array.isArray(header) ? header[0] : header;
	if (text === undefined) return undefined;
	const ms = /^\d+$/.test(text) ? Number(text) * 1000 : Date.parse(text) - now;
	return Number.isFinite(ms) ? Math.max(0, ms) : undefined;
}

/** Reads the rest of an answer away, so that its connection can be used again. */
export async function drain({body}: Answer): Promise<void> {
	try {
		await body.dump();
	} catch {
		// Cut off or cancelled while it was thrown away: nothing is lost.
	}
}

async function readText(answer: Answer): Promise<string | undefined> {
	try {
		return (await readBytes(answer, mostErrorBytes))?.toString('utf8');
	} catch {
		return undefined; // An error text that is cut off tells nothing.
	}
}

/** A whole small body, or undefined when it is larger than `most`; the rest is not read. Rejects when it is cut off. */
export async function readBytes(answer: Answer, most: number): Promise<Buffer | undefined> {
	const chunks: Buffer[] = [];
	let size = 0;
	for await (const chunk of answer.body) {
		if (!(chunk instanceof Uint8Array)) continue;
		size += chunk.length;
		if (size > most) return undefined;
		chunks.push(Buffer.from(chunk));
	}
	return Buffer.concat(chunks);
}
