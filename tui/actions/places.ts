import {movePage, reviewPage} from '../form.ts';
import {listLength, selectedRow} from '../selection.ts';
import {bodyRows, type ScreenName, shownScreen, step} from '../state.ts';
import {type Act, leave, open} from './act.ts';

const scrolling =
	(by: (height: number) => number): Act =>
	({ui, rows, overflow}) =>
		step({...ui, scroll: Math.max(0, Math.min(overflow, ui.scroll + by(bodyRows(rows))))});

/** Moves the selection, or the opened card. */
const choosing =
	(to: (at: number, count: number, height: number) => number): Act =>
	situation => {
		const {ui, rows, overflow} = situation;
		const screen = shownScreen(situation);
		const height = bodyRows(rows);
		if (ui.detail === 'open') return step({...ui, scroll: Math.max(0, to(ui.scroll, overflow + 1, height))});
		const count = listLength(situation, screen);
		const at = Math.max(0, Math.min(count - 1, to(selectedRow(situation, screen), count, height)));
		return step({...ui, selected: {...ui.selected, [screen]: at}});
	};

const tabOrder: readonly ScreenName[] = ['components', 'workloads', 'events', 'flux'];
const turning =
	(by: 1 | -1): Act =>
	situation => {
		const at = tabOrder.indexOf(shownScreen(situation));
		const screen = tabOrder[(at + by + tabOrder.length) % tabOrder.length] ?? 'components';
		return step({...situation.ui, screen, detail: 'closed', scroll: 0});
	};

/** Moving between screens and within them. */
export const placeActions = {
	back: situation => {
		const {ui} = situation;
		if (ui.detail === 'open') return step({...ui, detail: 'closed', scroll: 0});
		// What was typed is still there when the form is opened again.
		if (shownScreen(situation) === 'network' && ui.network.state === 'open')
			return step({...ui, network: {...ui.network, state: 'closed'}});
		const left = leave(situation);
		// In the form Escape goes a page back first: a step, never the loss of answers.
		if (shownScreen(situation) === 'setup' && ui.form.page > 0)
			return {ui: {...left.ui, form: movePage(left.ui.form, -1)}, effects: left.effects};
		const back = ui.back.slice(0, -1);
		return {ui: {...left.ui, screen: ui.back.at(-1) ?? 'home', back, scroll: 0}, effects: left.effects};
	},
	toHome: situation => {
		const left = leave(situation);
		return {ui: {...left.ui, screen: 'home', back: [], detail: 'closed', scroll: 0}, effects: left.effects};
	},
	toHelp: open('help'),
	toSetup: open('setup'),
	toDiagnostics: open('diagnostics'),
	toUpdates: open('updates'),
	toBundle: open('bundle'),
	toNetwork: open('network'),
	toPower: open('power'),
	toComponents: open('components'),
	toProgress: open('progress'),
	toStatus: open('status'),
	toReview: situation => {
		const {ui, effects} = open('setup')(situation);
		return {ui: {...ui, form: {...ui.form, page: reviewPage, field: 0}}, effects};
	},
	nextTab: turning(1),
	previousTab: turning(-1),
	openBlocker: situation => {
		const {ui, effects} = open('diagnostics')(situation);
		const at = selectedRow(situation, 'status');
		return {ui: {...ui, selected: {...ui.selected, diagnostics: at}, detail: 'open'}, effects};
	},
	details: ({ui}) => step({...ui, detail: 'open', scroll: 0}),
	up: choosing(at => at - 1),
	down: choosing((at, count) => Math.min(at + 1, count - 1)),
	pageUp: choosing((at, _, height) => at - Math.max(1, height - 2)),
	pageDown: choosing((at, count, height) => Math.min(at + Math.max(1, height - 2), count - 1)),
	first: choosing(() => 0),
	last: choosing((_, count) => count - 1),
	scrollUp: scrolling(() => -1),
	scrollDown: scrolling(() => 1),
	scrollPageUp: scrolling(height => -Math.max(1, height - 1)),
	scrollPageDown: scrolling(height => Math.max(1, height - 1)),
	repaint: ({ui}) => step(ui, {do: 'repaint'}),
} as const satisfies Record<string, Act>;
