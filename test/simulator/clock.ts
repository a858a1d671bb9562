import {setTimeout as delay} from 'node:timers/promises';
import type {Clock} from '../../server/engine/clock.ts';
import type {Instant} from '../../shared/facts/fact.ts';

/** What two processes must share so that their virtual clocks agree. */
export type Timeline = {
	/** Virtual time at the epoch. */
	readonly start: Instant;
	/** Real time (milliseconds since 1970) at which the virtual clock showed `start`. */
	readonly epoch: number;
	/** Virtual milliseconds per real millisecond. */
	readonly speed: number;
};

/** A clock that runs `speed` times as fast as the wall's, from `start` on; sleeping waits `ms / speed`. */
export function timelineClock(timeline: Timeline): Clock {
	return {
		now: () => Math.round(timeline.start + (Date.now() - timeline.epoch) * timeline.speed),
		elapsed: () => performance.now() * timeline.speed,
		sleep: async (ms, signal) => {
			await delay(ms / timeline.speed, undefined, signal ? {signal} : {});
		},
	};
}

/** A fast clock for one process: its epoch is now. */
export const speedClock = (start: Instant, speed: number): Clock => timelineClock({start, epoch: Date.now(), speed});
