import type {View} from '../shared/view/view.ts';
import {unlockQuestion} from './actions/console.ts';
import {actions} from './actions.ts';
import {updateDialog} from './dialog.ts';
import {editField, editText, settleForm} from './form.ts';
import {bindingOf, whyNot} from './keymap.ts';
import {takeNew, takePage} from './log-window.ts';
import {closedNetworkForm, editSetting} from './network-form.ts';
import {
	type Effect,
	lockOf,
	type Message,
	type Outcome,
	type Situation,
	type Step,
	shownScreen,
	step,
	type Ui,
} from './state.ts';
import type {Key} from './terminal/keys.ts';

/** One key press. Pure: what is to be done outside is in `effects`. */
export function update(situation: Situation, key: Key): Step {
	const next = pressed(situation, key);
	if (lockOf(situation) === 'open' || !next.effects.some(changesSomething)) return next;
	// The engine would refuse it: the password is asked for first, and what was typed so far stays.
	return step({...situation.ui, form: next.ui.form, dialog: {...unlockQuestion, typed: ''}});
}

const changesSomething = ({do: what}: Effect): boolean =>
	what === 'start' ||
	what === 'act' ||
	what === 'draft' ||
	what === 'reset-access' ||
	what === 'console-lock' ||
	what === 'picture';

function pressed(before: Situation, key: Key): Step {
	if (key.name === 'cursor-report') return step(before.ui);
	const isAnswered = before.ui.message?.lasts === 'until-a-key';
	const situation: Situation = isAnswered ? {...before, ui: {...before.ui, message: undefined}} : before;
	const {ui, view} = situation;
	// These work wherever one is: in a question, a field, a filter.
	if (key.name === 'f3' || (key.name === 'ctrl' && key.letter === 'l')) return actions.repaint(situation);
	if (key.name === 'ctrl' && key.letter === ']') return actions.leaveConsole(situation);
	if (key.name === 'ctrl' && key.letter === 'p') return actions.takePicture(situation);
	if (ui.dialog !== undefined) return updateDialog(ui, ui.dialog, key, situation.now);
	if (lockOf(situation) === 'shut') {
		const way = bindingOf(key, situation);
		if (key.name === 'enter') return actions.askUnlock(situation);
		return way === undefined ? step(ui) : actions[way.action](situation);
	}
	const shown = shownScreen(situation);
	if (shown === 'logs' && ui.log.typing !== undefined) return typeFilter(situation, ui.log.typing, key);
	if (shown === 'setup') {
		const form = editField(ui.form, view, key);
		if (form !== undefined) return step({...ui, form});
	}
	if (shown === 'network' && ui.network.state === 'open') {
		const network = editSetting(ui.network, view, key);
		if (network !== undefined) return step({...ui, network});
	}
	const binding = bindingOf(key, situation);
	if (binding !== undefined) return actions[binding.action](situation);
	const why = whyNot(key, situation);
	return step(why === undefined ? ui : {...ui, message: {text: why, mark: 'attention', lasts: 'until-a-key'}});
}

function typeFilter(situation: Situation, typed: string, key: Key): Step {
	const {ui} = situation;
	if (key.name === 'enter') return actions.applyFilter(situation);
	if (key.name === 'escape') return actions.dropFilter(situation);
	const edited = editText([...typed], undefined, key);
	return step(edited === undefined ? ui : {...ui, log: {...ui.log, typing: edited.characters.slice(0, 200).join('')}});
}

/** What came of an effect. */
export function settle(ui: Ui, outcome: Outcome): Ui {
	switch (outcome.of) {
		case 'call': {
			const done: Ui = {...ui, busy: undefined};
			if (outcome.problem !== undefined)
				return {...done, message: {text: `${outcome.problem.what} ${outcome.problem.next}`, mark: 'failed'}};
			const message: Message = isAtOnce(outcome.kind)
				? {text: `${outcome.label}: done`, mark: 'good'}
				: {text: `${outcome.label}: begun`, mark: 'good', lasts: 'until-it-runs'};
			// What is in use needs no form any more; what was refused keeps every letter.
			if (outcome.kind === 'network') return {...done, message, network: closedNetworkForm};
			// Home follows what was begun; from there one sees it happen.
			const follows = outcome.kind === 'setup' || outcome.kind === 'update' || outcome.kind === 'rollback';
			return follows ? {...done, message, screen: 'home', back: [], detail: 'closed'} : {...done, message};
		}
		case 'told':
			return {...ui, busy: undefined, message: {text: outcome.text, mark: 'good'}};
		case 'draft':
			return outcome.problem === undefined
				? ui
				: {...ui, message: {text: `Not kept yet: ${outcome.problem.what}`, mark: 'attention'}};
		case 'log':
			return outcome.ticket === ui.log.ticket
				? {...ui, log: takePage(ui.log, outcome.place, outcome.page, outcome.from)}
				: ui;
		case 'log-lines':
			return outcome.ticket === ui.log.ticket ? {...ui, log: takeNew(ui.log, outcome.page)} : ui;
		case 'log-problem':
			return outcome.ticket === ui.log.ticket
				? {...ui, log: {...ui.log, loading: 'nothing', problem: outcome.problem}}
				: ui;
	}
}

/** What has no operation of its own to be watched. */
const isAtOnce = (kind: string): boolean => ['reset-access', 'unlock', 'console-lock', 'keep', 'revert'].includes(kind);

/** A new view has come: selections stay inside their lists, answers the engine has kept are let go. */
export function reconcile(ui: Ui, view: View): Ui {
	const form = settleForm(ui.form, view);
	const message = lasting(ui.message, view);
	return form === ui.form && message === ui.message ? ui : {...ui, form, message};
}

/** That something was begun is no news any more once it has ended. */
function lasting(message: Message | undefined, {operation, bundling}: View): Message | undefined {
	const runs = operation?.state === 'running' || bundling?.state === 'running';
	if (message?.lasts === 'until-it-runs' && runs) return {...message, lasts: 'while-it-runs'};
	return message?.lasts === 'while-it-runs' && !runs ? undefined : message;
}
