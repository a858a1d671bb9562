import {readSync} from 'node:fs';
import {Socket} from 'node:net';
import {type IPty, spawn} from '@lydell/node-pty';

export type PtyOptions = {
	readonly file: string;
	readonly args?: readonly string[];
	readonly cwd?: string;
	/** The whole environment besides TERM; nothing is inherited but PATH and HOME. */
	readonly env?: Readonly<Record<string, string>>;
	readonly term?: string;
	readonly columns?: number;
	readonly rows?: number;
	/** Drains the terminal at the speed of a line, as a serial viewer does; absent: at once. */
	readonly bytesPerSecond?: number;
};

/** What a program wrote, and when (ms since it was started). */
export type PtyChunk = {readonly at: number; readonly bytes: Buffer};

/** A program in a pseudo terminal. */
export type Pty = AsyncDisposable & {
	readonly pid: number;
	readonly columns: number;
	readonly rows: number;
	readonly output: readonly PtyChunk[];
	/** All bytes so far. */
	byteCount(): number;
	onOutput(listener: (chunk: PtyChunk) => void): () => void;
	send(keys: string): void;
	resize(columns: number, rows: number): void;
	/** Stops the line: nothing is drained until `release`. */
	hold(): void;
	release(): void;
	signal(name: 'SIGTERM' | 'SIGKILL' | 'SIGUSR1' | 'SIGHUP' | 'SIGINT' | 'SIGWINCH'): void;
	/** Resolves with the exit code when the program has ended. */
	readonly exited: Promise<number>;
};

/** Starts a program in a terminal of its own. Disposing kills it if it still runs. */
export function startInPty(options: PtyOptions): Pty {
	const {file, args = [], term = 'xterm-256color', columns = 80, rows = 24, bytesPerSecond} = options;
	const started = performance.now();
	const child = spawn(file, [...args], {
		name: term,
		cols: columns,
		rows,
		cwd: options.cwd ?? process.cwd(),
		env: {PATH: process.env.PATH, HOME: process.env.HOME, ...options.env, TERM: term},
		encoding: null,
	});
	const output: PtyChunk[] = [];
	const listeners = new Set<(chunk: PtyChunk) => void>();
	let total = 0;
	let held = false;
	let running = true;

	const take = (bytes: Buffer) => {
		const chunk = {at: performance.now() - started, bytes};
		output.push(chunk);
		total += bytes.length;
		for (const listener of listeners) listener(chunk);
	};
	// With a null encoding the bytes come as they are; the package's types know strings only.
	child.onData(data => {
		take(Buffer.from(data));
	});
	const exited = new Promise<number>(resolve => {
		child.onExit(({exitCode}) => {
			running = false;
			resolve(exitCode);
		});
	});
	const drain = bytesPerSecond === undefined ? undefined : drainSlowly(child, bytesPerSecond, () => held, take);
	void exited.then(() => clearInterval(drain));

	return {
		pid: child.pid,
		get columns() {
			return child.cols;
		},
		get rows() {
			return child.rows;
		},
		output,
		byteCount: () => total,
		onOutput(listener) {
			listeners.add(listener);
			return () => listeners.delete(listener);
		},
		send: keys => child.write(keys),
		resize: (newColumns, newRows) => child.resize(newColumns, newRows),
		hold() {
			held = true;
			if (drain === undefined) child.pause();
		},
		release() {
			held = false;
			if (drain === undefined) child.resume();
		},
		signal: name => {
			if (running) child.kill(name);
		},
		exited,
		async [Symbol.asyncDispose]() {
			clearInterval(drain);
			if (running) child.kill('SIGKILL');
			child.resume();
			await exited;
		},
	};
}

/** Reads the terminal's own side a few bytes at a time, so that the kernel's buffer fills as it does before a UART. */
function drainSlowly(
	child: IPty,
	bytesPerSecond: number,
	held: () => boolean,
	take: (bytes: Buffer) => void,
): NodeJS.Timeout {
	const descriptor: unknown = Reflect.get(child, 'fd');
	if (typeof descriptor !== 'number') throw new Error('The pty package no longer tells its descriptor.');
	child.pause();
	// A paused stream still reads ahead into its own buffer; only its handle can be told to leave the bytes in the kernel.
	setImmediate(() => {
		const socket: unknown = Reflect.get(child, '_socket');
		const handle: unknown = socket instanceof Socket ? Reflect.get(socket, '_handle') : undefined;
		const stop: unknown = handle instanceof Object ? Reflect.get(handle, 'readStop') : undefined;
		if (typeof stop !== 'function')
			throw new Error('The pty package no longer reads through a socket that can be stopped.');
		stop.call(handle);
	});
	let last = performance.now();
	let credit = 0;
	return setInterval(() => {
		const now = performance.now();
		credit = Math.min(credit + ((now - last) * bytesPerSecond) / 1000, Math.max(16, bytesPerSecond / 10));
		last = now;
		if (held() || credit < 1) return;
		const buffer = Buffer.alloc(Math.floor(credit));
		try {
			const count = readSync(descriptor, buffer, 0, buffer.length, null);
			credit -= count;
			if (count > 0) take(buffer.subarray(0, count));
		} catch {
			// EAGAIN: nothing written; EIO: the program has ended, which onExit reports.
		}
	}, 10);
}
