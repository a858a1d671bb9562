import type {Door} from '../../shared/api/routes.ts';
import {lockedDown} from '../../shared/view/lockdown.ts';
import type {View} from '../../shared/view/view.ts';
import type {ConsoleLock} from './console-lock.ts';
import type {Sight, Viewer} from './publisher.ts';

/**
 * What one caller is shown. The setup token takes the machine over: the process that faces the network never has it, nor
 * has a console that was not unlocked.
 */
export function viewerAt(door: Door, session: string | undefined, lock: ConsoleLock): Viewer {
	const sight = (): Sight => {
		if (door === 'gateway') return 'page';
		if (door === 'root' || lock.isKnown(session)) return 'everything';
		return lock.mode() === 'lockdown' ? 'lockdown' : 'no-token';
	};
	return {sight, see: (view, what) => seen(view, what, lock)};
}

function seen(view: View, sight: Sight, lock: ConsoleLock): View {
	const {state, setupToken} = view.access;
	const mode = lock.mode();
	switch (sight) {
		case 'page':
			return {...view, access: {state}};
		case 'everything':
			return {...view, access: {state, ...(setupToken !== undefined && {setupToken}), console: {mode, locked: false}}};
		case 'no-token':
			return {...view, access: {state, console: {mode, locked: true}}};
		case 'lockdown':
			return lockedDown({...view, access: {state, console: {mode, locked: true}}});
	}
}
