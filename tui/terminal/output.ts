import {constants, openSync, write} from 'node:fs';
import type {Timer} from './timer.ts';

/** Where bytes go. Resolves when the kernel has taken them all, rejects when the line is gone (EIO, EBADF, EPIPE). */
export type Output = (bytes: Uint8Array, signal: AbortSignal) => Promise<void>;

/**
 * Opens the terminal behind a descriptor again, for writing without blocking: node's own tty writes are synchronous,
 * and a blocking descriptor would leave a pool thread stuck that holds up the exit while a serial line is stopped.
 * Gives the descriptor itself back where the terminal cannot be opened by name. The caller closes what is new.
 */
export function openTerminal(descriptor: number): number {
	try {
		return openSync(`/proc/self/fd/${descriptor}`, constants.O_WRONLY | constants.O_NONBLOCK | constants.O_NOCTTY);
	} catch {
		// No /proc, or a tty of another user: slower to exit on a stopped line, otherwise the same.
		return descriptor;
	}
}

/** Writes through libuv's pool and never blocks the event loop; a full line is tried again until the signal aborts. */
export function descriptorOutput(descriptor: number, timer: Timer): Output {
	return async (bytes, signal) => {
		let sent = 0;
		let pause = firstPauseMs;
		while (sent < bytes.length) {
			signal.throwIfAborted();
			const took = await writeSome(descriptor, bytes.subarray(sent));
			sent += took;
			if (took > 0) pause = firstPauseMs;
			else {
				await new Promise<void>(resume => timer.after(pause, resume));
				pause = Math.min(pause * 2, longestPauseMs);
			}
		}
	};
}

const firstPauseMs = 5;
const longestPauseMs = 80;

/** One write(2): how many bytes were taken, 0 when the line is full. */
function writeSome(descriptor: number, bytes: Uint8Array): Promise<number> {
	return new Promise((resolve, reject) => {
		write(descriptor, bytes, (error, took) => {
			if (error === null) resolve(took);
			else if (error.code === 'EAGAIN' || error.code === 'EINTR') resolve(0);
			else reject(error);
		});
	});
}
