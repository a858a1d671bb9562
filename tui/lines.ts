import {canDraw, nearest, type Tier, glyphs as table} from './terminal/glyphs.ts';
import {clip, graphemes, graphemeWidth, textWidth} from './terminal/width.ts';

/** What a stretch of text means; the theme decides how it looks. Colour only ever repeats what words say. */
export type Tone = 'plain' | 'strong' | 'good' | 'working' | 'attention' | 'failed' | 'focus' | 'key' | 'frame';
export type Span = {readonly text: string; readonly tone: Tone};
/** One row of the screen, or a part of one. */
export type Line = readonly Span[];

/** Text with a tone. Control characters, which reach us in log lines and names, become blanks. */
export function span(text: string, tone: Tone = 'plain'): Span {
	return {text: controls.test(text) ? text.replace(/\p{Control}+/gu, ' ') : text, tone};
}

/** A line of strings and spans. */
export function line(...parts: readonly (string | Span)[]): Line {
	return parts.map(part => (typeof part === 'string' ? span(part) : part));
}

export const strong = (text: string): Span => span(text, 'strong');
export const blank: Line = [];

/** Cells a line takes. */
export const widthOf = (parts: Line): number => parts.reduce((sum, part) => sum + textWidth(part.text), 0);

/** Cuts a line to a width; `mark` (one cell) stands for what was cut. */
export function clipLine(parts: Line, width: number, mark: string): Line {
	if (widthOf(parts) <= width) return parts;
	const kept: Span[] = [];
	let left = width;
	for (const part of parts) {
		const wide = textWidth(part.text);
		if (wide < left) {
			kept.push(part);
			left -= wide;
			continue;
		}
		// Something follows, or this part alone is too wide: the mark has to stand here.
		kept.push({...part, text: clip(wide === left ? `${part.text} ` : part.text, left, mark)});
		return kept;
	}
	return kept;
}

/** Cuts or pads a line to exactly a width. */
export function fitLine(parts: Line, width: number, mark: string): Line {
	const clipped = clipLine(parts, Math.max(0, width), mark);
	const missing = width - widthOf(clipped);
	return missing > 0 ? [...clipped, span(' '.repeat(missing))] : clipped;
}

/** Left and right on one row; the left part gives way. */
export function spread(left: Line, right: Line, width: number, mark: string): Line {
	const wide = widthOf(right);
	if (wide === 0) return clipLine(left, width, mark);
	if (wide >= width) return clipLine(right, width, mark);
	return [...fitLine(left, width - wide - 1, mark), span(' '), ...right];
}

/** Cells of given widths with two blanks between, for rows of a table. The last one takes what it needs. */
export function cells(columns: readonly (readonly [Line | string, number])[], mark: string): Line {
	const parts: Span[] = [];
	columns.forEach(([cell, width], index) => {
		const content = typeof cell === 'string' ? line(cell) : cell;
		if (width <= 0) return;
		parts.push(...fitLine(content, width, mark));
		if (index < columns.length - 1) parts.push(span('  '));
	});
	return parts;
}

/** Two blocks beside each other; the left one is `width` wide and `gap` follows. */
export function beside(left: readonly Line[], width: number, right: readonly Line[], gap: Line, mark: string): Line[] {
	return Array.from({length: Math.max(left.length, right.length)}, (_, row) => [
		...fitLine(left[row] ?? blank, width, mark),
		...gap,
		...(right[row] ?? blank),
	]);
}

/** Breaks text at blanks into rows of at most `width` cells; a word longer than a row is broken hard. */
export function wrapText(text: string, width: number): string[] {
	if (width < 1) return [];
	const rows: string[] = [];
	let row = '';
	let used = 0;
	for (const word of span(text).text.split(/\s+/).filter(Boolean)) {
		const wide = textWidth(word);
		if (used > 0 && used + 1 + wide <= width) {
			row += ` ${word}`;
			used += 1 + wide;
			continue;
		}
		if (used > 0) rows.push(row);
		const pieces = wide <= width ? [word] : hardBreak(word, width);
		rows.push(...pieces.slice(0, -1));
		row = pieces.at(-1) ?? '';
		used = textWidth(row);
	}
	if (used > 0) rows.push(row);
	return rows;
}

/** Breaks text at every `width` cells, blanks included: log lines keep their indentation. */
export function hardBreak(text: string, width: number): string[] {
	const rows: string[] = [];
	let row = '';
	let used = 0;
	for (const grapheme of graphemes(span(text).text)) {
		const wide = graphemeWidth(grapheme);
		if (wide > width) continue;
		if (used + wide > width) {
			rows.push(row);
			row = '';
			used = 0;
		}
		row += grapheme;
		used += wide;
	}
	rows.push(row);
	return rows;
}

/** The row as the terminal gets it: only what its tier can draw, at most `width` cells, with colours. */
export function renderLine(parts: Line, width: number, tier: Tier): string {
	const codes = styles[tier];
	let text = '';
	for (const part of clipLine(parts, width, table[tier].ellipsis)) {
		const drawn = drawable(part.text, tier);
		const code = codes[part.tone];
		text += code === '' ? drawn : `\x1b[${code}m${drawn}\x1b[0m`;
	}
	return text;
}

/** Every sign the tier lacks is replaced by the nearest of the same width. */
function drawable(text: string, tier: Tier): string {
	if (printableAscii.test(text)) return text;
	let drawn = '';
	for (const grapheme of graphemes(text.normalize('NFC'))) {
		const wide = graphemeWidth(grapheme);
		const [first = '', ...more] = grapheme;
		if (wide === 0) continue;
		if (more.length === 0) drawn += canDraw(first, tier) ? first : nearest(first, tier);
		else drawn += canDraw(first, tier) && textWidth(first) === wide ? first : '?'.repeat(wide);
	}
	return drawn;
}

/** SGR per tone. No dim, italic, blue or bright background: the Linux console shows them as something else. */
const coloured: Readonly<Record<Tone, string>> = {
	plain: '',
	strong: '1',
	good: '32',
	working: '1;36',
	attention: '1;33',
	failed: '1;31',
	focus: '7',
	key: '1;36',
	frame: '36',
};
const styles: Readonly<Record<Tier, Readonly<Record<Tone, string>>>> = {
	rich: coloured,
	vt: coloured,
	basic: {plain: '', strong: '', good: '', working: '', attention: '', failed: '', focus: '7', key: '', frame: ''},
};

const controls = /\p{Control}/u;
const printableAscii = /^[\x20-\x7e]*$/;
