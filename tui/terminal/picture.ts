import {readFile} from 'node:fs/promises';
import {crc32, deflateSync, gunzipSync} from 'node:zlib';
import {codeOf, type Grid, rowTexts, styleOf, styleParts} from './cells.ts';
import {graphemeWidth} from './width.ts';

/** A console font: bit rows of every glyph, and which character has which. */
export type Font = {
	readonly width: number;
	readonly height: number;
	/** Bytes a glyph; each row of it starts on a byte. */
	readonly glyphBytes: number;
	readonly glyphs: Uint8Array;
	readonly index: ReadonlyMap<number, number>;
};

type Colour = readonly [red: number, green: number, blue: number];

/** The sixteen colours of the Linux console (drivers/tty/vt/vt.c). */
const palette: readonly Colour[] = [
	[0x00, 0x00, 0x00],
	[0xaa, 0x00, 0x00],
	[0x00, 0xaa, 0x00],
	[0xaa, 0x55, 0x00],
	[0x00, 0x00, 0xaa],
	[0xaa, 0x00, 0xaa],
	[0x00, 0xaa, 0xaa],
	[0xaa, 0xaa, 0xaa],
	[0x55, 0x55, 0x55],
	[0xff, 0x55, 0x55],
	[0x55, 0xff, 0x55],
	[0xff, 0xff, 0x55],
	[0x55, 0x55, 0xff],
	[0xff, 0x55, 0xff],
	[0x55, 0xff, 0xff],
	[0xff, 0xff, 0xff],
];

/** The screen as lines of text. */
export function textPicture(grid: Grid): string {
	return `${rowTexts(grid).join('\n')}\n`;
}

/** The screen as an SVG for documents: one text element a run of equal style, each character at its own column. */
export function svgPicture(grid: Grid): string {
	const [cellWidth, cellHeight] = [8, 16];
	const parts: string[] = [];
	for (const run of runs(grid)) {
		const {ink, paper} = colours(run.style);
		const [x, y] = [run.column * cellWidth, run.row * cellHeight];
		if (paper !== palette[0]) {
			parts.push(
				`<rect x="${x}" y="${y}" width="${run.width * cellWidth}" height="${cellHeight}" fill="${hex(paper)}"/>`,
			);
		}
		if (run.text.trim() === '') continue;
		const columns = run.columns.map(column => column * cellWidth).join(' ');
		parts.push(`<text x="${columns}" y="${y + 12}" fill="${hex(ink)}">${escapeXml(run.text)}</text>`);
	}
	const [width, height] = [grid.columns * cellWidth, grid.rows * cellHeight];
	return [
		`<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}">`,
		'<style>text{font:13px "DejaVu Sans Mono",Menlo,Consolas,monospace;white-space:pre}</style>',
		`<rect width="${width}" height="${height}" fill="${hex(palette[0] ?? [0, 0, 0])}"/>`,
		...parts,
		'</svg>\n',
	].join('\n');
}

/** The screen as the Linux console shows it with a font: what the font lacks appears as its replacement glyph. */
export function pngPicture(grid: Grid, font: Font): Buffer {
	const [width, height] = [grid.columns * font.width, grid.rows * font.height];
	// Each line: a filter byte (none), then palette indexes.
	const lines = Buffer.alloc((width + 1) * height);
	grid.cells.forEach((cell, at) => {
		const {inkIndex, paperIndex} = colours(styleOf(cell));
		const glyph = glyphOf(font, codeOf(cell));
		const left = (at % grid.columns) * font.width;
		const top = Math.floor(at / grid.columns) * font.height;
		const rowBytes = Math.ceil(font.width / 8);
		for (let y = 0; y < font.height; y++) {
			for (let x = 0; x < font.width; x++) {
				const bits = font.glyphs[glyph * font.glyphBytes + y * rowBytes + (x >> 3)] ?? 0;
				lines[(top + y) * (width + 1) + 1 + left + x] = bits & (0x80 >> (x & 7)) ? inkIndex : paperIndex;
			}
		}
	});
	const header = Buffer.alloc(13);
	header.writeUInt32BE(width, 0);
	header.writeUInt32BE(height, 4);
	// 8 bits a pixel, palette, deflate, no filter, not interlaced (PNG 11.2.2).
	header.set([8, 3, 0, 0, 0], 8);
	return Buffer.concat([
		Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'),
		chunk('IHDR', header),
		chunk('PLTE', Buffer.from(palette.flat())),
		chunk('IDAT', deflateSync(lines)),
		chunk('IEND', Buffer.alloc(0)),
	]);
}

/** Reads a console font, plain or gzipped, such as those of console-setup. Throws on anything else. */
export async function readFont(path: string): Promise<Font> {
	const file = await readFile(path);
	return parseFont(file[0] === 0x1f && file[1] === 0x8b ? gunzipSync(file) : file);
}

/** PSF versions 1 and 2 (kbd, psf.h), with their table of characters. */
export function parseFont(file: Buffer): Font {
	if (file.readUInt16LE(0) === 0x0436) {
		const mode = file.readUInt8(2);
		const glyphBytes = file.readUInt8(3);
		const count = mode & 1 ? 512 : 256;
		const end = 4 + count * glyphBytes;
		const index = mode & 2 ? table1(file.subarray(end)) : plainTable(count);
		return {width: 8, height: glyphBytes, glyphBytes, glyphs: file.subarray(4, end), index};
	}
	if (file.readUInt32LE(0) === 0x864a_b572) {
		const start = file.readUInt32LE(8);
		const count = file.readUInt32LE(16);
		const glyphBytes = file.readUInt32LE(20);
		const end = start + count * glyphBytes;
		const index = file.readUInt32LE(12) & 1 ? table2(file.subarray(end)) : plainTable(count);
		const size = {width: file.readUInt32LE(28), height: file.readUInt32LE(24)};
		return {...size, glyphBytes, glyphs: file.subarray(start, end), index};
	}
	throw new Error('Not a PSF console font.');
}

/** UTF-16: characters of a glyph, then 0xFFFE and sequences, ended by 0xFFFF. Sequences are not for a console. */
function table1(table: Buffer): Map<number, number> {
	const index = new Map<number, number>();
	let glyph = 0;
	let inSequence = false;
	for (let at = 0; at + 1 < table.length; at += 2) {
		const code = table.readUInt16LE(at);
		if (code === 0xffff) {
			glyph++;
			inSequence = false;
		} else if (code === 0xfffe) inSequence = true;
		else if (!inSequence && !index.has(code)) index.set(code, glyph);
	}
	return index;
}

/** The same in UTF-8, with 0xFE and 0xFF. */
function table2(table: Buffer): Map<number, number> {
	const index = new Map<number, number>();
	let glyph = 0;
	let from = 0;
	for (let at = 0; at < table.length; at++) {
		if (table[at] !== 0xff) continue;
		const entry = table.subarray(from, at);
		const sequences = entry.indexOf(0xfe);
		for (const character of entry.subarray(0, sequences < 0 ? entry.length : sequences).toString('utf8')) {
			const code = character.codePointAt(0) ?? 0;
			if (!index.has(code)) index.set(code, glyph);
		}
		glyph++;
		from = at + 1;
	}
	return index;
}

const plainTable = (count: number) => new Map(Array.from({length: count}, (_, code) => [code, code]));

/** As the kernel looks one up: the character, else U+FFFD, else `?`. */
function glyphOf({index}: Font, code: number): number {
	return index.get(code === 0 ? 0x20 : code) ?? index.get(0xfffd) ?? index.get(0x3f) ?? 0;
}

/** The console shows bold as the bright colour; inverse swaps, and a background is never bright. */
function colours(style: number): {ink: Colour; paper: Colour; inkIndex: number; paperIndex: number} {
	const {foreground = 7, background = 0, bold, inverse} = styleParts(style);
	const bright = bold || foreground > 7 ? 8 : 0;
	const inkIndex = (inverse ? background : foreground % 8) + bright;
	const paperIndex = inverse ? foreground % 8 : background;
	const colour = (index: number): Colour => palette[index] ?? [0, 0, 0];
	return {ink: colour(inkIndex), paper: colour(paperIndex), inkIndex, paperIndex};
}

type Run = {row: number; column: number; width: number; style: number; text: string; columns: number[]};

/** Neighbouring cells of one style. */
function* runs(grid: Grid): Generator<Run> {
	for (let row = 0; row < grid.rows; row++) {
		let run: Run | undefined;
		for (let column = 0; column < grid.columns; column++) {
			const cell = grid.cells[row * grid.columns + column] ?? 0x20;
			if (run === undefined || run.style !== styleOf(cell)) {
				if (run !== undefined) yield run;
				run = {row, column, width: 0, style: styleOf(cell), text: '', columns: []};
			}
			run.width++;
			const character = codeOf(cell) === 0 ? '' : String.fromCodePoint(codeOf(cell));
			if (graphemeWidth(character) === 0) continue;
			run.text += character;
			run.columns.push(column);
		}
		if (run !== undefined) yield run;
	}
}

const hex = (colour: Colour): string => `#${colour.map(channel => channel.toString(16).padStart(2, '0')).join('')}`;

function escapeXml(text: string): string {
	return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

/** Length, type, data, CRC (PNG 5.3). */
function chunk(type: string, data: Buffer): Buffer {
	const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
	const frame = Buffer.alloc(8);
	frame.writeUInt32BE(data.length, 0);
	frame.writeUInt32BE(crc32(body), 4);
	return Buffer.concat([frame.subarray(0, 4), body, frame.subarray(4)]);
}
