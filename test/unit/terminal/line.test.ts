import assert from 'node:assert/strict';
import {test} from 'node:test';
import {judgeLine, type LineFacts} from '../../../tui/terminal/line.ts';

for (const [why, facts, expected] of [
	[
		'the Linux console gets its own tier',
		{term: 'linux', tty: 'vt', utf8: true},
		['vt', 10, 80, Number.POSITIVE_INFINITY, false],
	],
	[
		'a console without UTF-8 gets ASCII',
		{term: 'linux', tty: 'vt', utf8: false},
		['basic', 1, 80, Number.POSITIVE_INFINITY, false],
	],
	[
		'a fast serial line: one frame a second',
		{term: 'vt220', tty: 'serial', baud: 115_200, utf8: true},
		['basic', 1, 400, 11_520, false],
	],
	[
		'38400 is fast enough for that',
		{term: 'vt220', tty: 'serial', baud: 38_400, utf8: true},
		['basic', 1, 400, 3840, false],
	],
	[
		'below it, one frame in two seconds',
		{term: 'xterm', tty: 'serial', baud: 19_200, utf8: true},
		['basic', 0.5, 400, 1920, false],
	],
	[
		'a serial line of unknown speed is a slow one',
		{term: 'vt220', tty: 'serial', utf8: true},
		['basic', 0.5, 400, 960, false],
	],
	[
		'an emulator with UTF-8 is rich',
		{term: 'xterm-256color', tty: 'pty', utf8: true},
		['rich', 10, 400, Number.POSITIVE_INFINITY, true],
	],
	[
		'the Linux console through SSH keeps its font',
		{term: 'linux', tty: 'pty', utf8: true},
		['vt', 10, 400, Number.POSITIVE_INFINITY, false],
	],
	[
		'a dumb terminal gets ASCII',
		{term: 'dumb', tty: 'pty', utf8: true},
		['basic', 1, 400, Number.POSITIVE_INFINITY, false],
	],
	['a VT100 gets ASCII', {term: 'vt100', tty: 'pty', utf8: true}, ['basic', 1, 400, Number.POSITIVE_INFINITY, false]],
	['no TERM gets ASCII', {term: '', tty: 'pty', utf8: true}, ['basic', 1, 400, Number.POSITIVE_INFINITY, false]],
] as const satisfies [string, LineFacts, unknown][]) {
	test(why, () => {
		const line = judgeLine(facts);
		assert.deepEqual(
			[line.tier, line.framesPerSecond, line.escapeMs, line.bytesPerSecond, line.alternateScreen],
			expected,
		);
	});
}
