import {type ChildProcess, spawn} from 'node:child_process';
import {once} from 'node:events';
import {existsSync, readdirSync, readFileSync} from 'node:fs';
import {join} from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';
import {type Pty, startInPty} from '../../test/harness/pty.ts';
import {buildAll} from '../build.ts';

/** As the units start them: processes that mostly wait need no room for garbage. */
const consoleFlags = ['--max-semi-space-size=1', '--max-old-space-size=64'];
const gatewayFlags = [...consoleFlags, '--v8-pool-size=1'];
const engineFlags = ['--max-old-space-size=384'];

export type Process = AsyncDisposable & {readonly child: ChildProcess; readonly pid: number};

/** Builds what ships, once a run of the benchmarks. */
let building: Promise<void> | undefined;
export function built(): Promise<void> {
	building ??= buildAll('dist');
	return building;
}

/** The engine as it ships, below a root of its own; resolves when its socket is there. */
export async function startEngine(root: string): Promise<Process & {readonly socket: string}> {
	const socket = join(root, 'run/alga-appliance/engine.sock');
	const started = own(
		spawn(process.execPath, [...engineFlags, 'dist/engine.js'], {
			stdio: ['ignore', 'ignore', 'inherit'],
			env: {PATH: process.env.PATH, NODE_ENV: 'production', ALGA_APPLIANCE_ROOT: root},
		}),
	);
	while (!existsSync(socket)) {
		if (started.child.exitCode !== null) throw new Error('the engine ended before it had a socket');
		await sleep(2);
	}
	return {...started, socket};
}

/** The gateway as it ships, on a free port of loopback, for the engine below the same root. */
export async function startGateway(root: string): Promise<Process & {readonly port: number}> {
	const folders = ['--engine', join(root, 'run/alga-appliance/gateway.sock'), '--state', join(root, 'gateway')];
	const ports = ['--host', '127.0.0.1', '--http-port', '0', '--https-port', '0'];
	const child = spawn(process.execPath, [...gatewayFlags, 'dist/gateway.js', ...folders, ...ports], {
		stdio: ['ignore', 'pipe', 'inherit'],
		env: {PATH: process.env.PATH, NODE_ENV: 'production'},
	});
	const port = await new Promise<number>((resolve, reject) => {
		let said = '';
		child.stdout.on('data', (text: Buffer) => {
			said += text.toString();
			const found = /http port (\d+)/.exec(said)?.[1];
			if (found !== undefined) resolve(Number(found));
		});
		child.once('exit', () => reject(new Error(`the gateway ended before it listened: ${said}`)));
	});
	return {...own(child), port};
}

/** A console in a pty, as it ships. */
export function startConsole(socket: string, {term = 'xterm', env = {}, args = []}: ConsoleOptions = {}): Pty {
	return startInPty({
		file: process.execPath,
		args: [...consoleFlags, 'dist/console.js', '--socket', socket, ...args],
		term,
		env: {NODE_ENV: 'production', FORCE_COLOR: '1', LANG: 'C.UTF-8', ...env},
	});
}
type ConsoleOptions = {
	readonly term?: string;
	readonly env?: Readonly<Record<string, string>>;
	readonly args?: readonly string[];
};

/** Megabytes, from the kernel's own account (proc_pid_smaps(5)). */
export function memoryOf(pid: number): {readonly rss: number; readonly pss: number} {
	const text = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8');
	const kilobytes = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(text)?.[1] ?? 0);
	return {rss: kilobytes('Rss') / 1024, pss: kilobytes('Pss') / 1024};
}

/** A process and all below it. */
export function familyOf(pid: number): readonly number[] {
	const children = readdirSync(`/proc/${pid}/task`).flatMap(thread =>
		readFileSync(`/proc/${pid}/task/${thread}/children`, 'utf8').split(' ').filter(Boolean).map(Number),
	);
	return [pid, ...children.flatMap(familyOf)];
}

/** Ended as systemd ends it; killed when it does not. */
function own(child: ChildProcess): Process {
	const kill = () => child.kill('SIGKILL');
	process.on('exit', kill);
	return {
		child,
		pid: child.pid ?? 0,
		[Symbol.asyncDispose]: async () => {
			process.off('exit', kill);
			if (child.exitCode !== null || child.signalCode !== null) return;
			child.kill('SIGTERM');
			const late = setTimeout(kill, 5000);
			await once(child, 'exit');
			clearTimeout(late);
		},
	};
}
