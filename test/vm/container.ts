import {type ChildProcess, spawn} from 'node:child_process';
import {existsSync, mkdirSync, readFileSync, rmdirSync} from 'node:fs';
import {execa} from 'execa';
import {openTerminal, type Terminal} from './terminal.ts';

/** A booted machine in a container: real systemd, real dpkg; the kernel and its hardware are the host's. */
export type Container = AsyncDisposable & {
	/** tty1 with the size of a VGA text screen, ttyS0 without any, as the hardware has it. */
	readonly display: Terminal;
	readonly serial: Terminal;
	/** Runs a shell script inside; its output. Throws with the output when it fails. */
	readonly run: (script: string, deadlineMs?: number) => Promise<string>;
	/** Runs it and tells only how it ended. */
	readonly try: (script: string) => Promise<{readonly code: number; readonly output: string}>;
	/** Repeats a script until it succeeds. */
	readonly until: (script: string, deadlineMs?: number) => Promise<string>;
	readonly path: (inside: string) => string;
};

const pause = (ms: number) => new Promise(resolve => setTimeout(resolve, ms));

/**
 * Boots `tree` with everything written going to memory, `files` (outside → inside) bound read-only. Killing the process
 * that made the pid namespace takes all of it down, so nothing can be left behind.
 */
export async function bootContainer(tree: string, files: Readonly<Record<string, string>>): Promise<Container> {
	await using opened = new AsyncDisposableStack();
	const display = opened.use(openTerminal({columns: 80, rows: 25}));
	const serial = opened.use(openTerminal({columns: 80, rows: 24}, {columns: 0, rows: 0}));
	const cgroups = ownCgroups(`alga-${process.pid}`);
	const log: string[] = [];
	const child = spawn(
		// However this process ends, the kernel ends the container with it.
		'setpriv',
		[
			...['--pdeathsig', 'KILL', 'unshare'],
			...['-m', '-p', '-f', '--kill-child', '--mount-proc', '--propagation', 'private', 'sh', '-c'],
			'for group in $0; do echo 0 >"$group/cgroup.procs" || exit; done; mount -t tmpfs -o mode=755 run /run && exec systemd-nspawn "$@"',
			cgroups.join(' '),
			...[
				'--register=no',
				'--keep-unit',
				'--machine=alga-lab',
				'--volatile=overlay',
				'--private-network',
				'--console=pipe',
			],
			...[`--bind=${display.device}:/dev/tty1`, `--bind=${serial.device}:/dev/ttyS0`],
			...Object.entries(files).map(([outside, inside]) => `--bind-ro=${outside}:${inside}`),
			...['-b', '-D', tree],
		],
		{stdio: ['ignore', 'pipe', 'pipe'], env: {...process.env, SYSTEMD_NSPAWN_UNIFIED_HIERARCHY: '1'}},
	);
	opened.defer(() => stop(child, cgroups));
	for (const stream of [child.stdout, child.stderr]) stream.on('data', (text: Buffer) => log.push(text.toString()));

	const init = await first(
		// nspawn has short-lived helpers of its own before the machine's init.
		() => childOf(childOf(child.pid), 'systemd'),
		20_000,
		() => `no container:\n${log.join('')}`,
	);
	const attempt: Container['try'] = async script => execute(init, script, 60_000);
	const run: Container['run'] = async (script, deadlineMs = 60_000) => {
		const done = await execute(init, script, deadlineMs);
		if (done.code !== 0) throw new Error(`Inside the machine, exit ${done.code}: ${script}\n${done.output}`);
		return done.output;
	};
	const until: Container['until'] = async (script, deadlineMs = 20_000) => {
		let last = '';
		return first(
			async () => {
				const done = await execute(init, script, deadlineMs);
				last = done.output;
				return done.code === 0 ? done.output : undefined;
			},
			deadlineMs,
			() => `not so within ${deadlineMs} ms: ${script}\n${last}`,
		);
	};
	await until('systemctl is-system-running --wait; systemctl is-active multi-user.target', 40_000);
	const owned = opened.move();
	return {
		display,
		serial,
		run,
		try: attempt,
		until,
		path: inside => `/proc/${init}/root${inside}`,
		[Symbol.asyncDispose]: () => owned.disposeAsync(),
	};
}

async function execute(init: number, script: string, timeout: number): Promise<{code: number; output: string}> {
	const done = await execa('nsenter', ['-t', String(init), '-a', 'sh', '-c', script], {
		reject: false,
		timeout,
		all: true,
		extendEnv: false,
		env: {PATH: '/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C.UTF-8', DEBIAN_FRONTEND: 'noninteractive'},
		stdin: 'ignore',
	});
	return {code: done.exitCode ?? 255, output: done.all ?? ''};
}

async function first<T>(
	look: () => T | undefined | Promise<T | undefined>,
	deadlineMs: number,
	why: () => string,
): Promise<T> {
	const end = Date.now() + deadlineMs;
	for (;;) {
		const found = await look();
		if (found !== undefined) return found;
		if (Date.now() > end) throw new Error(why());
		await pause(50);
	}
}

/** The first child, of that name if one is given. */
function childOf(pid: number | undefined, name?: string): number | undefined {
	if (pid === undefined) return undefined;
	try {
		const [child] = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ');
		const isIt = child && (name === undefined || readFileSync(`/proc/${child}/comm`, 'utf8').trim() === name);
		return isIt ? Number(child) : undefined;
	} catch {
		return undefined;
	}
}

/** Groups of our own below the host's: on a machine with both hierarchies systemd wants to be in both. */
function ownCgroups(name: string): readonly string[] {
	const base = '/sys/fs/cgroup';
	const parents = existsSync(`${base}/unified`) ? [`${base}/systemd`, `${base}/unified`] : [base];
	return parents.map(parent => {
		mkdirSync(`${parent}/${name}`, {recursive: true});
		return `${parent}/${name}`;
	});
}

async function stop(child: ChildProcess, cgroups: readonly string[]): Promise<void> {
	if (child.exitCode === null && child.signalCode === null) {
		const gone = new Promise(resolve => child.once('exit', resolve));
		child.kill('SIGKILL');
		await gone;
	}
	for (const group of cgroups) await removeTree(group);
}

/** A cgroup goes only when it is empty, leaves first; its processes take a moment to die. */
async function removeTree(group: string): Promise<void> {
	const {stdout} = await execa('find', [group, '-depth', '-type', 'd'], {reject: false});
	for (let tries = 0; tries < 40; tries++) {
		for (const folder of stdout.split('\n')) {
			try {
				rmdirSync(folder);
			} catch {
				// Busy still, or gone already: looked at again below.
			}
		}
		if (!existsSync(group)) return;
		await pause(50);
	}
	console.error(`left behind: ${group}`);
}
