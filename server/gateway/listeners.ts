import {createServer, type Server} from 'node:http';
import {createServer as createSecureServer} from 'node:https';
import type {Server as NetServer, Socket} from 'node:net';
import type {FastifyServerFactory} from 'fastify';
import {addressKey} from './auth/address.ts';
import type {Certificate} from './tls.ts';

const limits = {
	maxHeaderSize: 16 * 1024,
	/** How long headers, and a whole request, may take to come; a connection that says nothing is closed as well. */
	headersTimeout: 10_000,
	requestTimeout: 30_000,
	connectionsCheckingInterval: 5_000,
	keepAliveTimeout: 10_000,
	handshakeTimeout: 10_000,
};
/** A stream has a heartbeat each 15 s; nothing moves for longer only when nobody reads. */
const silence = 60_000;
const mostConnections = 1024;
const mostPerAddress = 256;

/** Makes the plain listener, or the one over TLS, with limits that a slow or greedy client runs into. */
export function listenerFactory(certificate: Certificate | undefined): FastifyServerFactory<Server> {
	return handler => {
		if (certificate === undefined) return limited(createServer(limits, handler), 'connection');
		const {key, cert} = certificate;
		return limited(createSecureServer({...limits, key, cert, minVersion: 'TLSv1.2'}, handler), 'connection');
	};
}

function limited<S extends NetServer & {timeout: number}>(server: S, event: 'connection'): S {
	const open = new Map<string, number>();
	server.timeout = silence;
	server.maxConnections = mostConnections;
	server.prependListener(event, (socket: Socket) => {
		const address = addressKey(socket.remoteAddress);
		const count = (open.get(address) ?? 0) + 1;
		open.set(address, count);
		socket.once('close', () => {
			const left = (open.get(address) ?? 1) - 1;
			if (left === 0) open.delete(address);
			else open.set(address, left);
		});
		if (count > mostPerAddress) socket.destroy();
	});
	return server;
}
