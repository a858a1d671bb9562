import assert from 'node:assert/strict';
import {Writable} from 'node:stream';
import {test} from 'node:test';
import {createElement as h, type ReactNode} from 'react';
import {board} from '../../../scripts/bench/terminal.ts';
import {drawFrame, rowTexts} from '../../../tui/terminal/cells.ts';
import {silentStdin} from '../../../tui/terminal/keyboard.ts';
import {clip, textWidth} from '../../../tui/terminal/width.ts';

// After the board, which makes Ink's colour library speak in colours.
const {Box, render, Text} = await import('ink');

/** What Ink writes for a tree and its later states, without the barriers and the cursor switch at its end. */
async function written(columns: number, rows: number, ...trees: ReactNode[]): Promise<string[]> {
	const chunks: string[] = [];
	const stdout = Object.assign(
		new Writable({
			decodeStrings: false,
			write(chunk: string, _encoding, done) {
				chunks.push(chunk);
				done();
			},
		}),
		{isTTY: true, columns, rows},
	);
	const [first, ...others] = trees;
	const app = render(first, {
		stdout,
		stdin: silentStdin(),
		debug: true,
		interactive: true,
		patchConsole: false,
		exitOnCtrlC: false,
	});
	for (const tree of others) app.rerender(tree);
	await app.waitUntilRenderFlush();
	app.unmount();
	return chunks.filter(chunk => chunk !== '' && chunk !== '\x1b[?25h');
}

const onlyColours = /^(?:[^\x00-\x09\x0b-\x1f\x7f-\x9f]|\x1b\[[\d;]*m)*$/;

test('the contract with Ink in debug mode: each write is one whole frame of the screen, text and SGR only', async () => {
	for (const tier of ['rich', 'vt', 'basic'] as const) {
		const frames = await written(
			80,
			24,
			board({second: 0, firstLine: 0}, tier),
			board({second: 1, firstLine: 9}, tier),
		);
		assert.ok(frames.length >= 2);
		for (const frame of frames) {
			assert.equal(frame.split('\n').length, 24);
			assert.match(frame, onlyColours);
			assert.match(frame, /\x1b\[7m/);
			const {grid, replaced} = drawFrame(frame, 80, 24, tier);
			assert.equal(replaced, 0);
			assert.match(rowTexts(grid)[23] ?? '', /^F1 Help/);
		}
	}
});

test('an unchanged tree at a fixed height keeps its height, whatever is in it', async () => {
	for (const [columns, rows] of [
		[80, 24],
		[60, 16],
		[10, 3],
		[1, 1],
	] as const) {
		const lines = Array.from({length: 50}, (_, key) =>
			h(Text, {key}, 'a line that is longer than the screen is wide '.repeat(3)),
		);
		const frames = await written(
			columns,
			rows,
			h(Box, {width: columns, height: rows, overflow: 'hidden', flexDirection: 'column'}, ...lines),
		);
		for (const frame of frames) assert.ok(frame.split('\n').length <= rows, `${columns}x${rows}`);
	}
});

test('Ink counts the cells of a text as we do', async () => {
	const samples = [
		'plain',
		'Zürich',
		'東京都庁',
		'e\u0301a\u0301',
		'■▶·▲×',
		'🙂👍🏽',
		'한국어',
		'ｆｕｌｌ',
		'…✓✗●',
		'─│┌',
		'☃⌚',
		'नमस्ते',
		'🇨🇭',
	];
	for (const sample of samples) {
		const [frame = ''] = await written(40, 1, h(Box, {width: 40}, h(Text, null, sample), h(Text, null, '|')));
		const end = frame.indexOf('|');
		assert.equal(end, sample.length, sample);
		const [row] = await written(40, 1, h(Box, {width: 40, justifyContent: 'flex-end'}, h(Text, null, sample)));
		const left = (row ?? '').indexOf(sample);
		assert.equal(40 - left, textWidth(sample), `${sample}: Ink ${40 - left}, ours ${textWidth(sample)}`);
		assert.ok(textWidth(clip(sample, 3, '~')) <= 3);
	}
});
