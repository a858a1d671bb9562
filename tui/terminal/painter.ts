import {Writable} from 'node:stream';
import {blankGrid, drawFrame, type Grid, rowTexts} from './cells.ts';
import {encodeChange} from './diff.ts';
import type {Line} from './line.ts';
import type {Output} from './output.ts';
import type {Size} from './size.ts';
import type {Timer} from './timer.ts';

/** What Ink takes for its stdout: a terminal of a size that we decide, so that Ink never asks the system for one. */
export type PainterStdout = Writable & {readonly isTTY: true; columns: number; rows: number};

/** What went over the line so far. */
export type PainterCounts = {
	/** Frames that Ink made. */
	readonly frames: number;
	/** Writes that left; frames that were overtaken or changed nothing caused none. */
	readonly writes: number;
	readonly bytes: number;
	/** Signs and control sequences that the tier cannot show and that were replaced; 0 for everything of our own. */
	readonly replaced: number;
};

/** Sends what Ink lays out. */
export type Painter = {
	/** For `render(tree, {stdout, debug: true, interactive: true, patchConsole: false, exitOnCtrlC: false})`. */
	readonly stdout: PainterStdout;
	/** A key was pressed: what it changes is sent at once, not at the next tick. Call before handing the key on. */
	nudge(): void;
	/** Something foreign may stand on the screen: forgets what was sent and draws everything, addressed absolutely. */
	repaint(): void;
	/** The terminal has another size: Ink lays out anew and everything is drawn again. */
	resize(size: Size): void;
	/** Bytes beside the frames, such as a size probe, in order with them. */
	send(bytes: string): Promise<void>;
	/** What the terminal shows now: the screenshot. */
	grid(): Grid;
	/** The same as text, a line a row, without trailing blanks. */
	screenText(): string;
	counts(): PainterCounts;
	/** Gives the terminal back: cursor, attributes and scroll region restored, screen cleared. Gives up after a second. */
	close(): Promise<void>;
};

export type PainterOptions = {
	readonly output: Output;
	readonly line: Line;
	readonly size: Size;
	readonly timer: Timer;
	/** The line is gone (hang-up, EIO); nothing is written after that. */
	readonly onLost: (error: unknown) => void;
};

/** Data may use this part of the line; keys come on top. */
const dataShare = 0.25;

/** What comes this soon after a key is its answer. */
const echoWindowMs = 150;

const closeDeadlineMs = 1000;

/**
 * Keeps the newest frame only, has one write under way at most, and sends the difference to what was sent last. Data is
 * paced by the line's budget; an answer to a key waits only until the line has carried what it was already given.
 */
export function createPainter({output, line, size, timer, onLost}: PainterOptions): Painter {
	let frame: string | undefined;
	let fresh = false;
	let shown: Grid | undefined;
	let picture = blankGrid(size.columns, size.rows);
	let asides: {bytes: string; done: () => void}[] = [];
	let underway: Promise<void> | undefined;
	let cancelWake: (() => void) | undefined;
	let closing: 'no' | 'draining' | 'closed' = 'no';
	let echoUntil = 0;
	let lineFreeAt = 0;
	let dataDueAt = 0;
	let counts = {frames: 0, writes: 0, bytes: 0, replaced: 0};
	const stop = new AbortController();

	const stdout: PainterStdout = Object.assign(
		new Writable({
			decodeStrings: false,
			write(chunk, _encoding, taken) {
				if (typeof chunk === 'string') take(chunk);
				taken();
			},
		}),
		{isTTY: true as const, columns: size.columns, rows: size.rows},
	);
	// Every component that asks for the size may listen.
	stdout.setMaxListeners(0);

	/** Ink also writes empty strings as barriers and cursor switches of its own; only text with colours is a frame. */
	function take(chunk: string): void {
		if (chunk === '' || closing !== 'no' || onlyControls.test(chunk)) return;
		counts = {...counts, frames: counts.frames + 1};
		frame = chunk;
		fresh = true;
		queueMicrotask(flush);
	}

	function flush(): void {
		cancelWake?.();
		cancelWake = undefined;
		if (underway !== undefined || closing !== 'no') return;
		const aside = asides.shift();
		if (aside !== undefined) {
			transmit(aside.bytes, aside.done);
			return;
		}
		if (frame === undefined || !fresh) return;
		const now = timer.now();
		const answersKey = shown === undefined || now < echoUntil;
		const due = answersKey ? lineFreeAt : Math.max(lineFreeAt, dataDueAt);
		if (due > now) {
			cancelWake = timer.after(Math.ceil(due - now), flush);
			return;
		}
		paint(frame, answersKey ? 'key' : 'data');
	}

	function paint(newest: string, cause: 'key' | 'data'): void {
		fresh = false;
		const {columns, rows} = stdout;
		const drawn = drawFrame(newest, columns, rows, line.tier);
		counts = {...counts, replaced: counts.replaced + drawn.replaced};
		const bytes =
			shown === undefined
				? takeOver(line) + encodeChange(blankGrid(columns, rows), drawn.grid)
				: encodeChange(shown, drawn.grid);
		shown = drawn.grid;
		picture = drawn.grid;
		if (bytes === '') return;
		const now = timer.now();
		const budgetMs = cause === 'data' ? (Buffer.byteLength(bytes) * 1000) / (line.bytesPerSecond * dataShare) : 0;
		dataDueAt = now + Math.max(1000 / line.framesPerSecond, budgetMs);
		transmit(bytes, () => {});
	}

	function transmit(text: string, done: () => void): void {
		const bytes = Buffer.from(text);
		counts = {...counts, writes: counts.writes + 1, bytes: counts.bytes + bytes.length};
		lineFreeAt = Math.max(timer.now(), lineFreeAt) + (bytes.length * 1000) / line.bytesPerSecond;
		underway = output(bytes, stop.signal)
			.catch(error => {
				if (closing === 'no') {
					closing = 'closed';
					onLost(error);
				}
			})
			.finally(() => {
				underway = undefined;
				done();
				flush();
			});
	}

	function forget(): void {
		shown = undefined;
		fresh = true;
		queueMicrotask(flush);
	}

	return {
		stdout,
		nudge() {
			echoUntil = timer.now() + echoWindowMs;
			// After what the key's handler draws in this turn.
			if (fresh) setImmediate(flush);
		},
		repaint: forget,
		resize({columns, rows}) {
			stdout.columns = columns;
			stdout.rows = rows;
			forget();
			stdout.emit('resize');
		},
		send(bytes) {
			if (closing !== 'no') return Promise.resolve();
			return new Promise(done => {
				asides.push({bytes, done});
				flush();
			});
		},
		grid: () => picture,
		screenText: () => rowTexts(picture).join('\n'),
		counts: () => counts,
		async close() {
			if (closing !== 'no') return;
			closing = 'draining';
			cancelWake?.();
			for (const {done} of asides) done();
			asides = [];
			const cancelDeadline = timer.after(closeDeadlineMs, () => stop.abort());
			await underway;
			await output(Buffer.from(handBack(line)), stop.signal).catch(() => {
				// The line is gone or stopped: there is nobody to give the terminal back to.
			});
			cancelDeadline();
			closing = 'closed';
		},
	};
}

const onlyControls = /^(?:\x1b\[[0-?]*[ -/]*[@-ln-~])+$/;

/** Ends whatever state was left: character set, scroll region, colours; hides the cursor and clears. */
function takeOver({alternateScreen}: Line): string {
	return `${alternateScreen ? '\x1b[?1049h' : ''}\x1b(B\x0f\x1b[?25l\x1b[r\x1b[m\x1b[H\x1b[2J`;
}

/** What leaves a terminal usable, also for whoever ends a console that crashed. */
export function handBack({alternateScreen}: Line): string {
	return `\x1b[r\x1b[m\x1b[H\x1b[2J${alternateScreen ? '\x1b[?1049l' : ''}\x1b[?25h`;
}
