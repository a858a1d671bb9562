import type {OperationAction} from '../../shared/operations/operation.ts';
import type {OperationView, View} from '../../shared/view/view.ts';
import {draftValues, leaveField} from '../form.ts';
import {
	type Dialog,
	type Effect,
	type ScreenName,
	type Situation,
	type Step,
	shownScreen,
	step,
	type Ui,
} from '../state.ts';

/** What one action does; everything outside is an effect. */
export type Act = (situation: Situation) => Step;

/** Opens a screen; what was typed in the form is kept on the way. */
export const open =
	(screen: ScreenName): Act =>
	situation => {
		const {ui} = situation;
		const leaving = leave(situation);
		const back = [...ui.back.filter(name => name !== screen), ui.screen].slice(-12);
		const there: Ui = {...leaving.ui, screen, back, detail: 'closed', scroll: 0, message: undefined};
		return {ui: there, effects: leaving.effects};
	};

/** What has to be done before another screen is shown: keep the draft, stop following a log. */
export function leave({ui, view, ...situation}: Situation): Step {
	const shown = shownScreen({ui, view});
	if (shown === 'logs') return step(ui, {do: 'log-close'});
	if (shown !== 'setup') return step(ui);
	const {form} = ui;
	const left = leaveField(form, view);
	const effects: Effect[] =
		left.changed && situation.link.state === 'live' ? [{do: 'draft', values: draftValues(left.form)}] : [];
	return {ui: {...ui, form: left.form}, effects};
}

export const dialog = (ui: Ui, question: Omit<Dialog, 'typed'>): Step =>
	step({...ui, dialog: {...question, typed: ''}});

export const start = (
	ui: Ui,
	label: string,
	kind: 'preflight' | 'network' | 'bundle',
	input: Record<string, unknown>,
): Step => (ui.busy === undefined ? step({...ui, busy: label}, {do: 'start', label, body: {kind, input}}) : step(ui));

export const act =
	(
		action: Exclude<OperationAction, 'give-secret'>,
		label: string,
		on: (view: View) => OperationView | null = view => view.operation,
	): Act =>
	({ui, view}) => {
		const operation = view === undefined ? null : on(view);
		return operation && ui.busy === undefined
			? step({...ui, busy: label}, {do: 'act', label, id: operation.id, action, secrets: {}})
			: step(ui);
	};
