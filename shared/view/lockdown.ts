import {noSettings} from '../network/change.ts';
import type {View} from './view.ts';

/** All that a console in lockdown shows before the password: what this is, where it is, how it does in one word. */
export function lockedDown(view: View): View {
	const {identity, rollup, access} = view;
	return {
		identity,
		access: {state: access.state, ...(access.console && {console: access.console})},
		rollup: {...rollup, message: '', nextAction: ''},
		tiers: [],
		components: [],
		blockers: [],
		machine: [],
		checks: [],
		operation: null,
		bundling: null,
		bundles: [],
		history: [],
		setup: {
			state: view.setup.state === 'waiting' ? 'stopped' : view.setup.state,
			draft: {},
			problems: {},
			origins: {},
			revision: 0,
		},
		updates: {channel: '', pin: '', support: '', troubles: [], history: []},
		workloads: {pods: [], events: [], flux: [], cut: ''},
		network: {interfaces: [], resolvers: [], routes: [], settings: noSettings},
		activity: [],
		logs: [],
	};
}
