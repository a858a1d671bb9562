import {parseArgs} from 'node:util';
import {parse} from 'yaml';
import * as z from 'zod';
import {fail, ok, type Result} from '../../shared/problem.ts';
import {fields, groups} from '../../shared/setup/fields.ts';
import {checkForm, fieldProblem, isFieldName, isSecretName} from '../../shared/setup/form.ts';
import {type Command, type CommandIo, exit, tellProblem} from './command.ts';
import {followOperation} from './follow.ts';

export const setup: Command = {
	name: 'setup',
	usage: 'setup --answers FILE [--accept CHECK,CHECK] [--detach]',
	summary: 'Sets the appliance up from a file of answers, without questions.',
	help: [
		'--answers  YAML or JSON, a value for each name below; - reads standard input',
		'--accept   checks whose warning you accept knowingly',
		'--detach   start it and return; it runs in the engine either way',
		'Exit codes: 0 people can log in, 1 not started, 3 action is required.',
		'',
		...groups.flatMap(group => [
			`${group.title}: ${group.help}`,
			...fields
				.filter(field => field.group === group.id)
				.map(
					field =>
						`  ${field.name.padEnd(16)}${field.label}${field.choices ? ` (${field.choices.map(one => one.value).join(' or ')})` : ''}${field.example ? `, like ${field.example}` : ''}`,
				),
		]),
	],
	run: async (args, io) => {
		const {values} = parseArgs({
			args: [...args],
			options: {answers: {type: 'string'}, accept: {type: 'string', default: ''}, detach: {type: 'boolean'}},
		});
		if (values.answers === undefined) {
			io.error('A file of answers is needed: alga-appliance setup --answers FILE');
			io.error('For questions on the screen, use the console (tty1) or the web page.');
			return exit.usage;
		}
		const answers = await readAnswers(values.answers, io);
		if (!answers.ok) {
			tellProblem(answers.problem, io);
			return exit.usage;
		}
		const started = await io.client(
			'start',
			{body: {kind: 'setup', input: {values: answers.value, accept: values.accept.split(',').filter(Boolean)}}},
			io.signal,
		);
		if (!started.ok) {
			tellProblem(started.problem, io);
			return exit.failed;
		}
		io.out(`Setup is running: ${started.value.id}`);
		return values.detach ? exit.ok : followOperation(started.value.id, io);
	},
};

/** Values by name from a file of YAML or JSON; lists may be written as lists. A name nobody knows is refused. */
export async function readValues<Name extends string>(
	path: string,
	isKnown: (name: string) => name is Name,
	of: 'setup' | 'network',
	io: Pick<CommandIo, 'readFile'>,
): Promise<Result<Partial<Record<Name, string>>>> {
	let raw: unknown;
	try {
		raw = parse(await io.readFile(path));
	} catch (error) {
		return fail({
			code: 'file.unreadable',
			what: `${path} could not be read: ${error instanceof Error ? error.message.split('\n')[0] : String(error)}.`,
			next: 'Give a YAML or JSON file with a value for each name.',
		});
	}
	const shape = z
		.record(
			z.string(),
			z.union([z.string(), z.number(), z.boolean(), z.array(z.union([z.string(), z.number()])), z.null()]),
		)
		.safeParse(raw ?? {});
	if (!shape.success)
		return fail({
			code: 'input.invalid',
			what: `${path} is not a list of names and values.`,
			next: 'Write one "name: value" a line.',
			detail: z.prettifyError(shape.error),
		});
	const values: Partial<Record<Name, string>> = {};
	for (const [name, value] of Object.entries(shape.data)) {
		if (!isKnown(name))
			return fail({
				code: 'input.invalid',
				field: name,
				what: `${path} has a value called "${name}", which ${of} does not know.`,
				next: `The names are listed by: alga-appliance ${of} --help`,
			});
		values[name] = Array.isArray(value) ? value.join(', ') : value === null ? '' : String(value);
	}
	return ok(values);
}

/** The answers of setup. Every wrong one is told before anything is sent; a password may be asked for instead. */
export async function readAnswers(
	path: string,
	io: Pick<CommandIo, 'readFile' | 'askSecret' | 'error'>,
): Promise<Result<Record<string, string>>> {
	const read = await readValues(path, isFieldName, 'setup', io);
	if (!read.ok) return read;
	const values: Record<string, string> = {...read.value};
	for (const field of fields) {
		if (!isSecretName(field.name) || values[field.name]) continue;
		const typed = await io.askSecret(field.label);
		if (typed !== undefined) values[field.name] = typed;
	}
	const problems = Object.entries(checkForm(values, 'with-secrets'));
	for (const [name, message] of problems.slice(1)) io.error(`${name}: ${message}`);
	const [first] = problems;
	if (first !== undefined && isFieldName(first[0])) return fail(fieldProblem(first[0], first[1] ?? 'not valid'));
	return ok(values);
}
