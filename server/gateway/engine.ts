import {Agent, type IncomingMessage, request} from 'node:http';
import {type Client, makeClient, type Transport} from '../../shared/api/client.ts';

const answerLimit = 8 * 1024 * 1024;
const answerDeadline = 15_000;

/** The engine's socket: calls with a deadline and a bounded answer, and streams. */
export type Engine = Disposable & {
	readonly transport: Transport;
	readonly client: Client;
	/** Opens a stream of server-sent events; rejects when there is none. The caller destroys it. */
	readonly open: (path: string, signal: AbortSignal) => Promise<IncomingMessage>;
};

/** Speaks to the engine over its Unix socket. */
export function connectEngine(socketPath: string): Engine {
	const agent = new Agent({keepAlive: true, maxSockets: 32});
	const transport: Transport = async ({method, path, body, signal}) => {
		const deadline = AbortSignal.any([signal, AbortSignal.timeout(answerDeadline)]);
		const answer = await exchange({agent, socketPath, method, path, body, signal: deadline});
		return {status: answer.statusCode ?? 0, body: await readBounded(answer)};
	};
	return {
		transport,
		client: makeClient(transport),
		open: async (path, signal) => {
			// A stream lives as long as it is read: only the answer's beginning has a deadline.
			const opening = new AbortController();
			const timer = setTimeout(() => opening.abort(new Error('no answer in time')), answerDeadline);
			const stop = AbortSignal.any([signal, opening.signal]);
			try {
				return await exchange({agent: false, socketPath, method: 'GET', path, body: undefined, signal: stop});
			} finally {
				clearTimeout(timer);
			}
		},
		[Symbol.dispose]: () => agent.destroy(),
	};
}

type Exchange = {
	readonly agent: Agent | false;
	readonly socketPath: string;
	readonly method: string;
	readonly path: string;
	readonly body: string | undefined;
	readonly signal: AbortSignal;
};

function exchange({body, ...options}: Exchange): Promise<IncomingMessage> {
	return new Promise((resolve, reject) => {
		const headers =
			body === undefined ? {} : {'content-type': 'application/json', 'content-length': Buffer.byteLength(body)};
		const sent = request({...options, headers: {host: 'engine', ...headers}}, resolve);
		sent.once('error', reject);
		sent.end(body);
	});
}

async function readBounded(answer: IncomingMessage): Promise<string> {
	const chunks: Buffer[] = [];
	let size = 0;
	for await (const chunk of answer) {
		size += chunk.length;
		if (size > answerLimit) throw new Error('the answer is too large');
		chunks.push(chunk);
	}
	return Buffer.concat(chunks).toString('utf8');
}
