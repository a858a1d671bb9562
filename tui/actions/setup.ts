import {setupQuestion} from '../../shared/view/words.ts';
import {editField, formValues, goToFirstOpen, moveField, movePage, plainValues} from '../form.ts';
import {selectedRow} from '../selection.ts';
import {type Situation, step, type Ui} from '../state.ts';
import {type Act, dialog, leave, start} from './act.ts';

/** A move within the form: the field is checked and kept, then the focus goes on. */
const moving =
	(move: (form: Ui['form'], view: Situation['view']) => Ui['form']): Act =>
	situation => {
		const left = leave(situation);
		return {ui: {...left.ui, form: move(left.ui.form, situation.view)}, effects: left.effects};
	};

const question = (view: Situation['view']) => {
	const {title, text} = setupQuestion(view?.setup.state);
	return {title, text};
};

/** The setup form and its checks. */
export const setupActions = {
	nextField: moving((form, view) => moveField(form, view, 1)),
	previousField: moving((form, view) => moveField(form, view, -1)),
	nextPage: moving(form => movePage(form, 1)),
	previousPage: moving(form => movePage(form, -1)),
	chooseNext: ({ui, view}) => step({...ui, form: editField(ui.form, view, {name: 'right'}) ?? ui.form}),
	choosePrevious: ({ui, view}) => step({...ui, form: editField(ui.form, view, {name: 'left'}) ?? ui.form}),
	clearField: ({ui, view}) => step({...ui, form: editField(ui.form, view, {name: 'ctrl', letter: 'u'}) ?? ui.form}),
	showAdvanced: ({ui}) => step({...ui, form: {...ui.form, advanced: 'shown'}}),
	hideAdvanced: moving(form => ({...form, advanced: 'hidden', field: 0})),
	revealSecret: ({ui}) =>
		step({...ui, form: {...ui.form, secret: ui.form.secret === 'masked' ? 'readable' : 'masked'}}),
	firstOpen: ({ui, view}) => step({...ui, form: goToFirstOpen(ui.form, view)}),
	askSetup: ({ui, view}) =>
		dialog(ui, {
			...question(view),
			mark: 'working',
			ask: {
				is: 'yes',
				effect: {
					do: 'start',
					label: 'Setup',
					body: {kind: 'setup', input: {values: formValues(ui.form, view), accept: ui.form.accept}},
				},
			},
		}),
	checkNow: situation => {
		const left = leave(situation);
		const values = plainValues(left.ui.form, situation.view);
		const started = start(left.ui, 'Checks', 'preflight', {values});
		if (started.effects.length === 0) return left;
		return {
			ui: {...started.ui, screen: 'preflight', back: [...left.ui.back, left.ui.screen].slice(-12), detail: 'closed'},
			effects: [...left.effects, ...started.effects],
		};
	},
	acceptWarning: situation => {
		const {ui, view} = situation;
		const check = view?.checks[selectedRow(situation, 'preflight')];
		if (check === undefined) return step(ui);
		return step({...ui, form: {...ui.form, accept: [...ui.form.accept, check.id]}});
	},
} as const satisfies Record<string, Act>;
