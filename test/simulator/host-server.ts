import {rm} from 'node:fs/promises';
import {createServer, type Server, type Socket} from 'node:net';
import {createInterface} from 'node:readline';
import * as z from 'zod';
import type {Host} from '../../server/host/host.ts';
import type {Entry} from './ledger.ts';

const Way = z.object({proxy: z.string().exactOptional(), servers: z.array(z.string()).readonly().exactOptional()});
/** One call of a Host verb, as one JSON line on its own connection; closing the connection aborts it. */
export const Call = z.discriminatedUnion('verb', [
	z.object({verb: z.literal('facts')}),
	z.object({verb: z.literal('watchNetwork')}),
	z.object({
		verb: z.literal('run'),
		argv: z.tuple([z.string()], z.string()),
		deadlineMs: z.number(),
		stdin: z.string().optional(),
	}),
	z.object({verb: z.literal('readFile'), path: z.string()}),
	z.object({verb: z.literal('writeFile'), path: z.string(), content: z.base64(), mode: z.int().optional()}),
	z.object({verb: z.literal('placeFile'), from: z.string(), path: z.string(), mode: z.int()}),
	z.object({verb: z.literal('removeFile'), path: z.string()}),
	z.object({verb: z.literal('exists'), path: z.string()}),
	z.object({verb: z.literal('lookup'), name: z.string(), server: z.string().optional()}),
	z.object({verb: z.literal('fetch'), url: z.string(), way: Way.optional()}),
	z.object({verb: z.literal('portOwners'), ports: z.array(z.int())}),
	z.object({verb: z.literal('power'), action: z.enum(['reboot', 'shutdown'])}),
	z.object({verb: z.literal('ledger')}),
	z.object({verb: z.literal('lines')}),
]);
export type Call = z.infer<typeof Call>;

/** What comes back, a line each: output while it runs, network changes, and at last one result. */
export type Reply =
	| {readonly line: string}
	| {readonly changed: unknown}
	| {readonly result: unknown}
	| {readonly broke: string};

export type HostServer = {readonly close: () => Promise<void>};

/** What a test in another process may read besides the Host's verbs. */
export type Records = {readonly ledger: () => readonly Entry[]; readonly lines: () => readonly string[]};

/** Serves the Host port on a unix socket, so that an engine in another process can be killed without harm to the box. */
export async function serveHost(socketPath: string, host: Host, records: Records): Promise<HostServer> {
	const open = new Set<Socket>();
	const server: Server = createServer(socket => {
		open.add(socket);
		const gone = new AbortController();
		socket.on('error', () => undefined);
		socket.on('close', () => {
			open.delete(socket);
			gone.abort(new Error('the caller went away'));
		});
		const reply = (message: Reply) => {
			if (!socket.destroyed) socket.write(`${JSON.stringify(message)}\n`);
		};
		const lines = createInterface({input: socket, crlfDelay: Number.POSITIVE_INFINITY});
		// An engine that was killed leaves its calls half done; the socket's own handler tells of it.
		lines.on('error', () => undefined);
		lines.once('line', line => {
			answer(host, records, Call.parse(JSON.parse(line)), reply, gone.signal)
				.then(result => {
					if (result === pending) return;
					reply({result: result ?? null});
					socket.end();
				})
				.catch((error: unknown) => {
					reply({broke: String(error)});
					socket.end();
				});
		});
	});
	await rm(socketPath, {force: true});
	await new Promise<void>((resolve, reject) => {
		server.once('error', reject);
		server.listen(socketPath, resolve);
	});
	return {
		close: async () => {
			for (const socket of open) socket.destroy();
			await new Promise(resolve => server.close(resolve));
		},
	};
}

/** A call that has no single answer. */
const pending = Symbol('pending');

async function answer(
	host: Host,
	records: Records,
	call: Call,
	reply: (message: Reply) => void,
	signal: AbortSignal,
): Promise<unknown> {
	switch (call.verb) {
		case 'facts':
			return host.facts(signal);
		case 'watchNetwork': {
			const watch = host.watchNetwork(facts => reply({changed: facts}));
			signal.addEventListener('abort', () => watch[Symbol.dispose](), {once: true});
			return pending;
		}
		case 'run':
			return host.run({
				argv: call.argv,
				deadlineMs: call.deadlineMs,
				onLine: line => reply({line}),
				signal,
				...(call.stdin !== undefined && {stdin: call.stdin}),
			});
		case 'readFile':
			return host.readFile(call.path);
		case 'writeFile':
			return host.writeFile(call.path, Buffer.from(call.content, 'base64'), call.mode);
		case 'placeFile':
			return host.placeFile(call.from, call.path, call.mode);
		case 'removeFile':
			return host.removeFile(call.path);
		case 'exists':
			return host.exists(call.path);
		case 'lookup':
			return host.lookup(call.name, call.server, signal);
		case 'fetch':
			return host.fetch(call.url, signal, call.way);
		case 'portOwners':
			return host.portOwners(call.ports);
		case 'power':
			return host.power(call.action);
		case 'ledger':
			return records.ledger();
		case 'lines':
			return records.lines();
	}
}
