import type {HostFacts} from '../../../shared/facts/host.ts';
import type {CheckResult} from '../../../shared/operations/check.ts';
import type {Phase} from '../../../shared/operations/operation.ts';
import type {Problem} from '../../../shared/problem.ts';
import type {SetupAnswers} from '../../../shared/setup/form.ts';
import type {Clock} from '../../engine/clock.ts';
import type {Host} from '../../host/host.ts';
import type {Registry, ResolvedRelease} from '../../registry/registry.ts';

/** What a check may look at. It changes nothing. */
export type Looking = {
	readonly host: Host;
	readonly registry: Registry;
	/** Registry host → where this site fetches instead. */
	readonly mirrors: Readonly<Record<string, string>>;
	readonly clock: Clock;
	readonly answers: SetupAnswers;
	readonly facts: HostFacts;
	/** The release, once its check has found it. */
	readonly release: ResolvedRelease | undefined;
	readonly found: (release: ResolvedRelease) => void;
	readonly signal: AbortSignal;
};

export type Finding = {
	readonly result: 'ok' | 'warns' | 'fails' | 'unknown' | 'skipped';
	readonly found: string;
	readonly problem?: Problem;
};

/** One thing looked at before anything is changed. The list of them is `checks.ts`. */
export type Check = {
	readonly id: string;
	readonly title: string;
	readonly phase: Phase;
	/** What is needed, given the release if it is known. */
	readonly needed: (looking: Looking) => string;
	readonly look: (looking: Looking) => Promise<Finding>;
};

export const fine = (found: string): Finding => ({result: 'ok', found});
export const fails = (found: string, problem: Problem): Finding => ({result: 'fails', found, problem});
export const warns = (found: string, problem: Problem): Finding => ({result: 'warns', found, problem});
/** The probe itself broke: that is our failure, not the machine's, and is said so. */
export const cannotTell = (why: string): Finding => ({
	result: 'unknown',
	found: 'could not be measured',
	problem: {
		code: 'preflight.needs-acceptance',
		what: `This check could not be made: ${why.replace(/\.$/, '')}.`,
		next: 'Run the checks again. If you know that it is all right, accept it.',
	},
});

export const waitingCheck = ({id, title, phase}: Check): CheckResult => ({
	id,
	title,
	phase,
	found: '',
	needed: '',
	result: 'waiting',
});
