import type {Instant} from '../facts/fact.ts';
import type {Subject} from './blocker.ts';
import type {Part} from './part.ts';

export type Source =
	| 'pod'
	| 'event'
	| 'node'
	| 'claim'
	| 'job'
	| 'flux'
	| 'log'
	| 'journal'
	| 'kernel'
	| 'probe'
	| 'disk'
	| 'operation';

/** Something that may be wrong, as it was read: not yet explained, but already known not to be normal progress. */
export type Signal = {
	readonly source: Source;
	readonly subject: Subject;
	readonly part: Part;
	/** The structured word: waiting reason, event reason, condition reason, check, unit. */
	readonly reason: string;
	/** The free text, with everything a rule may need to read in it. */
	readonly text: string;
	readonly image?: string;
	readonly container?: string;
	readonly restarts?: number;
	readonly at: Instant;
};

/** Whether a signal comes from the job that sets the application up. */
export const inBootstrap = (signal: Signal): boolean => signal.part.tier === 'bootstrap';
