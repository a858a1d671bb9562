import {changeQuestion} from '../../shared/network/change.ts';
import {editSetting, firstWrongSetting, moveSetting, networkValues, presentValues} from '../network-form.ts';
import {step} from '../state.ts';
import {type Act, act, dialog, start} from './act.ts';

/** The network form, and the answer a change waits for. */
export const networkActions = {
	keepNetwork: act('keep', 'Keep'),
	revertNetwork: act('revert', 'Go back'),
	editNetwork: ({ui}) => step({...ui, scroll: 0, network: {...ui.network, state: 'open', field: 0, cursor: undefined}}),
	nextSetting: ({ui, view}) => step({...ui, network: moveSetting(ui.network, view, 1)}),
	previousSetting: ({ui, view}) => step({...ui, network: moveSetting(ui.network, view, -1)}),
	chooseSetting: ({ui, view}) => step({...ui, network: editSetting(ui.network, view, {name: 'right'}) ?? ui.network}),
	clearSetting: ({ui, view}) =>
		step({...ui, network: editSetting(ui.network, view, {name: 'ctrl', letter: 'u'}) ?? ui.network}),
	tryNetwork: ({ui, view}) => {
		const wrong = firstWrongSetting(ui.network, view);
		if (wrong !== undefined) return step({...ui, network: wrong});
		const started = start(ui, 'Try', 'network', {values: networkValues(ui.network, view), only: 'test'});
		return started;
	},
	askNetwork: ({ui, view}) => {
		const wrong = firstWrongSetting(ui.network, view);
		if (wrong !== undefined) return step({...ui, network: wrong});
		const values = networkValues(ui.network, view);
		const {title, text} = changeQuestion(presentValues(view), values, view?.updates.current !== undefined);
		return dialog(ui, {
			title,
			mark: 'attention',
			text,
			ask: {is: 'yes', effect: {do: 'start', label: 'Network change', body: {kind: 'network', input: {values}}}},
		});
	},
} as const satisfies Record<string, Act>;
