import type {Timer} from '../../../tui/terminal/timer.ts';

/** Time that stands still until a test moves it on. */
export function manualTimer(): Timer & {advance(ms: number): Promise<void>} {
	let now = 0;
	let waiting: {at: number; run: () => void}[] = [];
	return {
		now: () => now,
		after(ms, run) {
			const entry = {at: now + ms, run};
			waiting.push(entry);
			return () => {
				waiting = waiting.filter(other => other !== entry);
			};
		},
		/** Runs what is due on the way, and what that leaves for the next turn of the event loop. */
		async advance(ms) {
			const end = now + ms;
			await turn();
			for (;;) {
				const next = waiting.filter(({at}) => at <= end).sort((a, b) => a.at - b.at)[0];
				if (next === undefined) break;
				waiting = waiting.filter(other => other !== next);
				now = Math.max(now, next.at);
				next.run();
				await turn();
			}
			now = end;
		},
	};
}

const turn = () => new Promise<void>(resolve => setImmediate(() => setImmediate(resolve)));
