import {randomUUID, sign} from 'node:crypto';
import {existsSync} from 'node:fs';
import {mkdir, mkdtemp, readFile, rm, writeFile} from 'node:fs/promises';
import {createServer, type IncomingMessage, type ServerResponse} from 'node:http';
import type {AddressInfo} from 'node:net';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {pipeline} from 'node:stream/promises';
import {execa} from 'execa';
import {Agent, request} from 'undici';
import {createAuthority} from '../cluster/certificates.ts';
import {freePort, startChild, until} from '../cluster/child.ts';
import {digestOf, type SampleArtifact} from './release.ts';

/** Debian's docker-registry; suites that need it are skipped where it is not installed. */
export const dockerRegistry = '/usr/bin/docker-registry';
export const registryMissing = existsSync(dockerRegistry) ? false : 'docker-registry is not installed';
export const skopeoMissing = existsSync('/usr/bin/skopeo') ? false : 'skopeo is not installed';

export type RealRegistry = AsyncDisposable & {
	/** `127.0.0.1:PORT` */
	readonly host: string;
	readonly origin: string;
	/** The test authority, where it speaks TLS. */
	readonly ca: string | undefined;
	readonly folder: string;
};
export type RegistryKind = 'plain' | 'tls' | 'basic' | 'token';
export const login = {user: 'puller', password: 'Only-for-tests-1'};

/** A real registry on loopback, empty: plain, behind TLS of a test authority, with a password, or with tokens. */
export async function startDockerRegistry(kind: RegistryKind = 'plain'): Promise<RealRegistry> {
	const folder = await mkdtemp(join(tmpdir(), 'registry-'));
	const closing = new AsyncDisposableStack();
	closing.defer(() => rm(folder, {recursive: true, force: true}));
	const host = `127.0.0.1:${await freePort()}`;
	const authority = kind === 'tls' || kind === 'token' ? await createAuthority(folder) : undefined;
	const server = await authority?.issue('server', '/CN=registry', [
		'subjectAltName=IP:127.0.0.1',
		'extendedKeyUsage=serverAuth',
	]);
	const origin = kind === 'tls' ? `https://${host}` : `http://${host}`;
	const tokens = kind === 'token' && server ? await tokenServer(server.certFile, server.keyFile) : undefined;
	if (tokens) closing.use(tokens);
	if (kind === 'basic') {
		const {stdout} = await execa('htpasswd', ['-nbB', login.user, login.password]);
		await writeFile(join(folder, 'htpasswd'), `${stdout.trim()}\n`);
	}
	await mkdir(join(folder, 'storage'));
	const settings = {
		version: 0.1,
		log: {level: 'error'},
		storage: {filesystem: {rootdirectory: join(folder, 'storage')}, delete: {enabled: true}},
		http: {
			addr: host,
			...(kind === 'tls' && server && {tls: {certificate: server.certFile, key: server.keyFile}}),
		},
		...(kind === 'basic' && {auth: {htpasswd: {realm: 'test', path: join(folder, 'htpasswd')}}}),
		...(tokens && {
			auth: {
				token: {realm: tokens.realm, service: 'registry', issuer: 'issuer', rootcertbundle: authority?.caFile},
			},
		}),
	};
	const file = join(folder, 'registry.json');
	await writeFile(file, JSON.stringify(settings));
	const child = startChild({
		name: 'docker-registry',
		path: dockerRegistry,
		args: ['serve', file],
		logFile: join(folder, 'log'),
		env: {OTEL_TRACES_EXPORTER: 'none'},
	});
	closing.defer(() => child.kill());
	const trusting = new Agent(authority ? {connect: {ca: authority.caPem}} : {});
	closing.defer(() => trusting.destroy());
	await until(
		'the registry answers',
		async signal => {
			const {body} = await request(`${origin}/v2/`, {dispatcher: trusting, signal});
			await body.dump();
			return true;
		},
		{children: [child]},
	);
	return {
		host,
		origin,
		ca: authority?.caPem,
		folder,
		[Symbol.asyncDispose]: () => closing.disposeAsync(),
	};
}

/** Gives anybody a token for what they ask (distribution token specification); `asked` counts. */
async function tokenServer(certFile: string, keyFile: string): Promise<AsyncDisposable & {readonly realm: string}> {
	const key = await readFile(keyFile, 'utf8');
	const certificate = (await readFile(certFile, 'utf8')).replace(/-----[^-]+-----|\s/g, '');
	const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
	const {origin, server} = await listen((asked, response) => {
		const scope = new URL(asked.url ?? '/', 'http://token').searchParams.get('scope') ?? '';
		const [type = '', name = '', actions = ''] = scope.split(':');
		const now = Math.floor(Date.now() / 1000);
		const claims = {
			iss: 'issuer',
			sub: '',
			aud: 'registry',
			iat: now - 5,
			nbf: now - 5,
			exp: now + 300,
			jti: randomUUID(),
			access: scope === '' ? [] : [{type, name, actions: actions.split(',')}],
		};
		const signed = `${encode({typ: 'JWT', alg: 'ES256', x5c: [certificate]})}.${encode(claims)}`;
		const signature = sign('sha256', Buffer.from(signed), {key, dsaEncoding: 'ieee-p1363'}).toString('base64url');
		response.writeHead(200, {'content-type': 'application/json'});
		response.end(JSON.stringify({token: `${signed}.${signature}`}));
	});
	return {realm: `${origin}/token`, [Symbol.asyncDispose]: server};
}

/** What stands between client and registry does with one request; undefined lets it through. */
export type Tamper = (request: IncomingMessage, response: ServerResponse, count: number) => true | undefined;

export type Tampering = AsyncDisposable & {
	readonly host: string;
	readonly origin: string;
	/** Replaces what it does; every request is counted per method and path from then on. */
	readonly set: (tamper: Tamper) => void;
	readonly requests: () => readonly {readonly line: string; readonly authorization: string | undefined}[];
};

/** A reverse proxy in front of a plain registry that changes what it is told to. */
export async function startTampering(upstream: string): Promise<Tampering> {
	let tamper: Tamper = () => undefined;
	let seen = new Map<string, number>();
	let requests: {line: string; authorization: string | undefined}[] = [];
	const agent = new Agent();
	const {origin, server} = await listen(async (asked, response) => {
		const line = `${asked.method ?? ''} ${asked.url ?? ''}`;
		requests.push({line, authorization: asked.headers.authorization});
		const count = (seen.get(line) ?? 0) + 1;
		seen.set(line, count);
		if (tamper(asked, response, count)) return;
		const {host: _, connection: __, ...headers} = asked.headers;
		const answer = await request(`${upstream}${asked.url ?? ''}`, {
			method: asked.method ?? 'GET',
			headers,
			dispatcher: agent,
			...(['PUT', 'POST', 'PATCH'].includes(asked.method ?? '') && {body: asked}),
		});
		const sent = {...answer.headers};
		// Uploads go on through the proxy too.
		if (typeof sent.location === 'string') sent.location = sent.location.replace(upstream, '');
		response.writeHead(answer.statusCode, sent);
		await pipeline(answer.body, response);
	});
	return {
		host: new URL(origin).host,
		origin,
		set: next => {
			tamper = next;
			seen = new Map();
			requests = [];
		},
		requests: () => requests,
		[Symbol.asyncDispose]: async () => {
			await server();
			await agent.destroy();
		},
	};
}

type Handler = (request: IncomingMessage, response: ServerResponse) => void | Promise<void>;

/** A server on a free loopback port; `server` closes it with everything that is connected. */
export async function listen(handler: Handler): Promise<{origin: string; server: () => Promise<void>}> {
	const server = createServer((asked, response) => {
		Promise.resolve(handler(asked, response)).catch(() => response.destroy());
	});
	await new Promise<void>((done, failed) => {
		server.once('error', failed);
		server.listen(0, '127.0.0.1', done);
	});
	const {port} = server.address() as AddressInfo;
	return {
		origin: `http://127.0.0.1:${port}`,
		server: async () => {
			server.closeAllConnections();
			await new Promise(done => server.close(done));
		},
	};
}

/** Uploads artifacts with nothing but the specification's requests: no code of the product takes part. */
export async function store(origin: string, artifacts: readonly SampleArtifact[]): Promise<void> {
	const accepted = async (method: string, url: string | URL, body?: Uint8Array, type = 'application/octet-stream') => {
		const answer = await fetch(url, {method, ...(body && {body: Buffer.from(body)}), headers: {'content-type': type}});
		if (!answer.ok) throw new Error(`${method} ${url}: ${answer.status} ${await answer.text()}`);
		await answer.arrayBuffer();
		return answer.headers.get('location') ?? '';
	};
	for (const {repository, manifest, blobs, tags} of artifacts) {
		const base = `${origin}/v2/${repository}`;
		for (const blob of blobs) {
			const location = new URL(await accepted('POST', `${base}/blobs/uploads/`), base);
			location.searchParams.set('digest', digestOf(blob));
			await accepted('PUT', location, blob);
		}
		for (const reference of [digestOf(manifest.body), ...tags])
			await accepted('PUT', `${base}/manifests/${reference}`, manifest.body, manifest.mediaType);
	}
}
