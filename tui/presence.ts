/** Without a key for this long an unlocked console locks itself; the engine does the same by its own clock. */
const idleMs = 10 * 60_000;
/** The engine hears of keys at most this often. */
const tellMs = 60_000;

/** Whether somebody is there: keeps an unlocked console open while keys are pressed, and locks it when none are. */
export function watchPresence(
	now: () => number,
	console: {
		readonly isUnlocked: () => boolean;
		readonly lock: () => void;
		readonly stay: () => void;
	},
): {readonly key: () => void; readonly tick: () => void} {
	let keyAt = now();
	let toldAt = now();
	return {
		key: () => {
			keyAt = now();
			if (!console.isUnlocked() || keyAt - toldAt < tellMs) return;
			toldAt = keyAt;
			console.stay();
		},
		tick: () => {
			if (!console.isUnlocked() || now() - keyAt < idleMs) return;
			keyAt = now(); // Once; a lock that did not reach the engine is tried again after as long.
			console.lock();
		},
	};
}
