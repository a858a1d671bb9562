import {createReadStream} from 'node:fs';
import {stat} from 'node:fs/promises';
import {createServer, type IncomingMessage, type ServerResponse} from 'node:http';
import {pipeline} from 'node:stream/promises';
import {endpointOf} from './endpoint.ts';
import type {Layout} from './layout.ts';

/** An address to listen at, or a listening socket that systemd hands over (sd_listen_fds(3)). */
export type Listener = {readonly address: string; readonly port: number} | {readonly fd: number};

export type Mirror = AsyncDisposable & {
	/** `http://ADDRESS:PORT` of the first listener. */
	readonly origin: string;
};

/** Where the client finds a host's repositories in a mirror: below a path of the host's name. */
export const mirrorsFor = (origin: string, hosts: readonly string[]): Readonly<Record<string, string>> =>
	Object.fromEntries(hosts.map(host => [host, `${origin}/${host}`]));

/** The first line of a registries.yaml of ours: one without it is somebody else's, and is left alone. */
export const registriesMark = '# Written by alga-appliance; changes made here are lost.';

/**
 * k3s's registries.yaml (JSON is YAML; https://docs.k3s.io/installation/private-registry): containerd asks the mirror of a
 * host, with the mirror's path put before the name. The real host stays the last resort, as k3s has it.
 */
export function registriesFor(mirrors: Readonly<Record<string, string>>, caFile?: string): string {
	const places = Object.keys(mirrors).map(host => {
		const {origin, name} = endpointOf(`${host}/-`, mirrors);
		return {host, origin, name};
	});
	const certified = places.filter(({origin}) => origin.startsWith('https:')).map(({origin}) => new URL(origin).host);
	const registries = {
		mirrors: Object.fromEntries(
			places.map(({host, origin, name}) => {
				const path = name.replace(/-$/, '');
				return [host, {endpoint: [origin], ...(path !== '' && {rewrite: {'^(.*)$': `${path}$1`}})}];
			}),
		),
		...(caFile !== undefined && {configs: Object.fromEntries(certified.map(host => [host, {tls: {ca_file: caFile}}]))}),
	};
	return `${registriesMark}\n${JSON.stringify(registries, undefined, 2)}\n`;
}

/**
 * Serves a verified layout over the distribution API, read-only (DESIGN D10): on loopback for containerd, or on the
 * address by which pods reach the node, for Flux. What it serves is signed, and nothing of it is secret. A repository
 * `ghcr.io/a/b` is found at `/v2/ghcr.io/a/b`, or at `/v2/a/b?ns=ghcr.io` as containerd asks.
 */
export async function openMirror(
	layout: Layout,
	listeners: readonly Listener[] = [{address: '127.0.0.1', port: 0}],
): Promise<Mirror> {
	await using opened = new AsyncDisposableStack();
	const origins: string[] = [];
	for (const listener of listeners) {
		const server = createServer({requestTimeout: 30_000, headersTimeout: 10_000}, (request, response) => {
			answer(layout, request, response).catch(() => response.destroy());
		});
		server.maxConnections = 64;
		await new Promise<void>((done, failed) => {
			server.once('error', failed);
			if ('fd' in listener) server.listen({fd: listener.fd}, done);
			else server.listen(listener.port, listener.address, done);
		});
		opened.defer(async () => {
			server.closeAllConnections();
			await new Promise(done => server.close(done));
		});
		const bound = server.address();
		origins.push(
			typeof bound === 'object' && bound !== null ? `http://${bound.address}:${bound.port}` : 'a socket of systemd',
		);
	}
	const closing = opened.move();
	return {origin: origins[0] ?? '', [Symbol.asyncDispose]: () => closing.disposeAsync()};
}

async function answer(layout: Layout, request: IncomingMessage, response: ServerResponse): Promise<void> {
	if (request.method !== 'GET' && request.method !== 'HEAD')
		return refuse(response, 405, 'UNSUPPORTED', 'this registry is read-only');
	const url = URL.parse(request.url ?? '', 'http://mirror');
	if (url === null) return refuse(response, 400, 'UNSUPPORTED', 'not an address');
	if (url.pathname === '/v2/' || url.pathname === '/v2') {
		response.writeHead(200, {'content-type': 'application/json', ...distribution}).end('{}');
		return;
	}
	const [, path = '', kind, reference = ''] = /^\/v2\/(.+)\/(manifests|blobs|tags)\/([^/]+)$/.exec(url.pathname) ?? [];
	const ns = url.searchParams.get('ns');
	const repository = ns === null || path.startsWith(`${ns}/`) ? path : `${ns}/${path}`;
	if (kind === 'blobs') return sendBlob(layout, reference, request, response);
	const entries = (await layout.entries()).filter(entry => entry.repository === repository);
	if (kind === 'tags' && entries.length > 0) {
		const tags = entries.map(entry => entry.reference).filter(one => !one.startsWith('sha256:'));
		response.writeHead(200, {'content-type': 'application/json', ...distribution});
		response.end(JSON.stringify({name: path, tags}));
		return;
	}
	const entry = entries.find(one => one.reference === reference || one.digest === reference);
	if (kind !== 'manifests' || entry === undefined)
		return refuse(response, 404, 'MANIFEST_UNKNOWN', `${repository} ${reference} is not in this bundle`);
	const body = await layout.read(entry.digest);
	response.writeHead(200, {
		'content-type': entry.mediaType,
		'content-length': body.length,
		'docker-content-digest': entry.digest,
		...distribution,
	});
	response.end(request.method === 'HEAD' ? undefined : body);
}

async function sendBlob(layout: Layout, digest: string, request: IncomingMessage, response: ServerResponse) {
	if (!/^sha256:[0-9a-f]{64}$/.test(digest) || !(await layout.hasBlob(digest)))
		return refuse(response, 404, 'BLOB_UNKNOWN', `${digest} is not in this bundle`);
	const path = layout.blobPath(digest);
	const {size} = await stat(path);
	const range = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? '');
	const from = Number(range?.[1] ?? 0);
	const to = Math.min(range?.[2] ? Number(range[2]) : size - 1, size - 1);
	if (range !== null && (from >= size || to < from)) {
		response.writeHead(416, {'content-range': `bytes */${size}`, ...distribution}).end();
		return;
	}
	response.writeHead(range === null ? 200 : 206, {
		'content-type': 'application/octet-stream',
		'content-length': size === 0 ? 0 : to - from + 1,
		'docker-content-digest': digest,
		'accept-ranges': 'bytes',
		...(range !== null && {'content-range': `bytes ${from}-${to}/${size}`}),
		...distribution,
	});
	if (request.method === 'HEAD' || size === 0) response.end();
	else await pipeline(createReadStream(path, {start: from, end: to}), response);
}

const distribution = {'docker-distribution-api-version': 'registry/2.0'};

function refuse(response: ServerResponse, status: number, code: string, message: string): void {
	response
		.writeHead(status, {'content-type': 'application/json', ...distribution})
		.end(JSON.stringify({errors: [{code, message}]}));
}
