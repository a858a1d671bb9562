import {ok, type Result} from '../../shared/problem.ts';
import type {Operation, Step, Work} from '../operations/step.ts';

/** What the runner hands to a bound step: everything but the input, which is already inside. */
export type Context = Omit<Work<unknown>, 'input'>;
export type BoundStep = Pick<Step<unknown>, 'id' | 'title' | 'phase' | 'usualMs' | 'effect' | 'needs' | 'asks'> & {
	readonly check: (context: Context) => Promise<Result<boolean>>;
	readonly run: (context: Context) => Promise<Result<void>>;
	readonly verify: (context: Context) => Promise<Result<void>>;
};

/** An operation whose input has been parsed and put into its steps. */
export type Prepared = {
	readonly input: unknown;
	readonly secrets: Readonly<Partial<Record<string, string>>>;
	readonly steps: readonly BoundStep[];
};

/** An operation of any input type, as the runner holds it. */
export type Runnable = {
	readonly kind: Operation<unknown>['kind'];
	readonly steps: readonly Pick<BoundStep, 'id' | 'title' | 'effect'>[];
	readonly endsByItself: boolean;
	readonly prepare: (raw: unknown, context: Parameters<Operation<unknown>['parse']>[1]) => Result<Prepared>;
	readonly revive: (stored: unknown) => Result<Prepared>;
};

/** Closes over the input's type, so that operations of different inputs can stand in one table. */
export function runnable<Input>(operation: Operation<Input>): Runnable {
	const bind = (input: Input): readonly BoundStep[] =>
		operation.steps.map(({check, run, verify, ...step}) => ({
			...step,
			check: context => check({...context, input}),
			run: context => run({...context, input}),
			verify: context => verify({...context, input}),
		}));
	return {
		kind: operation.kind,
		steps: operation.steps,
		endsByItself: operation.endsByItself === true,
		prepare: (raw, context) => {
			const parsed = operation.parse(raw, context);
			return parsed.ok ? ok({...parsed.value, steps: bind(parsed.value.input)}) : parsed;
		},
		revive: stored => {
			const revived = operation.revive(stored);
			return revived.ok ? ok({input: revived.value, secrets: {}, steps: bind(revived.value)}) : revived;
		},
	};
}
