import type {Link} from '../../../shared/view/store.ts';
import type {View} from '../../../shared/view/view.ts';
import {firstUi, type Situation, type Step, type Ui} from '../../../tui/state.ts';
import type {Key} from '../../../tui/terminal/keys.ts';
import {update} from '../../../tui/ui.ts';
import {now} from '../../fixtures/views/base.ts';

/** A console at 80x24 that looks at a view. */
export function at(view: View | undefined, ui: Partial<Ui> = {}, link: Link = {state: 'live', lastAt: now}): Situation {
	return {ui: {...firstUi(), ...ui}, view, link, now, columns: 80, rows: 24, overflow: 100, tty: 'vt'};
}

/** Presses keys one after the other; effects of all of them. */
export function press(situation: Situation, ...keys: readonly Key[]): Step {
	let {ui} = situation;
	const effects: Step['effects'][number][] = [];
	for (const key of keys) {
		const next = update({...situation, ui}, key);
		ui = next.ui;
		effects.push(...next.effects);
	}
	return {ui, effects};
}

export const char = (text: string): Key => ({name: 'char', char: text});
export const typed = (text: string): Key[] => [...text].map(char);
export const ctrl = (letter: string): Key => ({name: 'ctrl', letter});

/** The key a table's name stands for. */
export function keyOf(name: string): Key {
	if (name === 'space') return char(' ');
	if (name.startsWith('ctrl-')) return ctrl(name.slice(5));
	return [...name].length === 1 ? char(name) : namedKey(name);
}

function namedKey(name: string): Key {
	const names = [
		'enter',
		'escape',
		'tab',
		'backtab',
		'up',
		'down',
		'left',
		'right',
		'home',
		'end',
		'pageup',
		'pagedown',
		'f1',
		'f2',
		'f3',
		'f4',
		'f5',
		'f6',
		'f7',
		'f8',
		'f9',
		'f10',
		'f11',
		'f12',
	] as const;
	const found = names.find(one => one === name);
	if (found === undefined) throw new Error(`no such key: ${name}`);
	return {name: found};
}
