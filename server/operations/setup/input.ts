import * as z from 'zod';
import {SetupInput} from '../../../shared/api/routes.ts';
import {fail, ok, type Problem, type Result} from '../../../shared/problem.ts';
import {isFieldName, parseForm} from '../../../shared/setup/form.ts';

/** The intent as it is journalled; the form's answers without secrets. */
export const Answers = z.object({
	channel: z.enum(['stable', 'nightly']),
	releasePin: z.string().optional(),
	appUrl: z.string().optional(),
	hostName: z.string().optional(),
	dns: z.discriminatedUnion('mode', [
		z.object({mode: z.literal('system')}),
		z.object({mode: z.literal('custom'), servers: z.array(z.string())}),
	]),
	timeServers: z.array(z.string()),
	httpProxy: z.string().optional(),
	noProxy: z.array(z.string()),
	company: z.string(),
	administrator: z.object({firstName: z.string(), lastName: z.string(), email: z.string()}),
});

export const SetupRun = z.object({answers: Answers, accept: z.array(z.string())});
export type SetupRun = z.infer<typeof SetupRun>;

/** The command's input → what is kept and what stays in memory. A wrong value names its field; nothing is started. */
export function parseSetup(raw: unknown): Result<{input: SetupRun; secrets: {adminPassword: string}}> {
	const shape = SetupInput.safeParse(raw);
	if (!shape.success) return fail(malformed(z.prettifyError(shape.error)));
	const stranger = Object.keys(shape.data.values).find(name => !isFieldName(name));
	if (stranger !== undefined) {
		return fail({
			code: 'input.invalid',
			field: stranger,
			what: `There is no setup value called "${stranger}".`,
			next: 'Remove it. The names are listed by: alga-appliance setup --help',
		});
	}
	const form = parseForm(shape.data.values);
	return form.ok
		? ok({input: {answers: form.value.answers, accept: shape.data.accept}, secrets: form.value.secrets})
		: form;
}

export function reviveSetup(stored: unknown): Result<SetupRun> {
	const parsed = SetupRun.safeParse(stored);
	return parsed.success ? ok(parsed.data) : fail(malformed(z.prettifyError(parsed.error)));
}

const malformed = (detail: string): Problem => ({
	code: 'input.invalid',
	what: 'The answers for setup have the wrong form.',
	next: 'Send {"values": {"channel": "stable", …}, "accept": []}.',
	detail,
});
