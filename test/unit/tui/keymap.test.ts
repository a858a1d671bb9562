import assert from 'node:assert/strict';
import {test} from 'node:test';
import {actions} from '../../../tui/actions.ts';
import {footer} from '../../../tui/frame.ts';
import {activeKeys, bindingOf, globalKeys, keyCaption, screenKeys} from '../../../tui/keymap.ts';
import {takePage} from '../../../tui/log-window.ts';
import {sceneOf} from '../../../tui/scene.ts';
import {screenNames} from '../../../tui/state.ts';
import {update} from '../../../tui/ui.ts';
import {views} from '../../fixtures/views/views.ts';
import {at, keyOf} from './situation.ts';

const all = [...globalKeys, ...Object.values(screenKeys).flat()];

test('every action can be reached by a key', () => {
	const inDialogs = new Set(['applyFilter', 'dropFilter']);
	const bound = new Set<string>(all.map(({action}) => action));
	assert.deepEqual(
		Object.keys(actions).filter(name => !bound.has(name) && !inDialogs.has(name)),
		[],
	);
});

test('every function key of every screen has a letter or a Ctrl key too', () => {
	for (const {keys} of all)
		if (keys.some(name => /^f\d/.test(name)))
			assert.ok(
				keys.some(name => !/^f\d/.test(name)),
				keys.join(),
			);
});

test('no key means two things on one screen at the same time', () => {
	for (const screen of screenNames)
		for (const view of Object.values(views))
			for (const detail of ['closed', 'open'] as const) {
				const active = activeKeys(at(view, {screen, detail}));
				const names = active.flatMap(({keys}) => keys);
				assert.deepEqual(
					names.filter((name, index) => names.indexOf(name) !== index),
					[],
					screen,
				);
			}
});

test('the footer shows keys that do something, and nothing else', () => {
	for (const [name, view] of Object.entries(views))
		for (const screen of screenNames) {
			const situation = at(view, {screen, log: logWithLines(), ...(screen === 'help' && {scroll: 3})});
			for (const binding of activeKeys(situation).filter(({footer: shown}) => shown === undefined)) {
				const [key = ''] = binding.keys;
				assert.equal(bindingOf(keyOf(key), situation)?.keys.includes(key), true, `${name} ${screen} ${key}`);
				const effective = binding.keys.some(one => {
					const next = update(situation, keyOf(one));
					return next.ui !== situation.ui || next.effects.length > 0;
				});
				assert.ok(effective, `${name} ${screen}: ${key} ${binding.label} does nothing`);
			}
		}
});

test('every key in the footer is in the tables, and the help is always there', () => {
	for (const view of Object.values(views))
		for (const screen of screenNames) {
			const scene = sceneOf(at(view, {screen}), 'vt');
			const text = footer(scene)
				.map(part => part.text)
				.join('');
			if (screen !== 'help') assert.match(text, /F1 help/, screen);
			const captions = activeKeys(scene).map(keyCaption);
			for (const part of footer(scene))
				if (part.tone === 'key') assert.ok(captions.includes(part.text), `${screen}: ${part.text}`);
		}
});

test('keys that would end, stop or quit a program do nothing', () => {
	for (const screen of screenNames)
		for (const letter of ['c', 'd', 'z', '\\', 'q', 's'] as const) {
			const situation = at(views.healthy, {screen});
			const next = update(situation, {name: 'ctrl', letter});
			assert.equal(next.ui, situation.ui, `${screen} ctrl-${letter}`);
			assert.deepEqual(next.effects, []);
		}
});

test('Escape at home does nothing', () => {
	const situation = at(views.healthy);
	assert.deepEqual(update(situation, {name: 'escape'}), {ui: situation.ui, effects: []});
});

test('while the engine is away no key is offered that needs it', () => {
	const lost = at(views.failed, {screen: 'status'}, {state: 'lost', since: 0, why: 'gone'});
	const offered = activeKeys(lost).map(({action}) => action);
	for (const action of ['fix', 'retry', 'makeBundle', 'checkNow'] as const)
		assert.ok(!offered.includes(action), action);
});

function logWithLines() {
	const situation = at(views.healthy);
	const lines = Array.from({length: 60}, (_, index) => ({severity: 'info' as const, text: `line ${index}`, cut: 0}));
	return takePage(situation.ui.log, 'open', {lines, older: '0', newer: '60', dropped: 0});
}

test('Ctrl-] leaves a console in a terminal emulator, even in the middle of a question, and never one that is all a machine shows', () => {
	const leave = keyOf('ctrl-]');
	for (const screen of screenNames) {
		const asking = update(at(views.firstBoot, {screen: 'power'}), keyOf('enter')).ui;
		for (const ui of [{screen}, asking]) {
			assert.deepEqual(update({...at(views.firstBoot, ui), tty: 'pty'}, leave).effects, [{do: 'leave'}]);
			for (const tty of ['vt', 'serial'] as const)
				assert.deepEqual(update({...at(views.firstBoot, ui), tty}, leave).effects, []);
		}
		const shown = (tty: 'pty' | 'vt') =>
			footer(sceneOf({...at(views.firstBoot, {screen}), tty}, 'vt'))
				.map(part => part.text)
				.join('');
		assert.match(shown('pty'), /Ctrl-\] leave/, screen);
		assert.doesNotMatch(shown('vt'), /leave/, screen);
	}
});
