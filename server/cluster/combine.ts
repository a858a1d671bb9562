import type {Meta} from '../../shared/facts/cluster.ts';
import type {Fact} from '../../shared/facts/fact.ts';

/**
 * Several lists as one fact: unknown while one of them is, stale while one of them is, as old as the newest change.
 * The very same fact comes back while none of the parts changed.
 */
export function combiner<T extends Meta>(): (parts: readonly Fact<readonly T[]>[]) => Fact<readonly T[]> {
	let before: readonly Fact<readonly T[]>[] = [];
	let made: Fact<readonly T[]> | undefined;
	return parts => {
		if (made !== undefined && parts.length === before.length && parts.every((part, index) => part === before[index]))
			return made;
		before = parts;
		made = join(parts);
		return made;
	};
}

function join<T extends Meta>(parts: readonly Fact<readonly T[]>[]): Fact<readonly T[]> {
	const seen = parts.filter(part => part.state !== 'unknown');
	const missing = parts.find(part => part.state === 'unknown');
	if (missing !== undefined) return missing;
	const value = seen.flatMap(part => part.value);
	const stale = seen.filter(part => part.state === 'stale');
	const [first] = stale;
	if (first !== undefined) return {state: 'stale', value, at: Math.min(...stale.map(part => part.at)), why: first.why};
	return {state: 'known', value, at: Math.max(0, ...seen.map(part => part.at))};
}
