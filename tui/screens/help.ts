import {screenTitle} from '../../shared/view/words.ts';
import {type Binding, globalKeys, keyCaption, screenKeys} from '../keymap.ts';
import {blank, type Line, line, span, type Tone, wrapText} from '../lines.ts';
import {heading, type Screen, type Seen, scrolled} from '../scene.ts';
import {screenNames, shownScreen} from '../state.ts';
import {textWidth} from '../terminal/width.ts';

/** Every key of every screen, made from the same tables that the keys are dispatched by. */
export const help: Screen = (scene, {width, height}) => {
	const {identity} = scene.view;
	// The keys of where one came from stand first; what they share with other lists stands once, below.
	const from = shownScreen({...scene, ui: {...scene.ui, screen: scene.ui.back.at(-1) ?? 'home'}});
	const others = screenNames.filter(name => name !== from && name !== 'help');
	const rows: Line[] = [
		...section(`Keys on this screen: ${screenTitle[from]}`, screenKeys[from], width),
		heading('Where things are'),
		...fact('This page', `${identity.statusUrl || 'no address yet'} in a browser shows the same as this screen`, width),
		...fact('Secure page', identity.secureUrl === '' ? 'not made yet' : identity.secureUrl, width),
		...(identity.secureUrl === '' ? [] : fact('Fingerprint', identity.fingerprint, width)),
		...fact('Log in', [identity.loginUrl, identity.login].filter(Boolean).join('   '), width),
		...fact('Logs', 'F4 here, or: journalctl -u alga-appliance', width),
		...fact('Command line', 'alga-appliance --help', width),
		...fact('Support', 'F7 makes a bundle; read the site id below to them on the phone', width),
		...fact('Site id', identity.siteId, width),
		blank,
		heading('Marks'),
		line('  ', ...marks(scene)),
		blank,
		...section('Keys on every screen', globalKeys.filter(shownHere(scene)), width),
		...section('Keys in every list', screenKeys.diagnostics.filter(isMove), width),
		...others.flatMap(name =>
			section(
				screenTitle[name],
				screenKeys[name].filter(binding => !isMove(binding)),
				width,
			),
		),
		...wrapText(
			`${scene.tty === 'pty' ? 'Ctrl-] leaves this console; the appliance goes on.' : 'There is no key that ends this screen.'} Escape goes one step back and never loses anything. While a field is typed in, letters belong to it; the F keys and Ctrl keys work all the same.`,
			width - 2,
		).map(row => line(row)),
	];
	return scrolled(scene, rows, height);
};

const moving: readonly string[] = [
	...['up', 'down', 'pageUp', 'pageDown', 'first', 'last'],
	...['scrollUp', 'scrollDown', 'scrollPageUp', 'scrollPageDown'],
];
const isMove = ({action}: Binding): boolean => moving.includes(action);

/** A key has one row, whatever it does at different times; of keys that one caption names, the first stands for all. */
function section(title: string, bindings: readonly Binding[], width: number): Line[] {
	const rows = new Map<string, string[]>();
	for (const binding of bindings) {
		if (bindings.some(({caption = ''}) => partners[caption] === binding.keys[0])) continue;
		const others = binding.caption === undefined ? binding.keys.slice(1) : [];
		const names = [keyCaption(binding), ...others.map(name => keyCaption({...binding, keys: [name]}))].join(', ');
		const labels = rows.get(names) ?? [];
		if (!labels.includes(binding.label)) rows.set(names, [...labels, binding.label]);
	}
	if (rows.size === 0) return [];
	return [heading(title), ...[...rows].flatMap(([names, labels]) => keyRow(names, labels.join(' / '), width)), blank];
}

/** The second key of a caption that names two. */
const partners: Readonly<Partial<Record<string, string>>> = {'Up/Dn': 'down', 'Left/Right': 'left', '[ ]': ']'};

/** The way out is one of terminal emulators only. */
const shownHere =
	({tty}: Seen) =>
	({action}: Binding) =>
		tty === 'pty' || action !== 'leaveConsole';

const fact = (label: string, text: string, width: number): Line[] => described(label, 'frame', text, width);
const keyRow = (names: string, label: string, width: number): Line[] => described(names, 'key', label, width);

function described(name: string, tone: Tone, text: string, width: number): Line[] {
	const wide = Math.max(16, textWidth(name) + 2);
	return wrapText(text, width - wide - 2).map((row, index) =>
		line('  ', span((index === 0 ? name : '').padEnd(wide), tone), row),
	);
}

const marks = ({glyphs: {state}}: Seen) => [
	span(`${state.good} good   `, 'good'),
	span(`${state.working} working   `, 'working'),
	span(`${state.waiting} waiting   `),
	span(`${state.attention} needs attention   `, 'attention'),
	span(`${state.failed} failed   `, 'failed'),
	span(`${state.unknown} unknown`),
];
