import {
	acceptPhrase,
	acceptQuestion,
	installQuestion,
	nextStep,
	planQuestion,
	unplanQuestion,
} from '../../shared/view/update.ts';
import type {View} from '../../shared/view/view.ts';
import {rollbackPhrase} from '../../shared/view/words.ts';
import {type Dialog, type Effect, step} from '../state.ts';
import {type Act, dialog} from './act.ts';

/** What does not work is spelled out and accepted by a typed word; nothing else of that kind is accepted with it. */
const accepting = (version: string, troubles: View['updates']['troubles'], effect: Effect): Omit<Dialog, 'typed'> => ({
	...acceptQuestion(version, troubles),
	mark: 'attention',
	ask: {is: 'phrase', phrase: acceptPhrase, effect},
});

/** Updates: now, at a chosen time, taken back, undone. */
export const updateActions = {
	askUpdate: ({ui, view}) => {
		const {available, troubles = []} = view?.updates ?? {};
		const wanted = available && nextStep(available);
		if (available === undefined || wanted === undefined) return step(ui);
		const effect: Effect = {
			do: 'start',
			label: 'Update',
			body: {kind: 'update', input: {...wanted, accept: troubles.map(({id}) => id)}},
		};
		return troubles.length > 0
			? dialog(ui, accepting(wanted.version, troubles, effect))
			: dialog(ui, {...installQuestion(available), mark: 'working', ask: {is: 'yes', effect}});
	},
	askPlan: ({ui, view}) => {
		const {available, troubles = []} = view?.updates ?? {};
		const wanted = available && nextStep(available);
		if (available === undefined || wanted === undefined) return step(ui);
		const then = (at: number) => {
			const effect: Effect = {
				do: 'start',
				label: 'Plan the update',
				body: {kind: 'schedule', input: {at, ...wanted, accept: troubles.map(({id}) => id)}},
			};
			return troubles.length > 0 ? accepting(wanted.version, troubles, effect) : effect;
		};
		return dialog(ui, {...planQuestion(available), mark: 'working', ask: {is: 'time', then}});
	},
	askUnplan: ({ui, view}) => {
		const planned = view?.updates.planned;
		if (planned === undefined) return step(ui);
		return dialog(ui, {
			...unplanQuestion(planned),
			mark: 'attention',
			ask: {
				is: 'yes',
				effect: {do: 'start', label: 'Take it back', body: {kind: 'schedule', input: {cancel: true}}},
			},
		});
	},
	askRollback: ({ui, view}) => {
		const previous = view?.updates.previous;
		if (previous === undefined) return step(ui);
		return dialog(ui, {
			title: `Return to release ${previous.version}?`,
			mark: 'attention',
			text: ['The previous release is put back and its workloads start again. People cannot log in meanwhile.'],
			ask: {
				is: 'phrase',
				phrase: rollbackPhrase,
				effect: {
					do: 'start',
					label: 'Rollback',
					body: {kind: 'rollback', input: {version: previous.version, phrase: rollbackPhrase}},
				},
			},
		});
	},
} as const satisfies Record<string, Act>;
