import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {mkdtempSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import type {Pty} from '../../test/harness/pty.ts';
import {buildAll} from '../build.ts';
import {startConsole, startEngine} from './processes.ts';
import type {Row} from './row.ts';

const runs = 7;

/** How soon the processes are there as they ship: a console's first frame and an engine's socket, beside an empty Node. */
export async function bench(): Promise<Row[]> {
	await buildAll('dist');
	const root = mkdtempSync(join(tmpdir(), 'bench-'));
	await using opened = new AsyncDisposableStack();
	opened.defer(() => rmSync(root, {recursive: true, force: true}));
	// The console's unit keeps compiled code as well; the engine's does not, it would cost 10 MB for as long as it runs.
	const cached = {NODE_COMPILE_CACHE: join(root, 'compiled')};
	const began = performance.now();
	const {socket} = opened.use(await startEngine(root));
	const ready = performance.now() - began;
	const firstFrame = async () => {
		const began = performance.now();
		const pty = startConsole(socket, {env: cached});
		await shown(pty);
		const took = performance.now() - began;
		// Ended as systemd ends it: a killed console would leave no compiled code behind.
		pty.signal('SIGTERM');
		await pty.exited;
		return took;
	};
	// The first start of all fills the cache.
	await firstFrame();
	// In turns, so that a busy machine slows both; the middle ratio counts.
	const pairs: [number, number][] = [];
	for (let run = 0; run < runs; run++) pairs.push([await emptyNode(), await firstFrame()]);
	const [empty = 1, frame = 0] = pairs.sort(([a, b], [c, d]) => b / a - d / c)[Math.floor(runs / 2)] ?? [];
	return [
		{
			name: 'console: first frame',
			value: Math.round(frame),
			unit: 'ms',
			ratio: frame / empty,
			target: 'under 6x an empty node',
		},
		{name: 'empty node -e 0', value: Math.round(empty), unit: 'ms'},
		{name: 'engine: start to socket', value: Math.round(ready), unit: 'ms', ratio: ready / empty},
	];
}

/** Resolves with the first frame. */
function shown(pty: Pty): Promise<void> {
	let heard = '';
	return new Promise(resolve => {
		pty.onOutput(({bytes}) => {
			heard += bytes.toString();
			if (heard.includes('Alga Appliance')) resolve();
		});
	});
}

async function emptyNode(): Promise<number> {
	const began = performance.now();
	await once(spawn(process.execPath, ['-e', '0'], {stdio: 'ignore'}), 'exit');
	return performance.now() - began;
}
