import type * as z from 'zod';
import {fail, ok, type Problem, type Result} from '../problem.ts';
import {type Draft, type Field, type FieldName, fieldNames, fields, type SecretName, secretNames} from './fields.ts';

/** The site's intent: what setup was asked to do, without secrets. Kept in /etc/alga-appliance/setup.json. */
export type SetupAnswers = {
	readonly channel: 'stable' | 'nightly';
	readonly releasePin?: string;
	readonly appUrl?: string;
	readonly hostName?: string;
	readonly dns: {readonly mode: 'system'} | {readonly mode: 'custom'; readonly servers: string[]};
	readonly timeServers: string[];
	readonly httpProxy?: string;
	readonly noProxy: string[];
	readonly company: string;
	readonly administrator: {readonly firstName: string; readonly lastName: string; readonly email: string};
};

export type SetupSecrets = {readonly adminPassword: string};
export type FieldProblems = Readonly<Partial<Record<FieldName, string>>>;

export const fieldOf: Readonly<Record<FieldName, Field>> = Object.fromEntries(
	fields.map(field => [field.name, field]),
) as Record<FieldName, Field>;

export const isFieldName = (name: string): name is FieldName => (fieldNames as readonly string[]).includes(name);
export const isSecretName = (name: string): name is SecretName => (secretNames as readonly string[]).includes(name);

/** A fresh draft: every field at its initial value, secrets left out. */
export function emptyDraft(): Draft {
	return Object.fromEntries(
		fields.filter(field => !isSecretName(field.name)).map(field => [field.name, field.initial]),
	) as Draft;
}

/** Whether the field is asked for at all, given the other answers. */
export function isAsked(field: Field, values: Readonly<Partial<Record<FieldName, string>>>): boolean {
	return (
		field.onlyWhen === undefined ||
		(values[field.onlyWhen.field] ?? fieldOf[field.onlyWhen.field].initial) === field.onlyWhen.is
	);
}

/** One value, as typed → as kept, or the message shown under the field. */
export function checkField(
	name: FieldName,
	typed: string,
): {readonly ok: true; readonly value: string} | {readonly ok: false; readonly message: string} {
	const parsed = fieldOf[name].schema.safeParse(typed);
	return parsed.success ? {ok: true, value: parsed.data} : {ok: false, message: messageOf(parsed.error)};
}

/** The message of the rule itself, also where the field may be empty and the rule stands inside a choice. */
function messageOf(error: z.ZodError): string {
	const [issue] = error.issues;
	if (issue?.code !== 'invalid_union') return issue?.message ?? 'not valid';
	return issue.errors.flat().find(one => one.code !== 'invalid_value')?.message ?? issue.message;
}

/** Messages for every field that is asked for and not valid; empty when the form may be submitted. */
export function checkForm(
	values: Readonly<Partial<Record<FieldName, string>>>,
	secrets: 'with-secrets' | 'without-secrets',
): FieldProblems {
	const problems: Partial<Record<FieldName, string>> = {};
	for (const field of fields) {
		if (!isAsked(field, values) || (secrets === 'without-secrets' && isSecretName(field.name))) continue;
		const checked = checkField(field.name, values[field.name] ?? field.initial);
		if (!checked.ok) problems[field.name] = checked.message;
	}
	return problems;
}

/** The whole form: intent and secrets apart, or one problem per wrong field, each naming the field. */
export function parseForm(
	values: Readonly<Partial<Record<FieldName, string>>>,
): Result<{answers: SetupAnswers; secrets: SetupSecrets}> {
	const problems = checkForm(values, 'with-secrets');
	const [first] = Object.keys(problems).filter(isFieldName);
	if (first !== undefined) return fail(fieldProblem(first, problems[first] ?? 'not valid'));
	const kept = (name: FieldName): string => {
		const checked = checkField(name, values[name] ?? fieldOf[name].initial);
		return checked.ok ? checked.value : '';
	};
	const list = (name: FieldName) => kept(name).split(', ').filter(Boolean);
	const pin = kept('releasePin');
	const appUrl = kept('appUrl');
	const host = kept('hostName');
	const proxy = kept('httpProxy');
	return ok({
		answers: {
			channel: kept('channel') === 'nightly' ? 'nightly' : 'stable',
			...(pin && {releasePin: pin}),
			...(appUrl && {appUrl}),
			...(host && {hostName: host}),
			dns: kept('dnsMode') === 'custom' ? {mode: 'custom', servers: list('dnsServers')} : {mode: 'system'},
			timeServers: list('timeServers'),
			...(proxy && {httpProxy: proxy}),
			noProxy: list('noProxy'),
			company: kept('companyName'),
			administrator: {firstName: kept('adminFirstName'), lastName: kept('adminLastName'), email: kept('adminEmail')},
		},
		secrets: {adminPassword: kept('adminPassword')},
	});
}

/** A wrong answer as a problem that names its field. */
export function fieldProblem(name: FieldName, message: string): Problem {
	return {
		code: 'input.invalid',
		field: name,
		what: `${fieldOf[name].label}: ${message}.`,
		next: `Correct "${fieldOf[name].label}" and try again. Nothing was changed.`,
	};
}
