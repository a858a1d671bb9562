import type {StreamEvent} from '../api/routes.ts';
import type {View} from './view.ts';

/** How the connection to the engine stands; the last view stays on screen whatever it says. */
export type Link =
	| {readonly state: 'connecting'; readonly since: number}
	| {readonly state: 'live'; readonly lastAt: number}
	| {readonly state: 'lost'; readonly since: number; readonly why: string};

export type Shown = {
	readonly view: View | undefined;
	readonly revision: number;
	readonly link: Link;
	/** Milliseconds the engine's clock is ahead of this client's: ages are told by the engine's. */
	readonly ahead: number;
};

/** Two clocks that differ by less are the same for a person. */
const sameClockMs = 1500;

/** The client's copy of the view: console and page read it with a selector and subscribe. */
export type Store = {
	readonly get: () => Shown;
	readonly subscribe: (changed: () => void) => () => void;
	/** Applies a stream event; false when a revision is missing and the whole view must be asked for. `now` is `engineTime`. */
	readonly apply: (event: StreamEvent, now: number) => boolean;
	readonly link: (link: Link) => void;
};

export function makeStore(now: number): Store {
	let shown: Shown = {view: undefined, revision: 0, link: {state: 'connecting', since: now}, ahead: 0};
	const listeners = new Set<() => void>();
	const set = (next: Shown) => {
		shown = next;
		for (const listener of listeners) listener();
	};
	return {
		get: () => shown,
		subscribe: changed => {
			listeners.add(changed);
			return () => listeners.delete(changed);
		},
		apply: ({event, data}, at) => {
			if (event === 'time') {
				const off = data.now - at;
				if (Math.abs(off) > sameClockMs)
					set({...shown, ahead: shown.ahead + off, link: {state: 'live', lastAt: data.now}});
				return true;
			}
			if (event === 'view') {
				set({...shown, view: data.view, revision: data.revision, link: {state: 'live', lastAt: at}});
				return true;
			}
			if (shown.view === undefined || data.revision !== shown.revision + 1) return false;
			set({
				...shown,
				view: withSections(shown.view, data.sections),
				revision: data.revision,
				link: {state: 'live', lastAt: at},
			});
			return true;
		},
		link: link => set({...shown, link}),
	};
}

/** This client's clock, set right by the engine's: what ages are told by. */
export const engineTime = (store: Store, local: number): number => local + store.get().ahead;

/** Sections that are not there are not undefined ones: the wire never carries those. */
function withSections(view: View, sections: {readonly [Name in keyof View]?: View[Name] | undefined}): View {
	const present: Partial<View> = Object.fromEntries(
		Object.entries(sections).filter(([, section]) => section !== undefined),
	);
	return {...view, ...present};
}
