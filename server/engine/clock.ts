import {setTimeout as delay} from 'node:timers/promises';
import type {Instant} from '../../shared/facts/fact.ts';

/** Time is handed in: an installation of forty minutes runs in a test in milliseconds, and ages are right. */
export type Clock = {
	readonly now: () => Instant;
	/** Milliseconds since some moment; goes on evenly when the clock is set. */
	readonly elapsed: () => number;
	/** Resolves after `ms` of this clock's time; rejects with the signal's reason when aborted. */
	readonly sleep: (ms: number, signal?: AbortSignal) => Promise<void>;
};

export const systemClock: Clock = {
	now: () => Date.now(),
	elapsed: () => performance.now(),
	sleep: async (ms, signal) => {
		await delay(ms, undefined, signal ? {signal} : {});
	},
};

/** Tells whether more than `ms` have passed since it was made; setting the clock neither shortens nor lengthens that. */
export function deadline({elapsed}: Pick<Clock, 'elapsed'>, ms: number): () => boolean {
	const end = elapsed() + ms;
	return () => elapsed() > end;
}
