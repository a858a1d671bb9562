import {hash, randomBytes} from 'node:crypto';
import {join} from 'node:path';
import * as z from 'zod';
import {type Log, makeSaver, readJson} from '../files.ts';

const idle = 2 * 60 * 60_000;
const absolute = 24 * 60 * 60_000;
const most = 200;
/** How stale the time of last use may be on disk. */
const touchEvery = 60_000;

const Session = z.object({
	startedAt: z.number(),
	usedAt: z.number(),
	epoch: z.number(),
	/** A session begun over TLS never works without it. */
	scheme: z.enum(['http', 'https']),
});
export type Session = z.infer<typeof Session>;
export type Scheme = Session['scheme'];
const File = z.object({epoch: z.number(), sessions: z.record(z.string(), Session)});

/** Who is signed in. Only hashes of the cookies are kept; a restart keeps them. */
export type Sessions = {
	/** A new session by the credential of this epoch; answers the secret for its cookie. */
	readonly start: (scheme: Scheme, epoch: number, now: number) => Promise<string>;
	/** The id of the live session of this cookie; counts as use. */
	readonly find: (secret: string, scheme: Scheme, now: number) => string | undefined;
	/** Whether the session is still good; does not count as use. */
	readonly isLive: (id: string, now: number) => boolean;
	readonly end: (id: string) => Promise<void>;
	/** The engine's credential is of this epoch: sessions of any other are over. */
	readonly setEpoch: (epoch: number) => Promise<void>;
	readonly count: () => number;
};

export async function openSessions(stateDir: string, log: Log): Promise<Sessions> {
	const path = join(stateDir, 'sessions.json');
	const file = await readJson(path, File, {epoch: 0, sessions: {}});
	const sessions = new Map(Object.entries(file.sessions));
	let epoch = file.epoch;
	const save = makeSaver(path, () => JSON.stringify({epoch, sessions: Object.fromEntries(sessions)}), log);

	const live = (id: string, now: number): Session | undefined => {
		const session = sessions.get(id);
		if (session === undefined) return undefined;
		// The clock was set back: the times begin again, or the session would last until the clock is there once more.
		if (session.usedAt > now) session.usedAt = now;
		if (session.startedAt > now) session.startedAt = now;
		const over = now - session.usedAt > idle || now - session.startedAt > absolute || session.epoch !== epoch;
		if (over) sessions.delete(id);
		return over ? undefined : session;
	};
	return {
		start: async (scheme, by, now) => {
			for (const id of sessions.keys()) live(id, now);
			for (const id of sessions.keys()) if (sessions.size >= most) sessions.delete(id);
			const secret = randomBytes(32).toString('base64url');
			sessions.set(hashOf(secret), {startedAt: now, usedAt: now, epoch: by, scheme});
			await save();
			return secret;
		},
		find: (secret, scheme, now) => {
			const id = hashOf(secret);
			const session = live(id, now);
			if (session?.scheme !== scheme) return undefined;
			if (now - session.usedAt > touchEvery) {
				sessions.set(id, {...session, usedAt: now});
				void save();
			}
			return id;
		},
		isLive: (id, now) => live(id, now) !== undefined,
		end: async id => {
			if (sessions.delete(id)) await save();
		},
		setEpoch: async next => {
			if (next === epoch) return;
			epoch = next;
			sessions.clear();
			await save();
		},
		count: () => sessions.size,
	};
}

/** The cookie's secret is 256 random bits, so a plain hash is enough, and looking it up gives nothing away. */
const hashOf = (secret: string) => hash('sha256', secret, 'base64url');
