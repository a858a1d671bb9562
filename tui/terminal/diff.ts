import {BLANK, codeOf, type Grid, type Style, styleOf, styleParts} from './cells.ts';
import {findScroll, type Scroll, scrollCells} from './scroll.ts';

/**
 * The shortest bytes we know that turn one screen into another of the same size. Addresses are absolute, so that a
 * foreign line damages nothing but itself. The pen is the default one before and after.
 */
export function encodeChange(before: Grid, after: Grid): string {
	const shown: Grid = {...before, cells: before.cells.slice()};
	let out = '';
	for (let moved = 0; moved < mostScrolls; moved++) {
		const scroll = findScroll(shown, after);
		if (scroll === undefined) break;
		out += encodeScroll(scroll);
		scrollCells(shown, scroll);
	}
	return out + encodeCells(shown, after);
}

/** Two panes may move in one frame; more is not worth the search. */
const mostScrolls = 2;

/** Line feed at the bottom of a region moves it up, reverse index at its top moves it down (DEC STD 070). */
function encodeScroll({top, bottom, by}: Scroll): string {
	const region = `\x1b[${top + 1};${bottom + 1}r`;
	const motion = by > 0 ? `\x1b[${bottom + 1}H${'\n'.repeat(by)}` : `\x1b[${top + 1}H${'\x1bM'.repeat(-by)}`;
	return `${region}${motion}\x1b[r`;
}

/** Overwriting a few equal cells costs less than a new address (6 to 8 bytes). */
const longestGap = 4;

function encodeCells(before: Grid, after: Grid): string {
	const {columns, rows} = after;
	let out = '';
	let pen: Style = 0;
	const use = (style: Style) => {
		if (style !== pen) out += sgr(pen, style);
		pen = style;
	};
	for (let row = 0; row < rows; row++) {
		const old = before.cells.subarray(row * columns, (row + 1) * columns);
		const now = after.cells.subarray(row * columns, (row + 1) * columns);
		const erase = eraseFrom(old, now);
		// Where the cursor is known to stand in this row; beyond the row means: nowhere known.
		let cursor = columns;
		for (let column = 0; column < erase; column++) {
			const cell = now[column] ?? BLANK;
			if (cell === old[column] || codeOf(cell) === 0) continue;
			if (cursor < column && column - cursor <= longestGap && plainGap(now, cursor, column, pen)) {
				for (; cursor < column; cursor++) out += String.fromCodePoint(codeOf(now[cursor] ?? BLANK));
			}
			if (cursor !== column) out += address(row, column);
			use(styleOf(cell));
			out += String.fromCodePoint(codeOf(cell));
			// After a wide sign terminals may disagree about the column: address again.
			const wide = column + 1 < columns && codeOf(now[column + 1] ?? BLANK) === 0;
			cursor = wide ? columns : column + 1;
		}
		if (erase < columns) {
			if (cursor !== erase) out += address(row, erase);
			use(0);
			out += '\x1b[K';
		}
	}
	use(0);
	return out;
}

const address = (row: number, column: number): string => `\x1b[${row + 1}${column === 0 ? '' : `;${column + 1}`}H`;

/** The cells between are drawn again without a change of pen and cost a byte each. */
function plainGap(now: Uint32Array, from: number, to: number, pen: Style): boolean {
	return now.subarray(from, to).every(cell => styleOf(cell) === pen && codeOf(cell) >= 0x20 && codeOf(cell) < 0x7f);
}

/** The column from which erasing to the end of the row is right and shorter than drawing blanks; else the row's width. */
function eraseFrom(old: Uint32Array, now: Uint32Array): number {
	let end = now.length;
	while (end > 0 && now[end - 1] === BLANK) end--;
	let first = end;
	while (first < now.length && old[first] === BLANK) first++;
	let last = now.length;
	while (last > first && old[last - 1] === BLANK) last--;
	return last - first > longestGap ? first : now.length;
}

/**
 * From one style to another. On the Linux console a bright foreground switches bold on and 39 does not switch it off,
 * so whatever loses bold, brightness or inverse starts from zero.
 */
function sgr(from: Style, to: Style): string {
	if (to === 0) return '\x1b[m';
	const old = styleParts(from);
	const next = styleParts(to);
	const bright = ({foreground = 0}: typeof next) => foreground > 7;
	const lost = (old.bold && !next.bold) || (old.inverse && !next.inverse) || (bright(old) && !bright(next));
	const start = lost ? styleParts(0) : old;
	const codes: number[] = lost ? [0] : [];
	if (next.bold && !start.bold) codes.push(1);
	if (next.inverse && !start.inverse) codes.push(7);
	if (next.foreground !== start.foreground) codes.push(foregroundCode(next.foreground));
	if (next.background !== start.background) codes.push(next.background === undefined ? 49 : 40 + next.background);
	return `\x1b[${codes.join(';')}m`;
}

function foregroundCode(colour: number | undefined): number {
	if (colour === undefined) return 39;
	return colour < 8 ? 30 + colour : 82 + colour;
}
