import {spawn} from 'node:child_process';

/** Events come in bursts while an interface comes up. */
const settleMs = 250;
const restartMs = 5000;

/** Follows the kernel's netlink events (through `ip monitor`) and calls back, coalesced; dispose to stop. */
export function watchLinks(changed: () => Promise<void>): Disposable {
	const stop = new AbortController();
	let timer: NodeJS.Timeout | undefined;
	const start = () => {
		if (stop.signal.aborted) return;
		const monitor = spawn('ip', ['monitor', 'address', 'link', 'route'], {
			stdio: ['ignore', 'pipe', 'ignore'],
			signal: stop.signal,
		});
		monitor.stdout.on('data', () => {
			timer ??= setTimeout(() => {
				timer = undefined;
				void changed();
			}, settleMs);
		});
		// A machine without `ip`, or a monitor that dies, costs freshness only: facts are also read on a clock.
		monitor.on('error', () => undefined);
		monitor.on('close', () => setTimeout(start, restartMs).unref());
	};
	start();
	return {
		[Symbol.dispose]: () => {
			clearTimeout(timer);
			stop.abort();
		},
	};
}
