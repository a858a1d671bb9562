import type {Server} from 'node:http';
import Fastify, {type FastifyError, type FastifyInstance, type FastifyReply, type FastifyRequest} from 'fastify';
import {routes} from '../../shared/api/routes.ts';
import {type Asset, encodingFor} from './assets.ts';
import {makeGuard} from './auth/guard.ts';
import {type Doors, sessionRoutes} from './auth/session.ts';
import {engineIsAway, forward, forwarded, forwardFile, forwardStream, refuse} from './forward.ts';
import {listenerFactory} from './listeners.ts';
import {describeApi} from './openapi.ts';
import {openOutbox} from './outbox.ts';
import {badRequest, noSuchRoute, notJson, ourFault, type Refusal, tooLarge} from './problems.ts';
import type {Certificate} from './tls.ts';

const everywhere = {
	'x-content-type-options': 'nosniff',
	'referrer-policy': 'no-referrer',
	'cross-origin-resource-policy': 'same-origin',
	'x-frame-options': 'DENY',
};
const apiHeaders = {
	...everywhere,
	'cache-control': 'no-store',
	'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
};
const pageHeaders = {
	...everywhere,
	'cross-origin-opener-policy': 'same-origin',
	'permissions-policy': 'camera=(), geolocation=(), microphone=(), payment=(), usb=()',
};

export type AppParts = Doors & {readonly page: readonly Asset[]; readonly certificate: Certificate | undefined};

/** One listener's routes: the page, the session, the view, and the allow-list of what is forwarded. */
export function buildApp(parts: AppParts): FastifyInstance<Server> {
	const {scheme, engine, hub, log, version} = parts;
	const app = Fastify<Server>({
		serverFactory: listenerFactory(parts.certificate),
		bodyLimit: 64 * 1024,
		exposeHeadRoutes: false,
		forceCloseConnections: true,
		return503OnClosing: false,
		routerOptions: {maxParamLength: 200},
		frameworkErrors: (error, _request, reply) => answerError(error, reply, log),
		clientErrorHandler: (_error, socket) => {
			// Not HTTP, too long a header, or too slow: one line, and nothing about us.
			if (socket.writable) socket.end('HTTP/1.1 400 Bad Request\r\nconnection: close\r\ncontent-length: 0\r\n\r\n');
			else socket.destroy();
		},
	});
	app.removeContentTypeParser('text/plain');
	app.setErrorHandler((error: FastifyError, _request, reply) => answerError(error, reply, log));
	app.setNotFoundHandler((_request, reply) => refuse(reply.headers(apiHeaders), noSuchRoute));

	const guard = makeGuard(scheme, parts.sessions, parts.credentials, parts.clock);
	for (const one of parts.page) app.get(one.path, (request, reply) => serve(one, request, reply));
	app.get('/setup', (_request, reply) => reply.headers(apiHeaders).redirect('/#setup', 303));

	app.register(async api => {
		api.addHook('onRequest', (_request, reply, next) => {
			reply.headers(apiHeaders);
			next();
		});
		api.get('/healthz', async () => ({ok: true}));
		sessionRoutes(api, guard, parts);
		const description = describeApi(version);
		api.get('/api/openapi.json', {onRequest: guard.signedIn}, async () => description);

		api.get('/api/v1/view', {onRequest: guard.reader}, (_request, reply) => {
			const latest = hub.latest();
			if (latest === undefined) return refuse(reply, engineIsAway('not reached yet'));
			reply.headers({'alga-engine': hub.link().state, age: Math.round(hub.lostFor() / 1000)});
			return reply.type('application/json; charset=utf-8').send(latest.body);
		});

		api.get('/api/v1/events', {onRequest: guard.signedIn}, (request, reply) => {
			const session = guard.sessionOf(request);
			if (session === undefined) return;
			const lastEventId = request.headers['last-event-id'];
			reply.hijack();
			const outbox = openOutbox(reply.raw, {...everywhere});
			const leave = hub.join(outbox, typeof lastEventId === 'string' ? lastEventId : undefined, () =>
				guard.isLive(session),
			);
			reply.raw.once('close', leave);
		});

		for (const {name, path, may} of forwarded) {
			const {method, kind} = routes[name];
			const onRequest = [
				...(method === 'GET' ? [] : [guard.sameOrigin]),
				guard[may === 'reader' ? 'reader' : 'signedIn'],
			];
			api.route({
				method,
				url: path,
				onRequest,
				handler: (request, reply) => {
					if (kind === 'json') return forward(engine, name, request, reply);
					if (kind === 'file') return forwardFile(engine, name, request, reply);
					const session = guard.sessionOf(request);
					return forwardStream(engine, name, request, reply, () => session !== undefined && guard.isLive(session));
				},
			});
		}
	});
	return app;
}

function serve(asset: Asset, request: FastifyRequest, reply: FastifyReply) {
	const encoding = encodingFor(request.headers['accept-encoding']);
	reply.headers({
		...pageHeaders,
		'content-security-policy': asset.policy,
		'cache-control': asset.cache,
		etag: asset.etag,
		vary: 'accept-encoding',
	});
	if (request.headers['if-none-match'] === asset.etag) return reply.code(304).send();
	if (encoding !== 'identity') reply.header('content-encoding', encoding);
	return reply.type(asset.type).send(asset.bodies[encoding]);
}

/** Whatever went wrong, the answer is a problem in words: never a stack, never what was sent. */
function answerError(error: FastifyError, reply: FastifyReply, log: (line: string) => void) {
	const refusal = refusalOf(error);
	if (refusal === ourFault) log(`mistake: ${error.stack ?? error.message}`);
	return refuse(reply.headers(apiHeaders), refusal);
}

function refusalOf({statusCode}: FastifyError): Refusal {
	if (statusCode === 413) return tooLarge;
	if (statusCode === 415) return notJson;
	if (statusCode !== undefined && statusCode >= 400 && statusCode < 500)
		return badRequest('The request cannot be read.');
	return ourFault;
}
