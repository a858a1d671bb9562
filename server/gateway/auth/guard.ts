import type {FastifyReply, FastifyRequest} from 'fastify';
import type {Clock} from '../../engine/clock.ts';
import {refuse} from '../forward.ts';
import {elsewhere, signInFirst} from '../problems.ts';
import {type Credentials, isStatusToken} from './credential.ts';
import type {Scheme, Sessions} from './sessions.ts';

/** How old the engine's credential may be when something is asked of the engine, and when only the view is read. */
const freshness = {engine: 2_000, token: 5_000};

/** Cookies of one host are shared by its ports: the two listeners must not see each other's. */
export const cookieName: Readonly<Record<Scheme, string>> = {http: 'alga_session', https: '__Host-alga_session'};

export type Guard = {
	/** The id of the live session this request belongs to. */
	readonly sessionOf: (request: FastifyRequest) => string | undefined;
	readonly isLive: (session: string) => boolean;
	/** Hooks: answer 401 or 403, or let the request through. */
	readonly signedIn: (request: FastifyRequest, reply: FastifyReply) => Promise<unknown>;
	readonly reader: (request: FastifyRequest, reply: FastifyReply) => Promise<unknown>;
	readonly sameOrigin: (request: FastifyRequest, reply: FastifyReply) => Promise<unknown>;
};

/** Decides who is let in on one listener. */
export function makeGuard(scheme: Scheme, sessions: Sessions, credentials: Credentials, clock: Clock): Guard {
	const sessionOf = (request: FastifyRequest) => {
		const secret = cookieOf(request.headers.cookie, cookieName[scheme]);
		return secret === undefined ? undefined : sessions.find(secret, scheme, clock.now());
	};
	const isLive = (session: string) => sessions.isLive(session, clock.now());
	return {
		sessionOf,
		isLive,
		signedIn: async (request, reply) => {
			const session = sessionOf(request);
			// A password that was just reset must not start another operation; an engine that is away starts none anyway.
			if (session !== undefined) await credentials.get(freshness.engine);
			if (session === undefined || !isLive(session)) return refuse(reply, signInFirst);
		},
		reader: async (request, reply) => {
			if (sessionOf(request) !== undefined) return;
			const token = /^Bearer ([\w.~+/=-]{1,200})$/i.exec(request.headers.authorization ?? '')?.[1];
			if (token === undefined) return refuse(reply, signInFirst);
			await credentials.get(freshness.token);
			if (!isStatusToken(token, credentials.last())) return refuse(reply, signInFirst);
		},
		sameOrigin: async (request, reply) => {
			const {origin, host} = request.headers;
			const site = request.headers['sec-fetch-site'];
			const own =
				origin !== undefined && host !== undefined && origin.toLowerCase() === `${scheme}://${host.toLowerCase()}`;
			if (!own || (site !== undefined && site !== 'same-origin')) return refuse(reply, elsewhere);
		},
	};
}

function cookieOf(header: string | undefined, name: string): string | undefined {
	for (const pair of (header ?? '').split(';')) {
		const [key, value] = pair.trim().split('=', 2);
		if (key === name && value !== undefined && /^[\w-]{43}$/.test(value)) return value;
	}
	return undefined;
}
