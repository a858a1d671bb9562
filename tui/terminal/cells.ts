import {canDraw, nearest, type Tier} from './glyphs.ts';
import {graphemes, graphemeWidth} from './width.ts';

/**
 * A screen as numbers, row by row. A cell is a code point in bits 0-20 and a style in bits 21-31; code point 0 is the
 * right half of a wide sign.
 */
export type Grid = {readonly columns: number; readonly rows: number; readonly cells: Uint32Array};

/** A style as 11 bits: foreground 0-4 (0 default, else colour + 1), background 5-8 (likewise, 8 colours), bold, inverse. */
export type Style = number;

export const BLANK = 0x20;
const BOLD = 1 << 9;
const INVERSE = 1 << 10;

/** The parts of a style; colours are 0-15 (background 0-7), undefined is the terminal's own. */
type StyleParts = {
	readonly foreground: number | undefined;
	readonly background: number | undefined;
	readonly bold: boolean;
	readonly inverse: boolean;
};

export const styleOf = (cell: number): Style => cell >>> 21;
export const codeOf = (cell: number): number => cell & 0x1f_ffff;

/** Takes a style apart, for the encoder and for pictures. */
export function styleParts(style: Style): StyleParts {
	const foreground = style & 0x1f;
	const background = (style >> 5) & 0xf;
	return {
		foreground: foreground === 0 ? undefined : foreground - 1,
		background: background === 0 ? undefined : background - 1,
		bold: (style & BOLD) !== 0,
		inverse: (style & INVERSE) !== 0,
	};
}

/** A screen of blanks. */
export function blankGrid(columns: number, rows: number): Grid {
	return {columns, rows, cells: new Uint32Array(columns * rows).fill(BLANK)};
}

/**
 * Draws a frame (lines of text with SGR, as Ink gives it) on a fresh grid. Lines and columns beyond the grid are cut,
 * other control sequences are left out, and what the tier cannot draw is replaced; `replaced` counts those.
 */
export function drawFrame(frame: string, columns: number, rows: number, tier: Tier): {grid: Grid; replaced: number} {
	const grid = blankGrid(columns, rows);
	let replaced = 0;
	let style: Style = 0;
	let row = 0;
	for (const line of frame.split('\n', rows)) {
		let column = 0;
		for (const part of line.split(sequence)) {
			if (part.charCodeAt(0) === 0x1b) {
				if (part.endsWith('m') && part[1] === '[') style = applySgr(style, part.slice(2, -1), tier);
				else replaced++;
				continue;
			}
			for (const grapheme of graphemes(part)) {
				if (column >= columns) break;
				if (isAscii(grapheme)) {
					grid.cells[row * columns + column++] = ((style << 21) | grapheme.charCodeAt(0)) >>> 0;
					continue;
				}
				const drawn = drawable(grapheme, tier);
				if (drawn !== grapheme) replaced++;
				for (const character of drawn) {
					const width = graphemeWidth(character);
					if (width === 0 || column + width > columns) continue;
					const at = row * columns + column;
					grid.cells[at] = ((style << 21) | (character.codePointAt(0) ?? BLANK)) >>> 0;
					if (width === 2) grid.cells[at + 1] = (style << 21) >>> 0;
					column += width;
				}
			}
		}
		row++;
	}
	return {grid, replaced};
}

/** The text of each row, without trailing blanks. */
export function rowTexts(grid: Grid): string[] {
	return Array.from({length: grid.rows}, (_, row) => {
		let text = '';
		for (const cell of grid.cells.subarray(row * grid.columns, (row + 1) * grid.columns)) {
			const code = codeOf(cell);
			if (code !== 0) text += String.fromCodePoint(code);
		}
		return text.trimEnd();
	});
}

/** CSI, OSC, DCS and the short escapes; the capture keeps them in the result of split(). */
const sequence = /(\x1b(?:\[[0-?]*[ -/]*[@-~]|[\]PX^_][^\x07\x1b]*(?:\x07|\x1b\\)?|[ -/]*[0-~])?)/;

const isAscii = (grapheme: string) => grapheme.length === 1 && grapheme >= ' ' && grapheme <= '~';

/** A cell holds one code point: composed where possible, the nearest the tier has where not. */
function drawable(grapheme: string, tier: Tier): string {
	const [first = '', ...more] = grapheme.normalize('NFC');
	if (more.length === 0) return canDraw(first, tier) ? first : nearest(first, tier);
	const width = graphemeWidth(grapheme);
	return canDraw(first, tier) && graphemeWidth(first) === width ? first : '?'.repeat(width);
}

/**
 * SGR parameters onto a style (ECMA-48 8.3.117, and 90-97 and 38/48 as xterm has them). Bright backgrounds become
 * normal ones and dim, italic, underline and blink are left out: the Linux console shows them as something else. On
 * `basic` only inverse is kept.
 */
function applySgr(style: Style, parameters: string, tier: Tier): Style {
	const codes = parameters.split(/[;:]/).map(Number);
	let next = style;
	for (let index = 0; index < codes.length; index++) {
		const code = codes[index] ?? 0;
		if (code === 0) next = 0;
		else if (code === 7) next |= INVERSE;
		else if (code === 27) next &= ~INVERSE;
		else if (code === 38 || code === 48) {
			const {colour, used} = extendedColour(codes.slice(index + 1));
			index += used;
			if (tier !== 'basic') next = code === 38 ? foreground(next, colour) : background(next, colour % 8);
		} else if (tier === 'basic') continue;
		else if (code === 1) next |= BOLD;
		else if (code === 22) next &= ~BOLD;
		else if (code >= 30 && code <= 37) next = foreground(next, code - 30);
		else if (code >= 90 && code <= 97) next = foreground(next, code - 82);
		else if (code === 39) next &= ~0x1f;
		else if (code >= 40 && code <= 47) next = background(next, code - 40);
		else if (code >= 100 && code <= 107) next = background(next, code - 100);
		else if (code === 49) next &= ~(0xf << 5);
	}
	return next;
}

const foreground = (style: Style, colour: number): Style => (style & ~0x1f) | (colour + 1);
const background = (style: Style, colour: number): Style => (style & ~(0xf << 5)) | ((colour + 1) << 5);

/** 256 and true colours to the nearest of 16: each channel on or off, bright when the strongest is strong. */
function extendedColour([kind, ...rest]: readonly number[]): {colour: number; used: number} {
	if (kind === 5) return {colour: indexedColour(rest[0] ?? 0), used: 2};
	if (kind === 2) return {colour: nearestColour(rest[0] ?? 0, rest[1] ?? 0, rest[2] ?? 0), used: 4};
	return {colour: 7, used: 1};
}

function indexedColour(index: number): number {
	if (index < 16) return index;
	if (index >= 232) return nearestColour(...grey(8 + (index - 232) * 10));
	const cube = index - 16;
	const level = (step: number) => (step === 0 ? 0 : 55 + step * 40);
	return nearestColour(level(Math.floor(cube / 36)), level(Math.floor(cube / 6) % 6), level(cube % 6));
}

const grey = (level: number): [number, number, number] => [level, level, level];

function nearestColour(red: number, green: number, blue: number): number {
	const strongest = Math.max(red, green, blue);
	if (strongest < 64) return 0;
	if (Math.min(red, green, blue) > strongest * 0.8 && strongest < 128) return 8;
	const on = (channel: number) => (channel > strongest / 2 ? 1 : 0);
	return on(red) + on(green) * 2 + on(blue) * 4 + (strongest > 212 ? 8 : 0);
}
