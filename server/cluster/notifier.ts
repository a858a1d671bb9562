import type {Clock} from '../engine/clock.ts';

/** Tells those who watch that something changed: at once, and then at most ten times a second. */
export type Notifier = {readonly notify: () => void; readonly watch: (changed: () => void) => Disposable};

const paceMs = 100;

export function makeNotifier(clock: Clock, until: AbortSignal): Notifier {
	const watchers = new Set<{readonly changed: () => void}>();
	let resting = false;
	let pending = false;

	const tell = () => {
		pending = false;
		resting = true;
		for (const {changed} of watchers) changed();
		clock.sleep(paceMs, until).then(
			() => {
				resting = false;
				if (pending) tell();
			},
			() => undefined,
		);
	};
	return {
		notify: () => {
			if (pending || until.aborted) return;
			pending = true;
			// Not within the caller: what it was doing is finished first, and many changes of one read become one.
			if (!resting) setImmediate(() => pending && !resting && tell());
		},
		watch: changed => {
			const watcher = {changed};
			watchers.add(watcher);
			return {[Symbol.dispose]: () => void watchers.delete(watcher)};
		},
	};
}
