import assert from 'node:assert/strict';
import {test} from 'node:test';
import fc from 'fast-check';
import {blankGrid, drawFrame, type Grid, rowTexts} from '../../../tui/terminal/cells.ts';
import {encodeChange} from '../../../tui/terminal/diff.ts';
import type {Tier} from '../../../tui/terminal/glyphs.ts';
import {openScreen} from '../../harness/screen.ts';

const columns = 40;
const rows = 14;

/** A line of our kind of text: words, signs, wide letters and styles. */
const piece = fc.constantFrom(
	'ready ',
	'a',
	'bc',
	'    ',
	'│',
	'█░',
	'■ ',
	'東',
	'京都',
	'é',
	'·',
	'\x1b[1mbold\x1b[22m',
	'\x1b[31mred\x1b[39m',
	'\x1b[92mgreen\x1b[39m',
	'\x1b[7mfocus\x1b[27m',
	'\x1b[44m  \x1b[49m',
	'\x1b[1;96;41mall\x1b[m',
	'\x1b[38;5;208mo\x1b[39m',
	'🙂',
	'\x1b[2J',
	'\x1b]0;title\x07',
);
const line = fc.oneof(
	{weight: 3, arbitrary: fc.array(piece, {maxLength: 9}).map(pieces => pieces.join(''))},
	{weight: 1, arbitrary: fc.constant('')},
);

type Step =
	| {readonly kind: 'set'; readonly row: number; readonly text: string}
	| {
			readonly kind: 'move';
			readonly top: number;
			readonly height: number;
			readonly by: number;
			readonly fill: readonly string[];
	  };
const step: fc.Arbitrary<Step> = fc.oneof(
	fc.record({kind: fc.constant('set' as const), row: fc.nat(rows - 1), text: line}),
	fc.record({
		kind: fc.constant('move' as const),
		top: fc.nat(rows - 5),
		height: fc.integer({min: 4, max: rows}),
		by: fc.integer({min: -4, max: 4}),
		fill: fc.array(line, {minLength: 4, maxLength: 4}),
	}),
);

function apply(lines: readonly string[], change: Step): string[] {
	const next = [...lines];
	if (change.kind === 'set') next[change.row] = change.text;
	else {
		const pane = next.slice(change.top, change.top + change.height);
		const moved = pane.map((_, index) => pane[index + change.by] ?? change.fill[index % 4] ?? '');
		next.splice(change.top, pane.length, ...moved);
	}
	return next;
}

function assertSameScreen(shown: Grid, wanted: Grid, why: string): void {
	const wrong = wanted.cells.findIndex((cell, index) => cell !== shown.cells[index]);
	if (wrong < 0) return;
	const place = `column ${wrong % wanted.columns}, row ${Math.floor(wrong / wanted.columns)}`;
	assert.fail(
		`${why}: ${place}: ${shown.cells[wrong]} instead of ${wanted.cells[wrong]}\n${rowTexts(shown).join('\n')}\n--- wanted\n${rowTexts(wanted).join('\n')}`,
	);
}

for (const tier of ['rich', 'vt', 'basic'] as const satisfies Tier[]) {
	test(`${tier}: any sequence of frames sent as differences shows what a direct draw shows, 0 wrong cells`, async () => {
		let scrolls = 0;
		await fc.assert(
			fc.asyncProperty(
				fc.array(line, {minLength: rows, maxLength: rows}),
				fc.array(fc.array(step, {minLength: 1, maxLength: 3}), {maxLength: 12}),
				async (first, changes) => {
					using screen = openScreen(columns, rows);
					let lines = first;
					let shown = blankGrid(columns, rows);
					for (const change of [[], ...changes]) {
						lines = change.reduce(apply, lines);
						const {grid} = drawFrame(lines.join('\n'), columns, rows, tier);
						const bytes = encodeChange(shown, grid);
						if (bytes.includes('\x1b[r')) scrolls++;
						if (tier === 'basic')
							assert.doesNotMatch(bytes.replaceAll('\x1bM', ''), /[^\x20-\x7e\x1b\n]|\x1b\[(?!0?;?7?m)[\d;]+m/);
						await screen.write(bytes);
						assertSameScreen(screen.grid(), grid, JSON.stringify(bytes));
						shown = grid;
					}
				},
			),
			{numRuns: 120},
		);
		assert.ok(scrolls > 10, `scroll regions were used ${scrolls} times`);
	});
}

const log = (from: number, clock: string) =>
	[
		`Alga PSA                      ${clock}`,
		'----------',
		...Array.from(
			{length: 10},
			(_, index) => `line ${from + index} ${'of the journal '.repeat(1 + ((from + index) % 2))}`,
		),
		'----------',
		'F1 help',
	].join('\n');
const sent = (before: string, after: string) =>
	encodeChange(drawFrame(before, columns, rows, 'vt').grid, drawFrame(after, columns, rows, 'vt').grid);

test('a clock tick costs one address and the changed digits', () => {
	assert.equal(sent(log(0, '10:00:00'), log(0, '10:00:01')), '\x1b[1;38H1');
});

test('an appended line moves the pane with a scroll region instead of drawing it again', () => {
	assert.equal(
		sent(log(0, '10:00:00'), log(1, '10:00:00')),
		`\x1b[3;12r\x1b[12H\n\x1b[r\x1b[12Hline 10 of the journal`,
	);
});

test('scrolling back moves the pane down', () => {
	assert.match(sent(log(2, '10:00:00'), log(0, '10:00:00')), /^\x1b\[3;12r\x1b\[3H\x1bM\x1bM\x1b\[r/);
});

test('an unchanged frame costs nothing', () => assert.equal(sent(log(0, '1'), log(0, '1')), ''));

test('clearing the rest of a row erases it instead of writing blanks', () => {
	assert.equal(sent('a long line of text', 'a long'), '\x1b[1;8H\x1b[K');
});

test('what the Linux console makes bold with a bright colour is reset before plain text', () => {
	assert.equal(sent('', '\x1b[91mab\x1b[39mc'), '\x1b[1H\x1b[91mab\x1b[mc');
	assert.equal(sent('', '\x1b[91ma\x1b[31mb'), '\x1b[1H\x1b[91ma\x1b[0;31mb\x1b[m');
});

test('a frame draws text only: foreign control sequences do not reach the terminal and are counted', () => {
	const {grid, replaced} = drawFrame('a\x1b[2Jb\x1b]0;title\x07c\x1bcd\x9b2Je\x07f\x00g', columns, rows, 'vt');
	assert.equal(rowTexts(grid)[0], 'abcd2Jefg');
	assert.ok(replaced >= 3);
	assert.match(encodeChange(blankGrid(columns, rows), grid), /^\x1b\[1Habcd2Jefg$/);
});

test('a tier that lacks a sign gets the nearest one, in the same column', () => {
	assert.deepEqual(rowTexts(drawFrame('✓ Zoé… 東│x', columns, 1, 'vt').grid), ['+ Zoe~ ??│x']);
	assert.deepEqual(rowTexts(drawFrame('✓ Zoé… 東│x', columns, 1, 'rich').grid), ['✓ Zoé… 東│x']);
	assert.deepEqual(rowTexts(drawFrame('✓ Zoé… 東│x', columns, 1, 'basic').grid), ['+ Zoe~ ??|x']);
	assert.equal(drawFrame('✓ Zoé… 東│x', columns, 1, 'vt').replaced, 4);
	assert.equal(drawFrame('✓ Zoé… 東│x', columns, 1, 'rich').replaced, 0);
});

test('a letter and its mark share a cell: composed where a sign for both exists', () => {
	assert.deepEqual(rowTexts(drawFrame('Zoe\u0301 x\u0301', columns, 1, 'rich').grid), ['Zoé x']);
	assert.deepEqual(rowTexts(drawFrame('Zoe\u0301 x\u0301', columns, 1, 'vt').grid), ['Zoe x']);
});

test('a frame larger than the screen is cut, a wide sign that does not fit is left out', () => {
	assert.deepEqual(rowTexts(drawFrame('abcdefg\nab東\nc', 3, 2, 'rich').grid), ['abc', 'ab']);
});
