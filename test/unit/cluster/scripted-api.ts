import {once} from 'node:events';
import {createServer, type IncomingMessage, type ServerResponse} from 'node:http';
import type {AddressInfo} from 'node:net';

/** What a test answers one request with; undefined leaves it to the script's default (empty list, silent watch). */
export type Answerer = (
	request: {
		readonly plural: string;
		readonly query: URLSearchParams;
		readonly url: string;
		readonly method: string;
		readonly authorization: string | undefined;
	},
	response: ServerResponse,
) => boolean;

export type ScriptedApi = AsyncDisposable & {
	readonly kubeconfig: string;
	/** Every request so far, newest last. */
	readonly requests: string[];
	/** Replaces how requests are answered; false from it means the default. */
	answer: Answerer;
	/** Watches that are open now, by plural. */
	readonly watches: Map<string, Set<ServerResponse>>;
	readonly send: (plural: string, type: string, object: unknown) => void;
	/** Ends the watches of a kind, in the middle of this text. */
	readonly cut: (plural: string, half?: string) => void;
	readonly stop: () => Promise<void>;
	readonly start: () => Promise<void>;
};

/** A server that speaks just enough of the Kubernetes API to be told, request by request, how to misbehave. */
export async function startScriptedApi(): Promise<ScriptedApi> {
	const watches = new Map<string, Set<ServerResponse>>();
	const requests: string[] = [];
	const handle = (request: IncomingMessage, response: ServerResponse) => {
		const url = new URL(request.url ?? '/', 'http://localhost');
		const plural = url.pathname.split('/').at(-1) ?? '';
		requests.push(`${request.method} ${request.url}`);
		const given = {
			plural,
			query: url.searchParams,
			url: url.pathname,
			method: request.method ?? '',
			authorization: request.headers.authorization,
		};
		if (api.answer(given, response)) return;
		if (url.pathname === '/readyz') return void response.end('ok');
		if (url.pathname === '/version') return void json(response, {gitVersion: 'v1.36.0'});
		if (request.method !== 'GET') return void status(response, 404, 'NotFound');
		if (url.searchParams.get('watch') !== 'true') return void page(response, []);
		const open = watches.get(plural) ?? new Set();
		watches.set(plural, open.add(response));
		response.once('close', () => open.delete(response));
		response.writeHead(200, {'content-type': 'application/json'});
		response.flushHeaders();
	};
	const server = createServer(handle);
	let port = 0;
	const start = async () => {
		server.listen(port, '127.0.0.1');
		await once(server, 'listening');
		const address = server.address() as AddressInfo;
		port = address.port;
	};
	const stop = async () => {
		if (!server.listening) return;
		const closed = once(server, 'close');
		server.close();
		server.closeAllConnections();
		await closed;
	};
	await start();
	const api: ScriptedApi = {
		kubeconfig: kubeconfig(`http://127.0.0.1:${port}`),
		requests,
		answer: () => false,
		watches,
		send: (plural, type, object) => {
			for (const watch of watches.get(plural) ?? []) watch.write(`${JSON.stringify({type, object})}\n`);
		},
		cut: (plural, half) => {
			for (const watch of watches.get(plural) ?? []) {
				if (half === undefined) watch.end();
				else watch.write(half, () => watch.destroy());
			}
		},
		start,
		stop,
		[Symbol.asyncDispose]: stop,
	};
	return api;
}

export const kubeconfig = (server: string, token = 'admin-token'): string =>
	JSON.stringify({
		'current-context': 'default',
		clusters: [{name: 'default', cluster: {server}}],
		users: [{name: 'default', user: {token}}],
		contexts: [{name: 'default', context: {cluster: 'default', user: 'default'}}],
	});

export function json(response: ServerResponse, value: unknown): true {
	response.setHeader('content-type', 'application/json');
	response.end(JSON.stringify(value));
	return true;
}

export function text(response: ServerResponse, body: string): true {
	response.end(body);
	return true;
}

export const page = (
	response: ServerResponse,
	items: readonly unknown[],
	metadata: {readonly resourceVersion?: string; readonly continue?: string} = {},
): true => json(response, {kind: 'List', apiVersion: 'v1', metadata: {resourceVersion: '100', ...metadata}, items});

export function status(response: ServerResponse, code: number, reason: string, message = reason): true {
	response.statusCode = code;
	return json(response, {kind: 'Status', apiVersion: 'v1', status: 'Failure', code, reason, message});
}

export const pod = (name: string, resourceVersion = '101', more: Record<string, unknown> = {}) => ({
	metadata: {name, namespace: 'msp', uid: `uid-${name}`, resourceVersion, managedFields: [{manager: 'kubelet'}]},
	spec: {containers: [{name: 'main', image: 'registry.example/app:1'}]},
	status: {phase: 'Running', containerStatuses: [{name: 'main', ready: true, restartCount: 0, state: {running: {}}}]},
	...more,
});
