import {accessReset, consoleModes, powerActions} from '../../shared/view/words.ts';
import {selectedRow} from '../selection.ts';
import {type Dialog, step} from '../state.ts';
import {type Act, dialog} from './act.ts';

/** Asked wherever a locked console is told to do something. */
export const unlockQuestion: Omit<Dialog, 'typed'> = {
	title: 'This console is locked',
	mark: 'attention',
	text: ['Type the console password. Ten minutes without a key lock the console again.'],
	ask: {
		is: 'secret',
		label: 'Password',
		use: password => ({do: 'unlock', label: 'Unlock', password}),
	},
};

/** A new console password is typed twice: it is not seen, and a slip would lock everybody out. */
function modeQuestion(chosen: (typeof consoleModes)[number]): Omit<Dialog, 'typed'> {
	const {mode, title, effect, phrase} = chosen;
	const common = {title: `${title}?`, mark: 'attention'} as const;
	if (mode === 'off')
		return {
			...common,
			text: [effect],
			ask: {is: 'phrase', phrase, effect: {do: 'console-lock', label: title, body: {mode}}},
		};
	const again = (first: string): Omit<Dialog, 'typed'> => ({
		...common,
		text: ['Once more, the same.'],
		ask: {
			is: 'secret',
			label: 'Again',
			use: second =>
				second === first
					? {do: 'console-lock', label: title, body: {mode, password: first}}
					: {...modeQuestion(chosen), text: ['The two were not the same. Type a new password.']},
		},
	});
	return {
		...common,
		text: [
			effect,
			'Type a new console password of at least 8 characters. Root can change it over SSH: sudo alga-appliance console',
		],
		ask: {is: 'secret', label: 'Password', use: again},
	};
}

/** This console and this machine: the lock, pictures, power. */
export const consoleActions = {
	askUnlock: ({ui}) => dialog(ui, unlockQuestion),
	lockNow: ({ui}) => step(ui, {do: 'lock'}),
	leaveConsole: ({ui, tty}) => (tty === 'pty' ? step(ui, {do: 'leave'}) : step(ui)),
	takePicture: ({ui, link}) =>
		ui.busy === undefined && link.state === 'live' ? step({...ui, busy: 'Picture'}, {do: 'picture'}) : step(ui),
	askPower: situation => {
		const {ui, view} = situation;
		const row = selectedRow(situation, 'power');
		const mode = consoleModes[row - powerActions.length - 1];
		if (mode !== undefined) return dialog(ui, modeQuestion(mode));
		const chosen = powerActions[row];
		if (chosen === undefined)
			return dialog(ui, {
				title: `${accessReset.title}?`,
				mark: 'attention',
				text: [accessReset.effect],
				ask: {is: 'phrase', phrase: accessReset.phrase, effect: {do: 'reset-access', label: accessReset.title}},
			});
		return dialog(ui, {
			title: `${chosen.title}: ${view?.identity.hostname ?? 'this machine'}?`,
			mark: 'attention',
			text: [chosen.effect],
			ask: {
				is: 'phrase',
				phrase: chosen.phrase,
				effect: {
					do: 'start',
					label: chosen.title,
					body: {kind: 'power', input: {action: chosen.action, phrase: chosen.phrase}},
				},
			},
		});
	},
} as const satisfies Record<string, Act>;
