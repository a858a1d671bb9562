import {createConnection} from 'node:net';
import {createInterface} from 'node:readline';
import type {Host} from '../../server/host/host.ts';
import {networkProblem} from '../../server/host/network-problem.ts';
import {fail, type Result} from '../../shared/problem.ts';
import type {Call, Reply} from './host-server.ts';
import type {Entry} from './ledger.ts';

/** The box's Host port over its socket, for an engine in a process of its own. */
export function connectHost(socketPath: string): Host {
	const call = caller(socketPath);
	return {
		facts: signal => call({verb: 'facts'}, {signal}),
		watchNetwork: changed => {
			const stop = new AbortController();
			// The connection lives until disposed; its end is not an error then.
			call({verb: 'watchNetwork'}, {signal: stop.signal, changed}).catch(() => undefined);
			return {[Symbol.dispose]: () => stop.abort()};
		},
		run: ({argv, deadlineMs, stdin, onLine, signal}) =>
			call({verb: 'run', argv: [...argv], deadlineMs, ...(stdin !== undefined && {stdin})}, {signal, onLine}),
		readFile: path => call({verb: 'readFile', path}),
		writeFile: (path, content, mode) =>
			call({
				verb: 'writeFile',
				path,
				content: Buffer.from(content).toString('base64'),
				...(mode !== undefined && {mode}),
			}),
		placeFile: (from, path, mode) => call({verb: 'placeFile', from, path, mode}),
		removeFile: path => call({verb: 'removeFile', path}),
		exists: path => call({verb: 'exists', path}),
		lookup: (name, server, signal) =>
			inTime(name, signal, call({verb: 'lookup', name, ...(server !== undefined && {server})}, {signal})),
		fetch: (url, signal, way) => inTime(url, signal, call({verb: 'fetch', url, ...(way && {way})}, {signal})),
		portOwners: ports => call({verb: 'portOwners', ports: [...ports]}),
		power: action => call({verb: 'power', action}),
	};
}

/** A deadline that passes is an answer, as with the real machine: the box may be slower than the engine is patient. */
const inTime = <T>(target: string, signal: AbortSignal, answer: Promise<Result<T>>): Promise<Result<T>> =>
	answer.catch((error: unknown) => {
		if (!signal.aborted) throw error;
		return fail(networkProblem(Object.assign(new Error('no answer in time'), {code: 'ETIMEOUT'}), target));
	});

/** The ledger of a box in another process. */
export const readLedger = (socketPath: string): Promise<readonly Entry[]> => caller(socketPath)({verb: 'ledger'});

type Listening<Changed> = {
	readonly signal?: AbortSignal | undefined;
	readonly onLine?: ((line: string) => void) | undefined;
	readonly changed?: ((facts: Changed) => void) | undefined;
};

/** Both ends are this project's own and of one version: results cross as they are. */
const caller =
	(socketPath: string) =>
	<T, Changed = unknown>(call: Call, {signal, onLine, changed}: Listening<Changed> = {}): Promise<T> =>
		new Promise<T>((resolve, reject) => {
			if (signal?.aborted) {
				reject(signal.reason);
				return;
			}
			const socket = createConnection(socketPath);
			const aborted = () => socket.destroy(signal?.reason instanceof Error ? signal.reason : new Error('aborted'));
			signal?.addEventListener('abort', aborted, {once: true});
			socket.on('error', reject);
			socket.on('close', () => {
				signal?.removeEventListener('abort', aborted);
				reject(new Error('the simulated box went away'));
			});
			createInterface({input: socket, crlfDelay: Number.POSITIVE_INFINITY})
				// The socket's own handler tells of it.
				.on('error', () => undefined)
				.on('line', text => {
					const reply: Reply = JSON.parse(text);
					if ('line' in reply) onLine?.(reply.line);
					else if ('changed' in reply) changed?.(reply.changed as Changed);
					else if ('result' in reply) resolve(reply.result as T);
					else reject(new Error(reply.broke));
				});
			socket.write(`${JSON.stringify(call)}\n`);
		});
