import assert from 'node:assert/strict';
import {PassThrough} from 'node:stream';
import {test} from 'node:test';
import {type KeySource, openKeyboard} from '../../../tui/terminal/keyboard.ts';
import type {Key} from '../../../tui/terminal/keys.ts';
import {manualTimer} from './manual-timer.ts';

function setUp(escapeMs = 400) {
	const raw: boolean[] = [];
	const source: KeySource & PassThrough = Object.assign(new PassThrough(), {setRawMode: (on: boolean) => raw.push(on)});
	const timer = manualTimer();
	const keys: Key[] = [];
	let ended = 0;
	const keyboard = openKeyboard({source, escapeMs, timer, onKey: key => keys.push(key), onEnd: () => ended++});
	return {
		keyboard,
		raw,
		timer,
		source,
		ended: () => ended,
		async type(bytes: string | Buffer, ms = 0) {
			source.write(bytes);
			await timer.advance(ms);
		},
		said: () =>
			keys
				.splice(0)
				.map(key => (key.name === 'char' ? key.char : key.name === 'paste' ? `paste ${key.text.length}` : key.name))
				.join(' '),
	};
}

test('an arrow whose bytes come late is an arrow, not Escape and letters', async () => {
	const {type, said} = setUp(400);
	await type('\x1b', 350);
	await type('[', 350);
	await type('A', 1000);
	assert.equal(said(), 'up');
});

test('Escape alone is believed after the patience of the line', async () => {
	for (const escapeMs of [80, 400]) {
		const {type, said, timer} = setUp(escapeMs);
		await type('\x1b', escapeMs - 1);
		assert.equal(said(), '');
		await timer.advance(1);
		assert.equal(said(), 'escape');
	}
});

test('half a sequence that is never finished types nothing', async () => {
	const {type, said} = setUp();
	await type('a\x1b[1;', 500);
	await type('b', 500);
	assert.equal(said(), 'a b');
});

test('a letter split over two reads arrives whole', async () => {
	const {type, said} = setUp();
	const bytes = Buffer.from('é東🙂');
	for (const byte of bytes) await type(Buffer.from([byte]));
	assert.equal(said(), 'é 東 🙂');
});

test('CR and LF in two reads are one Enter; two Enters are two', async () => {
	const {type, said} = setUp(80);
	await type('\r');
	await type('\n');
	assert.equal(said(), 'enter');
	await type('\r', 200);
	await type('\n', 200);
	await type('\n');
	assert.equal(said(), 'enter enter enter');
});

test('a paste of 10 KB is one key, cut to what a field can take; short type-ahead stays single keys', async () => {
	const {type, said} = setUp();
	await type('x'.repeat(10_240));
	assert.equal(said(), 'paste 4096');
	await type('hunter2\r');
	assert.equal(said(), 'h u n t e r 2 enter');
});

test('an endless control string is not collected', async () => {
	const {type, said} = setUp();
	for (let part = 0; part < 40; part++) await type(`${part === 0 ? '\x1b]1' : ''}${'0;'.repeat(10)}`);
	await type('\x07', 500);
	await type('a');
	assert.match(said(), /a$/);
});

test('raw mode is on while open and off after; keys after closing go nowhere', async () => {
	const {type, said, keyboard, raw} = setUp();
	assert.deepEqual(raw, [true]);
	await type('\x1b');
	keyboard.close();
	await type('a', 1000);
	assert.equal(said(), '');
	assert.deepEqual(raw, [true, false]);
});

test('a hang-up is told', async () => {
	const {source, timer, ended} = setUp();
	source.destroy(Object.assign(new Error('read EIO'), {code: 'EIO'}));
	await timer.advance(0);
	assert.equal(ended(), 1);
});
