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

/** With `next` rather than a promise: the view is asked for often, and a turn of the loop costs. */
type Hook = (request: FastifyRequest, reply: FastifyReply, next: () => void) => void;

export type Guard = {
	/** The id of the live session this request belongs to. */
	readonly sessionOf: (request: FastifyRequest) => string | undefined;
	readonly isLive: (session: string) => boolean;
	/** Hooks: answer 401 or 403, or let the request through. */
	readonly signedIn: Hook;
	readonly reader: Hook;
	readonly sameOrigin: Hook;
};

/** Decides who is let in on one listener. */
export function makeGuard(scheme: Scheme, sessions: Sessions, credentials: Credentials, clock: Clock): Guard {
	const sessionOf = (request: FastifyRequest) => {
		const secret = cookieOf(request.headers.cookie, cookieName[scheme]);
		return secret === undefined ? undefined : sessions.find(secret, scheme, clock.now());
	};
	const isLive = (session: string) => sessions.isLive(session, clock.now());
	/** An engine that is away changes nothing: then the last credential counts. */
	const afterRenewal = (maxAge: number, then: () => void) => {
		if (credentials.isFresh(maxAge)) return then();
		void credentials.get(maxAge).then(then);
	};
	return {
		sessionOf,
		isLive,
		signedIn: (request, reply, next) => {
			const session = sessionOf(request);
			if (session === undefined) return void refuse(reply, signInFirst);
			// A password that was just reset must not start another operation; an engine that is away starts none anyway.
			afterRenewal(freshness.engine, () => (isLive(session) ? next() : void refuse(reply, signInFirst)));
		},
		reader: (request, reply, next) => {
			if (sessionOf(request) !== undefined) return next();
			const token = /^Bearer ([\w.~+/=-]{1,200})$/i.exec(request.headers.authorization ?? '')?.[1];
			if (token === undefined) return void refuse(reply, signInFirst);
			afterRenewal(freshness.token, () =>
				isStatusToken(token, credentials.last()) ? next() : void refuse(reply, signInFirst),
			);
		},
		sameOrigin: (request, reply, next) => {
			const {origin, host} = request.headers;
			const site = request.headers['sec-fetch-site'];
			const own =
				origin !== undefined && host !== undefined && origin.toLowerCase() === `${scheme}://${host.toLowerCase()}`;
			if (!own || (site !== undefined && site !== 'same-origin')) return void refuse(reply, elsewhere);
			next();
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
