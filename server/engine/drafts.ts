import * as z from 'zod';
import {fail, ok, type Problem, type Result} from '../../shared/problem.ts';
import {checkForm, emptyDraft, isFieldName, isSecretName} from '../../shared/setup/form.ts';
import type {Records} from '../operations/step.ts';

/** The form as typed so far, without secrets: kept by the engine, so that it survives an error, a restart and a change of surface. */
export type Drafts = {
	readonly get: () => {
		readonly draft: Readonly<Record<string, string>>;
		readonly problems: Readonly<Record<string, string>>;
		readonly revision: number;
	};
	/** Keeps these values beside the ones it has; refuses secrets and names it does not know, keeping nothing. */
	readonly put: (
		values: Readonly<Record<string, string>>,
	) => Result<{draft: Record<string, string>; problems: Record<string, string>}>;
};

const Stored = z.object({values: z.record(z.string(), z.string()), revision: z.number()});
/** Far more than any answer; a paste of a whole file is refused. */
const longestValue = 4000;

export function openDrafts(records: Records, changed: () => void): Drafts {
	const stored = Stored.safeParse(records.get('setup.draft'));
	let values: Readonly<Record<string, string>> = {...emptyDraft(), ...(stored.success ? stored.data.values : {})};
	let revision = stored.success ? stored.data.revision : 0;
	const problems = (): Record<string, string> =>
		Object.fromEntries(
			Object.entries(checkForm(values, 'without-secrets')).flatMap(([name, text]) =>
				text === undefined ? [] : [[name, text]],
			),
		);
	return {
		get: () => ({draft: values, problems: problems(), revision}),
		put: given => {
			for (const [name, value] of Object.entries(given)) {
				const wrong = refuse(name, value);
				if (wrong) return fail(wrong);
			}
			values = {...values, ...given};
			revision++;
			records.set('setup.draft', {values, revision});
			changed();
			return ok({draft: {...values}, problems: problems()});
		},
	};
}

function refuse(name: string, value: string): Problem | undefined {
	if (!isFieldName(name))
		return {
			code: 'input.invalid',
			field: name,
			what: `There is no setup value called "${name}".`,
			next: 'Remove it and try again. Nothing was kept.',
		};
	if (isSecretName(name))
		return {
			code: 'input.invalid',
			field: name,
			what: 'A password is never kept in a draft.',
			next: 'Send it only when setup is started. Nothing was kept.',
		};
	if (value.length > longestValue)
		return {
			code: 'input.invalid',
			field: name,
			what: `The value is longer than ${longestValue} characters.`,
			next: 'Shorten it and try again. Nothing was kept.',
		};
	return undefined;
}
