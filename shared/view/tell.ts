import type {Blocker} from '../diagnosis/blocker.ts';
import {fixFor} from '../diagnosis/fixes.ts';
import type {Instant} from '../facts/fact.ts';
import type {CheckResult} from '../operations/check.ts';
import {type OperationKind, type OperationProgress, phaseTitle, type StepProgress} from '../operations/operation.ts';
import type {ProblemCode} from '../problem.ts';
import type {ComponentHealth} from '../readiness/components.ts';
import type {RollupState} from '../readiness/rollup.ts';
import type {Tier, TierName} from '../readiness/tiers.ts';
import type {BlockerView, CheckView, ComponentView, Mark, OperationView, StepView, TierView} from './view.ts';

/** How each judgement is told: the one place where states become words and marks. */

export const tierTitle: Readonly<Record<TierName, string>> = {
	platform: 'Platform',
	core: 'Core',
	bootstrap: 'Bootstrap',
	login: 'Login',
	background: 'Background',
	fullHealth: 'Fully healthy',
};

/** The one word of the whole appliance; what is under way is called by its name, and without that it is starting. */
export const rollupWord = (
	state: RollupState,
	operation: Pick<OperationProgress, 'kind' | 'state'> | undefined,
): string =>
	state === 'installing'
		? ((operation?.state === 'running' ? underWay[operation.kind] : undefined) ?? 'Starting')
		: settledWord[state];

const underWay: Readonly<Partial<Record<OperationKind, string>>> = {
	setup: 'Installing',
	update: 'Updating',
	rollback: 'Going back',
};

const settledWord: Readonly<Record<Exclude<RollupState, 'installing'>, string>> = {
	setup_required: 'Setup waiting',
	ready_to_log_in: 'Ready to log in',
	ready_with_background_issues: 'Ready with background issues',
	fully_healthy: 'Fully healthy',
	failed_action_required: 'Failed – action required',
};

export const rollupMark: Readonly<Record<RollupState, Mark>> = {
	setup_required: 'waiting',
	installing: 'working',
	ready_to_log_in: 'good',
	ready_with_background_issues: 'attention',
	fully_healthy: 'good',
	failed_action_required: 'failed',
};

export function tierView(id: TierName, tier: Tier, since: Instant): TierView {
	const common = {id, title: tierTitle[id], since};
	switch (tier.state) {
		case 'ready':
			return {...common, ready: true, mark: 'good', status: 'healthy', word: 'ready', reason: tier.reason};
		case 'waiting':
			return {...common, ready: false, mark: 'waiting', status: 'waiting', word: 'waiting', reason: tier.reason};
		case 'blocked': {
			const degraded = id === 'background' || id === 'fullHealth';
			const word = degraded ? `${tier.blockers.length} ${tier.blockers.length === 1 ? 'issue' : 'issues'}` : 'blocked';
			return {
				...common,
				ready: false,
				mark: degraded ? 'attention' : 'failed',
				status: degraded ? 'degraded' : 'blocked',
				word,
				reason: tier.reason,
			};
		}
		case 'unknown':
			return {...common, ready: false, mark: 'unknown', status: 'unknown', word: 'unknown', reason: tier.why};
	}
}

const retryWords = ({retrySafe, retryHelps, selfHeals}: Blocker): string => {
	if (!retrySafe) return 'not safe: it could lose data';
	if (selfHeals) return 'safe; it is also tried again by itself';
	return {yes: 'safe, and may help', 'after-fix': 'safe, once this is repaired', no: 'safe, but will not help'}[
		retryHelps
	];
};

const ownerWords: Readonly<Record<Blocker['owner'], string>> = {
	you: 'you',
	'network team': 'your network team',
	publisher: 'the publisher of the release',
	support: 'Alga support',
};

export function blockerView(blocker: Blocker, operation: OperationProgress | undefined): BlockerView {
	const fix = fixFor(blocker);
	const doing =
		operation?.state === 'running' ? operation.steps.find(step => step.state.is === 'running')?.title : undefined;
	return {
		id: blocker.id,
		cause: blocker.cause,
		severity: blocker.severity,
		component: blocker.component,
		layer: blocker.layer,
		phase: blocker.phase,
		phaseTitle: phaseTitle[blocker.phase],
		title: blocker.summary,
		...(doing !== undefined && {doing}),
		why: blocker.why,
		next: blocker.nextStep,
		proof: blocker.proof.slice(0, 3).map(({from, text}) => `${from}: ${text}`),
		retry: retryWords(blocker),
		retrySafe: blocker.retrySafe,
		selfHeals: blocker.selfHeals,
		owner: ownerWords[blocker.owner],
		loginBlocking: blocker.loginBlocking,
		blocks: blocker.loginBlocking ? 'blocks login' : 'does not block login',
		firstSeen: blocker.firstSeen,
		lastSeen: blocker.lastSeen,
		explains: [...blocker.explains],
		command: blocker.command,
		...(fix && {fix: {id: fix.id, title: fix.title, effect: fix.effect}}),
	};
}

const componentMark: Readonly<Record<ComponentHealth['state'], Mark>> = {
	ready: 'good',
	progressing: 'working',
	failed: 'failed',
	unknown: 'unknown',
	suspended: 'waiting',
	missing: 'waiting',
};
const componentWord: Readonly<Record<ComponentHealth['state'], string>> = {
	ready: 'running',
	progressing: 'starting',
	failed: 'failed',
	unknown: 'unknown',
	suspended: 'switched off',
	missing: 'waiting',
};

export const componentView = ({
	name,
	title,
	tier,
	state,
	reason,
	image,
	since,
	drift,
}: ComponentHealth): ComponentView => ({
	name,
	title,
	tier,
	mark: drift ? 'attention' : componentMark[state],
	word: componentWord[state],
	reason: drift ? `runs ${drift.running}, the release names ${drift.expected}` : reason,
	...(image !== undefined && {image}),
	...(since !== undefined && {since}),
});

const checkMark: Readonly<Record<CheckResult['result'], Mark>> = {
	waiting: 'waiting',
	running: 'working',
	ok: 'good',
	warns: 'attention',
	fails: 'failed',
	unknown: 'unknown',
	skipped: 'waiting',
};

export const checkView = (check: CheckResult, accepted: ReadonlySet<string>): CheckView => ({
	...check,
	mark: checkMark[check.result],
	accepted: accepted.has(check.id),
});

const stepMark = {
	waiting: 'waiting',
	running: 'working',
	done: 'good',
	failed: 'failed',
	interrupted: 'attention',
} as const;

function stepView({id, title, phase, usualMs, state, detail, bytes}: StepProgress): StepView {
	return {
		id,
		title,
		phase,
		usualMs: [usualMs[0], usualMs[1]],
		state: state.is,
		mark: stepMark[state.is],
		attempt: 'attempt' in state ? state.attempt : 1,
		already: state.is === 'done' && state.already,
		...('since' in state && {since: state.since}),
		...('until' in state && {until: state.until}),
		...(detail !== undefined && state.is === 'running' && {detail}),
		...(bytes && state.is === 'running' && {bytes}),
		...(state.is === 'failed' && {problem: state.problem}),
	};
}

const operationWord: Readonly<Record<OperationProgress['state'], string>> = {
	running: 'running',
	succeeded: 'done',
	failed: 'stopped',
	interrupted: 'interrupted',
	'needs-input': 'needs an answer',
	cancelled: 'cancelled',
};
const operationMark: Readonly<Record<OperationProgress['state'], Mark>> = {
	running: 'working',
	succeeded: 'good',
	failed: 'failed',
	interrupted: 'attention',
	'needs-input': 'attention',
	cancelled: 'waiting',
};

/** What setup waited for in vain; anything else it stopped over does not pass by itself. */
const waitedFor: ReadonlySet<ProblemCode> = new Set([
	'core.not-ready',
	'flux.not-ready',
	'bootstrap.failed',
	'login.no-answer',
	'cluster.unreachable',
	'cluster.timed-out',
]);

/** A setup that stopped over something that has gone since: its old words would contradict everything around them. */
export function withoutPast(operation: OperationProgress, {loginReady, blockers}: Judged): OperationProgress {
	const {problem, state, kind, steps} = operation;
	const isPast =
		kind === 'setup' && state === 'failed' && loginReady && !blockers.some(one => one.severity === 'critical');
	if (problem === undefined || !isPast || !waitedFor.has(problem.code)) return operation;
	const step = steps.find(one => one.state.is === 'failed');
	return {
		...operation,
		problem: {
			code: problem.code,
			what: `What stopped setup${step ? ` at "${step.title}"` : ''} is over: people can log in.`,
			why: `It had said: ${problem.what}`,
			next: 'Retry: what is left is finished.',
			retry: 'safe',
		},
	};
}
type Judged = {readonly loginReady: boolean; readonly blockers: readonly BlockerView[]};

export const operationView = ({
	id,
	kind,
	title,
	state,
	startedAt,
	endedAt,
	steps,
	actions,
	needs,
	problem,
}: OperationProgress): OperationView => ({
	id,
	kind,
	title,
	state,
	word: operationWord[state],
	mark: operationMark[state],
	startedAt,
	...(endedAt !== undefined && {endedAt}),
	steps: steps.map(stepView),
	actions: [...actions],
	needs: [...(needs ?? [])],
	...(problem && {problem}),
});

export const summaryWord = operationWord;
export const summaryMark = operationMark;
