import type {CheckView, OperationView} from '../shared/view/view.ts';
import {consoleModes, powerActions} from '../shared/view/words.ts';
import {type ScreenName, type Situation, shownScreen} from './state.ts';

/** How many rows the screen's list has; 0 where there is no list. */
export function listLength({view}: Pick<Situation, 'view'>, screen: ScreenName): number {
	if (view === undefined) return 0;
	switch (screen) {
		case 'status':
		case 'diagnostics':
			return view.blockers.length;
		case 'preflight':
			return view.checks.length;
		case 'progress':
			return view.operation?.steps.length ?? 0;
		case 'components':
			return view.components.length;
		case 'workloads':
			return view.workloads.pods.length;
		case 'events':
			return view.workloads.events.length;
		case 'flux':
			return view.workloads.flux.length;
		case 'power':
			// The web password stands between.
			return powerActions.length + 1 + consoleModes.length;
		default:
			return 0;
	}
}

/** The row a key acts on: the chosen one, or the one that deserves a look. Always inside the list. */
export function selectedRow(situation: Pick<Situation, 'ui' | 'view'>, screen: ScreenName): number {
	const {ui, view} = situation;
	const chosen = ui.selected[screen] ?? restingRow(view, screen);
	return Math.max(0, Math.min(chosen, listLength(situation, screen) - 1));
}

function restingRow(view: Situation['view'], screen: ScreenName): number {
	if (screen === 'preflight') return firstBad(view?.checks ?? []);
	return screen === 'progress' && view?.operation ? currentStep(view.operation) : 0;
}

function firstBad(checks: readonly CheckView[]): number {
	const fails = checks.findIndex(({result}) => result === 'fails');
	return Math.max(0, fails < 0 ? checks.findIndex(({result}) => result === 'warns') : fails);
}

/** Index of the step the operation is at; the last one when it has ended well. */
export function currentStep({steps}: OperationView): number {
	const at = steps.findIndex(({state}) => state !== 'done');
	return at < 0 ? Math.max(0, steps.length - 1) : at;
}

/** The blocker a key would act on: the chosen one where there is a list, else the top one. */
export function selectedBlocker(situation: Situation) {
	const shown = shownScreen(situation);
	const row = shown === 'diagnostics' || shown === 'status' ? selectedRow(situation, shown) : 0;
	return situation.view?.blockers[row];
}
