import {consoleActions} from './actions/console.ts';
import {logActions} from './actions/logs.ts';
import {networkActions} from './actions/network.ts';
import {operationActions} from './actions/operation.ts';
import {placeActions} from './actions/places.ts';
import {setupActions} from './actions/setup.ts';
import {updateActions} from './actions/updates.ts';

/** Every action that a key may do, by name. */
export const actions = {
	...placeActions,
	...operationActions,
	...setupActions,
	...logActions,
	...updateActions,
	...networkActions,
	...consoleActions,
} as const;

export type ActionName = keyof typeof actions;
