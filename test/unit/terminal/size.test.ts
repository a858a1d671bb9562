import assert from 'node:assert/strict';
import {test} from 'node:test';
import {decodeKeys} from '../../../tui/terminal/keys.ts';
import {chooseSize, probeSize, type Size} from '../../../tui/terminal/size.ts';
import {openScreen} from '../../harness/screen.ts';
import {manualTimer} from './manual-timer.ts';

/** A line with an emulator of that size at its end. */
function probeAt(columns: number, rows: number) {
	const timer = manualTimer();
	const reports = new Set<(size: Size) => void>();
	const screen = openScreen(columns, rows, answer => {
		for (const key of decodeKeys(answer).keys) {
			if (key.name === 'cursor-report') for (const report of reports) report({columns: key.column, rows: key.row});
		}
	});
	const size = probeSize({
		send: bytes => screen.write(bytes),
		onReport(report) {
			reports.add(report);
			return () => reports.delete(report);
		},
		timer,
	});
	return {size, timer, screen, reports};
}

for (const [columns, rows] of [
	[80, 24],
	[132, 50],
	[300, 120],
	[40, 10],
] as const) {
	test(`a terminal of ${columns}x${rows} tells its size and keeps its cursor`, async () => {
		const {size, screen, reports} = probeAt(columns, rows);
		assert.deepEqual(await size, {columns, rows});
		await screen.write('here');
		assert.equal(screen.row(0), 'here');
		assert.equal(reports.size, 0);
	});
}

test('a size that no screen has is not believed', async () => {
	assert.equal(await probeAt(39, 24).size, undefined);
	assert.equal(await probeAt(80, 121).size, undefined);
});

test('nobody answers: the probe ends', async () => {
	const timer = manualTimer();
	const size = probeSize({send: () => Promise.resolve(), onReport: () => () => {}, timer});
	await timer.advance(250);
	assert.equal(await size, undefined);
});

test('a stopped line does not hold the probe', async () => {
	const timer = manualTimer();
	const size = probeSize({send: () => new Promise(() => {}), onReport: () => () => {}, timer});
	await timer.advance(250);
	assert.equal(await size, undefined);
});

for (const [reported, probed, chosen] of [
	[{columns: 100, rows: 37}, undefined, {columns: 100, rows: 37}],
	[
		{columns: 80, rows: 24},
		{columns: 132, rows: 50},
		{columns: 132, rows: 50},
	],
	[
		{columns: 0, rows: 0},
		{columns: 132, rows: 50},
		{columns: 132, rows: 50},
	],
	[{columns: 0, rows: 0}, undefined, {columns: 80, rows: 24}],
	[{}, undefined, {columns: 80, rows: 24}],
	[{columns: 1, rows: 1}, undefined, {columns: 1, rows: 1}],
] as const) {
	test(`tty says ${JSON.stringify(reported)}, probe ${JSON.stringify(probed)}: ${chosen.columns}x${chosen.rows}`, () => {
		assert.deepEqual(chooseSize(reported, probed), chosen);
	});
}
