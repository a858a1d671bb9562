import assert from 'node:assert/strict';
import {test} from 'node:test';
import {offerWords, timeOf} from '../../../shared/view/update.ts';
import {renderScreen} from '../../../tui/screenshot.ts';
import {settle} from '../../../tui/ui.ts';
import {now} from '../../fixtures/views/base.ts';
import {views} from '../../fixtures/views/views.ts';
import {at, char, press, typed} from './situation.ts';

const {healthy, updatePlanned} = views;
const offered = {version: '1.5.0', digest: 'sha256:aa10'};
const troubles = updatePlanned.updates.troubles.map(({id}) => id);
const shot = (view: typeof healthy, ui = at(view).ui) =>
	renderScreen({view, screen: 'updates', cols: 80, rows: 24, tier: 'basic', now, ui}).text;

test('nothing is called the newest release that was not looked for, and what runs now is told instead of offered', () => {
	const {available, checkedAt, ...bare} = healthy.updates;
	assert.ok(available && checkedAt);
	const {current, ...nothing} = bare;
	assert.ok(current);
	const words = (updates: typeof healthy.updates, operation = healthy.operation) =>
		offerWords({updates, operation})?.text;
	assert.equal(words(nothing), 'Newer releases are looked for once one is installed.');
	assert.equal(words(bare), 'The channel has not been asked yet.');
	assert.equal(words({...bare, checkedAt}), 'This is the newest release of the channel.');
	assert.equal(words(healthy.updates), undefined);
	const {operation} = views.installing;
	assert.ok(operation);
	const running = {...operation, kind: 'update', title: 'Update', state: 'running'} as const;
	assert.match(words(healthy.updates, running) ?? '', /^Update: step \d+ of \d+\.$/u);
	assert.doesNotMatch(shot({...healthy, operation: running}), /is available|Way back/u);
});

test('an update is planned by keys: t, a time, Enter', () => {
	const start = at(healthy, {screen: 'updates'});
	const asked = press(start, char('t'), ...typed('02:00'));
	assert.match(shot(healthy, asked.ui), /When is release 1\.5\.0 to be installed\?/);
	assert.match(shot(healthy, asked.ui), /02:00, in \d+ h/);
	const {ui, effects} = press(start, char('t'), ...typed('02:00'), {name: 'enter'});
	assert.deepEqual(effects, [
		{
			do: 'start',
			label: 'Plan the update',
			body: {kind: 'schedule', input: {at: timeOf('02:00', now), ...offered, accept: []}},
		},
	]);
	const done = settle(ui, {of: 'call', label: 'Plan the update', kind: 'schedule'});
	assert.equal(done.screen, 'updates');
});

test('a time that is none or over plans nothing and keeps what was typed', () => {
	for (const text of ['tonight', '2020-01-01 02:00', '']) {
		const {ui, effects} = press(at(healthy, {screen: 'updates'}), char('t'), ...typed(text), {name: 'enter'});
		assert.deepEqual(effects, []);
		assert.equal(ui.dialog?.typed, text);
	}
});

test('what does not work is spelled out and accepted by a typed word, for an update now and for a planned one', () => {
	const start = at({...updatePlanned}, {screen: 'updates'});
	const now1 = press(start, char('i'));
	for (const {text} of updatePlanned.updates.troubles) assert.ok(now1.ui.dialog?.text.includes(text), text);
	assert.deepEqual(press(start, char('i'), char('y'), {name: 'enter'}).effects, []);
	const [update] = press(start, char('i'), ...typed('accept'), {name: 'enter'}).effects;
	assert.deepEqual(update?.do === 'start' && update.body, {kind: 'update', input: {...offered, accept: troubles}});
	const timed = press(start, char('t'), ...typed('02:00'), {name: 'enter'});
	assert.deepEqual(timed.effects, []);
	assert.match(timed.ui.dialog?.title ?? '', /although something does not work/);
	const [plan] = press({...start, ui: timed.ui}, ...typed('accept'), {name: 'enter'}).effects;
	assert.deepEqual(plan?.do === 'start' && plan.body, {
		kind: 'schedule',
		input: {at: timeOf('02:00', now), ...offered, accept: troubles},
	});
});

test('a planned update stands on the Updates and the Status screen and is taken back by x and y', () => {
	const screen = shot(updatePlanned);
	assert.match(screen, /Planned\s+release 1\.5\.0, 22 Nov \d\d:\d\d, accepted: workflow-worker/);
	assert.match(screen, /x take the plan back/);
	const home = renderScreen({view: updatePlanned, screen: 'status', cols: 80, rows: 24, tier: 'basic', now}).text;
	assert.match(home, /Update\s+planned: release 1\.5\.0, 22 Nov/);
	const {effects} = press(at(updatePlanned, {screen: 'updates'}), char('x'), char('y'));
	assert.deepEqual(effects, [{do: 'start', label: 'Take it back', body: {kind: 'schedule', input: {cancel: true}}}]);
	assert.deepEqual(press(at(healthy, {screen: 'updates'}), char('x')).effects, []);
});

test('the keys of the Updates screen have room in 80 columns', () => {
	for (const view of [healthy, updatePlanned]) {
		const footer = shot(view).trimEnd().split('\n').at(-1) ?? '';
		for (const key of ['i install', 't plan', 'F1 help']) assert.ok(footer.includes(key), `${key}: ${footer}`);
	}
});
