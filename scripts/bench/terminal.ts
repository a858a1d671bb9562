import {mkdtemp, readFile, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {Writable} from 'node:stream';
import {fileURLToPath} from 'node:url';
import type {Instance} from 'ink';
import {createElement as h, type ReactNode} from 'react';
import {startInPty} from '../../test/harness/pty.ts';
import {drawFrame, type Grid} from '../../tui/terminal/cells.ts';
import {glyphs, type Tier} from '../../tui/terminal/glyphs.ts';
import {silentStdin} from '../../tui/terminal/keyboard.ts';
import {judgeLine, type LineFacts} from '../../tui/terminal/line.ts';
import {createPainter} from '../../tui/terminal/painter.ts';
import {systemTimer} from '../../tui/terminal/timer.ts';
import type {Row} from './row.ts';

// Ink's colour library decides once, when it is loaded, and drops all styles where its own stdout is no terminal.
process.env.FORCE_COLOR = '1';
const {Box, render, Text} = await import('ink');

export type BoardState = {readonly second: number; readonly firstLine: number; readonly typed?: string};

const columns = 80;
const rows = 24;
const paneRows = 12;

/** A screen like the console's own: identity, tiers, a full-width log pane, keys. */
export function board({second, firstLine, typed = ''}: BoardState, tier: Tier): ReactNode {
	const {box, state, ellipsis} = glyphs[tier];
	const clock = new Date(second * 1000).toISOString().slice(11, 19);
	const tiers = ['Platform', 'Core', 'Bootstrap', 'Login', 'Background'].map((name, index) =>
		h(
			Text,
			{key: name},
			h(Text, {color: index < 3 ? 'green' : 'yellow'}, index < 3 ? state.good : state.working),
			` ${name.padEnd(12)}`,
			index < 3 ? 'ready' : `working: 2 of 3 containers started${ellipsis}`,
		),
	);
	const log = Array.from({length: paneRows}, (_, index) =>
		h(Text, {key: firstLine + index}, logLine(firstLine + index)),
	);
	return h(
		Box,
		{width: columns, height: rows, flexDirection: 'column', overflow: 'hidden'},
		h(
			Box,
			{justifyContent: 'space-between'},
			h(Text, {bold: true}, 'Alga PSA appliance 1.0.0'),
			h(Text, null, `Installing ${state.working} ${clock}`),
		),
		h(Text, null, `Open  http://192.0.2.10:8080  ${state.waiting} not yet: the database is starting`),
		h(Box, {borderStyle: box, flexDirection: 'column', height: 7}, ...tiers),
		h(Text, null, box.top.repeat(columns)),
		h(Box, {flexDirection: 'column', height: paneRows}, ...log),
		h(Text, null, `Typed: ${typed}`),
		h(Text, {inverse: true}, 'F1 Help  F2 Setup  F4 Logs  F5 Diagnose  F6 Update  F9 Network'.padEnd(columns)),
	);
}

function logLine(number: number): string {
	const words = [
		'pulled image',
		'created container',
		'started container',
		'probe failed',
		'mounted volume',
		'scheduled pod',
	];
	const word = words[(number * 7) % words.length] ?? '';
	const stamp = new Date(number * 1370).toISOString().slice(14, 23);
	return `${stamp} kubelet[${700 + ((number * 13) % 97)}]: ${word} msp/sebastian-${(number * 2_654_435_761) % 100_000} in ${(number * 37) % 900} ms`.slice(
		0,
		columns,
	);
}

const facts: Record<Tier, LineFacts> = {
	rich: {term: 'xterm-256color', tty: 'pty', utf8: true},
	vt: {term: 'linux', tty: 'vt', utf8: true},
	basic: {term: 'vt220', tty: 'serial', baud: 115_200, utf8: true},
};

/** Bytes on the line of the first frame and of each step's change, sent by the painter. */
export async function painterBytes(states: readonly BoardState[], tier: Tier): Promise<number[]> {
	const sizes: number[] = [];
	const painter = createPainter({
		output: async bytes => {
			sizes.push(bytes.length);
		},
		line: {...judgeLine(facts[tier]), framesPerSecond: 1e6, bytesPerSecond: Number.POSITIVE_INFINITY},
		size: {columns, rows},
		timer: systemTimer,
		onLost: error => {
			throw error;
		},
	});
	let app: Instance | undefined;
	for (const state of states) {
		const before = sizes.length;
		if (app === undefined) {
			app = render(board(state, tier), {
				stdout: painter.stdout,
				stdin: silentStdin(),
				debug: true,
				interactive: true,
				patchConsole: false,
				exitOnCtrlC: false,
			});
		} else app.rerender(board(state, tier));
		while (sizes.length === before) await new Promise(setImmediate);
	}
	app?.unmount();
	await painter.close();
	return sizes.slice(0, states.length);
}

/** The same with Ink writing by itself, in its default mode. */
export async function inkBytes(states: readonly BoardState[], tier: Tier): Promise<number[]> {
	let size = 0;
	const stdout = Object.assign(
		new Writable({
			write(chunk: Buffer, _encoding, done) {
				size += chunk.length;
				done();
			},
		}),
		{isTTY: true, columns, rows},
	);
	const sizes: number[] = [];
	let app: Instance | undefined;
	for (const state of states) {
		size = 0;
		if (app === undefined) {
			app = render(board(state, tier), {
				stdout: stdout,
				stdin: silentStdin(),
				interactive: true,
				patchConsole: false,
				exitOnCtrlC: false,
			});
		} else app.rerender(board(state, tier));
		await app.waitUntilRenderFlush();
		sizes.push(size);
	}
	app?.unmount();
	return sizes;
}

/**
 * The least bytes any painter could send, by brute force: the best single scroll region, and for each row the
 * cheaper of overwriting and addressing at every gap. Colour changes are left out, so this flatters the ideal.
 */
export function perfectBytes(from: BoardState, to: BoardState, tier: Tier): number {
	const frame = (state: BoardState) => drawFrame(frameText(state, tier), columns, rows, tier).grid;
	const [before, after] = [frame(from), frame(to)];
	let best = drawCost(before.cells, after);
	for (let top = 0; top < rows; top++) {
		for (let bottom = top + 2; bottom < rows; bottom++) {
			for (const by of [-2, -1, 1, 2]) {
				const moved = before.cells.slice();
				const pane = moved.subarray(top * columns, (bottom + 1) * columns);
				const shift = Math.abs(by) * columns;
				if (by > 0) pane.copyWithin(0, shift).fill(0x20, pane.length - shift);
				else pane.copyWithin(shift, 0, pane.length - shift).fill(0x20, 0, shift);
				best = Math.min(best, 14 + Math.abs(by) + drawCost(moved, after));
			}
		}
	}
	return best;
}

function drawCost(before: Uint32Array, after: Grid): number {
	let total = 0;
	for (let row = 0; row < rows; row++) {
		let cost = 0;
		let gap = Number.POSITIVE_INFINITY;
		let lastInk = columns;
		while (lastInk > 0 && after.cells[row * columns + lastInk - 1] === 0x20) lastInk--;
		let erase = 0;
		for (let column = 0; column < columns; column++) {
			const cell = after.cells[row * columns + column] ?? 0x20;
			if (before[row * columns + column] === cell) {
				gap++;
				continue;
			}
			const size = Buffer.byteLength(String.fromCodePoint(cell & 0x1f_ffff));
			const step = (gap === 0 ? 0 : Math.min(gap, 4 + String(row + 1).length + String(column + 1).length)) + size;
			if (column < lastInk) cost += step;
			else erase = Math.min(erase + step, 3 + (gap === 0 ? 0 : 7));
			gap = 0;
		}
		total += cost + erase;
	}
	return total;
}

/** One frame as Ink lays it out. */
function frameText(state: BoardState, tier: Tier): string {
	let frame = '';
	const stdout = Object.assign(
		new Writable({
			decodeStrings: false,
			write(chunk: string, _encoding, done) {
				if (chunk.includes('\n')) frame = chunk;
				done();
			},
		}),
		{isTTY: true, columns, rows},
	);
	render(board(state, tier), {
		stdout,
		stdin: silentStdin(),
		debug: true,
		interactive: true,
		patchConsole: false,
		exitOnCtrlC: false,
	}).unmount();
	return frame;
}

/** What the program in the terminal measured of itself. */
export type ProgramReport = {
	readonly longestStallMs: number;
	readonly descriptorsBefore: number;
	readonly descriptorsAfter: number;
	readonly frames: number;
	readonly writes: number;
	readonly bytes: number;
};

const program = fileURLToPath(new URL('../../test/unit/terminal/program.ts', import.meta.url));

/** Runs the board in a terminal drained at a line's speed, ten updates a second, and asks it for its longest stall. */
export async function stallAt(baud: number, seconds: number): Promise<ProgramReport> {
	const folder = await mkdtemp(join(tmpdir(), 'terminal-bench-'));
	try {
		const report = join(folder, 'report.json');
		await using pty = startInPty({
			file: process.execPath,
			args: [program],
			term: 'vt220',
			env: {
				REPORT: report,
				UPDATE_MS: '100',
				UPDATES: String(seconds * 10),
				BAUD: String(baud),
				NODE_ENV: 'production',
				FORCE_COLOR: '1',
			},
			bytesPerSecond: baud / 10,
		});
		await pty.exited;
		return JSON.parse(await readFile(report, 'utf8'));
	} finally {
		await rm(folder, {recursive: true, force: true});
	}
}

/** Everything this file can measure. */
export async function bench(): Promise<Row[]> {
	const found: Row[] = [];
	const states: BoardState[] = [
		{second: 36_000, firstLine: 100},
		{second: 36_001, firstLine: 100},
		{second: 36_001, firstLine: 101},
	];
	const steps = ['first frame', 'idle clock tick', 'appended log line'];
	const targets = ['', '<= 64', '<= 256'];
	const ink = await inkBytes(states, 'vt');
	for (const tier of ['rich', 'vt', 'basic'] as const) {
		const ours = await painterBytes(states, tier);
		for (const [index, step] of steps.entries()) {
			const [from, to] = [states[index - 1], states[index]];
			const value = ours[index] ?? Number.NaN;
			found.push({
				name: `painter, ${tier}: ${step} (ratio to Ink default)`,
				value,
				unit: 'bytes',
				ratio: value / (ink[index] ?? Number.NaN),
				...(index > 0 && {target: targets[index] ?? ''}),
			});
			if (from === undefined || to === undefined) continue;
			const perfect = perfectBytes(from, to, tier);
			found.push({
				name: `perfect, ${tier}: ${step} (ratio of the painter to it)`,
				value: perfect,
				unit: 'bytes',
				ratio: value / perfect,
			});
		}
	}
	for (const [index, step] of steps.entries())
		found.push({name: `Ink default: ${step}`, value: ink[index] ?? Number.NaN, unit: 'bytes'});
	const stall = await stallAt(9600, 10);
	found.push({
		name: 'longest event-loop stall, 9600 baud, 10 updates/s',
		value: Math.round(stall.longestStallMs),
		unit: 'ms',
		target: '<= 50',
	});
	found.push({
		name: 'writes for those frames (ratio to frames)',
		value: stall.writes,
		unit: 'writes',
		ratio: stall.writes / stall.frames,
	});
	return found;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
	for (const {name, value, unit, target = '', ratio} of await bench()) {
		const shown = ratio === undefined ? '' : `x${ratio.toFixed(3)}`;
		console.log(`${name.padEnd(64)} ${String(value).padStart(7)} ${unit.padEnd(7)} ${shown.padStart(8)} ${target}`);
	}
}
