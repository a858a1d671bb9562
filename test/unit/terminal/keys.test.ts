import assert from 'node:assert/strict';
import {test} from 'node:test';
import fc from 'fast-check';
import {decodeKeys, giveUp, type Key} from '../../../tui/terminal/keys.ts';

const said = (key: Key): string => {
	if (key.name === 'char') return key.char;
	if (key.name === 'ctrl') return `ctrl-${key.letter}`;
	if (key.name === 'paste') return `paste:${key.text}`;
	if (key.name === 'cursor-report') return `at ${key.row};${key.column}`;
	return key.name;
};
const decoded = (bytes: string) => decodeKeys(bytes).keys.map(said).join(' ');

const forms: Record<string, readonly string[]> = {
	f1: ['\x1b[[A', '\x1bOP', '\x1b[11~', '\x1b[P'],
	f2: ['\x1b[[B', '\x1bOQ', '\x1b[12~', '\x1b[Q'],
	f3: ['\x1b[[C', '\x1bOR', '\x1b[13~', '\x1b[R'],
	f4: ['\x1b[[D', '\x1bOS', '\x1b[14~', '\x1b[S'],
	f5: ['\x1b[[E', '\x1b[15~'],
	f6: ['\x1b[17~'],
	f7: ['\x1b[18~'],
	f8: ['\x1b[19~'],
	f9: ['\x1b[20~'],
	f10: ['\x1b[21~'],
	f11: ['\x1b[23~'],
	f12: ['\x1b[24~'],
	up: ['\x1b[A', '\x1bOA', '\x1b[1;5A', '\x1b[1;2A'],
	down: ['\x1b[B', '\x1bOB', '\x1b[1;5B'],
	right: ['\x1b[C', '\x1bOC', '\x1b[1;5C'],
	left: ['\x1b[D', '\x1bOD', '\x1b[1;3D'],
	home: ['\x1b[1~', '\x1b[7~', '\x1b[H', '\x1bOH', '\x1b[1;5H'],
	end: ['\x1b[4~', '\x1b[8~', '\x1b[F', '\x1bOF'],
	insert: ['\x1b[2~'],
	delete: ['\x1b[3~', '\x1b[3;5~'],
	pageup: ['\x1b[5~', '\x1b[5;2~'],
	pagedown: ['\x1b[6~'],
	enter: ['\r', '\n', '\r\n', '\x1bOM'],
	tab: ['\t'],
	backtab: ['\x1b[Z', '\x1b\t'],
	backspace: ['\x7f', '\b'],
	'ctrl-c': ['\x03'],
	'ctrl-d': ['\x04'],
	'ctrl-l': ['\x0c'],
	'ctrl-s': ['\x13'],
	'ctrl-u': ['\x15'],
	'ctrl-z': ['\x1a'],
	'ctrl-\\': ['\x1c'],
	'at 24;80': ['\x1b[24;80R'],
	'at 1;1': ['\x1b[1;1R'],
	é: ['é'],
	界: ['界'],
	'😀': ['😀'],
};

for (const [key, encodings] of Object.entries(forms)) {
	for (const bytes of encodings) {
		test(`${JSON.stringify(bytes)} is ${key}, whole or split anywhere`, () => {
			assert.equal(decoded(bytes), key);
			if (!bytes.startsWith('\x1b')) return;
			for (let cut = 1; cut < bytes.length; cut++) {
				const first = decodeKeys(bytes.slice(0, cut));
				assert.deepEqual(first.keys, [], `after ${cut} bytes`);
				assert.equal(decoded(first.rest + bytes.slice(cut)), key);
			}
		});
	}
}

for (const [why, bytes, keys] of [
	['type-ahead is split into single keys', 'jjj', 'j j j'],
	['text and Enter in one read submit', 'ab\r', 'a b enter'],
	['three quick Enters are three', '\r\r\r', 'enter enter enter'],
	['CR LF pairs count once each', '\r\n\r\n', 'enter enter'],
	['an arrow between letters does not stick to them', 'a\x1b[Bb', 'a down b'],
	['two arrows in one read are two', '\x1b[A\x1b[A', 'up up'],
	['Escape and then a letter are two keys', '\x1bq', 'escape q'],
	['Escape and then an arrow are two keys', '\x1b\x1b[A', 'escape up'],
	['Escape and then Enter are two keys', '\x1b\r', 'escape enter'],
	['an unknown sequence is not typed', 'a\x1b[99~b', 'a b'],
	['an unknown final is not typed', 'a\x1b[5Gb', 'a b'],
	['a mouse report is not typed', 'a\x1b[<0;10;10Mb', 'a b'],
	['a device attributes answer is not typed', '\x1b[?62;1;6cx', 'x'],
	['a colour answer is not typed', '\x1b]11;rgb:0000/0000/0000\x07x', 'x'],
	['a terminal version answer is not typed', '\x1bP>|xterm(370)\x1b\\x', 'x'],
	['bracketed paste marks are not typed', '\x1b[200~ab\x1b[201~', 'a b'],
	['a broken sequence is not typed', '\x1b[\x03', 'ctrl-c'],
	['NUL, C1 controls and broken UTF-8 are not typed', '\0\x9b\x85\ufffdx', 'x'],
	['a report between keys stays apart', 'a\x1b[25;80Rb', 'a at 25;80 b'],
] as const) {
	test(why, () => assert.equal(decoded(bytes), keys));
}

test('an unfinished sequence is handed back and given up in silence; a lone Escape is a key', () => {
	for (const rest of ['\x1b[', '\x1b[1;', '\x1bO', '\x1b[[', '\x1b]11;rgb']) {
		assert.deepEqual(decodeKeys(`a${rest}`), {keys: [{name: 'char', char: 'a'}], rest});
		assert.deepEqual(giveUp(rest), []);
	}
	assert.deepEqual(decodeKeys('\x1b'), {keys: [], rest: '\x1b'});
	assert.deepEqual(giveUp('\x1b'), [{name: 'escape'}]);
});

test('where a read ends makes no difference to the keys', () => {
	const piece = fc.constantFrom(
		...Object.values(forms)
			.flat()
			.filter(bytes => bytes !== '\x1b' && !/^[\r\n]/.test(bytes)),
		'a',
		'Z',
		'\r',
	);
	fc.assert(
		fc.property(fc.array(piece, {maxLength: 12}), fc.array(fc.nat(60), {maxLength: 6}), (pieces, cuts) => {
			const bytes = pieces.join('');
			const ends = [...new Set(cuts.map(cut => Math.min(cut, bytes.length)))].sort((a, b) => a - b);
			let rest = '';
			const keys: Key[] = [];
			let from = 0;
			for (const to of [...ends, bytes.length]) {
				// A sign beyond the basic plane is kept whole by the UTF-8 decoder before us.
				if (/[\ud800-\udbff]$/.test(bytes.slice(from, to))) continue;
				const part = decodeKeys(rest + bytes.slice(from, to));
				keys.push(...part.keys);
				rest = part.rest;
				from = to;
			}
			assert.deepEqual(keys, decodeKeys(bytes).keys);
		}),
	);
});

test('any bytes at all decode without typing a control character', () => {
	fc.assert(
		fc.property(fc.string({unit: 'binary', maxLength: 80}), text => {
			for (const key of decodeKeys(text).keys) {
				if (key.name === 'char') assert.doesNotMatch(key.char, /\p{Control}/u);
			}
		}),
	);
});
