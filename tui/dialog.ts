import {timeOf} from '../shared/view/update.ts';
import {editText} from './form.ts';
import {type Dialog, type Effect, type Step, step, type Ui} from './state.ts';
import type {Key} from './terminal/keys.ts';

/** What would happen if the dialog were answered now, or be asked next; undefined while the answer is not complete. */
function answerOf({ask, typed}: Dialog, now: number): Effect | Omit<Dialog, 'typed'> | undefined {
	switch (ask.is) {
		case 'yes':
			return ask.effect;
		case 'phrase':
			return typed.trim().toLowerCase() === ask.phrase ? ask.effect : undefined;
		case 'time': {
			const at = timeOf(typed, now);
			return at === undefined ? undefined : ask.then(at);
		}
		case 'secret':
			return typed === '' ? undefined : ask.use(typed);
	}
}

/** A key while a dialog stands. Escape leaves it and nothing happens; Enter alone never says yes. */
export function updateDialog(ui: Ui, dialog: Dialog, key: Key, now: number): Step {
	if (key.name === 'escape') return step({...ui, dialog: undefined});
	if (dialog.ask.is === 'yes') {
		if (key.name === 'enter')
			return step({...ui, dialog: {...dialog, wrong: 'Enter alone does nothing here: y goes on.'}});
		if (key.name !== 'char') return step(ui);
		if (key.char === 'n' || key.char === 'N') return step({...ui, dialog: undefined});
		return key.char === 'y' || key.char === 'Y' ? confirmed(ui, dialog, now) : step(ui);
	}
	if (key.name === 'enter') return confirmed(ui, dialog, now);
	const edited = editText([...dialog.typed], undefined, key);
	return step(
		edited === undefined ? ui : {...ui, dialog: {...asked(dialog), typed: edited.characters.slice(0, 200).join('')}},
	);
}

/** Without the word about an answer that has been changed since. */
const asked = ({wrong: _, ...dialog}: Dialog): Dialog => dialog;

/** What is expected instead of what was typed. */
function wrongWords({ask, typed}: Dialog): string {
	switch (ask.is) {
		case 'yes':
			return '';
		case 'phrase':
			return typed.trim() === ''
				? `Type the word ${ask.phrase} first, then press Enter.`
				: `"${typed}" is not the word: type ${ask.phrase}, then press Enter.`;
		case 'time':
			return typed.trim() === ''
				? 'Type a time first, such as 02:00 or 2026-11-22 02:00.'
				: `"${typed}" is not a time in the future. Write 02:00, or 2026-11-22 02:00.`;
		case 'secret':
			return `${ask.label}: nothing is typed yet.`;
	}
}

function confirmed(ui: Ui, dialog: Dialog, now: number): Step {
	const answer = answerOf(dialog, now);
	if (answer === undefined) return step({...ui, dialog: {...dialog, wrong: wrongWords(dialog)}});
	if (ui.busy !== undefined) return step({...ui, dialog: {...dialog, wrong: `Not yet: ${ui.busy} is under way.`}});
	if ('ask' in answer) return step({...ui, dialog: {...answer, typed: ''}});
	const label = 'label' in answer ? answer.label : undefined;
	return step({...ui, dialog: undefined, busy: label}, answer);
}

/** The keys that work while it stands, as the footer shows them. */
export function dialogKeys(dialog: Dialog, now: number): readonly (readonly [string, string])[] {
	const leave = ['Esc', 'leave it'] as const;
	if (dialog.ask.is === 'yes') return [['y', 'yes'], ['n', 'no'], leave];
	const answer = answerOf(dialog, now);
	const goesOn = answer !== undefined && 'ask' in answer;
	return [['Enter', dialog.ask.is === 'secret' ? 'hand over' : goesOn ? 'go on' : 'do it'], leave];
}
