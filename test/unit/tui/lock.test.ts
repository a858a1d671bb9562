import assert from 'node:assert/strict';
import {test} from 'node:test';
import {lockedDown} from '../../../shared/view/lockdown.ts';
import type {View} from '../../../shared/view/view.ts';
import {frame} from '../../../tui/frame.ts';
import {activeKeys} from '../../../tui/keymap.ts';
import {watchPresence} from '../../../tui/presence.ts';
import {sceneOf} from '../../../tui/scene.ts';
import {screenNames} from '../../../tui/state.ts';
import {views} from '../../fixtures/views/views.ts';
import {at, ctrl, keyOf, press, typed} from './situation.ts';

const locked = (view: View, mode: 'on' | 'lockdown'): View => ({
	...view,
	access: {state: view.access.state, console: {mode, locked: true}},
});
const text = (situation: ReturnType<typeof at>) =>
	frame(sceneOf(situation, 'vt'))
		.rows.join('\n')
		.replace(/\x1b\[[\d;]*m/g, '');

test('a locked console lets people look at every screen, and asks for the password before it does anything', () => {
	const view = locked(views.healthy, 'on');
	for (const screen of screenNames) assert.doesNotMatch(text(at(view, {screen})), /This console is locked/, screen);
	const asked = press(at(view, {screen: 'bundle'}), keyOf('g'));
	assert.deepEqual(asked.effects, []);
	assert.match(text(at(view, asked.ui)), /This console is locked/);
	const given = press(at(view, asked.ui), ...typed('secret 1'), keyOf('enter'));
	assert.deepEqual(given.effects, [{do: 'unlock', label: 'Unlock', password: 'secret 1'}]);
	assert.doesNotMatch(text(at(view, press(at(view, asked.ui), ...typed('secret 1')).ui)), /secret 1/);
});

test('in lockdown nothing is shown but what the machine is, and no key does anything but unlock', () => {
	const view = lockedDown(locked(views.failed, 'lockdown'));
	const seen = text(at(view));
	assert.match(seen, /This console is locked/);
	assert.ok(seen.includes(view.identity.hostname));
	for (const blocker of views.failed.blockers) assert.ok(!seen.includes(blocker.title), seen);
	assert.deepEqual(
		activeKeys(at(view)).map(({action}) => action),
		['askUnlock', 'repaint'],
	);
	for (const key of ['f1', 'f2', 'f4', 'f10', 'p', 'r', 'f'])
		assert.equal(press(at(view), keyOf(key)).ui.screen, 'home', key);
	for (const key of [keyOf('enter'), ctrl('k')]) assert.ok(press(at(view), key).ui.dialog, 'asks for the password');
});

test('a new console password is typed twice; two that differ change nothing', () => {
	const power = at(views.healthy, {screen: 'power', selected: {power: 6}});
	const enter = keyOf('enter');
	const right = press(power, enter, ...typed('12345678'), enter, ...typed('12345678'), enter);
	assert.deepEqual(right.effects, [
		{do: 'console-lock', label: 'Ask for a password before actions', body: {mode: 'on', password: '12345678'}},
	]);
	const wrong = press(power, enter, ...typed('12345678'), enter, ...typed('12345679'), enter);
	assert.deepEqual(wrong.effects, []);
	assert.match(text({...power, ui: wrong.ui}), /not the same/);
});

test('keys keep an unlocked console open, told at most once a minute; ten minutes without one lock it', () => {
	let now = 0;
	const done: string[] = [];
	const presence = watchPresence(() => now, {
		isUnlocked: () => true,
		lock: () => done.push('lock'),
		stay: () => done.push('stay'),
	});
	for (now = 0; now < 150_000; now += 10_000) presence.key();
	assert.deepEqual(done, ['stay', 'stay']);
	for (; now < 740_000; now += 1000) presence.tick();
	assert.deepEqual(done, ['stay', 'stay']);
	now += 1000;
	presence.tick();
	presence.tick();
	assert.deepEqual(done, ['stay', 'stay', 'lock']);
});
