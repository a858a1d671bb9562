import {join} from 'node:path';
import * as z from 'zod';
import {waitAfter} from '../../password/patience.ts';
import {type Log, makeSaver, readJson} from '../files.ts';

/** An address that failed is forgotten this long after its last try. */
const memory = 24 * 60 * 60_000;

const Entry = z.object({tries: z.number(), at: z.number()});
const File = z.record(z.string(), Entry);

/** Counts wrong tries by address, across restarts. One address never locks out another. */
export type Lockout = {
	/** Takes one try before it is checked, so that many at once count as many. 0: go on; else milliseconds to wait. */
	readonly take: (address: string, now: number) => Promise<number>;
	/** The try was right: the address starts anew. */
	readonly clear: (address: string) => Promise<void>;
	/** The try could not be checked at all: it does not count. */
	readonly giveBack: (address: string) => Promise<void>;
};

/** `most` bounds the table; the entry whose last try is oldest goes first. */
export async function openLockout(stateDir: string, log: Log, most = 10_000): Promise<Lockout> {
	const path = join(stateDir, 'lockouts.json');
	const entries = new Map(Object.entries(await readJson(path, File, {})));
	const save = makeSaver(path, () => JSON.stringify(Object.fromEntries(entries)), log);

	const forget = (now: number) => {
		for (const [address, entry] of entries) {
			if (entries.size <= most && now - entry.at < memory) break; // Oldest first: the rest is younger.
			entries.delete(address);
		}
	};
	return {
		take: async (address, now) => {
			const known = entries.get(address);
			const entry = known !== undefined && now - known.at < memory ? known : {tries: 0, at: now};
			// The clock was set back: the wait begins again, or it would last until the clock is there once more.
			if (entry.at > now) {
				entry.at = now;
				await save();
			}
			const wait = entry.at + waitAfter(entry.tries) - now;
			if (wait > 0) return wait;
			entries.delete(address);
			entries.set(address, {tries: entry.tries + 1, at: now});
			forget(now);
			await save();
			return 0;
		},
		clear: async address => {
			if (entries.delete(address)) await save();
		},
		giveBack: async address => {
			const entry = entries.get(address);
			if (entry === undefined) return;
			if (entry.tries <= 1) entries.delete(address);
			else entries.set(address, {...entry, tries: entry.tries - 1});
			await save();
		},
	};
}
