import assert from 'node:assert/strict';
import {test} from 'node:test';
import {type BoardState, inkBytes, painterBytes, perfectBytes} from '../../scripts/bench/terminal.ts';

const start: BoardState = {second: 36_000, firstLine: 100};
const tick: BoardState = {...start, second: 36_001};
const line: BoardState = {...tick, firstLine: 101};
const tiers = ['rich', 'vt', 'basic'] as const;

for (const tier of tiers) {
	test(`${tier}: a clock tick costs at most 64 bytes and a log line at most 256, within 1.5 of the ideal`, async () => {
		const [, tickBytes = Number.NaN, lineBytes = Number.NaN] = await painterBytes([start, tick, line], tier);
		assert.ok(tickBytes <= 64, `clock tick: ${tickBytes} bytes`);
		assert.ok(lineBytes <= 256, `log line: ${lineBytes} bytes`);
		for (const [sent, perfect] of [
			[tickBytes, perfectBytes(start, tick, tier)],
			[lineBytes, perfectBytes(tick, line, tier)],
		] as const) {
			assert.ok(sent / perfect <= 1.5, `${sent} bytes sent, ${perfect} would do`);
		}
	});
}

test('the painter sends less than a tenth of what Ink sends by itself', async () => {
	const [, ...ours] = await painterBytes([start, tick, line], 'vt');
	const [, ...theirs] = await inkBytes([start, tick, line], 'vt');
	for (const [index, bytes] of ours.entries())
		assert.ok(bytes * 10 < (theirs[index] ?? 0), `${bytes} against ${theirs[index]}`);
});

test('a screen in ASCII stays within 2 KB, 2 s of a 9600 baud line', async () => {
	const [first = Number.NaN] = await painterBytes([start], 'basic');
	assert.ok(first <= 2048, `${first} bytes`);
});
