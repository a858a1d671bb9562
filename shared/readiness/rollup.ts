import type {OperationKind, OperationState} from '../operations/operation.ts';
import type {TierBlocker, Tiers} from './tiers.ts';

export type RollupState =
	| 'setup_required'
	| 'installing'
	| 'ready_to_log_in'
	| 'ready_with_background_issues'
	| 'fully_healthy'
	| 'failed_action_required';

/** The one line of the whole appliance. */
export type Rollup = {readonly state: RollupState; readonly message: string; readonly nextAction: string};

/** The part of a blocker the rollup looks at. */
export type RollupBlocker = TierBlocker & {readonly loginBlocking: boolean; readonly nextStep: string};

export type RollupQuestion = {
	readonly tiers: Tiers;
	/** Ordered, the most important first. */
	readonly blockers: readonly RollupBlocker[];
	/** A release has been chosen and put on this machine at least once. */
	readonly installed: boolean;
	readonly operation?:
		| {
				readonly kind: OperationKind;
				readonly state: OperationState;
				readonly problem?: {readonly what: string; readonly next: string} | undefined;
		  }
		| undefined;
};

/** Observed health decides; an operation's outcome only where nothing can be observed to work. */
export function rollup({tiers, blockers, installed, operation}: RollupQuestion): Rollup {
	const working = operation?.state === 'running';
	if (tiers.fullHealth.state === 'ready')
		return {state: 'fully_healthy', message: 'Everything works.', nextAction: 'Nothing to do.'};
	if (tiers.login.state === 'ready') return loginWorks(tiers, blockers);
	const settingUp = operation?.kind === 'setup' && operation.state !== 'cancelled' && operation.state !== 'succeeded';
	if (!installed && !settingUp)
		return {
			state: 'setup_required',
			message: 'This appliance has not been set up yet.',
			nextAction: 'Start the setup.',
		};
	const [top] = blockers.filter(each => each.loginBlocking);
	if (top) return {state: 'failed_action_required', message: top.summary, nextAction: top.nextStep};
	if (operation && changesTheApplication.has(operation.kind) && stopped.has(operation.state))
		return {
			state: 'failed_action_required',
			message: operation.problem?.what ?? stoppedMessage[operation.state],
			nextAction: operation.problem?.next ?? 'Look at the step that stopped, then choose Retry.',
		};
	return {
		state: 'installing',
		message: `${working ? 'Working' : 'Starting'}: ${waitingFor(tiers)}.`,
		nextAction: 'Wait. This page says when people can log in.',
	};
}

const changesTheApplication: ReadonlySet<OperationKind> = new Set(['setup', 'update', 'rollback']);
const stopped: ReadonlySet<OperationState> = new Set(['failed', 'interrupted', 'needs-input']);
const stoppedMessage: Readonly<Record<OperationState, string>> = {
	running: '',
	succeeded: '',
	cancelled: '',
	failed: 'The last operation failed.',
	interrupted: 'The last operation was interrupted.',
	'needs-input': 'The last operation needs an answer before it can go on.',
};

function loginWorks(tiers: Tiers, blockers: readonly RollupBlocker[]): Rollup {
	const [issue] = blockers.filter(each => each.severity === 'background' || each.severity === 'critical');
	if (issue)
		return {
			state: 'ready_with_background_issues',
			message: `People can log in. ${issue.summary}`,
			nextAction: issue.nextStep,
		};
	const [note] = blockers;
	return {
		state: 'ready_to_log_in',
		message: note ? `People can log in. ${note.summary}` : `People can log in. Still waiting: ${waitingFor(tiers)}.`,
		nextAction: note?.nextStep ?? 'Log in; the rest finishes by itself.',
	};
}

/** The first tier that is not ready, in the order they are built. */
function waitingFor(tiers: Tiers): string {
	for (const tier of [tiers.platform, tiers.core, tiers.bootstrap, tiers.login, tiers.background, tiers.fullHealth])
		if (tier.state !== 'ready') return tier.state === 'unknown' ? tier.why : tier.reason;
	return 'the last checks';
}
