import {createHash, randomBytes, timingSafeEqual} from 'node:crypto';
import {chmodSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync} from 'node:fs';
import {dirname} from 'node:path';
import * as z from 'zod';
import {fail, ok, type Problem, type Result} from '../../shared/problem.ts';
import type {Paths} from './paths.ts';

const Credential = z.object({
	epoch: z.number(),
	passwordHash: z.string().optional(),
	statusTokenHash: z.string().optional(),
	fingerprint: z.string().default(''),
});
type Credential = z.infer<typeof Credential>;

/** Who may come in by the web: the one-time setup token until its first use, then a password's hash. */
export type Access = {
	readonly state: () => 'unclaimed' | 'claimed';
	/** For the console's frame; undefined once used. */
	readonly setupToken: () => string | undefined;
	readonly credential: () => {
		readonly epoch: number;
		readonly passwordHash?: string | undefined;
		readonly statusTokenHash?: string | undefined;
	};
	readonly fingerprint: () => string;
	/** Trades the token for a password; the token is destroyed before this returns. */
	readonly claim: (token: string, passwordHash: string) => Result<{epoch: number}>;
	/** Forgets the password, makes a new token; sessions of older epochs are over. */
	readonly reset: () => {epoch: number};
	readonly newStatusToken: () => {token: string};
	readonly certificate: (fingerprint: string) => void;
};

/** Letters and digits that cannot be mistaken for one another on a screenshot. 32 of them: 5 bits each. */
const alphabet = '23456789ABCDEFGHJKLMNPQRSTUVWXYZ';
/** 16 letters are 80 bits: nobody guesses it, and it can still be typed from a screen. */
const makeToken = () =>
	[...randomBytes(16)]
		.map(byte => alphabet[byte % 32] ?? '')
		.join('')
		.replace(/(.{4})(?=.)/g, '$1-');

const wrongToken: Problem = {
	code: 'auth.denied',
	what: 'That is not the setup token.',
	next: 'It stands in the third line of the console. It works once; a new one is made by: alga-appliance access reset',
};

/** Small files written at the engine's own edge, before anything else runs: synchronous on purpose. */
export function openAccess(paths: Paths): Access {
	let credential = read(paths);
	let token: string | undefined;
	const save = (next: Credential) => {
		writePrivate(paths.credential, JSON.stringify(next));
		credential = next;
	};
	const makeNewToken = () => {
		token = makeToken();
		try {
			writePrivate(paths.setupToken, `${token}\n`);
		} catch (error) {
			// It holds until this engine ends: a disk that refuses must not keep the console dark.
			console.error(`the setup token was not kept: ${error instanceof Error ? error.message : String(error)}`);
		}
	};
	if (credential.passwordHash === undefined) {
		if (existsSync(paths.setupToken)) {
			makePrivate(paths.setupToken);
			token = readFileSync(paths.setupToken, 'utf8').trim();
		} else makeNewToken();
	}
	return {
		state: () => (credential.passwordHash === undefined ? 'unclaimed' : 'claimed'),
		setupToken: () => token,
		credential: () => ({
			epoch: credential.epoch,
			passwordHash: credential.passwordHash,
			statusTokenHash: credential.statusTokenHash,
		}),
		fingerprint: () => credential.fingerprint,
		claim: (given, passwordHash) => {
			if (token === undefined || !sameSecret(normalise(given), normalise(token))) return fail(wrongToken);
			// Destroyed first: a crash in between leaves no usable token, and the console can make a new one.
			rmSync(paths.setupToken, {force: true});
			token = undefined;
			save({...credential, epoch: credential.epoch + 1, passwordHash});
			return ok({epoch: credential.epoch});
		},
		reset: () => {
			save({epoch: credential.epoch + 1, fingerprint: credential.fingerprint});
			makeNewToken();
			return {epoch: credential.epoch};
		},
		newStatusToken: () => {
			const made = randomBytes(24).toString('base64url');
			save({...credential, statusTokenHash: createHash('sha256').update(made).digest('hex')});
			return {token: made};
		},
		certificate: fingerprint => save({...credential, fingerprint}),
	};
}

/** Whatever a restored backup made of its mode. A disk that refuses must not keep the engine from starting. */
function makePrivate(path: string): void {
	if ((statSync(path).mode & 0o777) === 0o600) return;
	try {
		chmodSync(path, 0o600);
	} catch (error) {
		console.error(`${path} may be read by others: ${error instanceof Error ? error.message : String(error)}`);
	}
}

const normalise = (typed: string) => typed.toUpperCase().replace(/[^0-9A-Z]/g, '');

function sameSecret(a: string, b: string): boolean {
	const digest = (value: string) => createHash('sha256').update(value).digest();
	return timingSafeEqual(digest(a), digest(b));
}

function read(paths: Paths): Credential {
	if (!existsSync(paths.credential)) return {epoch: 1, fingerprint: ''};
	const parsed = Credential.safeParse(JSON.parse(readFileSync(paths.credential, 'utf8')));
	// A file that cannot be read lets nobody in; the console's reset makes a new one.
	return parsed.success ? parsed.data : {epoch: 1, passwordHash: 'unreadable', fingerprint: ''};
}

/** For the engine's own eyes, whole or not at all. */
export function writePrivate(path: string, content: string): void {
	mkdirSync(dirname(path), {recursive: true, mode: 0o700});
	writeFileSync(`${path}.new`, content, {mode: 0o600, flush: true});
	renameSync(`${path}.new`, path);
}
