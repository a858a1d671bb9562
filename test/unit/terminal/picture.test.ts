import assert from 'node:assert/strict';
import {test} from 'node:test';
import {inflateSync} from 'node:zlib';
import {drawFrame} from '../../../tui/terminal/cells.ts';
import {type Font, parseFont, pngPicture, svgPicture, textPicture} from '../../../tui/terminal/picture.ts';

/** A font of 8x2 pixels: glyph 0 is the replacement, 1 is a blank, 2 is `A`, 3 is `■`. */
const glyphs = [0x81, 0x81, 0x00, 0x00, 0xff, 0x00, 0xff, 0xff];

function psf1(): Buffer {
	const bitmaps = Buffer.alloc(256 * 2);
	bitmaps.set(glyphs);
	const table = Buffer.alloc(256 * 2 + 5 * 2, 0xff);
	[0xfffd, 0xffff, 0x20, 0xffff, 0x41, 0xfffe, 0x41, 0xffff, 0x25a0, 0xffff].forEach((code, at) => {
		table.writeUInt16LE(code, at * 2);
	});
	return Buffer.concat([Buffer.from([0x36, 0x04, 2, 2]), bitmaps, table]);
}

function psf2(): Buffer {
	const header = Buffer.alloc(32);
	[0x864a_b572, 0, 32, 1, 4, 2, 2, 8].forEach((value, at) => {
		header.writeUInt32LE(value, at * 4);
	});
	const end = Buffer.from([0xff]);
	const entries = ['\ufffd', ' ', 'A', '■'].flatMap(text => [Buffer.from(text), end]);
	return Buffer.concat([header, Buffer.from(glyphs), ...entries]);
}

/** Palette indexes of a picture of our own, a row of pixels each. */
function pixels(png: Buffer): number[][] {
	assert.equal(png.subarray(1, 4).toString(), 'PNG');
	const width = png.readUInt32BE(16);
	const height = png.readUInt32BE(20);
	const data = png.indexOf('IDAT');
	const lines = inflateSync(png.subarray(data + 4, data + 4 + png.readUInt32BE(data - 4)));
	return Array.from({length: height}, (_, y) => [...lines.subarray(y * (width + 1) + 1, (y + 1) * (width + 1))]);
}

for (const [version, file] of [
	['1', psf1()],
	['2', psf2()],
] as const) {
	test(`PSF ${version}: glyphs, colours, and what the font lacks, pixel by pixel`, () => {
		const font: Font = parseFont(file);
		const {grid} = drawFrame('\x1b[31mA\x1b[m\x1b[1m■\x1b[m\x1b[7mA\x1b[m→', 4, 1, 'vt');
		const row = (...cells: string[]) => [...cells.join('')].map(digit => Number.parseInt(digit, 16));
		assert.deepEqual(pixels(pngPicture(grid, font)), [
			row('11111111', 'ffffffff', '00000000', '70000007'),
			row('00000000', 'ffffffff', '77777777', '70000007'),
		]);
	});
}

test('a file that is no font is refused', () => {
	assert.throws(() => parseFont(Buffer.from('not a font at all')), /PSF/);
});

test('the SVG holds the text at its columns, escaped, with the console colours', () => {
	const svg = svgPicture(drawFrame('a<b \x1b[32mgood\x1b[m \x1b[7mkey', 20, 2, 'vt').grid);
	assert.match(svg, /<text x="0 8 16 24" y="12" fill="#aaaaaa">a&lt;b <\/text>/);
	assert.match(svg, /fill="#00aa00">good<\/text>/);
	assert.match(
		svg,
		/<rect x="72" y="0" width="24" height="16" fill="#aaaaaa"\/>\n<text x="72 80 88" y="12" fill="#000000">key<\/text>/,
	);
});

test('the text picture is the rows without trailing blanks', () => {
	assert.equal(textPicture(drawFrame('a  \n\n b', 5, 3, 'vt').grid), 'a\n\n b\n');
});
