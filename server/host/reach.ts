import {lookup} from 'node:dns/promises';
import {Agent, ProxyAgent, request} from 'undici';
import {fail, ok, type Result} from '../../shared/problem.ts';
import type {HttpAnswer, Way} from './host.ts';
import {asLookup, lookupAt, resolverAt} from './name-servers.ts';
import {networkProblem} from './network-problem.ts';

const lookupMs = 5000;
const requestMs = 10_000;
const mostBody = 64 * 1024;

/** Looks a name up on one server, or as the system would. */
export async function lookupName(
	name: string,
	server: string | undefined,
	signal: AbortSignal,
): Promise<Result<readonly string[]>> {
	try {
		if (server === undefined) {
			const found = await withDeadline(lookup(name, {all: true}), lookupMs, signal);
			return ok(found.map(one => one.address));
		}
		const resolver = resolverAt([server], lookupMs / 2);
		const stop = () => resolver.cancel();
		signal.addEventListener('abort', stop, {once: true});
		try {
			return ok(await resolver.resolve4(name));
		} finally {
			signal.removeEventListener('abort', stop);
		}
	} catch (error) {
		return fail(networkProblem(asLookup(error), name));
	}
}

async function withDeadline<T>(work: Promise<T>, ms: number, signal: AbortSignal): Promise<T> {
	const ends = AbortSignal.any([signal, AbortSignal.timeout(ms)]);
	return Promise.race([
		work,
		new Promise<never>((_, reject) =>
			ends.addEventListener('abort', () => reject(Object.assign(new Error('no answer in time'), {code: 'ETIMEOUT'})), {
				once: true,
			}),
		),
	]);
}

/** One GET; redirects are an answer, not followed; the body is cut, not refused. */
export async function fetchOnce(
	url: string,
	signal: AbortSignal,
	{proxy, servers}: Way = {},
): Promise<Result<HttpAnswer>> {
	const began = performance.now();
	const timeouts = {connectTimeout: requestMs, headersTimeout: requestMs, bodyTimeout: requestMs};
	const connect = {timeout: requestMs, ...(servers && {lookup: lookupAt(servers)})};
	await using dispatcher = disposable(
		proxy === undefined
			? new Agent({...timeouts, connect})
			: new ProxyAgent({uri: proxy, ...timeouts, proxyTls: connect}),
	);
	try {
		const answer = await request(url, {
			dispatcher: dispatcher.agent,
			signal: AbortSignal.any([signal, AbortSignal.timeout(requestMs)]),
			headers: {'user-agent': 'alga-appliance', accept: '*/*'},
		});
		const chunks: Buffer[] = [];
		let size = 0;
		for await (const chunk of answer.body) {
			if (!(chunk instanceof Uint8Array)) continue;
			chunks.push(Buffer.from(chunk));
			size += chunk.length;
			if (size >= mostBody) break;
		}
		const headers = Object.fromEntries(
			Object.entries(answer.headers).flatMap(([name, value]) =>
				value === undefined ? [] : [[name, Array.isArray(value) ? value.join(', ') : value]],
			),
		);
		return ok({
			status: answer.statusCode,
			headers,
			body: Buffer.concat(chunks).subarray(0, mostBody).toString('utf8'),
			latencyMs: performance.now() - began,
		});
	} catch (error) {
		return fail(networkProblem(error, new URL(url).host));
	}
}

function disposable(agent: Agent | ProxyAgent) {
	return {agent, [Symbol.asyncDispose]: () => agent.destroy()};
}
