import {mkdir} from 'node:fs/promises';
import type {AddressInfo} from 'node:net';
import {hostname} from 'node:os';
import type {FastifyInstance} from 'fastify';
import {type Clock, systemClock} from '../engine/clock.ts';
import {buildApp} from './app.ts';
import {loadPage} from './assets.ts';
import {makeCredentials} from './auth/credential.ts';
import {openLockout} from './auth/lockout.ts';
import {openSessions} from './auth/sessions.ts';
import {type GatewayConfig, readConfig} from './config.ts';
import {connectEngine} from './engine.ts';
import type {Log} from './files.ts';
import {startHub} from './stream.ts';
import {type Certificate, openCertificate} from './tls.ts';

export type Gateway = {
	readonly httpPort: number;
	/** 0: there is no certificate, so no secure page either; the log says why. */
	readonly httpsPort: number;
	readonly fingerprint: string;
	readonly listeners: () => number;
};

type Ports = {readonly clock: Clock; readonly log: Log};
const standard: Ports = {clock: systemClock, log: line => process.stdout.write(`${line}\n`)};

/** Starts the gateway: it answers at once, whether the engine is there or not. Rejects when a port is taken. */
export async function startGateway(
	config: GatewayConfig,
	{clock, log}: Ports = standard,
): Promise<Gateway & AsyncDisposable> {
	await using cleanup = new AsyncDisposableStack();
	await mkdir(config.stateDir, {recursive: true, mode: 0o700});
	const [page, sessions, lockout, certificate] = await Promise.all([
		loadPage(config.pageDir),
		openSessions(config.stateDir, log),
		openLockout(config.stateDir, log),
		certificateOrNone(config.stateDir, clock, log),
	]);

	const stop = new AbortController();
	cleanup.defer(() => stop.abort());
	const engine = cleanup.use(connectEngine(config.engineSocket));
	const credentials = makeCredentials(engine, sessions, clock, stop.signal);
	const refresh = async () => {
		await credentials.renew();
		hub.sweep();
	};
	const hub = cleanup.use(
		startHub(engine, clock, {
			connected: () => {
				void refresh();
				if (certificate === undefined) return;
				const {fingerprint} = certificate;
				void engine.client('certificate', {body: {fingerprint}}, stop.signal).then(told => {
					if (!told.ok) log(`the engine was not told the certificate: ${told.problem.what}`);
				});
			},
			accessChanged: () => void refresh(),
			lost: error => log(`the engine is away: ${error}`),
		}),
	);

	const open = {http: 0, https: 0};
	const parts = {engine, hub, clock, log, sessions, credentials, lockout, page, version: config.version};
	const shared = {...parts, turnstile: {waiting: 0}, ports: () => open};
	const plain = buildApp({...shared, scheme: 'http', certificate: undefined});
	cleanup.defer(() => plain.close());
	if (certificate !== undefined) {
		const secure = buildApp({...shared, scheme: 'https', certificate});
		cleanup.defer(() => secure.close());
		open.https = await listen(secure, config.host, config.httpsPort);
	}
	open.http = await listen(plain, config.host, config.httpPort);
	log(`page on http port ${open.http}${certificate ? `, https port ${open.https}` : ''}`);

	const owned = cleanup.move();
	return {
		httpPort: open.http,
		httpsPort: open.https,
		fingerprint: certificate?.fingerprint ?? '',
		listeners: hub.listeners,
		[Symbol.asyncDispose]: () => owned.disposeAsync(),
	};
}

async function certificateOrNone(stateDir: string, clock: Clock, log: Log): Promise<Certificate | undefined> {
	try {
		return await openCertificate(stateDir, hostname(), clock.now());
	} catch (error) {
		log(`no certificate, so no https: ${error instanceof Error ? error.message : String(error)}`);
		return undefined;
	}
}

/** The port that was opened. A machine without IPv6 listens on IPv4 alone. */
async function listen(app: FastifyInstance, host: string, port: number): Promise<number> {
	try {
		await app.listen({host, port});
	} catch (error) {
		const noIPv6 =
			error instanceof Error && 'code' in error && /^(EAFNOSUPPORT|EADDRNOTAVAIL)$/.test(String(error.code));
		if (host !== '::' || !noIPv6) throw error;
		await app.listen({host: '0.0.0.0', port});
	}
	const address: AddressInfo | string | null = app.server.address();
	return typeof address === 'object' && address !== null ? address.port : port;
}

if (import.meta.main) {
	// A journal that restarts closes our output: a line that is lost must not end the page.
	process.stdout.on('error', () => undefined);
	const gateway = await startGateway(readConfig(process.argv.slice(2), process.env));
	for (const signal of ['SIGINT', 'SIGTERM'] as const) {
		process.once(signal, () => {
			gateway[Symbol.asyncDispose]().then(
				() => process.exit(0),
				(error: unknown) => {
					process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
					process.exit(1);
				},
			);
		});
	}
}
