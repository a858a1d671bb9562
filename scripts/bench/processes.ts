import {type ChildProcess, spawn} from 'node:child_process';
import {once} from 'node:events';
import {existsSync, readdirSync, readFileSync} from 'node:fs';
import {join} from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';
import {type Pty, startInPty} from '../../test/harness/pty.ts';

export type Process = AsyncDisposable & {readonly child: ChildProcess; readonly pid: number};

/** As the units start them: the same arguments of Node, the same environment. */
export const asUnit = {
	engine: startOf('alga-appliance.service'),
	gateway: startOf('alga-appliance-gateway.service'),
	console: startOf('alga-appliance-console@.service', 'libexec/console'),
};

/** The engine as it ships, below a root of its own; resolves when its socket is there. */
export async function startEngine(root: string): Promise<Process & {readonly socket: string}> {
	const socket = join(root, 'run/alga-appliance/engine.sock');
	const started = own(
		spawn(process.execPath, [...asUnit.engine.flags, 'dist/engine.js'], {
			stdio: ['ignore', 'ignore', 'inherit'],
			env: {PATH: process.env.PATH, ...asUnit.engine.env, ALGA_APPLIANCE_ROOT: root},
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
	const child = spawn(process.execPath, [...asUnit.gateway.flags, 'dist/gateway.js', ...folders, ...ports], {
		stdio: ['ignore', 'pipe', 'inherit'],
		env: {PATH: process.env.PATH, ...asUnit.gateway.env},
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
		args: [...asUnit.console.flags, 'dist/console.js', '--socket', socket, ...args],
		term,
		env: {...asUnit.console.env, ...env},
	});
}
type ConsoleOptions = {
	readonly term?: string;
	readonly env?: Environment;
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

/** Node's arguments and the environment, read from a unit and the script that it starts, if it does not start Node itself. */
function startOf(unit: string, script = unit): {readonly flags: readonly string[]; readonly env: Environment} {
	const read = (file: string) => readFileSync(join(import.meta.dirname, '../../systemd-units', file), 'utf8');
	const flags = /bin\/node((?: --[a-z0-9-]+=\d+)+) /.exec(read(script))?.[1]?.trim().split(' ');
	if (flags === undefined) throw new Error(`${script} starts no Node`);
	const env = [...read(unit).matchAll(/^Environment=(.*)$/gm)].flatMap(([, words = '']) =>
		words.split(' ').map(word => word.split('=')),
	);
	// Folders are the machine's own.
	return {flags, env: Object.fromEntries(env.filter(([, value]) => !value?.startsWith('/')))};
}
type Environment = Readonly<Record<string, string>>;

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
