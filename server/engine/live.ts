import {duration} from '../../shared/format.ts';
import {
	type OperationId,
	type OperationKind,
	type OperationState,
	operationTitle,
	type StepProgress,
	type StepState,
} from '../../shared/operations/operation.ts';
import type {Problem} from '../../shared/problem.ts';
import type {Records} from '../operations/step.ts';
import type {BoundStep, Context, Prepared} from './bound.ts';
import type {Clock} from './clock.ts';
import type {Journal} from './journal.ts';
import {masker} from './mask.ts';
import {secretLost, stepBroke} from './runner-problems.ts';

/** An operation this engine can run: what the journal remembers, and what only memory holds. */
export type Live = {
	readonly id: OperationId;
	readonly kind: OperationKind;
	readonly startedAt: number;
	readonly prepared: Prepared;
	secrets: Readonly<Record<string, string>>;
	state: OperationState;
	endedAt?: number;
	problem?: Problem;
	steps: readonly StepProgress[];
	abort: AbortController;
};

/** What a step may use beside its own progress; made by the engine for each operation. */
export type Surroundings = Omit<Context, 'id' | 'secrets' | 'signal' | 'log' | 'detail' | 'bytes' | 'records'>;

/** Takes a live operation through its steps; every transition is in the journal before anybody sees it. */
export type Steps = {
	/** Runs every step that is not done; ends the operation as done, stopped, cancelled or waiting for a secret. */
	readonly run: (operation: Live) => Promise<void>;
	readonly put: (operation: Live, step: string, state: StepState) => void;
	readonly end: (operation: Live, state: OperationState, problem?: Problem) => void;
};

export function makeSteps(given: {
	readonly journal: Journal;
	readonly clock: Clock;
	readonly records: Records;
	readonly surroundings: Surroundings;
	readonly log: (id: OperationId, line: string) => void;
	readonly changed: () => void;
	/** The engine is going away: a step that stops for it is found running by the next engine. */
	readonly isStopping: () => boolean;
}): Steps {
	const {journal, clock, changed} = given;

	const put = (operation: Live, step: string, state: StepState) => {
		journal.step(operation.id, step, state);
		operation.steps = operation.steps.map(one => (one.id === step ? {...plain(one), state} : one));
		changed();
	};
	const end = (operation: Live, state: OperationState, problem?: Problem) => {
		operation.state = state;
		if (problem) operation.problem = problem;
		else delete operation.problem;
		const at = clock.now();
		if (state === 'succeeded' || state === 'failed' || state === 'cancelled') operation.endedAt = at;
		journal.state(operation.id, state, at, problem);
		if (state !== 'needs-input') operation.secrets = {};
		const {word, mark} = told[state];
		journal.activity({at, mark, source: operationTitle[operation.kind], text: problem?.what ?? word});
		given.log(operation.id, problem ? `${word}: ${problem.what} ${problem.next}` : word);
		changed();
	};

	async function runStep(
		operation: Live,
		step: BoundStep,
		progress: StepProgress,
		mask: <T>(value: T) => T,
	): Promise<'done' | 'stopped'> {
		const since = clock.now();
		const attempt = 'attempt' in progress.state ? progress.state.attempt + 1 : 1;
		const context = contextFor(operation, step, mask);
		put(operation, step.id, {is: 'running', since, attempt});
		context.log(`${step.title}: started${attempt > 1 ? `, attempt ${attempt}` : ''}`);
		const failed = (problem: Problem): 'stopped' => {
			if (given.isStopping()) return 'stopped';
			const masked = mask(problem);
			if (operation.abort.signal.aborted) {
				put(operation, step.id, {is: 'waiting'});
				end(operation, 'cancelled');
			} else if (masked.code === 'operation.undone') {
				// It has put back what it changed: there is nothing to retry and nothing to decide.
				put(operation, step.id, {is: 'done', since, until: clock.now(), already: false});
				end(operation, 'cancelled', masked);
			} else {
				put(operation, step.id, {is: 'failed', since, until: clock.now(), attempt, problem: masked});
				end(operation, 'failed', masked);
			}
			return 'stopped';
		};
		try {
			const already = await step.check(context);
			if (!already.ok) return failed(already.problem);
			if (!already.value) {
				const missing = (step.needs ?? []).filter(name => operation.secrets[name] === undefined);
				if (missing.length > 0) {
					put(operation, step.id, {is: 'interrupted', since, attempt: attempt - 1});
					end(operation, 'needs-input', secretLost(missing));
					return 'stopped';
				}
				const done = await step.run(context);
				if (!done.ok) return failed(done.problem);
			}
			const proven = await step.verify(context);
			if (!proven.ok) return failed(proven.problem);
			put(operation, step.id, {is: 'done', since, until: clock.now(), already: already.value});
			context.log(already.value ? `${step.title}: already so` : `${step.title}: done`);
			journal.activity({
				at: clock.now(),
				mark: 'good',
				source: operationTitle[operation.kind],
				text: `${step.title}${already.value ? '' : ` after ${duration(clock.now() - since)}`}`,
			});
			return 'done';
		} catch (error) {
			return failed(stepBroke(step.title, error));
		}
	}

	const contextFor = (operation: Live, step: BoundStep, mask: <T>(value: T) => T): Context => {
		const set = (part: Partial<StepProgress>) => {
			operation.steps = operation.steps.map(one => (one.id === step.id ? {...one, ...part} : one));
			changed();
		};
		return {
			...given.surroundings,
			id: operation.id,
			secrets: operation.secrets,
			records: given.records,
			signal: operation.abort.signal,
			log: line => given.log(operation.id, mask(line)),
			detail: text => set({detail: mask(text)}),
			bytes: (done, total) => set({bytes: {done, ...(total !== undefined && {total})}}),
		};
	};

	return {
		put,
		end,
		run: async operation => {
			const mask = masker(Object.values(operation.secrets));
			for (const step of operation.prepared.steps) {
				const progress = operation.steps.find(one => one.id === step.id);
				if (progress === undefined || progress.state.is === 'done') continue;
				if ((await runStep(operation, step, progress, mask)) === 'stopped') return;
			}
			end(operation, 'succeeded');
		},
	};
}

/** A step as it is before anything was done, or is again. */
export const plain = ({id, title, phase, usualMs}: Pick<StepProgress, 'id' | 'title' | 'phase' | 'usualMs'>) => ({
	id,
	title,
	phase,
	usualMs,
});

const told = {
	running: {word: 'running', mark: 'working'},
	succeeded: {word: 'done', mark: 'good'},
	failed: {word: 'stopped', mark: 'failed'},
	interrupted: {word: 'interrupted', mark: 'attention'},
	'needs-input': {word: 'waits for an answer', mark: 'attention'},
	cancelled: {word: 'cancelled', mark: 'waiting'},
} as const satisfies Record<OperationState, unknown>;
