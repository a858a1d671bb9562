import type {Instant} from '../facts/fact.ts';
import type {Problem} from '../problem.ts';
import type {Phase} from './operation.ts';

/** What one preflight check found. `unknown`: the probe itself broke; `skipped`: an earlier failure made it pointless. */
export type CheckResult = {
	readonly id: string;
	readonly title: string;
	readonly phase: Phase;
	/** The measured value, with its unit. */
	readonly found: string;
	readonly needed: string;
	readonly result: 'waiting' | 'running' | 'ok' | 'warns' | 'fails' | 'unknown' | 'skipped';
	readonly at?: Instant;
	readonly problem?: Problem;
};

/** A failed check can never be accepted; a warning or a broken probe can, knowingly. */
export const blocksStart = (check: CheckResult, accepted: ReadonlySet<string>): boolean =>
	check.result === 'fails' || ((check.result === 'warns' || check.result === 'unknown') && !accepted.has(check.id));
