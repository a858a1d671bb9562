import {createHash} from 'node:crypto';
import {once} from 'node:events';
import {rm} from 'node:fs/promises';
import {createServer, type IncomingMessage, type Server, type ServerResponse} from 'node:http';
import {hashPassword} from '../../../server/password/hash.ts';
import {type LogLine, routes} from '../../../shared/api/routes.ts';
import {checkForm} from '../../../shared/setup/form.ts';
import type {View} from '../../../shared/view/view.ts';

export type Asked = {readonly method: string; readonly path: string; readonly body: unknown};

/** An engine for tests of its clients: it speaks the routes over a Unix socket and does nothing behind them. */
export type StubEngine = AsyncDisposable & {
	readonly socketPath: string;
	/** Every request that reached the socket. */
	readonly asked: Asked[];
	readonly token: string;
	readonly statusToken: string;
	readonly view: () => View;
	/** Publishes changed sections as the next revision. */
	readonly publish: (sections: Partial<View>) => void;
	/** As if somebody had claimed the appliance before. */
	readonly choosePassword: (password: string) => Promise<void>;
	/** What `alga-appliance access reset` does. */
	readonly reset: () => void;
	readonly log: (...lines: readonly LogLine[]) => void;
	/** Answers the next request to a path with this instead. */
	readonly answerOnce: (path: string, status: number, body: string) => void;
	readonly kill: () => Promise<void>;
	readonly start: () => Promise<void>;
};

export async function startStubEngine(socketPath: string, first: View): Promise<StubEngine> {
	const token = '7F3K-9QXT-2MVB-ZZ23';
	const statusToken = 'status-token-0123456789abcdef';
	const asked: Asked[] = [];
	const streams = new Set<ServerResponse>();
	const followers = new Set<ServerResponse>();
	const overrides = new Map<string, {status: number; body: string}>();
	const lines: LogLine[] = [];
	let view = first;
	let revision = 1;
	let epoch = 1;
	let passwordHash: string | undefined;
	let operations = 0;
	let server: Server | undefined;

	const send = (stream: ServerResponse, event: string, data: unknown, id: string | number) =>
		stream.write(`id: ${id}\nevent: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
	const publish = (sections: Partial<View>) => {
		view = {...view, ...sections};
		revision += 1;
		for (const stream of streams) send(stream, 'sections', {revision, sections}, revision);
	};
	const page = (from: number, to: number) => ({
		lines: lines.slice(from, to),
		...(from > 0 && {older: String(from)}),
		newer: String(to),
		dropped: 0,
	});
	const problem = (code: string, what: string) => ({problem: {code, what, next: 'Try again.'}});

	const answers: Record<
		string,
		(body: Record<string, unknown>, url: URL, response: ServerResponse) => [number, unknown] | undefined
	> = {
		[`GET ${routes.view.path}`]: () => [200, {revision, view}],
		[`GET ${routes.events.path}`]: (_body, _url, response) => {
			response.writeHead(200, {'content-type': 'text/event-stream'});
			send(response, 'view', {revision, view}, revision);
			streams.add(response);
			response.once('close', () => streams.delete(response));
			return undefined;
		},
		[`GET ${routes.status.path}`]: () => [200, {siteId: view.identity.siteId, rollup: view.rollup}],
		[`GET ${routes.credential.path}`]: () => [
			200,
			{
				epoch,
				...(passwordHash && {passwordHash}),
				statusTokenHash: createHash('sha256').update(statusToken).digest('hex'),
			},
		],
		[`PUT ${routes.certificate.path}`]: () => [200, {}],
		[`POST ${routes.claim.path}`]: body => {
			const given = String(body.token)
				.toUpperCase()
				.replaceAll(/[^0-9A-Z]/g, '');
			if (view.access.state !== 'unclaimed' || given !== token.replaceAll('-', '')) {
				return [401, problem('auth.denied', 'That is not the setup token.')];
			}
			epoch += 1;
			passwordHash = String(body.passwordHash);
			publish({access: {state: 'claimed'}});
			return [200, {epoch}];
		},
		[`PUT ${routes.draft.path}`]: body => {
			const draft: Record<string, string> = {...view.setup.draft, ...Object(body.values)};
			const problems = Object.fromEntries(
				Object.entries(checkForm(draft, 'without-secrets')).filter(([, one]) => one !== undefined),
			);
			publish({setup: {...view.setup, draft, problems: {...problems}, revision: view.setup.revision + 1}});
			return [200, {draft, problems}];
		},
		'GET /v1/bundles/alga-support-site-1.tar.gz': (_body, _url, response) => {
			response.writeHead(200, {'content-type': 'application/gzip', 'content-length': 9});
			response.end('a archive');
			return undefined;
		},
		[`POST ${routes.start.path}`]: () => {
			operations += 1;
			return [202, {id: `operation-${operations}`}];
		},
	};

	const logs = (url: URL, response: ServerResponse): [number, unknown] | undefined => {
		const limit = Number(url.searchParams.get('limit') ?? 200);
		const cursor = url.searchParams.get('cursor');
		const from = url.searchParams.get('from');
		if (url.pathname.endsWith('/follow')) {
			response.writeHead(200, {'content-type': 'text/event-stream'});
			const start = Number(cursor ?? lines.length);
			if (start < lines.length) send(response, 'lines', page(start, lines.length), lines.length);
			else response.write(': nothing yet\n\n');
			followers.add(response);
			response.once('close', () => followers.delete(response));
			return undefined;
		}
		if (from === 'first') return [200, page(0, Math.min(limit, lines.length))];
		if (url.searchParams.get('direction') === 'newer') {
			const start = Number(cursor ?? 0);
			return [200, page(start, Math.min(lines.length, start + limit))];
		}
		const end = Number(cursor ?? lines.length);
		return [200, page(Math.max(0, end - limit), end)];
	};

	const handle = async (request: IncomingMessage, response: ServerResponse) => {
		const url = new URL(request.url ?? '/', 'http://engine');
		const chunks: Buffer[] = [];
		for await (const chunk of request) chunks.push(chunk);
		const text = Buffer.concat(chunks).toString('utf8');
		const body: Record<string, unknown> = text === '' ? {} : JSON.parse(text);
		asked.push({method: request.method ?? '', path: url.pathname, body});
		const override = overrides.get(url.pathname);
		overrides.delete(url.pathname);
		if (override) {
			response.writeHead(override.status, {'content-type': 'application/json'}).end(override.body);
			return;
		}
		const answer = url.pathname.startsWith('/v1/logs/')
			? logs(url, response)
			: /^\/v1\/operations\/[^/]+\/[^/]+$/.test(url.pathname)
				? ([200, {id: 'operation-1'}] as const)
				: (
						answers[`${request.method} ${url.pathname}`] ??
						(() => [404, problem('route.unknown', 'No such route.')] as [number, unknown])
					)(body, url, response);
		if (answer) response.writeHead(answer[0], {'content-type': 'application/json'}).end(JSON.stringify(answer[1]));
	};

	const start = async () => {
		await rm(socketPath, {force: true});
		server = createServer((request, response) => {
			handle(request, response).catch(error => response.destroy(error));
		});
		server.listen(socketPath);
		await once(server, 'listening');
	};
	const kill = async () => {
		const closing = server;
		if (closing === undefined) return;
		server = undefined;
		closing.close();
		closing.closeAllConnections();
		await once(closing, 'close');
		await rm(socketPath, {force: true});
	};
	await start();

	return {
		socketPath,
		asked,
		token,
		statusToken,
		view: () => view,
		publish,
		choosePassword: async password => {
			passwordHash = await hashPassword(password);
		},
		reset: () => {
			epoch += 1;
			passwordHash = undefined;
			publish({access: {state: 'unclaimed'}});
		},
		log: (...more) => {
			const from = lines.length;
			lines.push(...more);
			for (const follower of followers) send(follower, 'lines', page(from, lines.length), lines.length);
		},
		answerOnce: (path, status, body) => overrides.set(path, {status, body}),
		kill,
		start,
		[Symbol.asyncDispose]: kill,
	};
}
