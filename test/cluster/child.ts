import {type ChildProcess, spawn} from 'node:child_process';
import {once} from 'node:events';
import {closeSync, existsSync, openSync} from 'node:fs';
import {readFile} from 'node:fs/promises';
import {createServer} from 'node:net';
import {setTimeout as sleep} from 'node:timers/promises';

/** A program of the suite, running. Its output goes to a file, so that its end can be shown when something fails. */
export type Child = {
	readonly name: string;
	readonly pid: number;
	readonly exited: () => boolean;
	/** Last lines of what it printed. */
	readonly tail: () => Promise<string>;
	readonly signal: (signal: NodeJS.Signals) => void;
	/** Kills it at once and resolves when it is gone. Nothing of the suite is worth a graceful end. */
	readonly kill: () => Promise<void>;
};

/** util-linux' setpriv lets the kernel kill the child with us, even when we are killed with no time to react. */
const setpriv = '/usr/bin/setpriv';

/** Starts a program with only the given environment; `logFile` is appended to. */
export function startChild(options: {
	readonly name: string;
	readonly path: string;
	readonly args: readonly string[];
	readonly logFile: string;
	readonly env: Readonly<Record<string, string>>;
}): Child {
	const {name, path, args, logFile, env} = options;
	const log = openSync(logFile, 'a', 0o600);
	const command = existsSync(setpriv) ? [setpriv, '--pdeathsig', 'KILL', '--', path, ...args] : [path, ...args];
	const [program = path, ...rest] = command;
	const child: ChildProcess = spawn(program, rest, {stdio: ['ignore', log, log], env: {...env}});
	closeSync(log);
	child.once('error', error => console.error(`${name}: ${error.message}`));
	const {pid} = child;
	if (pid === undefined) throw new Error(`${name} did not start: ${path}`);
	const exited = () => child.exitCode !== null || child.signalCode !== null;
	return {
		name,
		pid,
		exited,
		tail: async () => (await readFile(logFile, 'utf8')).trimEnd().split('\n').slice(-25).join('\n'),
		signal: signal => void child.kill(signal),
		kill: async () => {
			if (exited()) return;
			const gone = once(child, 'exit');
			child.kill('SIGKILL');
			await gone;
		},
	};
}

/**
 * Asks again and again until the answer is not undefined. Fails when the deadline passes or one of `children` ends,
 * with the last error and the end of each child's output.
 */
export async function until<T>(
	what: string,
	ask: (signal: AbortSignal) => Promise<T | undefined>,
	options: {readonly deadlineMs?: number; readonly children?: readonly Child[]} = {},
): Promise<T> {
	const {deadlineMs = 60_000, children = []} = options;
	const deadline = AbortSignal.timeout(deadlineMs);
	let last: unknown;
	let pause = 20;
	while (!deadline.aborted && !children.some(child => child.exited())) {
		try {
			const answer = await ask(deadline);
			if (answer !== undefined) return answer;
		} catch (error) {
			last = error;
		}
		await sleep(pause);
		pause = Math.min(pause * 1.5, 250);
	}
	const dead = children.filter(child => child.exited()).map(child => child.name);
	const ending = dead.length > 0 ? `${dead.join(', ')} ended` : `${deadlineMs / 1000} s passed`;
	const tails = await Promise.all(children.map(async child => `--- ${child.name}\n${await child.tail()}`));
	const reason = last instanceof Error ? `\nlast answer: ${last.message}` : '';
	throw new Error(`waiting until ${what}: ${ending}${reason}\n${tails.join('\n')}`);
}

/**
 * A free loopback port below the kernel's ephemeral range (32768 and up): a client that retries an ephemeral port
 * while its server is down may connect to itself and so hold the port against the server's return.
 */
export async function freePort(): Promise<number> {
	for (let attempt = 0; attempt < 50; attempt += 1) {
		const port = 20_000 + Math.floor(Math.random() * 12_000);
		const server = createServer();
		const free = await new Promise<boolean>(resolve => {
			server.once('error', () => resolve(false));
			server.listen(port, '127.0.0.1', () => resolve(true));
		});
		if (!free) continue;
		server.close();
		await once(server, 'close');
		return port;
	}
	throw new Error('no free port between 20000 and 32000');
}
