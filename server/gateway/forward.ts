import type {FastifyReply, FastifyRequest} from 'fastify';
import * as z from 'zod';
import {engineAway, routePath} from '../../shared/api/client.ts';
import {ErrorBody, type RouteName, routes} from '../../shared/api/routes.ts';
import {OperationAction} from '../../shared/operations/operation.ts';
import type {Engine} from './engine.ts';
import {openOutbox} from './outbox.ts';
import {badRequest, noSuchRoute, type Refusal} from './problems.ts';

/** Routes that the engine answers on the gateway's socket. */
type AtGateway = {
	[N in RouteName]: 'gateway' extends (typeof routes)[N]['doors'][number] ? N : never;
}[RouteName];

/** Who may ask: `reader` lets the status token in as well. */
export type Forwarded = {readonly name: AtGateway; readonly path: string; readonly may: 'signed-in' | 'reader'};

/** All that ever reaches the engine because a browser asked. What is not here is 404 before the socket. */
export const forwarded: readonly Forwarded[] = [
	{name: 'status', path: '/api/status', may: 'reader'},
	{name: 'start', path: '/api/v1/operations', may: 'signed-in'},
	{name: 'act', path: '/api/v1/operations/:id/:action', may: 'signed-in'},
	{name: 'draft', path: '/api/v1/setup/draft', may: 'signed-in'},
	{name: 'logs', path: '/api/v1/logs/:source', may: 'signed-in'},
	{name: 'follow', path: '/api/v1/logs/:source/follow', may: 'signed-in'},
	{name: 'bundle', path: '/api/v1/bundles/:name', may: 'signed-in'},
];

/** What a path's parameter may be; anything else is no route at all. */
export const parameters: Readonly<Record<string, z.ZodType<string>>> = {
	id: z.string().regex(/^[\w-][\w.:-]{0,99}$/),
	action: OperationAction,
	source: z.string().regex(/^[\w-][\w.:@/-]{0,199}$/),
	name: z.string().regex(/^alga-support-[\w-]{1,120}\.tar\.gz$/),
};

type Parsed = {readonly path: string; readonly body: string | undefined};

/** The request in the engine's terms, built anew from what was understood: nothing is passed through unread. */
function understand(name: AtGateway, request: FastifyRequest): Parsed | Refusal {
	const route = routes[name];
	const params = Object.entries(Object(request.params)).map(([key, value]) => [key, String(value)] as const);
	if (!params.every(([key, value]) => parameters[key]?.safeParse(value).success)) return noSuchRoute;
	const query = 'query' in route ? route.query.safeParse(request.query) : undefined;
	if (query?.success === false) return badRequest(`The query is not right: ${told(query.error.issues[0])}.`);
	const body = 'body' in route ? route.body.safeParse(request.body ?? {}) : undefined;
	if (body?.success === false) return badRequest(`The request is not right: ${told(body.error.issues[0])}.`);
	// `previous=false` would be read as true at the other end: what is false is left out.
	const kept = Object.entries(query?.data ?? {}).filter(([, value]) => value !== false && value !== undefined);
	return {
		path: routePath(name, Object.fromEntries(params), Object.fromEntries(kept)),
		body: body && JSON.stringify(body.data),
	};
}

const told = (issue: {readonly path: readonly PropertyKey[]; readonly message: string} | undefined) =>
	`${issue?.path.map(String).join('.') || 'it'}: ${issue?.message.slice(0, 200) ?? 'not valid'}`;

/** Asks the engine and gives its answer on: 2xx as it is, a problem as a problem, anything else as 502. */
export async function forward(engine: Engine, name: AtGateway, request: FastifyRequest, reply: FastifyReply) {
	const asked = understand(name, request);
	if ('status' in asked) return refuse(reply, asked);
	let answer: {readonly status: number; readonly body: string};
	try {
		answer = await engine.transport({...asked, method: routes[name].method, signal: goneSignal(reply)});
	} catch (error) {
		return refuse(reply, engineIsAway(error));
	}
	if (answer.status >= 200 && answer.status < 300) {
		return reply.code(answer.status).type('application/json; charset=utf-8').send(answer.body);
	}
	const problem = ErrorBody.safeParse(parseJson(answer.body));
	if (!problem.success) return refuse(reply, engineIsAway(`status ${answer.status}`, 502));
	return reply.code(answer.status >= 500 ? 502 : answer.status).send(problem.data);
}

/** Opens the engine's stream of a log and gives it on, one upstream for each reader. */
export async function forwardStream(
	engine: Engine,
	name: AtGateway,
	request: FastifyRequest,
	reply: FastifyReply,
	isWelcome: () => boolean,
) {
	const asked = understand(name, request);
	if ('status' in asked) return refuse(reply, asked);
	const gone = goneSignal(reply);
	const resumed = request.headers['last-event-id'];
	try {
		const upstream = await engine.open(resumeAt(asked.path, resumed), gone);
		if (upstream.statusCode !== 200) {
			upstream.destroy();
			return refuse(
				reply,
				upstream.statusCode === 404 ? noSuchRoute : engineIsAway(`status ${upstream.statusCode}`, 502),
			);
		}
		reply.hijack();
		const outbox = openOutbox(reply.raw, headersOf(reply));
		upstream.setEncoding('utf8');
		for await (const text of upstream) {
			if (!isWelcome()) break;
			outbox.write(text);
		}
		outbox.end();
	} catch (error) {
		// The reader left, or the engine did: a browser opens the stream again by itself.
		if (reply.raw.headersSent) reply.raw.end();
		else return refuse(reply, engineIsAway(error));
	}
}

/** Gives a file on as it comes, to be kept under its own name; a reader that is slow slows the engine, nothing is held here. */
export async function forwardFile(engine: Engine, name: AtGateway, request: FastifyRequest, reply: FastifyReply) {
	const asked = understand(name, request);
	if ('status' in asked) return refuse(reply, asked);
	const gone = goneSignal(reply);
	try {
		const upstream = await engine.open(asked.path, gone);
		const length = upstream.headers['content-length'];
		if (upstream.statusCode !== 200 || length === undefined) {
			upstream.destroy();
			return refuse(reply, noSuchRoute);
		}
		const kept = asked.path.split('/').at(-1) ?? 'bundle';
		return reply
			.headers({
				'content-type': 'application/gzip',
				'content-length': length,
				'content-disposition': `attachment; filename="${kept}"`,
			})
			.send(upstream);
	} catch (error) {
		return refuse(reply, engineIsAway(error));
	}
}

/** Aborts when the reader has left, so that nothing is asked for nobody. */
function goneSignal(reply: FastifyReply): AbortSignal {
	const gone = new AbortController();
	reply.raw.once('close', () => gone.abort());
	return gone.signal;
}

/** A browser that comes back names the last cursor it has seen. */
function resumeAt(path: string, cursor: string | string[] | undefined): string {
	if (typeof cursor !== 'string' || cursor === '' || cursor.length > 500) return path;
	const url = new URL(path, 'http://engine');
	url.searchParams.set('cursor', cursor);
	return url.pathname + url.search;
}

const headersOf = (reply: FastifyReply): Record<string, string> =>
	Object.fromEntries(Object.entries(reply.getHeaders()).map(([name, value]) => [name, String(value)]));

/** Answers no, with the problem in words. */
export function refuse(reply: FastifyReply, {status, problem, retryAfter}: Refusal) {
	if (retryAfter !== undefined) reply.header('retry-after', retryAfter);
	return reply.code(status).send({problem});
}

/** The engine does not answer (503), or answers what nobody understands (502). */
export function engineIsAway(error: unknown, status: 502 | 503 = 503): Refusal {
	const {detail, ...problem} = engineAway('');
	return {status, problem: {...problem, detail: error instanceof Error ? error.message.slice(0, 200) : String(error)}};
}

function parseJson(text: string): unknown {
	try {
		return JSON.parse(text);
	} catch {
		return undefined; // Then it is not a problem either, and the caller says so.
	}
}
