const freeTries = 5;
const firstWait = 30_000;
const longestWait = 60 * 60_000;

/** Milliseconds to wait after so many wrong tries: none for the first four, then 30 s doubling to an hour. */
export function waitAfter(tries: number): number {
	return tries < freeTries ? 0 : Math.min(firstWait * 2 ** (tries - freeTries), longestWait);
}
