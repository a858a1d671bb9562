/** Monotonic time in ms and one-shot timers; tests hand in their own. `after` gives back what cancels it. */
export type Timer = {
	now(): number;
	after(ms: number, run: () => void): () => void;
};

/** The real one. Its timers do not keep the process alive: the keyboard does that. */
export const systemTimer: Timer = {
	now: () => performance.now(),
	after(ms, run) {
		const handle = setTimeout(run, ms);
		handle.unref();
		return () => clearTimeout(handle);
	},
};
