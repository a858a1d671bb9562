import assert from 'node:assert/strict';
import {test} from 'node:test';
import {judgeLine, type Line, type LineFacts} from '../../../tui/terminal/line.ts';
import type {Output} from '../../../tui/terminal/output.ts';
import {createPainter} from '../../../tui/terminal/painter.ts';
import {openScreen} from '../../harness/screen.ts';
import {manualTimer} from './manual-timer.ts';

const vt: LineFacts = {term: 'linux', tty: 'vt', utf8: true};
const slow: LineFacts = {term: 'vt220', tty: 'serial', baud: 9600, utf8: true};
const frame = (clock: string, ...rest: string[]) =>
	[`clock ${clock}`, ...Array.from({length: 23}, (_, row) => rest[row] ?? '')].join('\n');

/** A painter on an emulator, with time that stands still and a line that can be stopped. */
function setUp(facts: LineFacts, adjust: Partial<Line> = {}) {
	const line = {...judgeLine(facts), ...adjust};
	const timer = manualTimer();
	const screen = openScreen(80, 24);
	const writes: string[] = [];
	const lost: unknown[] = [];
	let opened = Promise.resolve();
	let open = () => {};
	let failure: Error | undefined;
	const output: Output = async (bytes, signal) => {
		signal.throwIfAborted();
		writes.push(Buffer.from(bytes).toString());
		await Promise.race([opened, new Promise((_, reject) => signal.addEventListener('abort', reject))]);
		if (failure !== undefined) throw failure;
		void screen.write(bytes);
	};
	const painter = createPainter({
		output,
		line,
		size: {columns: 80, rows: 24},
		timer,
		onLost: error => lost.push(error),
	});
	return {
		painter,
		/** Moves time on and lets the emulator show what was sent. */
		timer: {
			async advance(ms: number) {
				await timer.advance(ms);
				await screen.write('');
			},
		},
		screen,
		writes,
		lost,
		stopLine() {
			opened = new Promise(resolve => {
				open = resolve;
			});
		},
		startLine: () => open(),
		breakLine(error: Error) {
			failure = error;
		},
	};
}

test('the first frame takes the terminal over: cursor hidden, attributes and region reset, screen cleared', async () => {
	const {painter, timer, screen, writes} = setUp(vt);
	await screen.write('\x1b[31;5r\x1b[41mlogin: \x1b[10;5Hgarbage');
	painter.stdout.write(frame('10:00:00'));
	await timer.advance(0);
	assert.match(writes[0] ?? '', /^\x1b\(B\x0f\x1b\[\?25l\x1b\[r\x1b\[m\x1b\[H\x1b\[2J/);
	assert.equal(screen.text().trim(), 'clock 10:00:00');
	assert.equal(screen.cursorShown(), false);
	assert.equal(painter.screenText(), screen.text());
	assert.deepEqual(painter.grid(), screen.grid());
});

test('while a write is under way only the newest frame is kept', async () => {
	const {painter, timer, screen, writes, stopLine, startLine} = setUp(vt);
	painter.stdout.write(frame('0'));
	await timer.advance(1000);
	stopLine();
	for (let tick = 1; tick <= 50; tick++) {
		painter.stdout.write(frame(String(tick)));
		await timer.advance(200);
	}
	assert.equal(writes.length, 2);
	startLine();
	await timer.advance(200);
	assert.equal(writes.length, 3);
	assert.equal(screen.row(0), 'clock 50');
	assert.equal(painter.counts().frames, 51);
	assert.equal(painter.counts().writes, 3);
});

test('data is paced, the answer to a key is not', async () => {
	const {painter, timer, writes} = setUp(vt);
	painter.stdout.write(frame('0'));
	await timer.advance(1000);
	painter.stdout.write(frame('1'));
	await timer.advance(0);
	painter.stdout.write(frame('2'));
	await timer.advance(50);
	assert.equal(writes.length, 2, 'ten frames a second');
	painter.nudge();
	painter.stdout.write(frame('2', 'typed'));
	await timer.advance(0);
	assert.equal(writes.length, 3, 'at once');
});

test('a key also sends a frame that was waiting', async () => {
	const {painter, timer, screen} = setUp(slow);
	painter.stdout.write(frame('0'));
	await timer.advance(10_000);
	painter.stdout.write(frame('1'));
	await timer.advance(100);
	painter.stdout.write(frame('2'));
	await timer.advance(100);
	assert.equal(screen.row(0), 'clock 1');
	painter.nudge();
	await timer.advance(20);
	assert.equal(screen.row(0), 'clock 2');
});

test('on a 9600 baud line data takes at most a quarter of it, over minutes of a busy screen', async () => {
	const {painter, timer} = setUp(slow);
	painter.stdout.write(frame('0'));
	await timer.advance(60_000);
	const before = painter.counts().bytes;
	const seconds = 300;
	for (let tick = 0; tick < seconds * 5; tick++) {
		painter.stdout.write(
			frame(
				String(tick),
				...Array.from({length: 20}, (_, row) => `${(tick * 7919 + row * 104_729) % 99_991} `.repeat(8)),
			),
		);
		await timer.advance(200);
	}
	const share = (painter.counts().bytes - before) / (seconds * 960);
	assert.ok(share <= 0.27 && share > 0.1, `${(share * 100).toFixed(1)} % of the line`);
});

test('answers to keys never queue more on a slow line than it has carried', async () => {
	const {painter, timer} = setUp(slow);
	painter.stdout.write(frame('0'));
	await timer.advance(60_000);
	const before = painter.counts();
	for (let key = 0; key < 20; key++) {
		painter.nudge();
		painter.stdout.write(frame('0', ...Array.from({length: 22}, (_, row) => `${key} ${row} `.repeat(10))));
		await timer.advance(50);
	}
	const sent = painter.counts().bytes - before.bytes;
	assert.ok(
		painter.counts().writes - before.writes <= 2,
		`${painter.counts().writes - before.writes} full screens in a second`,
	);
	assert.ok(sent < 5000, `${sent} bytes`);
});

test('foreign text is gone after repaint(), in every tier', async () => {
	for (const facts of [vt, slow, {term: 'xterm', tty: 'pty', utf8: true} as const]) {
		const {painter, timer, screen} = setUp(facts);
		painter.stdout.write(frame('1', 'one', '\x1b[32mtwo\x1b[39m', 'three'));
		await timer.advance(60_000);
		const wanted = screen.grid();
		await screen.write('\x1b[5;20r\x1b[41mkernel: something\r\n\n\n\n\n\nis wrong\x1b[?25h\x1b[10;1H\x1b[3M');
		assert.notDeepEqual(screen.grid(), wanted);
		painter.repaint();
		await timer.advance(60_000);
		assert.deepEqual(screen.grid(), wanted);
		assert.equal(screen.cursorShown(), false);
		painter.stdout.write(frame('2', 'one', '\x1b[32mtwo\x1b[39m', 'three'));
		await timer.advance(60_000);
		assert.deepEqual(screen.grid(), painter.grid());
	}
});

test('a resize tells Ink and draws everything for the new size', async () => {
	const {painter, timer, screen} = setUp(vt);
	painter.stdout.write(frame('1'));
	await timer.advance(1000);
	let told = 0;
	painter.stdout.on('resize', () => {
		told++;
		painter.stdout.write(['small', ...Array.from({length: 9}, () => '')].join('\n'));
	});
	screen.resize(60, 10);
	painter.resize({columns: 60, rows: 10});
	await timer.advance(0);
	assert.equal(told, 1);
	assert.equal(screen.text().trim(), 'small');
	assert.deepEqual(
		[painter.stdout.columns, painter.stdout.rows, painter.grid().columns, painter.grid().rows],
		[60, 10, 60, 10],
	);
});

test('signs outside the tier are replaced and counted; ours are not', async () => {
	const {painter, timer, screen} = setUp(vt);
	painter.stdout.write(frame('■ ▶ · ▲ × ? ┌─┐'));
	await timer.advance(1000);
	assert.equal(painter.counts().replaced, 0);
	painter.stdout.write(frame('waiting… ✓ 🙂'));
	await timer.advance(1000);
	assert.equal(painter.counts().replaced, 3);
	assert.equal(screen.row(0), 'clock waiting~ + ??');
});

test('bytes beside the frames go out in order with them', async () => {
	const {painter, timer, writes, stopLine, startLine} = setUp(vt);
	stopLine();
	painter.stdout.write(frame('1'));
	await timer.advance(0);
	const asked = painter.send('\x1b[6n');
	painter.stdout.write(frame('2'));
	startLine();
	await timer.advance(1000);
	await asked;
	assert.deepEqual(writes.slice(1), ['\x1b[6n', '\x1b[1;7H2']);
});

test('closing gives the terminal back and draws nothing more', async () => {
	for (const [facts, after] of [
		[vt, '\x1b[r\x1b[m\x1b[H\x1b[2J\x1b[?25h'],
		[{term: 'xterm', tty: 'pty', utf8: true}, '\x1b[r\x1b[m\x1b[H\x1b[2J\x1b[?1049l\x1b[?25h'],
	] as const) {
		const {painter, timer, screen, writes} = setUp(facts);
		painter.stdout.write(frame('1', '\x1b[7mfocus'));
		await timer.advance(1000);
		await painter.close();
		painter.stdout.write(frame('2'));
		painter.repaint();
		await timer.advance(5000);
		assert.equal(writes.at(-1), after);
		assert.equal(screen.text().trim(), '');
		assert.ok(screen.cursorShown());
	}
});

test('closing on a stopped line gives up instead of hanging', async () => {
	const {painter, timer, stopLine} = setUp(vt);
	stopLine();
	painter.stdout.write(frame('1'));
	await timer.advance(0);
	const closed = painter.close();
	await timer.advance(1000);
	await closed;
});

test('a line that is gone is reported once and never written again', async () => {
	const {painter, timer, writes, lost, breakLine} = setUp(vt);
	breakLine(Object.assign(new Error('write EIO'), {code: 'EIO'}));
	painter.stdout.write(frame('1'));
	await timer.advance(100);
	painter.stdout.write(frame('2'));
	painter.repaint();
	await timer.advance(5000);
	assert.equal(lost.length, 1);
	assert.equal(writes.length, 1);
});
