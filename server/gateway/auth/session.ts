import type {FastifyInstance, FastifyReply, FastifyRequest} from 'fastify';
import type * as z from 'zod';
import type {Clock} from '../../engine/clock.ts';
import {hashPassword, verifyPassword} from '../../password/hash.ts';
import type {Engine} from '../engine.ts';
import type {Log} from '../files.ts';
import {engineIsAway, refuse} from '../forward.ts';
import {badRequest, lockedOut, noPasswordYet, type Refusal, tooBusy, wrongPassword} from '../problems.ts';
import type {Hub} from '../stream.ts';
import {addressKey} from './address.ts';
import {ClaimBody, LoginBody, type SessionAnswer} from './bodies.ts';
import type {Credentials} from './credential.ts';
import {cookieName, type Guard} from './guard.ts';
import type {Lockout} from './lockout.ts';
import type {Scheme, Sessions} from './sessions.ts';

/** How many passwords are hashed or wait for it at once: each takes 16 MiB and a tenth of a second. */
export type Turnstile = {waiting: number};
const mostWaiting = 8;

export type Doors = {
	readonly scheme: Scheme;
	readonly engine: Engine;
	readonly hub: Hub;
	readonly clock: Clock;
	readonly log: Log;
	readonly sessions: Sessions;
	readonly credentials: Credentials;
	readonly lockout: Lockout;
	readonly turnstile: Turnstile;
	readonly version: string;
	readonly ports: () => {readonly http: number; readonly https: number};
};

/** The routes under /api/v1/session: who am I, claim, login, logout. */
export function sessionRoutes(app: FastifyInstance, guard: Guard, doors: Doors): void {
	const {scheme, engine, hub, clock, log, sessions, credentials, lockout, turnstile} = doors;

	app.get('/api/v1/session', async (request): Promise<z.infer<typeof SessionAnswer>> => {
		return {
			product: 'Alga Appliance',
			version: doors.version,
			setupWaiting: hub.latest()?.view.access.state === 'unclaimed',
			signedIn: guard.sessionOf(request) !== undefined,
			ports: doors.ports(),
		};
	});

	/** Counts the try, lets it through one at a time, and begins a session when `check` answers an epoch. */
	const tried = async (request: FastifyRequest, reply: FastifyReply, check: () => Promise<number | Refusal>) => {
		const address = addressKey(request.ip);
		const wait = await lockout.take(address, clock.now());
		if (wait > 0) return refuse(reply, lockedOut(Math.ceil(wait / 1000)));
		if (turnstile.waiting >= mostWaiting) {
			await lockout.giveBack(address);
			return refuse(reply, tooBusy);
		}
		turnstile.waiting += 1;
		try {
			const outcome = await check();
			if (typeof outcome !== 'number') {
				if (outcome.status === 401) log(`sign-in refused for ${address}`);
				else await lockout.giveBack(address);
				return refuse(reply, outcome);
			}
			await lockout.clear(address);
			log(`signed in from ${address}`);
			const secret = await sessions.start(scheme, outcome, clock.now());
			return reply.header('set-cookie', cookie(scheme, secret)).send({});
		} finally {
			turnstile.waiting -= 1;
		}
	};

	app.post('/api/v1/session/claim', {onRequest: guard.sameOrigin}, async (request, reply) => {
		const body = ClaimBody.safeParse(request.body);
		if (!body.success) return refuse(reply, bodyProblem(body.error));
		const {token, password} = body.data;
		return tried(request, reply, async () => {
			const claimed = await engine.client(
				'claim',
				{body: {token, passwordHash: await hashPassword(password)}},
				AbortSignal.timeout(10_000),
			);
			if (!claimed.ok) return refusalOf(claimed.problem);
			const credential = await credentials.renew();
			return credential.ok ? credential.value.epoch : refusalOf(credential.problem);
		});
	});

	app.post('/api/v1/session/login', {onRequest: guard.sameOrigin}, async (request, reply) => {
		const body = LoginBody.safeParse(request.body);
		if (!body.success) return refuse(reply, bodyProblem(body.error));
		const {password} = body.data;
		return tried(request, reply, async () => {
			const credential = await credentials.renew();
			if (!credential.ok) return refusalOf(credential.problem);
			const {passwordHash, epoch} = credential.value;
			if (passwordHash === undefined) return noPasswordYet;
			return (await verifyPassword(password, passwordHash)) ? epoch : wrongPassword;
		});
	});

	app.post('/api/v1/session/logout', {onRequest: [guard.sameOrigin, guard.signedIn]}, async (request, reply) => {
		const session = guard.sessionOf(request);
		if (session !== undefined) await sessions.end(session);
		hub.sweep();
		return reply.header('set-cookie', `${cookie(scheme, '')}; Max-Age=0`).send({});
	});
}

function refusalOf(problem: Refusal['problem']): Refusal {
	if (problem.code === 'engine.unreachable') return engineIsAway(problem.detail ?? '');
	if (problem.code === 'answer.malformed') return engineIsAway(problem.detail ?? '', 502);
	return {status: problem.code === 'auth.denied' ? 401 : 409, problem};
}

function bodyProblem(error: z.ZodError): Refusal {
	const issue = error.issues[0];
	const field = issue?.path.map(String).join('.');
	return badRequest(
		field === undefined || field === '' ? 'The request is not right.' : `${field}: ${issue?.message}.`,
		field,
	);
}

function cookie(scheme: Scheme, secret: string): string {
	return `${cookieName[scheme]}=${secret}; Path=/; HttpOnly; SameSite=Strict${scheme === 'https' ? '; Secure' : ''}`;
}
