import {setTimeout as delay} from 'node:timers/promises';
import type {Instant} from '../../shared/facts/fact.ts';

/** Time is handed in: an installation of forty minutes runs in a test in milliseconds, and ages are right. */
export type Clock = {
	readonly now: () => Instant;
	/** Resolves after `ms` of this clock's time; rejects with the signal's reason when aborted. */
	readonly sleep: (ms: number, signal?: AbortSignal) => Promise<void>;
};

export const systemClock: Clock = {
	now: () => Date.now(),
	sleep: async (ms, signal) => {
		await delay(ms, undefined, signal ? {signal} : {});
	},
};
