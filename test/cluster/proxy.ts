import {once} from 'node:events';
import {connect, createServer, type Socket} from 'node:net';

/** A TCP relay to the API server on a port of its own, for what happens to connections rather than to servers. */
export type Relay = AsyncDisposable & {
	/** Use in place of the API server's address; its certificate is valid here too. */
	readonly url: string;
	/** Resets every open connection at once. */
	readonly cut: () => void;
	/** From now on every connection is reset after so many bytes from the server: in the middle of an object. */
	readonly cutAfter: (bytes: number) => void;
};

/** Relays to `target` (`https://127.0.0.1:PORT`) until disposed. */
export async function startRelay(target: string): Promise<Relay> {
	const port = Number(new URL(target).port);
	const pairs = new Set<readonly [Socket, Socket]>();
	let limit = Number.POSITIVE_INFINITY;
	const server = createServer(client => {
		const upstream = connect(port, '127.0.0.1');
		const pair = [client, upstream] as const;
		let passed = 0;
		const reset = () => {
			pairs.delete(pair);
			for (const socket of pair) socket.resetAndDestroy();
		};
		pairs.add(pair);
		upstream.on('data', (chunk: Buffer) => {
			passed += chunk.length;
			if (passed > limit) {
				client.write(chunk.subarray(0, chunk.length - (passed - limit)), reset);
			} else if (!client.write(chunk)) {
				upstream.pause();
				client.once('drain', () => upstream.resume());
			}
		});
		client.pipe(upstream);
		for (const socket of pair) socket.once('close', reset).on('error', reset);
	});
	server.listen(0, '127.0.0.1');
	await once(server, 'listening');
	const address = server.address();
	if (address === null || typeof address === 'string') throw new Error('the relay has no port');
	const cut = () => {
		for (const pair of [...pairs]) for (const socket of pair) socket.resetAndDestroy();
	};
	return {
		url: `https://127.0.0.1:${address.port}`,
		cut,
		cutAfter: bytes => {
			limit = bytes;
		},
		[Symbol.asyncDispose]: async () => {
			cut();
			server.close();
			await once(server, 'close');
		},
	};
}
