import type {Journal} from '../../server/engine/journal.ts';

/** A journal that kills its own process by SIGKILL right before or after its n-th transition, as a power cut would. */
export function dyingJournal(
	journal: Journal,
	{write, when}: {readonly write: number; readonly when: 'before' | 'after'},
): Journal {
	let count = 0;
	const dying =
		<Args extends readonly unknown[]>(put: (...args: Args) => void) =>
		(...args: Args): void => {
			count++;
			if (count === write && when === 'before') process.kill(process.pid, 'SIGKILL');
			put(...args);
			if (count === write && when === 'after') process.kill(process.pid, 'SIGKILL');
		};
	return {
		...journal,
		step: dying(journal.step),
		state: dying(journal.state),
		begin: dying(journal.begin),
		[Symbol.dispose]: () => journal[Symbol.dispose](),
	};
}
