import {chmodSync, existsSync, mkdirSync, rmSync} from 'node:fs';
import {dirname} from 'node:path';
import Fastify, {type FastifyInstance, type FastifyReply, type FastifyRequest} from 'fastify';
import * as z from 'zod';
import {type Door, type Route, type RouteName, routes} from '../../shared/api/routes.ts';
import {fail, type Problem, type ProblemCode, type Result} from '../../shared/problem.ts';
import {JournalRefused, unwritable} from './steady-journal.ts';

/** What a handler is given: parsed, so that past this line nobody checks again. */
export type Asked<N extends RouteName> = {
	readonly params: Readonly<Record<string, string>>;
	readonly query: (typeof routes)[N] extends {query: infer Q extends z.ZodType} ? z.output<Q> : undefined;
	readonly body: (typeof routes)[N] extends {body: infer B extends z.ZodType} ? z.output<B> : undefined;
	readonly door: Door;
	/** Of a console that was unlocked. */
	readonly session: string | undefined;
	readonly reply: FastifyReply;
	readonly signal: AbortSignal;
};

/** A handler answers with what its route's response says; a stream handler takes the raw response over. */
export type Handlers = {readonly [N in RouteName]: (asked: Asked<N>) => Promise<Result<unknown> | 'streaming'>};

/** Setup answers with every field at its longest stay far below; a picture of a large terminal does not. */
const bodyLimit = 256 * 1024;
const pictureLimit = 4 * 1024 * 1024;

/** Serves the routes of one door on one Unix socket; a route of another door is not there at all. */
export async function serveDoor(
	door: Door,
	socket: string,
	mode: number,
	handlers: Handlers,
	/** Refuses what this caller may not do now; asked before anything else is looked at. */
	admit: (name: RouteName, session: string | undefined) => Problem | undefined,
): Promise<FastifyInstance> {
	const app = Fastify({bodyLimit, logger: false, forceCloseConnections: true, routerOptions: {maxParamLength: 300}});
	for (const name of Object.keys(routes))
		if (isRoute(name) && routes[name].doors.some(one => one === (door === 'root' ? 'console' : door)))
			add(app, door, name, handlers, admit);
	app.setNotFoundHandler((request, reply) =>
		answer(
			reply,
			fail({
				code: 'route.unknown',
				what: `There is no ${request.method} ${request.url.split('?')[0] ?? ''} here.`,
				next: 'See the list of routes in the product’s API description.',
			}),
		),
	);
	app.setErrorHandler((error, _request, reply) => answer(reply, fail(requestProblem(error))));
	mkdirSync(dirname(socket), {recursive: true});
	if (existsSync(socket)) rmSync(socket);
	await app.listen({path: socket});
	chmodSync(socket, mode);
	return app;
}

const isRoute = (name: string): name is RouteName => Object.hasOwn(routes, name);

function add<N extends RouteName>(
	app: FastifyInstance,
	door: Door,
	name: N,
	handlers: Handlers,
	admit: (name: RouteName, session: string | undefined) => Problem | undefined,
): void {
	const route = routes[name];
	app.route({
		method: route.method,
		url: route.path,
		bodyLimit: name === 'picture' ? pictureLimit : bodyLimit,
		handler: async (request: FastifyRequest, reply) => {
			const sent = request.headers['x-console-session'];
			const session = typeof sent === 'string' && sent !== '' ? sent : undefined;
			const refused = admit(name, session);
			if (refused !== undefined) return answer(reply, fail(refused));
			const parsed = parse(name, request);
			if (!parsed.ok) return answer(reply, parsed);
			const gone = new AbortController();
			reply.raw.on('close', () => gone.abort());
			const outcome = await handlers[name]({...parsed.value, door, session, reply, signal: gone.signal});
			if (outcome === 'streaming') return reply.hijack();
			return answer(reply, outcome);
		},
	});
}

/** Query and body by the route's own schemas; the wrong one is named by its path. */
function parse<N extends RouteName>(
	name: N,
	request: FastifyRequest,
): Result<Pick<Asked<N>, 'params' | 'query' | 'body'>> {
	const route: Route = routes[name];
	const params = z.record(z.string(), z.string()).catch({}).parse(request.params);
	const query = route.query?.safeParse(request.query);
	const body = route.body?.safeParse(request.body ?? {});
	const wrong = [query, body].find(one => one !== undefined && !one.success);
	if (wrong?.error) {
		const [issue] = wrong.error.issues;
		const field = issue?.path.join('.') ?? '';
		return fail({
			code: 'input.invalid',
			field,
			what: `The request’s ${field || 'content'} is not right: ${issue?.message ?? 'wrong form'}.`,
			next: 'Correct it and send it again. Nothing was changed.',
		});
	}
	return {
		ok: true,
		value: {params, query: query?.data, body: body?.data} as Pick<Asked<N>, 'params' | 'query' | 'body'>,
	};
}

const statusOf: Partial<Record<ProblemCode, number>> = {
	'operation.busy': 409,
	'operation.not-allowed': 409,
	'operation.unknown': 404,
	'route.unknown': 404,
	'log.not-found': 404,
	'auth.required': 401,
	'auth.denied': 403,
	'auth.locked': 429,
	'journal.unwritable': 507,
	internal: 500,
};

function answer(reply: FastifyReply, outcome: Result<unknown>): FastifyReply {
	if (outcome.ok)
		return reply
			.code(reply.request.method === 'POST' && reply.request.url === routes.start.path ? 202 : 200)
			.send(outcome.value ?? {});
	return reply.code(statusOf[outcome.problem.code] ?? 422).send({problem: outcome.problem});
}

/** A full or read-only disk, met outside the journal. */
const isDiskRefusal = (error: unknown): error is Error =>
	error instanceof Error && 'code' in error && (error.code === 'EROFS' || error.code === 'ENOSPC');

function requestProblem(error: unknown): Problem {
	if (error instanceof JournalRefused) return unwritable(error.message);
	if (isDiskRefusal(error)) return unwritable(error.message);
	const status = typeof error === 'object' && error !== null && 'statusCode' in error ? error.statusCode : undefined;
	if (status === 413) return {code: 'input.invalid', what: 'The request is larger than 256 KB.', next: 'Send less.'};
	if (typeof status === 'number' && status < 500)
		return {
			code: 'input.invalid',
			what: 'The request is not valid JSON over HTTP.',
			next: 'Send a JSON body with content-type application/json.',
		};
	return {
		code: 'internal',
		what: 'The engine met an error of its own while answering.',
		next: 'Try again; if it stays, send a support bundle.',
		detail: error instanceof Error ? error.message.slice(0, 500) : '',
	};
}
