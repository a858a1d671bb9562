import {screenTitle} from '../../shared/view/words.ts';
import {type Binding, globalKeys, keyCaption, screenKeys} from '../keymap.ts';
import {blank, cells, type Line, line, span, wrapText} from '../lines.ts';
import {heading, type Screen, type Seen} from '../scene.ts';
import {screenNames} from '../state.ts';

/** Every key of every screen, made from the same tables that the keys are dispatched by. */
export const help: Screen = (scene, {width, height}) => {
	const {identity} = scene.view;
	const rows: Line[] = [
		heading('Where things are'),
		fact('This page', `${identity.statusUrl || 'no address yet'} in a browser shows the same as this screen`, width),
		fact(
			'Secure page',
			identity.secureUrl === '' ? 'not made yet' : `${identity.secureUrl}   ${identity.fingerprint}`,
			width,
		),
		fact('Log in', `${identity.loginUrl || 'not known yet'}   ${identity.login}`, width),
		fact('Logs', 'F4 here, or: journalctl -u alga-appliance', width),
		fact('Command line', 'alga-appliance --help', width),
		fact('Support', 'F7 makes a bundle; read the site id below to them on the phone', width),
		fact('Site id', identity.siteId, width),
		blank,
		heading('Marks'),
		line('  ', ...marks(scene)),
		blank,
		heading('Keys on every screen'),
		...globalKeys.filter(shownHere(scene)).map(binding => keyRow(binding, width)),
		...screenNames.flatMap(name => {
			const own = screenKeys[name];
			return own.length === 0 ? [] : [blank, heading(screenTitle[name]), ...own.map(binding => keyRow(binding, width))];
		}),
		blank,
		...wrapText(
			`${scene.tty === 'pty' ? 'Ctrl-] leaves this console; the appliance goes on.' : 'There is no key that ends this screen.'} Escape goes one step back and never loses anything. While a field is typed in, letters belong to it; the F keys and Ctrl keys work all the same.`,
			width - 2,
		).map(row => line(row)),
	];
	const start = Math.min(scene.ui.scroll, Math.max(0, rows.length - height));
	return {
		lines: rows.slice(start, start + height),
		overflow: Math.max(0, rows.length - height),
		note: `${start + 1}-${Math.min(rows.length, start + height)} of ${rows.length}`,
	};
};

/** The way out is one of terminal emulators only. */
const shownHere =
	({tty}: Seen) =>
	({action}: Binding) =>
		tty === 'pty' || action !== 'leaveConsole';

const fact = (label: string, text: string, width: number): Line =>
	cells(
		[
			[line('  ', span(label, 'frame')), 16],
			[text, Math.max(4, width - 18)],
		],
		'~',
	);

const marks = ({glyphs: {state}}: Seen) => [
	span(`${state.good} good   `, 'good'),
	span(`${state.working} working   `, 'working'),
	span(`${state.waiting} waiting   `),
	span(`${state.attention} needs attention   `, 'attention'),
	span(`${state.failed} failed   `, 'failed'),
	span(`${state.unknown} unknown`),
];

function keyRow(binding: Binding, width: number): Line {
	const others = binding.caption === undefined ? binding.keys.slice(1) : [];
	const names = [keyCaption(binding), ...others.map(name => keyCaption({...binding, keys: [name]}))].join(', ');
	return cells(
		[
			[line('  ', span(names, 'key')), 18],
			[binding.label, Math.max(4, width - 20)],
		],
		'~',
	);
}
