import type {Instant} from '../facts/fact.ts';
import type {Problem} from '../problem.ts';
import type {Phase} from './operation.ts';

/** `unknown`: the probe itself broke; `skipped`: an earlier failure made it pointless. */
export const checkResults = ['waiting', 'running', 'ok', 'warns', 'fails', 'unknown', 'skipped'] as const;

/** What one preflight check found. */
export type CheckResult = {
	readonly id: string;
	readonly title: string;
	readonly phase: Phase;
	/** The measured value, with its unit. */
	readonly found: string;
	readonly needed: string;
	readonly result: (typeof checkResults)[number];
	readonly at?: Instant;
	readonly problem?: Problem;
};

/** A failed check can never be accepted; a warning or a broken probe can, knowingly. */
export const blocksStart = (check: CheckResult, accepted: ReadonlySet<string>): boolean =>
	check.result === 'fails' || ((check.result === 'warns' || check.result === 'unknown') && !accepted.has(check.id));
