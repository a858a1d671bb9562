import {createServer, type IncomingMessage, type Server, type ServerResponse} from 'node:http';
import type {AddressInfo, Socket} from 'node:net';
import {notFound, Refusal, send, sendText, status} from './answer.ts';
import {apiVersionOf, type Kind} from './kinds.ts';
import {listPage} from './list.ts';
import type {Store} from './store.ts';
import {makeWatches} from './watch.ts';
import {makeWriter, type Target, type Write} from './write.ts';

const bodyLimit = 3 * 1024 * 1024;

/** Where containers' output comes from. */
export type PodLogs = {
	readonly lines: (where: {
		readonly namespace: string;
		readonly pod: string;
		readonly container: string;
		readonly run: 'present' | 'previous';
	}) => readonly string[] | undefined;
	readonly follow: (
		where: {readonly namespace: string; readonly pod: string; readonly container: string},
		line: (text: string) => void,
	) => Disposable;
};

export type KubeServer = {
	readonly url: string;
	/** `refuses` breaks every connection, as a machine whose API server is not up does. */
	readonly set: (state: 'serves' | 'refuses') => void;
	readonly state: () => 'serves' | 'refuses';
	readonly cutWatches: (where: 'between' | 'mid-object') => void;
	readonly watchers: () => number;
	readonly close: () => Promise<void>;
};

/** The Kubernetes API on loopback HTTP, over a store. https://kubernetes.io/docs/reference/using-api/api-concepts/ */
export async function serveKube(options: {
	readonly store: Store;
	readonly now: () => number;
	readonly version: () => string;
	readonly logs: PodLogs;
	readonly recorded: (write: Write) => void;
}): Promise<KubeServer> {
	const {store, logs} = options;
	const watches = makeWatches(store);
	const writer = makeWriter(store, options.now, options.recorded);
	const sockets = new Set<Socket>();
	let state: 'serves' | 'refuses' = 'refuses';

	const handle = async (request: IncomingMessage, response: ServerResponse): Promise<unknown> => {
		const url = new URL(request.url ?? '/', 'http://kubernetes');
		if (/^\/(readyz|livez|healthz)(\/|$)/.test(url.pathname)) return sendText(response, 200, 'ok');
		if ((request.headers.authorization ?? '') === '') throw new Refusal(401, 'Unauthorized', 'Unauthorized');
		const found = discovery(store, url.pathname, options.version());
		if (found !== undefined && request.method === 'GET') return send(response, 200, found);
		const target = targetOf(store, url.pathname);
		if (target === undefined) throw new Refusal(404, 'NotFound', 'the server could not find the requested resource');
		if (request.method === 'GET') return read(request, response, target, url.searchParams);
		const body = await bodyOf(request);
		if (request.method === 'POST' && target.name === undefined)
			return send(response, 201, writer.create(target, body, url.searchParams));
		if (target.name === undefined)
			throw new Refusal(405, 'MethodNotAllowed', 'the server does not allow this method on the requested resource');
		if (request.method === 'PUT') return send(response, 200, writer.replace(target, body, url.searchParams));
		if (request.method === 'DELETE') return send(response, 200, writer.remove(target, url.searchParams));
		if (request.method === 'PATCH') return patch(request, response, target, body, url.searchParams);
		throw new Refusal(405, 'MethodNotAllowed', 'the server does not allow this method on the requested resource');
	};

	const read = (request: IncomingMessage, response: ServerResponse, target: Target, query: URLSearchParams) => {
		const {kind, namespace, name, subresource} = target;
		if (kind.kind === 'Pod' && subresource === 'log') return podLog(response, target, query);
		const watching = query.get('watch') === 'true' || query.get('watch') === '1';
		if (watching) return watches.serve(request, response, {kind, namespace, query});
		if (name === undefined) return send(response, 200, listPage(store, kind, namespace, query));
		return send(response, 200, writer.existing(target));
	};

	const patch = (
		request: IncomingMessage,
		response: ServerResponse,
		target: Target,
		body: string,
		query: URLSearchParams,
	) => {
		const type = (request.headers['content-type'] ?? '').split(';')[0]?.trim();
		if (type === 'application/apply-patch+yaml') {
			const {object, created} = writer.apply(target, body, query);
			return send(response, created ? 201 : 200, object);
		}
		if (type === 'application/merge-patch+json' || type === 'application/strategic-merge-patch+json') {
			return send(response, 200, writer.merge(target, body, query));
		}
		throw new Refusal(
			415,
			'UnsupportedMediaType',
			`the body of the request was in an unknown format - accepted media types include: application/merge-patch+json, application/apply-patch+yaml`,
		);
	};

	const podLog = (response: ServerResponse, target: Target, query: URLSearchParams) => {
		const pod = writer.existing(target);
		const containers = containerNames(pod);
		const container = query.get('container') ?? containers[0] ?? '';
		if (!containers.includes(container))
			throw new Refusal(400, 'BadRequest', `container ${container} is not valid for pod ${pod.metadata.name}`);
		const where = {namespace: target.namespace ?? '', pod: pod.metadata.name, container};
		const run = query.get('previous') === 'true' ? 'previous' : 'present';
		const lines = logs.lines({...where, run});
		if (lines === undefined) {
			const why =
				run === 'previous'
					? `previous terminated container "${container}" in pod "${where.pod}" not found`
					: `container "${container}" in pod "${where.pod}" is waiting to start: ContainerCreating`;
			throw new Refusal(400, 'BadRequest', why);
		}
		const tail = query.get('tailLines');
		const shown = tail === null ? lines : lines.slice(Math.max(0, lines.length - Number(tail)));
		response.writeHead(200, {'content-type': 'text/plain'});
		response.write(shown.map(line => `${line}\n`).join(''));
		if (query.get('follow') !== 'true') {
			response.end();
			return;
		}
		const following = logs.follow(where, line => response.write(`${line}\n`));
		response.on('close', () => following[Symbol.dispose]());
	};

	const server: Server = createServer((request, response) => {
		handle(request, response).catch((error: unknown) => {
			if (response.headersSent) {
				response.destroy();
				return;
			}
			if (error instanceof Refusal)
				send(response, error.code, status(error.code, error.reason, error.message, error.details));
			else send(response, 500, status(500, 'InternalError', String(error)));
		});
	});
	server.on('connection', socket => {
		if (state === 'refuses') {
			socket.resetAndDestroy();
			return;
		}
		sockets.add(socket);
		socket.on('close', () => sockets.delete(socket));
	});
	await new Promise<void>((resolve, reject) => {
		server.once('error', reject);
		server.listen(0, '127.0.0.1', resolve);
	});
	const {port} = server.address() as AddressInfo;

	const drop = () => {
		watches.close();
		for (const socket of [...sockets]) socket.destroy();
	};
	return {
		url: `http://127.0.0.1:${port}`,
		set: next => {
			state = next;
			if (next === 'refuses') drop();
		},
		state: () => state,
		cutWatches: watches.cut,
		watchers: watches.count,
		close: async () => {
			drop();
			await new Promise(resolve => server.close(resolve));
		},
	};
}

const containerNames = (pod: {readonly [field: string]: unknown}): readonly string[] => {
	const spec = pod.spec;
	const listed = (name: string): readonly unknown[] => {
		const value = typeof spec === 'object' && spec !== null ? Reflect.get(spec, name) : undefined;
		return Array.isArray(value) ? value : [];
	};
	return [...listed('containers'), ...listed('initContainers')].map(one =>
		String(typeof one === 'object' && one !== null ? Reflect.get(one, 'name') : ''),
	);
};

async function bodyOf(request: IncomingMessage): Promise<string> {
	const chunks: Buffer[] = [];
	let size = 0;
	for await (const chunk of request) {
		const bytes = Buffer.from(chunk);
		size += bytes.length;
		if (size > bodyLimit)
			throw new Refusal(413, 'RequestEntityTooLarge', `Request entity too large: limit is ${bodyLimit}`);
		chunks.push(bytes);
	}
	return Buffer.concat(chunks).toString('utf8');
}

/** `/api/v1/namespaces/msp/pods/web-0/log` → what and where. */
function targetOf(store: Store, path: string): Target | undefined {
	const parts = path.split('/').filter(Boolean).map(decodeURIComponent);
	const [group, version, rest] =
		parts[0] === 'api'
			? ['', parts[1] ?? '', parts.slice(2)]
			: parts[0] === 'apis'
				? [parts[1] ?? '', parts[2] ?? '', parts.slice(3)]
				: ['', '', []];
	const inNamespace = rest[0] === 'namespaces' && rest.length > 2 && rest[2] !== 'status' && rest[2] !== 'finalize';
	const [plural, name, subresource] = inNamespace ? rest.slice(2) : rest;
	const kind = store.resource(group, version, plural ?? '');
	if (kind === undefined) return undefined;
	const namespace = inNamespace ? rest[1] : undefined;
	if (name !== undefined && kind.namespaced !== inNamespace) throw notFound(kind.plural, kind.group, name);
	if (subresource !== undefined && subresource !== 'status' && subresource !== 'log') return undefined;
	return {kind, namespace, name, subresource};
}

/** The documents a client reads to learn what is served. */
function discovery(store: Store, path: string, version: string): unknown {
	const [root, group, groupVersion, ...more] = path.split('/').filter(Boolean);
	if (path === '/version') {
		const [, major = '1', minor = '0'] = /^v?(\d+)\.(\d+)/.exec(version) ?? [];
		return {major, minor, gitVersion: version, platform: 'linux/amd64'};
	}
	if (path === '/api') return {kind: 'APIVersions', versions: ['v1']};
	if (root === 'api' && group === 'v1' && groupVersion === undefined) return resources(store.kinds(), '', 'v1');
	const groups = [...new Set(store.kinds().map(one => one.group))].filter(Boolean);
	const described = (name: string) => {
		const versions = [
			...new Set(
				store
					.kinds()
					.filter(one => one.group === name)
					.map(one => one.version),
			),
		].map(one => ({groupVersion: `${name}/${one}`, version: one}));
		return {name, versions, preferredVersion: versions[0]};
	};
	if (path === '/apis') return {kind: 'APIGroupList', apiVersion: 'v1', groups: groups.map(described)};
	if (root !== 'apis' || group === undefined || more.length > 0 || !groups.includes(group)) return undefined;
	if (groupVersion === undefined) return {kind: 'APIGroup', apiVersion: 'v1', ...described(group)};
	const listed = resources(store.kinds(), group, groupVersion);
	return listed.resources.length > 0 ? listed : undefined;
}

const verbs = ['create', 'delete', 'get', 'list', 'patch', 'update', 'watch'];

function resources(kinds: readonly Kind[], group: string, version: string) {
	const listed = kinds.filter(one => one.group === group && one.version === version);
	return {
		kind: 'APIResourceList',
		apiVersion: 'v1',
		groupVersion: apiVersionOf({group, version}),
		resources: listed.map(({plural, kind, namespaced}) => ({
			name: plural,
			singularName: kind.toLowerCase(),
			namespaced,
			kind,
			verbs,
		})),
	};
}
