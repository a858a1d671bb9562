import type {OperationKind, OperationProgress} from '../../shared/operations/operation.ts';
import {observing, operations} from '../operations/operations.ts';
import type {Runnable} from './bound.ts';
import {makeRunner, type Runner} from './runner.ts';

export type Lanes = Runner & {
	/** What runs beside the others and changes nothing: a support bundle is wanted most while setup hangs. */
	readonly beside: () => OperationProgress | undefined;
};

/** Two runners over one journal: one operation at a time may change the machine, and one that only looks runs beside it. */
export function openLanes(given: Omit<Parameters<typeof makeRunner>[0], 'runnables'>): Lanes {
	const lane = (kinds: readonly Runnable[]) =>
		makeRunner({...given, runnables: new Map(kinds.map(one => [one.kind, one]))});
	const changing = lane(operations);
	const looking = lane(observing);
	const looks = new Set<OperationKind>(observing.map(({kind}) => kind));
	return {
		...changing,
		beside: looking.current,
		start: (kind, raw) => (looks.has(kind) ? looking : changing).start(kind, raw),
		act: (id, ...asked) => (looking.current()?.id === id ? looking : changing).act(id, ...asked),
		resume: () => {
			changing.resume();
			looking.resume();
		},
		stop: async () => {
			await Promise.all([changing.stop(), looking.stop()]);
		},
	};
}
