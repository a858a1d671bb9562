import type {Clock} from '../engine/clock.ts';

/** A sleep that others can end early. */
export type Bell = {readonly ring: () => void; readonly wait: (ms: number, signal: AbortSignal) => Promise<void>};

/** Waiting never rejects: it ends after the time, at a ring, or when aborted. */
export function makeBell(clock: Clock): Bell {
	let rung = new AbortController();
	return {
		ring: () => {
			rung.abort();
			rung = new AbortController();
		},
		wait: async (ms, signal) => {
			try {
				await clock.sleep(ms, AbortSignal.any([signal, rung.signal]));
			} catch (error) {
				if (
					!signal.aborted &&
					!(error instanceof DOMException) &&
					!(error instanceof Error && error.name === 'AbortError')
				)
					throw error;
			}
		},
	};
}
