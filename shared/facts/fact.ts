/** Milliseconds since the Unix epoch, UTC. */
export type Instant = number;

/**
 * One observation with the time it was made. `stale` keeps the last good value after its source went away;
 * `unknown` was never seen. Neither may ever be taken for ready.
 */
export type Fact<T> =
	| {readonly state: 'known'; readonly value: T; readonly at: Instant}
	| {readonly state: 'stale'; readonly value: T; readonly at: Instant; readonly why: string}
	| {readonly state: 'unknown'; readonly why: string};

export const known = <T>(value: T, at: Instant): Fact<T> => ({state: 'known', value, at});
export const unknown = (why: string): {readonly state: 'unknown'; readonly why: string} => ({state: 'unknown', why});

/** The fact after its source stopped answering: the last value is kept with its age. */
export function wentStale<T>(fact: Fact<T>, why: string): Fact<T> {
	return fact.state === 'unknown' ? unknown(why) : {state: 'stale', value: fact.value, at: fact.at, why};
}

/** The last value seen, however old; undefined when there never was one. */
export const lastSeen = <T>(fact: Fact<T>): T | undefined => (fact.state === 'unknown' ? undefined : fact.value);
