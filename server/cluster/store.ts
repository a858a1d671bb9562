import type {Meta} from '../../shared/facts/cluster.ts';
import {equal} from './equal.ts';
import type {WatchedKind} from './kinds.ts';

/** The objects of one kind. An object that came again the same keeps its identity, and so does the whole list. */
export type Store<T extends Meta> = {
	readonly items: () => readonly T[];
	/** These answer whether anything changed. */
	readonly put: (item: T) => boolean;
	readonly drop: (item: T) => boolean;
	readonly clear: () => boolean;
	/** Takes a whole new content, page by page; `finish` drops what no page had. */
	readonly replace: () => {readonly put: (item: T) => void; readonly finish: () => boolean};
};

const keyOf = (item: Meta): string => `${item.namespace}/${item.name}`;

export function makeStore<T extends Meta>(newest: WatchedKind<T>['newest']): Store<T> {
	let held = new Map<string, T>();
	let items: readonly T[] = [];
	let dirty = false;

	const kept = (before: T | undefined, item: T): T => (before !== undefined && equal(before, item) ? before : item);
	/** Oldest go first, a tenth at a time, so that a flood is not sorted at every event. */
	const bound = (map: Map<string, T>) => {
		if (newest === undefined || map.size <= newest.limit * 1.1) return;
		const byAge = [...map.values()].sort((a, b) => newest.at(a) - newest.at(b));
		for (const item of byAge.slice(0, map.size - newest.limit)) map.delete(keyOf(item));
	};

	return {
		items: () => {
			if (dirty) items = [...held.values()];
			dirty = false;
			return items;
		},
		put: item => {
			const key = keyOf(item);
			const before = held.get(key);
			const after = kept(before, item);
			if (after === before) return false;
			held.set(key, after);
			bound(held);
			dirty = true;
			return true;
		},
		drop: item => {
			const gone = held.delete(keyOf(item));
			dirty ||= gone;
			return gone;
		},
		clear: () => {
			const had = held.size > 0;
			held = new Map();
			dirty ||= had;
			return had;
		},
		replace: () => {
			const next = new Map<string, T>();
			return {
				put: item => {
					next.set(keyOf(item), kept(held.get(keyOf(item)), item));
					bound(next);
				},
				finish: () => {
					const same = next.size === held.size && [...next].every(([key, item]) => held.get(key) === item);
					if (!same) held = next;
					dirty ||= !same;
					return !same;
				},
			};
		},
	};
}
