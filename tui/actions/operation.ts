import {selectedBlocker} from '../selection.ts';
import {step} from '../state.ts';
import {type Act, act, dialog, start} from './act.ts';

/** What can be done about an operation, and what starts one in a word. */
export const operationActions = {
	fix: situation => {
		const blocker = selectedBlocker(situation);
		if (blocker?.fix === undefined) return step(situation.ui);
		const {fix} = blocker;
		return dialog(situation.ui, {
			title: fix.title,
			mark: 'attention',
			text: [`For: ${blocker.title}`, fix.effect],
			ask: {
				is: 'yes',
				effect: {do: 'start', label: fix.title, body: {kind: 'fix', input: {blocker: blocker.id, fix: fix.id}}},
			},
		});
	},
	retry: act('retry', 'Retry'),
	cancel: act('cancel', 'Cancel'),
	dismiss: act('dismiss', 'Put away'),
	giveSecret: ({ui, view}) => {
		const operation = view?.operation;
		const field = operation?.needs[0];
		if (!operation || field === undefined) return step(ui);
		return dialog(ui, {
			title: 'Password of the administrator',
			mark: 'attention',
			text: ['It is held in memory only and was lost with a restart. Type the one that was chosen, or a new one.'],
			ask: {
				is: 'secret',
				label: 'Password',
				use: typed => ({
					do: 'act',
					label: 'Password',
					id: operation.id,
					action: 'give-secret',
					secrets: {[field]: typed},
				}),
			},
		});
	},
	makeBundle: ({ui}) => start(ui, 'Support bundle', 'bundle', {}),
	cancelBundle: act('cancel', 'Cancel', view => view.bundling),
} as const satisfies Record<string, Act>;
