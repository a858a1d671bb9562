import {createHash} from 'node:crypto';
import {createServer, type IncomingMessage, type ServerResponse} from 'node:http';
import type {AddressInfo, Socket} from 'node:net';

export type RegistryManifest = {readonly mediaType: string; readonly body: Uint8Array};

/** What a registry holds, independent of how it came there. Repositories are named without a host. */
export type Artifact = {
	readonly repository: string;
	readonly manifest: RegistryManifest;
	readonly blobs: readonly Uint8Array[];
	readonly tags: readonly string[];
};

export type SimulatedRegistry = {
	readonly url: string;
	/** Stores an artifact and moves its tags to it; returns its digest. */
	readonly publish: (artifact: Artifact) => string;
	/** Takes a manifest away, as a publisher who cleaned up too much. */
	readonly forget: (repository: string, digest: string) => void;
	readonly untag: (repository: string, tag: string) => void;
	/** Whether a manifest with this tag or digest is there. */
	readonly holds: (repository: string, reference: string) => boolean;
	/** `unreachable` breaks every connection. */
	readonly set: (state: 'serves' | 'unreachable') => void;
	/** Requests answered, newest last. */
	readonly requests: () => readonly string[];
	readonly close: () => Promise<void>;
};

const sha256 = (bytes: Uint8Array) => `sha256:${createHash('sha256').update(bytes).digest('hex')}`;

/** An OCI distribution registry, read side: https://github.com/opencontainers/distribution-spec/blob/main/spec.md */
export async function serveRegistry(): Promise<SimulatedRegistry> {
	const blobs = new Map<string, Uint8Array>();
	const manifests = new Map<string, RegistryManifest>();
	const tags = new Map<string, string>();
	const sockets = new Set<Socket>();
	const requests: string[] = [];
	let state: 'serves' | 'unreachable' = 'serves';

	const resolve = (repository: string, reference: string): string =>
		reference.startsWith('sha256:') ? reference : (tags.get(`${repository}:${reference}`) ?? '');

	const publish = ({repository, manifest, blobs: content, tags: names}: Artifact): string => {
		for (const blob of content) blobs.set(`${repository}@${sha256(blob)}`, blob);
		const digest = sha256(manifest.body);
		manifests.set(`${repository}@${digest}`, manifest);
		for (const tag of names) tags.set(`${repository}:${tag}`, digest);
		return digest;
	};

	const answer = (request: IncomingMessage, response: ServerResponse) => {
		const {pathname} = new URL(request.url ?? '/', 'http://registry');
		requests.push(`${request.method ?? ''} ${pathname}`);
		if (requests.length > 5000) requests.shift();
		if (request.method !== 'GET' && request.method !== 'HEAD')
			return refuse(response, 405, 'UNSUPPORTED', 'this registry is read-only');
		if (pathname === '/v2' || pathname === '/v2/') {
			response.writeHead(200, {'content-type': 'application/json', 'docker-distribution-api-version': 'registry/2.0'});
			response.end('{}');
			return;
		}
		const listed = /^\/v2\/(.+)\/tags\/list$/.exec(pathname);
		if (listed) {
			const repository = listed[1] ?? '';
			const names = [...tags.keys()]
				.filter(key => key.startsWith(`${repository}:`))
				.map(key => key.slice(repository.length + 1))
				.sort();
			if (names.length === 0) return refuse(response, 404, 'NAME_UNKNOWN', 'repository name not known to registry');
			response.writeHead(200, {'content-type': 'application/json'});
			response.end(JSON.stringify({name: repository, tags: names}));
			return;
		}
		const [, repository = '', kind, reference = ''] = /^\/v2\/(.+)\/(manifests|blobs)\/([^/]+)$/.exec(pathname) ?? [];
		if (kind === 'manifests') return sendManifest(request, response, repository, reference);
		if (kind === 'blobs') return sendBlob(request, response, repository, reference);
		return refuse(response, 404, 'UNSUPPORTED', 'unknown address');
	};

	const sendManifest = (request: IncomingMessage, response: ServerResponse, repository: string, reference: string) => {
		const digest = resolve(repository, reference);
		const manifest = manifests.get(`${repository}@${digest}`);
		if (manifest === undefined) return refuse(response, 404, 'MANIFEST_UNKNOWN', 'manifest unknown');
		response.writeHead(200, {
			'content-type': manifest.mediaType,
			'content-length': manifest.body.byteLength,
			'docker-content-digest': digest,
		});
		response.end(request.method === 'HEAD' ? undefined : manifest.body);
	};

	const sendBlob = (request: IncomingMessage, response: ServerResponse, repository: string, digest: string) => {
		const blob = blobs.get(`${repository}@${digest}`);
		if (blob === undefined) return refuse(response, 404, 'BLOB_UNKNOWN', 'blob unknown to registry');
		const range = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? '');
		const from = range ? Number(range[1]) : 0;
		if (from > 0 && from >= blob.byteLength) {
			response.writeHead(416, {'content-range': `bytes */${blob.byteLength}`});
			response.end();
			return;
		}
		const to = range?.[2] ? Math.min(Number(range[2]), blob.byteLength - 1) : blob.byteLength - 1;
		const part = blob.subarray(from, to + 1);
		response.writeHead(range ? 206 : 200, {
			'content-type': 'application/octet-stream',
			'content-length': part.byteLength,
			'docker-content-digest': digest,
			'accept-ranges': 'bytes',
			...(range && {'content-range': `bytes ${from}-${to}/${blob.byteLength}`}),
		});
		response.end(request.method === 'HEAD' ? undefined : part);
	};

	const server = createServer(answer);
	server.on('connection', socket => {
		if (state === 'unreachable') {
			socket.resetAndDestroy();
			return;
		}
		sockets.add(socket);
		socket.on('close', () => sockets.delete(socket));
	});
	await new Promise<void>((done, failed) => {
		server.once('error', failed);
		server.listen(0, '127.0.0.1', done);
	});
	const {port} = server.address() as AddressInfo;
	const drop = () => {
		for (const socket of [...sockets]) socket.destroy();
	};
	return {
		url: `http://127.0.0.1:${port}`,
		publish,
		forget: (repository, digest) => {
			manifests.delete(`${repository}@${digest}`);
		},
		untag: (repository, tag) => {
			tags.delete(`${repository}:${tag}`);
		},
		holds: (repository, reference) => manifests.has(`${repository}@${resolve(repository, reference)}`),
		set: next => {
			state = next;
			if (next === 'unreachable') drop();
		},
		requests: () => [...requests],
		close: async () => {
			drop();
			await new Promise(done => server.close(done));
		},
	};
}

function refuse(response: ServerResponse, code: number, name: string, message: string): void {
	response.writeHead(code, {'content-type': 'application/json'});
	response.end(JSON.stringify({errors: [{code: name, message}]}));
}
