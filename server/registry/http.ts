import {Agent, type Dispatcher, ProxyAgent, request} from 'undici';
import {fail, ok, type Problem, type Result} from '../../shared/problem.ts';
import type {Clock} from '../engine/clock.ts';
import {networkProblem} from '../host/network-problem.ts';
import {type Challenge, parseChallenge} from './challenge.ts';
import {notARegistry, redirectLoop, statusProblem} from './problems.ts';

const headersMs = 20_000;
/** A body may take long; silence may not. */
const silenceMs = 30_000;
const mostRedirects = 5;
const mostTries = 4;
/** A registry that asks to wait longer than this has answered "no" for now. */
const longestWaitMs = 60_000;
const mostTokenBytes = 64 * 1024;

export type Credentials = {readonly user: string; readonly password: string};
export type HttpSettings = {
	readonly proxy?: string | undefined;
	readonly noProxy: readonly string[];
	readonly ca?: string | undefined;
	readonly credentials: (host: string) => Credentials | undefined;
	readonly clock: Clock;
};
export type Ask = {
	readonly method: 'GET' | 'HEAD' | 'PUT' | 'POST' | 'PATCH';
	readonly url: string;
	readonly headers?: Readonly<Record<string, string>>;
	readonly body?: Uint8Array | string;
	readonly what: string;
	readonly signal: AbortSignal;
	readonly accepts: readonly number[];
};
export type Answer = Dispatcher.ResponseData;

/** HTTP as registries speak it: challenges, tokens, redirects, patience. Closed with the engine. */
export type RegistryHttp = AsyncDisposable & {readonly ask: (ask: Ask) => Promise<Result<Answer>>};

export function registryHttp({proxy, noProxy, ca, credentials, clock}: HttpSettings): RegistryHttp {
	const timeouts = {
		headersTimeout: headersMs,
		bodyTimeout: silenceMs,
		connections: 8,
		...(ca !== undefined && {connect: {ca, timeout: headersMs}}),
	};
	const direct = new Agent(timeouts);
	const through =
		proxy === undefined
			? direct
			: new ProxyAgent({
					uri: proxy,
					headersTimeout: headersMs,
					bodyTimeout: silenceMs,
					...(ca !== undefined && {requestTls: {ca}}),
				});
	const agentFor = (url: URL) => (isDirect(url.hostname, noProxy) ? direct : through);
	/** Tokens by the scope they were given for. */
	const tokens = new Map<string, string>();

	/** One request with redirects; what authorises us stays with the host it was meant for. */
	async function follow(ask: Ask, authorization: string | undefined): Promise<Result<Answer>> {
		let url = new URL(ask.url);
		const first = url.host;
		for (let hop = 0; hop <= mostRedirects; hop++) {
			let answer: Answer;
			try {
				answer = await request(url, {
					method: ask.method,
					dispatcher: agentFor(url),
					signal: ask.signal,
					headers: {
						'user-agent': 'alga-appliance',
						...ask.headers,
						...(authorization !== undefined && url.host === first && {authorization}),
					},
					...(ask.body !== undefined && {body: ask.body}),
				});
			} catch (error) {
				return fail(networkProblem(error, url.host));
			}
			if (![301, 302, 303, 307, 308].includes(answer.statusCode)) return ok(answer);
			await answer.body.dump();
			const location = answer.headers.location;
			if (typeof location !== 'string') return ok(answer);
			url = new URL(location, url);
		}
		return fail(redirectLoop(first));
	}

	async function token(
		challenge: Challenge & {scheme: 'bearer'},
		host: string,
		signal: AbortSignal,
	): Promise<Result<string>> {
		const realm = URL.parse(challenge.realm);
		if (realm === null) return fail(notARegistry(host));
		if (challenge.service) realm.searchParams.set('service', challenge.service);
		if (challenge.scope) realm.searchParams.set('scope', challenge.scope);
		const known = credentials(host);
		const answer = await follow(
			{method: 'GET', url: realm.href, what: 'a token', signal, accepts: [200]},
			known && basic(known),
		);
		if (!answer.ok) return answer;
		const text = await readBounded(answer.value, mostTokenBytes);
		if (answer.value.statusCode !== 200) return fail(statusProblem(answer.value.statusCode, 'a token', realm.host));
		const found = /"(?:token|access_token)"\s*:\s*"([^"]+)"/.exec(text ?? '')?.[1];
		return found === undefined ? fail(notARegistry(realm.host)) : ok(found);
	}

	async function authorised(ask: Ask): Promise<Result<Answer>> {
		const {host} = new URL(ask.url);
		const scope = `${host} ${/\/v2\/(.*?)\/(?:manifests|blobs|tags)\//.exec(ask.url)?.[1] ?? ''} ${ask.method === 'GET' || ask.method === 'HEAD' ? 'pull' : 'push'}`;
		const first = await follow(ask, tokens.get(scope));
		if (!first.ok || first.value.statusCode !== 401) return first;
		const header = first.value.headers['www-authenticate'];
		await first.value.body.dump();
		const challenge = parseChallenge(Array.isArray(header) ? header[0] : header);
		if (challenge === undefined) return first;
		const known = credentials(host);
		if (challenge.scheme === 'basic') {
			if (known === undefined) return fail(statusProblem(401, ask.what, host));
			tokens.set(scope, basic(known));
		} else {
			const got = await token(challenge, host, ask.signal);
			if (!got.ok) return got;
			tokens.set(scope, `Bearer ${got.value}`);
		}
		const second = await follow(ask, tokens.get(scope));
		// Asked twice and refused twice: it is a refusal, not a token that ran out.
		if (second.ok && second.value.statusCode === 401) {
			tokens.delete(scope);
			await second.value.body.dump();
			return fail(statusProblem(401, ask.what, host));
		}
		return second;
	}

	return {
		ask: async ask => {
			let problem: Problem | undefined;
			for (let attempt = 0; attempt < mostTries; attempt++) {
				const answer = await authorised(ask);
				if (answer.ok && ask.accepts.includes(answer.value.statusCode)) return answer;
				if (!answer.ok) {
					problem = answer.problem;
					if (!['network.reset', 'network.timed-out', 'dns.failed'].includes(problem.code)) return answer;
				} else {
					await answer.value.body.dump();
					const {statusCode, headers} = answer.value;
					const page =
						statusCode < 400 ||
						(statusCode >= 400 &&
							statusCode < 500 &&
							/text\/html/.test(String(headers['content-type'] ?? '')) &&
							headers['docker-distribution-api-version'] === undefined);
					problem = page
						? notARegistry(new URL(ask.url).host)
						: statusProblem(statusCode, ask.what, new URL(ask.url).host);
					if (statusCode !== 429 && statusCode < 500) return fail(problem);
					const wait = retryAfterMs(headers['retry-after'], clock.now());
					if (wait !== undefined && wait > longestWaitMs) return fail(problem);
					if (wait !== undefined) await clock.sleep(wait, ask.signal);
				}
				if (attempt < mostTries - 1) await clock.sleep(500 * 2 ** attempt, ask.signal);
			}
			return fail(problem ?? notARegistry(new URL(ask.url).host));
		},
		[Symbol.asyncDispose]: async () => {
			await Promise.all([direct.destroy(), through === direct ? undefined : through.destroy()]);
		},
	};
}

const basic = ({user, password}: Credentials) => `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;

/** RFC 9110 10.2.3: seconds, or a date. */
function retryAfterMs(header: string | string[] | undefined, now: number): number | undefined {
	const text = Array.isArray(header) ? header[0] : header;
	if (text === undefined) return undefined;
	const ms = /^\d+$/.test(text) ? Number(text) * 1000 : Date.parse(text) - now;
	return Number.isFinite(ms) ? Math.max(0, ms) : undefined;
}

const isDirect = (host: string, noProxy: readonly string[]) =>
	/^(localhost|127\.|\[::1\])/.test(host) ||
	noProxy.some(entry => host === entry || (entry.startsWith('.') && host.endsWith(entry)));

/** A whole small body, or undefined when it is larger than `most`; the rest is not read. */
export async function readBounded(answer: Answer, most: number): Promise<string | undefined> {
	const bytes = await readBytes(answer, most);
	return bytes?.toString('utf8');
}

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
