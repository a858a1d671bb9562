import {createHash, randomBytes} from 'node:crypto';
import {existsSync, readFileSync} from 'node:fs';
import * as z from 'zod';
import {fail, ok, type Problem, type Result} from '../../shared/problem.ts';
import {durationWords} from '../../shared/view/words.ts';
import {hashPassword, verifyPassword} from '../password/hash.ts';
import {waitAfter} from '../password/patience.ts';
import {writePrivate} from './access.ts';
import type {Paths} from './paths.ts';

/** off: whoever stands at the console may do everything. on: everybody looks, actions need the password. lockdown: nothing is shown without it. */
export const ConsoleMode = z.enum(['off', 'on', 'lockdown']);
export type ConsoleMode = z.infer<typeof ConsoleMode>;

/** Without a command or a key for this long a session is over (CONSOLE rule 12). */
export const idleMs = 10 * 60_000;
const shortest = 8;
/** Each hashing takes 16 MiB and a tenth of a second. */
const mostWaiting = 4;

const Kept = z.object({
	mode: ConsoleMode,
	passwordHash: z.string().optional(),
	/** Wrong tries in a row, and the time of the last; they outlive a restart. */
	tries: z.number().default(0),
	at: z.number().default(0),
});
type Kept = z.infer<typeof Kept>;

/** The password of the machine's own terminals, and who has given it. */
export type ConsoleLock = {
	readonly mode: () => ConsoleMode;
	/** Whether this session may act; `undefined` never may, unless there is no lock. Being asked keeps it alive. */
	readonly isOpen: (session: string | undefined) => boolean;
	/** The same, without keeping it alive. */
	readonly isKnown: (session: string | undefined) => boolean;
	readonly unlock: (password: string) => Promise<Result<{session: string}>>;
	readonly lock: (session: string | undefined) => void;
	/** Changes mode and password; every session is over. Without a password the present one stays. */
	readonly change: (mode: ConsoleMode, password: string | undefined) => Promise<Result<void>>;
	/** Ends what has been idle for too long; how many. */
	readonly sweep: () => number;
};

/** Reads what was kept. A file that cannot be read locks the console: root at the command line sets it anew. */
export function openConsoleLock(paths: Paths, now: () => number): ConsoleLock {
	let kept = read(paths.consoleLock);
	let waiting = 0;
	let turn: Promise<unknown> = Promise.resolve();
	/** By the hash of their secret: when they were last used. */
	const sessions = new Map<string, number>();
	const save = (next: Kept) => {
		writePrivate(paths.consoleLock, JSON.stringify(next));
		kept = next;
	};
	const isKnown = (session: string | undefined) => {
		if (kept.mode === 'off') return true;
		const used = session === undefined ? undefined : sessions.get(keyOf(session));
		// A clock that was set back ends sessions rather than making them last.
		return used !== undefined && now() >= used && now() - used < idleMs;
	};

	const tryOnce = async (password: string): Promise<Result<{session: string}>> => {
		const since = Math.max(0, now() - kept.at);
		const wait = waitAfter(kept.tries) - since;
		if (kept.at > now()) save({...kept, at: now()}); // Set back: the wait begins again, or it would last until then.
		if (wait > 0) return fail(locked(wait));
		// Counted before it is checked, so that pulling the plug gives no free tries.
		save({...kept, tries: kept.tries + 1, at: now()});
		if (!(await verifyPassword(password, kept.passwordHash ?? ''))) return fail(wrong);
		save({...kept, tries: 0});
		const session = randomBytes(24).toString('base64url');
		sessions.set(keyOf(session), now());
		return ok({session});
	};

	return {
		mode: () => kept.mode,
		isKnown,
		isOpen: session => {
			const open = isKnown(session);
			if (open && session !== undefined) sessions.set(keyOf(session), now());
			return open;
		},
		unlock: async password => {
			if (kept.mode === 'off') return ok({session: ''});
			if (waiting >= mostWaiting) return fail(locked(1000));
			waiting++;
			try {
				// One after the other: many at once must count as many.
				const mine = turn.then(() => tryOnce(password));
				turn = mine.catch(() => undefined);
				return await mine;
			} finally {
				waiting--;
			}
		},
		lock: session => void (session !== undefined && sessions.delete(keyOf(session))),
		change: async (mode, password) => {
			if (password !== undefined && [...password].length < shortest)
				return fail({
					code: 'input.invalid',
					field: 'password',
					what: `The console password has fewer than ${shortest} characters.`,
					next: 'Choose a longer one. Nothing was changed.',
				});
			const passwordHash = password === undefined ? kept.passwordHash : await hashPassword(password);
			if (mode !== 'off' && passwordHash === undefined)
				return fail({
					code: 'input.invalid',
					field: 'password',
					what: 'There is no console password yet.',
					next: 'Give one with the new mode. Nothing was changed.',
				});
			save({mode, tries: 0, at: 0, ...(mode !== 'off' && {passwordHash})});
			sessions.clear();
			return ok(undefined);
		},
		sweep: () => {
			const over = [...sessions].filter(([, used]) => now() < used || now() - used >= idleMs);
			for (const [key] of over) sessions.delete(key);
			return over.length;
		},
	};
}

const keyOf = (session: string) => createHash('sha256').update(session).digest('base64url');

const wrong: Problem = {
	code: 'auth.denied',
	what: 'That is not the console password.',
	next: 'Try again. If nobody knows it: sudo alga-appliance console off, over SSH.',
};
const locked = (ms: number): Problem => ({
	code: 'auth.locked',
	what: 'Too many wrong console passwords.',
	next: `Wait ${durationWords(ms + 999)}, then try again. Over SSH root may set a new one: sudo alga-appliance console on`,
});

/** What a command gets while the console is locked. */
export const consoleIsLocked: Problem = {
	code: 'auth.required',
	what: 'This needs the console password.',
	next: 'Press Ctrl-K on the console and type it; on the command line use sudo.',
};

function read(file: string): Kept {
	if (!existsSync(file)) return {mode: 'off', tries: 0, at: 0};
	try {
		return Kept.parse(JSON.parse(readFileSync(file, 'utf8')));
	} catch {
		return {mode: 'on', tries: 0, at: 0}; // Not read: nobody acts here until root has said what holds.
	}
}
