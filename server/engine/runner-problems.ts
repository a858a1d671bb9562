import {type OperationAction, type OperationKind, operationTitle} from '../../shared/operations/operation.ts';
import type {Problem} from '../../shared/problem.ts';
import {fieldOf, isFieldName} from '../../shared/setup/form.ts';

type Named = {readonly id: string; readonly kind: OperationKind; readonly startedAt: number};

export const busy = (running: Named, _now: number): Problem => ({
	code: 'operation.busy',
	what: `${operationTitle[running.kind]} is running: ${running.id}, since ${new Date(running.startedAt).toISOString()}.`,
	why:
		running.kind === 'bundle'
			? 'One bundle is made at a time.'
			: 'Only one operation may change this machine at a time.',
	next: 'Wait until it has ended, then try again.',
});

export const unknownOperation = (id: string): Problem => ({
	code: 'operation.unknown',
	what: `There is no operation "${id}" that could be acted on.`,
	next: 'See which there are: alga-appliance operations',
});

export const notAllowed = (operation: Named, action: OperationAction, legal: readonly OperationAction[]): Problem => ({
	code: 'operation.not-allowed',
	what: `${operationTitle[operation.kind]} cannot take "${action}" now.`,
	next: legal.length > 0 ? `Possible now: ${legal.join(', ')}.` : 'It goes on by itself; nothing is asked of you now.',
});

export const secretLost = (names: readonly string[]): Problem => ({
	code: 'input.secret-needed',
	what: `${names.map(name => (isFieldName(name) ? fieldOf[name].label : name)).join(', ')} must be typed again.`,
	why: 'The engine was restarted, and passwords are never written to disk.',
	next: 'Type it once more; setup goes on from where it stopped.',
	retry: 'safe',
	...(names[0] !== undefined && {field: names[0]}),
});

export const interruptedTooOften = (title: string, tries: number): Problem => ({
	code: 'operation.interrupted',
	what: `${title} was cut off ${tries} times at the same step.`,
	why: 'The engine or the machine stopped each time while the step ran.',
	next: 'Look at the log, then press Retry. Create a support bundle if it happens again.',
	retry: 'safe',
});

export const stepBroke = (title: string, error: unknown): Problem => ({
	code: 'internal',
	what: `"${title}" stopped on an error in the appliance program itself.`,
	next: 'Retry once. If it happens again, send a support bundle.',
	retry: 'safe',
	detail: (error instanceof Error ? (error.stack ?? error.message) : String(error)).slice(0, 2000),
});
