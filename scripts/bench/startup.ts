import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {existsSync, mkdtempSync, readFileSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {startInPty} from '../../test/harness/pty.ts';
import {buildAll} from '../build.ts';
import type {Row} from './row.ts';

const runs = 7;

/** What the processes cost as they ship: first frame beside an empty Node, socket ready, resident and shared memory. */
export async function bench(): Promise<Row[]> {
	if (!existsSync('dist/console.js')) await buildAll('dist');
	const empty = await median(runs, async () => {
		const began = performance.now();
		await once(spawn(process.execPath, ['-e', '0'], {stdio: 'ignore'}), 'exit');
		return performance.now() - began;
	});
	const root = mkdtempSync(join(tmpdir(), 'bench-'));
	// The console's unit keeps compiled code as well; the engine's does not, it would cost 10 MB for as long as it runs.
	const cached = {NODE_COMPILE_CACHE: join(root, 'compiled')};
	try {
		const ready: number[] = [];
		const began = performance.now();
		const engine = spawn(process.execPath, ['dist/engine.js'], {
			stdio: 'ignore',
			env: {...process.env, ALGA_APPLIANCE_ROOT: root},
		});
		const socket = join(root, 'run/alga-appliance/engine.sock');
		while (!existsSync(socket)) await new Promise(resolve => setTimeout(resolve, 2));
		ready.push(performance.now() - began);
		// The first start of all fills the cache.
		await firstFrame(socket, cached);
		const frame = await median(runs, () => firstFrame(socket, cached));
		const consoles = [1, 2].map(() => openConsole(socket, cached));
		await Promise.all(consoles.map(one => one.started));
		await new Promise(resolve => setTimeout(resolve, 20_000));
		const memory = memoryOf(engine.pid ?? 0);
		const shown = consoles.map(one => memoryOf(one.pid));
		await Promise.all(consoles.map(one => one.stop()));
		engine.kill('SIGTERM');
		await once(engine, 'exit');
		const all = memory.pss + shown.reduce((sum, one) => sum + one.pss, 0);
		return [
			{
				name: 'console: first frame',
				value: Math.round(frame),
				unit: 'ms',
				ratio: frame / empty,
				target: 'under 6x an empty node',
			},
			{name: 'empty node -e 0', value: Math.round(empty), unit: 'ms'},
			{name: 'engine: start to socket', value: Math.round(ready[0] ?? 0), unit: 'ms', ratio: (ready[0] ?? 0) / empty},
			{name: 'engine: resident', value: Math.round(memory.rss), unit: 'MB', target: 'under 105'},
			{
				name: 'console: resident',
				value: Math.round(Math.max(...shown.map(one => one.rss))),
				unit: 'MB',
				target: 'under 90',
			},
			{name: 'engine and two consoles: PSS', value: Math.round(all), unit: 'MB', target: 'under 150'},
		];
	} finally {
		rmSync(root, {recursive: true, force: true});
	}
}

const flags = ['--max-semi-space-size=1', '--max-old-space-size=64'];
type Environment = Readonly<Record<string, string>>;
const environment = {NODE_ENV: 'production', FORCE_COLOR: '1', LANG: 'C.UTF-8'};

async function firstFrame(socket: string, cached: Environment): Promise<number> {
	const began = performance.now();
	const one = openConsole(socket, cached);
	await one.started;
	const took = performance.now() - began;
	await one.stop();
	return took;
}

/** A console in a pty, as it ships. `started` resolves with its first frame. */
function openConsole(
	socket: string,
	cached: Environment,
): {
	readonly started: Promise<void>;
	readonly pid: number;
	readonly stop: () => Promise<unknown>;
} {
	const pty = startInPty({
		file: process.execPath,
		args: [...flags, 'dist/console.js', '--socket', socket],
		term: 'xterm',
		env: {...environment, ...cached},
	});
	let heard = '';
	const started = new Promise<void>(resolve => {
		pty.onOutput(({bytes}) => {
			heard += bytes.toString();
			if (heard.includes('Alga Appliance')) resolve();
		});
	});
	// Ended as systemd ends it: a killed console would leave no compiled code behind.
	const stop = () => {
		pty.signal('SIGTERM');
		return pty.exited;
	};
	return {started, pid: pty.pid, stop};
}

/** Megabytes, from the kernel's own account. */
function memoryOf(pid: number): {rss: number; pss: number} {
	const text = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8');
	const kilobytes = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(text)?.[1] ?? 0);
	return {rss: kilobytes('Rss') / 1024, pss: kilobytes('Pss') / 1024};
}

async function median(times: number, measure: () => Promise<number>): Promise<number> {
	const taken: number[] = [];
	for (let run = 0; run < times; run++) taken.push(await measure());
	return taken.sort((a, b) => a - b)[Math.floor(times / 2)] ?? 0;
}
