import type {FieldName} from '../../../shared/setup/fields.ts';
import type {View} from '../../../shared/view/view.ts';
import type {PageForm} from './build.ts';
import type {Answers} from './scene.ts';

/** The form's groups and fields, put into the document by the build: the rules stay with the engine. */
const form: PageForm = JSON.parse(document.getElementById('form')?.textContent ?? '');
export const {groups, fields, settings} = form;
export type PageField = (typeof fields)[number];
/** Index of the page after the last group. */
export const reviewPage = groups.length;

/** What the form holds: typed here first, then kept by the engine, then the defaults. */
export function answerTo(field: PageField, answers: Answers, view: View): string {
	return answers.text[field.name] ?? view.setup.draft[field.name] ?? field.initial;
}

const fieldOf = (name: FieldName) => fields.find(field => field.name === name);

/** Whether the field is asked for at all, given the other answers. */
export function isAsked({onlyWhen}: PageField, answers: Answers, view: View): boolean {
	const other = onlyWhen && fieldOf(onlyWhen.field);
	return onlyWhen === undefined || other === undefined || answerTo(other, answers, view) === onlyWhen.is;
}

/** All values but secrets: what may be kept as a draft. */
export function draftValues(answers: Answers, view: View): Record<string, string> {
	const open = fields.filter(({kind}) => kind !== 'secret');
	return Object.fromEntries(open.map(field => [field.name, answerTo(field, answers, view)]));
}

/** Everything setup is started with. */
export function setupValues(answers: Answers, view: View): Record<string, string> {
	return Object.fromEntries(fields.map(field => [field.name, answerTo(field, answers, view)]));
}

/** What still keeps setup from starting, by field: the engine's word, and the secrets it never sees before. */
export function openQuestions(answers: Answers, view: View): Record<string, string> {
	const asked = fields.filter(field => isAsked(field, answers, view));
	return Object.fromEntries(
		asked.flatMap(field => {
			const problem =
				field.kind === 'secret' ? secretProblem(answerTo(field, answers, view)) : kept(field, answers, view);
			return problem === undefined ? [] : [[field.name, problem]];
		}),
	);
}

/** The engine's message about this answer: of the last time it was sent, or of what it keeps. */
function kept({name}: PageField, answers: Answers, view: View): string | undefined {
	const typed = answers.text[name];
	if (typed === undefined || typed === view.setup.draft[name]) return view.setup.problems[name];
	// What was typed since has not been judged yet: better no word than a wrong one.
	return answers.judged.values[name] === typed ? answers.judged.problems[name] : undefined;
}

const secretProblem = (typed: string) => (typed.length >= 10 ? undefined : 'at least 10 characters');

/** The message to show under a field: only once it was left, and never for one passed by empty. */
export function messageFor(field: PageField, answers: Answers, view: View): string | undefined {
	const value = answerTo(field, answers, view);
	if (value === '' && !answers.left.has(`${field.name}!`)) return undefined;
	if (field.kind === 'secret') return answers.left.has(field.name) ? secretProblem(value) : undefined;
	return answers.text[field.name] === undefined || answers.left.has(field.name)
		? kept(field, answers, view)
		: undefined;
}

/** What was typed and not yet seen in the view: only this is sent, so that two browsers do not undo each other. */
export function unsent(answers: Answers, view: View): Record<string, string> {
	const open = fields.filter(({kind, name}) => kind !== 'secret' && answers.text[name] !== undefined);
	const typed = open.map(({name}) => [name, answers.text[name] ?? ''] as const);
	return Object.fromEntries(typed.filter(([name, value]) => view.setup.draft[name] !== value));
}

/** Lets go of what the view has by now; until then it is remembered here. */
export function settle(answers: Answers, view: View): Answers {
	const waiting = unsent(answers, view);
	const secrets = fields.filter(({kind}) => kind === 'secret').map(({name}): string => name);
	const kept = Object.entries(answers.text).filter(([name]) => name in waiting || secrets.includes(name));
	return kept.length === Object.keys(answers.text).length ? answers : {...answers, text: Object.fromEntries(kept)};
}

export const noAnswers: Answers = {page: 0, text: {}, left: new Set(), judged: {values: {}, problems: {}}, accept: []};
