import assert from 'node:assert/strict';
import {test} from 'node:test';
import type {LogPage} from '../../../shared/api/routes.ts';
import {
	atEnd,
	lineCount,
	linesInSight,
	linesOf,
	mostLines,
	scrollLog,
	takeNew,
	takePage,
} from '../../../tui/log-window.ts';
import {emptyLog, type LogWindow} from '../../../tui/state.ts';
import {settle} from '../../../tui/ui.ts';
import {views} from '../../fixtures/views/views.ts';
import {at, char, press} from './situation.ts';

/** Lines `from` to `to` of a log that has 10,000. */
function page(from: number, to: number): LogPage {
	const lines = Array.from({length: to - from}, (_, index) => ({
		severity: 'info' as const,
		text: `line ${from + index}`,
		cut: 0,
	}));
	return {lines, ...(from > 0 && {older: String(from)}), newer: String(to), dropped: 0};
}
const opened = (): LogWindow => takePage(emptyLog('db', 1), 'open', page(9800, 10_000));
const texts = (log: LogWindow) => linesOf(log).map(({text}) => text);

test('a log opens at its end and follows', () => {
	const log = takeNew(opened(), page(10_000, 10_003));
	assert.equal(log.mode, 'following');
	assert.equal(texts(log).at(-1), 'line 10002');
	assert.ok(atEnd(log));
});

test('scrolling up pauses and counts what comes meanwhile, without moving the window', () => {
	const {log} = scrollLog(opened(), -10, 15);
	const later = takeNew(log, page(10_000, 10_128));
	assert.equal(later.mode, 'paused');
	assert.equal(later.waiting, 128);
	assert.equal(later.bottom, log.bottom);
	assert.ok(!atEnd(later));
});

test('at the upper edge older lines are asked for, and put before the window', () => {
	const {log, ask} = scrollLog(opened(), -500, 15);
	assert.equal(ask, 'older');
	const more = takePage(log, 'older', page(9600, 9800));
	assert.equal(texts(more)[0], 'line 9600');
	assert.equal(texts(more)[more.bottom - 1], texts(log)[log.bottom - 1]);
});

test('at the first line of a log nothing older is asked for', () => {
	const log = takePage(emptyLog('db', 1), 'open', page(0, 40));
	assert.equal(scrollLog(log, -500, 15).ask, undefined);
});

test('memory is bounded in every direction, and every line can be reached again', () => {
	let log = opened();
	for (let first = 9600; first >= 0; first -= 200) log = takePage(log, 'older', page(first, first + 200));
	assert.ok(lineCount(log) <= mostLines, `${lineCount(log)} lines`);
	assert.equal(texts(log)[0], 'line 0');
	for (let cursor = Number(log.pages.at(-1)?.newer); cursor < 10_000; cursor += 200)
		log = takePage(log, 'newer', page(cursor, cursor + 200));
	assert.ok(lineCount(log) <= mostLines);
	assert.equal(texts(log).at(-1), 'line 9999');
	assert.equal(log.pages[0]?.older, String(10_000 - lineCount(log)));
	let followed = opened();
	for (let first = 10_000; first < 30_000; first += 7)
		followed = takeNew(followed, {...page(first, first + 7), older: String(first)});
	assert.ok(lineCount(followed) <= mostLines);
	assert.ok(followed.pages.length < 20);
});

test('the filter holds for lines that are followed too', () => {
	const log = takeNew({...opened(), filter: '0001', severity: 'all'}, page(10_000, 10_010));
	assert.deepEqual(texts(log).slice(200), ['line 10001']);
});

test('wrapped lines count with all their rows when a page is turned', () => {
	const long = {severity: 'info' as const, text: 'x'.repeat(200), cut: 0};
	const log = takePage({...emptyLog('db', 1), lines: 'wrapped'}, 'open', {
		lines: Array.from({length: 50}, () => long),
		newer: '9',
		dropped: 0,
	});
	assert.equal(linesInSight(log, 78, 15), 3 + 0);
	assert.equal(linesInSight({...log, lines: 'cut'}, 78, 15), 15);
});

test('an answer that belongs to another log is ignored', () => {
	const {ui} = at(views.healthy);
	const stale = settle({...ui, log: emptyLog('db', 7)}, {of: 'log', ticket: 6, place: 'open', page: page(0, 9)});
	assert.equal(lineCount(stale.log), 0);
});

test('opening the logs asks for the end of one, a letter changes severity, leaving stops following', () => {
	const start = at(views.healthy);
	const there = press(start, char('l'));
	assert.equal(there.effects.at(-1)?.do, 'log');
	const stricter = press({...start, ui: there.ui}, char('v'));
	assert.deepEqual(
		stricter.effects.map(effect => effect.do === 'log' && [effect.place, effect.window.severity]),
		[['open', 'warning']],
	);
	assert.ok(stricter.ui.log.ticket > there.ui.log.ticket);
	assert.deepEqual(press({...start, ui: stricter.ui}, {name: 'escape'}).effects, [{do: 'log-close'}]);
});

test('letters typed into the filter are its text', () => {
	const start = at(views.healthy, {screen: 'logs', log: opened()});
	const {ui, effects} = press(start, char('/'), ...[...'slw? v'].map(char), {name: 'enter'});
	assert.equal(ui.log.filter, 'slw? v');
	assert.equal(effects.length, 1);
	assert.equal(ui.screen, 'logs');
});
