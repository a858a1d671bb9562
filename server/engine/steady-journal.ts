import type {Problem} from '../../shared/problem.ts';
import type {Journal} from './journal.ts';

/** What a command gets while the disk refuses: an engine that cannot remember must not act. */
export const unwritable = (why: string): Problem => ({
	code: 'journal.unwritable',
	what: 'The appliance cannot write its state in /var/lib/alga-appliance, so it begins nothing.',
	why,
	next: 'Make room on the disk, or see why /var is read-only (dmesg, mount). Then restart the engine on the Power screen.',
	retry: 'after-fix',
});

/** A write that the disk refused, on its way to whoever asked for it. */
export class JournalRefused extends Error {}

/** Written in passing, and looked up or made anew at the next start. */
const foundAgain: ReadonlySet<string> = new Set(['release.available', 'site.id', 'checks']);

/**
 * The journal of an engine that stays up to say that its disk is full or read-only, rather than dying of it again and
 * again: without a journal on the disk it remembers in memory and begins nothing; without room the history has gaps.
 * `prove` finds out: a disk that refuses may be read for days, and one that is well again does not tell either.
 */
export function steadyJournal(
	open: () => Journal,
	substitute: () => Journal,
	/**
	 * Throws when its folder cannot be written: ext4 that the kernel made read-only still takes what is written to a file that
	 * was open, and says of none of it that it is not kept.
	 */
	attempt: () => void,
): {
	readonly journal: Journal;
	readonly trouble: () => string | undefined;
	readonly prove: (how: 'look' | 'write') => void;
} {
	let trouble: string | undefined;
	const refused = (error: unknown) => {
		const why = error instanceof Error ? error.message : String(error);
		if (why !== trouble) console.error(`the journal was not written: ${why}`);
		trouble = why;
		return new JournalRefused(why);
	};
	let inner: Journal;
	let place: 'disk' | 'memory' = 'disk';
	try {
		inner = open();
	} catch (error) {
		refused(error);
		inner = substitute();
		place = 'memory';
	}
	const keep = (write: () => void) => {
		try {
			if (place === 'disk') attempt();
			write();
		} catch (error) {
			throw refused(error);
		}
		if (place === 'disk') trouble = undefined;
	};
	/** SQLite keeps a file that it had to open read-only so for good: only another connection may write. */
	const reopen = () => {
		attempt();
		const again = open();
		try {
			again.set('journal.proved', true);
		} catch (error) {
			if (again !== inner) again[Symbol.dispose]();
			throw error;
		}
		if (again !== inner) inner[Symbol.dispose]();
		inner = again;
		trouble = undefined;
	};
	const prove = (how: 'look' | 'write') => {
		if (place === 'memory') return; // What it did not read at its start is not taken up later: that is for the next engine.
		try {
			if (trouble !== undefined) reopen();
			else if (how === 'write') keep(() => inner.set('journal.proved', true));
			else attempt();
		} catch (error) {
			refused(error);
		}
	};
	prove('write');
	const journal: Journal = {
		get: key => inner.get(key),
		list: (...args) => inner.list(...args),
		activities: limit => inner.activities(limit),
		[Symbol.dispose]: () => inner[Symbol.dispose](),
		begin: entry => {
			if (place === 'memory') throw new JournalRefused(trouble);
			keep(() => inner.begin(entry));
		},
		step: (...args) => keep(() => inner.step(...args)),
		state: (...args) => keep(() => inner.state(...args)),
		dismiss: (...args) => keep(() => inner.dismiss(...args)),
		set: (key, value) => {
			try {
				keep(() => inner.set(key, value));
			} catch (error) {
				if (!foundAgain.has(key)) throw error;
			}
		},
		activity: entry => {
			try {
				keep(() => inner.activity(entry));
			} catch {
				// Told by `trouble`; an event that cannot be kept must not take the engine down.
			}
		},
	};
	return {journal, trouble: () => trouble, prove};
}
