import headless from '@xterm/headless';
import {BLANK, type Grid} from '../../tui/terminal/cells.ts';
import type {Pty} from './pty.ts';

/** One cell as the emulator shows it; colours are 0-15 or undefined for the terminal's own. */
export type ScreenCell = {
	readonly char: string;
	readonly foreground: number | undefined;
	readonly background: number | undefined;
	readonly bold: boolean;
	readonly dim: boolean;
	readonly inverse: boolean;
};

/** A terminal emulator without a window. */
export type Screen = Disposable & {
	readonly columns: number;
	readonly rows: number;
	/** Shows bytes; resolves when they are on the screen. */
	write(bytes: string | Uint8Array): Promise<void>;
	resize(columns: number, rows: number): void;
	/** The whole screen, a line a row, without trailing blanks. */
	text(): string;
	/** One row, counted from 0. */
	row(index: number): string;
	cell(column: number, row: number): ScreenCell;
	/** The screen in the painter's own form, for comparing cell by cell. */
	grid(): Grid;
	cursorShown(): boolean;
	/** Waits until the screen is as wanted; fails with the screen in its message. */
	until(wanted: RegExp | ((screen: Screen) => boolean), deadlineMs?: number): Promise<void>;
	/** Presses keys: names from the table below, `ctrl-x`, or text to be typed. */
	keys(...names: string[]): void;
};

/** An emulator of a size; `send` gets the keys and the emulator's own answers, such as a cursor report. */
export function openScreen(columns: number, rows: number, send: (bytes: string) => void = () => {}): Screen {
	const terminal = new headless.Terminal({cols: columns, rows, allowProposedApi: true, scrollback: 0});
	const watchers = new Set<() => void>();
	let cursorShown = true;
	terminal.onData(send);
	for (const final of ['h', 'l'] as const) {
		terminal.parser.registerCsiHandler({prefix: '?', final}, parameters => {
			if (parameters.includes(25)) cursorShown = final === 'h';
			return false;
		});
	}
	const line = (row: number) => terminal.buffer.active.getLine(terminal.buffer.active.baseY + row);
	const screen: Screen = {
		get columns() {
			return terminal.cols;
		},
		get rows() {
			return terminal.rows;
		},
		write: bytes =>
			new Promise(done => {
				terminal.write(bytes, () => {
					done();
					for (const watcher of watchers) watcher();
				});
			}),
		resize: (newColumns, newRows) => terminal.resize(newColumns, newRows),
		text: () => Array.from({length: terminal.rows}, (_, row) => screen.row(row)).join('\n'),
		row: index => (line(index)?.translateToString(true) ?? '').trimEnd(),
		cell(column, row) {
			const cell = line(row)?.getCell(column);
			if (cell === undefined) throw new RangeError(`No cell at ${column},${row}.`);
			return {
				char: cell.getWidth() === 0 ? '' : cell.getChars() || ' ',
				foreground: cell.isFgDefault() ? undefined : cell.getFgColor(),
				background: cell.isBgDefault() ? undefined : cell.getBgColor(),
				bold: cell.isBold() !== 0,
				dim: cell.isDim() !== 0,
				inverse: cell.isInverse() !== 0,
			};
		},
		grid() {
			const cells = new Uint32Array(terminal.cols * terminal.rows).fill(BLANK);
			for (let row = 0; row < terminal.rows; row++) {
				for (let column = 0; column < terminal.cols; column++) {
					const cell = screen.cell(column, row);
					const style =
						(cell.foreground === undefined ? 0 : cell.foreground + 1) |
						(cell.background === undefined ? 0 : (cell.background + 1) << 5) |
						(cell.bold ? 1 << 9 : 0) |
						(cell.inverse ? 1 << 10 : 0);
					cells[row * terminal.cols + column] = ((style << 21) | (cell.char.codePointAt(0) ?? 0)) >>> 0;
				}
			}
			return {columns: terminal.cols, rows: terminal.rows, cells};
		},
		cursorShown: () => cursorShown,
		until(wanted, deadlineMs = 10_000) {
			const holds = () => (wanted instanceof RegExp ? wanted.test(screen.text()) : wanted(screen));
			return new Promise((resolve, reject) => {
				const end = () => {
					watchers.delete(check);
					clearTimeout(deadline);
				};
				const deadline = setTimeout(() => {
					end();
					reject(new Error(`Not on the screen within ${deadlineMs} ms: ${wanted}\n${framed(screen)}`));
				}, deadlineMs);
				const check = () => {
					if (!holds()) return;
					end();
					resolve();
				};
				watchers.add(check);
				check();
			});
		},
		keys(...names) {
			for (const name of names) send(keyBytes(name));
		},
		[Symbol.dispose]: () => terminal.dispose(),
	};
	return screen;
}

/** An emulator on a program's terminal, wired both ways: it shows the output and answers its questions. */
export function attachScreen(pty: Pty): Screen {
	const screen = openScreen(pty.columns, pty.rows, bytes => pty.send(bytes));
	for (const {bytes} of pty.output) void screen.write(bytes);
	pty.onOutput(({bytes}) => {
		void screen.write(bytes);
	});
	return screen;
}

/** The screen with a frame round it, for messages. */
function framed(screen: Screen): string {
	const edge = `+${'-'.repeat(screen.columns)}+`;
	const rows = screen.text().split('\n');
	return [edge, ...rows.map(row => `|${row.padEnd(screen.columns)}|`), edge].join('\n');
}

function keyBytes(name: string): string {
	const ctrl = /^ctrl-([a-z\\\]^_])$/.exec(name)?.[1];
	if (ctrl !== undefined) return String.fromCharCode(ctrl.toUpperCase().charCodeAt(0) & 0x1f);
	return named.get(name) ?? name;
}

/** As xterm sends them. */
const named = new Map([
	['enter', '\r'],
	['escape', '\x1b'],
	['tab', '\t'],
	['backtab', '\x1b[Z'],
	['backspace', '\x7f'],
	['delete', '\x1b[3~'],
	['insert', '\x1b[2~'],
	['up', '\x1b[A'],
	['down', '\x1b[B'],
	['right', '\x1b[C'],
	['left', '\x1b[D'],
	['home', '\x1b[H'],
	['end', '\x1b[F'],
	['pageup', '\x1b[5~'],
	['pagedown', '\x1b[6~'],
	['space', ' '],
	['f1', '\x1bOP'],
	['f2', '\x1bOQ'],
	['f3', '\x1bOR'],
	['f4', '\x1bOS'],
	['f5', '\x1b[15~'],
	['f6', '\x1b[17~'],
	['f7', '\x1b[18~'],
	['f8', '\x1b[19~'],
	['f9', '\x1b[20~'],
	['f10', '\x1b[21~'],
	['f11', '\x1b[23~'],
	['f12', '\x1b[24~'],
]);
