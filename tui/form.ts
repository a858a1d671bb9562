import {type Field, type FieldName, fields, groups} from '../shared/setup/fields.ts';
import {checkField, checkForm, emptyDraft, isAsked, isFieldName, isSecretName} from '../shared/setup/form.ts';
import type {View} from '../shared/view/view.ts';
import type {Form} from './state.ts';
import type {Key} from './terminal/keys.ts';

/** Index of the page after the last group. */
export const reviewPage = groups.length;

/** No field takes more than this by typing; pastes are cut here too. */
const longestAnswer = 1000;

/** What the form holds: typed here first, then kept by the engine, then the defaults. */
export function formValues(form: Form, view: View | undefined): Readonly<Record<FieldName, string>> {
	const kept = Object.entries(view?.setup.draft ?? {}).filter(([name]) => isFieldName(name));
	return {...emptyDraft(), adminPassword: '', ...Object.fromEntries(kept), ...form.text};
}

/** The same without secrets: what the checks need to know. */
export const plainValues = (form: Form, view: View | undefined): Readonly<Record<string, string>> =>
	withoutSecrets(formValues(form, view));

/** Only what was typed here: the answers of another surface are not written over with old ones. */
export const draftValues = (form: Form): Readonly<Record<string, string>> => withoutSecrets(form.text);

const withoutSecrets = (values: Readonly<Partial<Record<FieldName, string>>>): Readonly<Record<string, string>> =>
	Object.fromEntries(Object.entries(values).filter(([name]) => isFieldName(name) && !isSecretName(name)));

/** Fields of the page that is open, in order. */
export function pageFields(form: Form, view: View | undefined): readonly Field[] {
	const group = groups[form.page];
	const values = formValues(form, view);
	return fields.filter(
		field =>
			field.group === group?.id &&
			isAsked(field, values) &&
			(field.advanced === undefined || form.advanced === 'shown' || values[field.name] !== field.initial),
	);
}

export const hasAdvanced = (form: Form): boolean =>
	fields.some(field => field.group === groups[form.page]?.id && field.advanced === true);

export const focusedField = (form: Form, view: View | undefined): Field | undefined =>
	pageFields(form, view)[form.field];

/** Messages to show: of fields that were left here, and what the engine says about answers nobody has changed since. */
export function formProblems(form: Form, view: View | undefined): Readonly<Partial<Record<FieldName, string>>> {
	const told = Object.entries(view?.setup.problems ?? {}).filter(
		([name]) => isFieldName(name) && form.text[name] === undefined && (view?.setup.draft[name] ?? '') !== '',
	);
	return {...Object.fromEntries(told), ...form.problems};
}

/** Everything that still keeps setup from starting. */
export const openQuestions = (form: Form, view: View | undefined): Readonly<Partial<Record<FieldName, string>>> =>
	checkForm(formValues(form, view), 'with-secrets');

/** Leaves the focused field: what was typed is put in its kept form, or the message stands under it. */
export function leaveField(form: Form, view: View | undefined): {readonly form: Form; readonly changed: boolean} {
	const field = focusedField(form, view);
	if (field === undefined) return {form, changed: false};
	const typed = form.text[field.name];
	const {[field.name]: _, ...others} = form.problems;
	const left: Form = {...form, cursor: undefined, secret: 'masked', problems: others};
	if (typed === undefined) return {form: left, changed: false};
	const checked = checkField(field.name, typed);
	const text = {...form.text, [field.name]: checked.ok ? checked.value : typed};
	// A required answer that was passed by empty is told at the review, not while somebody walks through.
	const problems = checked.ok || typed === '' ? others : {...others, [field.name]: checked.message};
	return {form: {...left, text, problems}, changed: !isSecretName(field.name)};
}

/** One field or page on or back; pages follow each other, the review is the last. */
export function moveField(form: Form, view: View | undefined, by: 1 | -1): Form {
	const count = pageFields(form, view).length;
	const field = form.field + by;
	if (form.page < reviewPage && field >= 0 && field < count) return {...form, field, cursor: undefined};
	if (by > 0) return movePage(form, 1);
	if (form.page === 0) return form;
	const before = {...form, page: form.page - 1, field: 0, cursor: undefined};
	return {...before, field: Math.max(0, pageFields(before, view).length - 1)};
}

export function movePage(form: Form, by: 1 | -1): Form {
	const page = Math.min(reviewPage, Math.max(0, form.page + by));
	return page === form.page ? form : {...form, page, field: 0, cursor: undefined, secret: 'masked'};
}

/** To the first question that is open, with its message. */
export function goToFirstOpen(form: Form, view: View | undefined): Form {
	const open = openQuestions(form, view);
	const first = fields.find(field => open[field.name] !== undefined);
	if (first === undefined) return {...form, page: reviewPage, field: 0};
	const there: Form = {
		...form,
		page: groups.findIndex(group => group.id === first.group),
		field: 0,
		cursor: undefined,
		problems: {...form.problems, [first.name]: open[first.name] ?? 'not valid'},
		advanced: first.advanced ? 'shown' : form.advanced,
	};
	return {
		...there,
		field: Math.max(
			0,
			pageFields(there, view).findIndex(field => field.name === first.name),
		),
	};
}

/** A key in the focused field; undefined when the field has no use for it. */
export function editField(form: Form, view: View | undefined, key: Key): Form | undefined {
	const field = focusedField(form, view);
	if (field === undefined) return undefined;
	const value = formValues(form, view)[field.name];
	if (field.kind === 'choice') {
		const by = key.name === 'right' || (key.name === 'char' && key.char === ' ') ? 1 : key.name === 'left' ? -1 : 0;
		if (by === 0) return isText(key) ? form : undefined;
		const values = (field.choices ?? []).map(choice => choice.value);
		const next = values[(values.indexOf(value) + by + values.length) % values.length];
		return next === undefined ? form : {...form, text: {...form.text, [field.name]: next}};
	}
	const edited = editText([...value], form.cursor, key);
	if (edited === undefined) return undefined;
	const text = edited.characters.slice(0, longestAnswer).join('');
	return {...form, cursor: edited.cursor, text: text === value ? form.text : {...form.text, [field.name]: text}};
}

const isText = (key: Key): boolean => key.name === 'char' || key.name === 'paste';

/** One line of text under a key; undefined when the key does not edit. */
export function editText(
	characters: readonly string[],
	cursor: number | undefined,
	key: Key,
): {readonly characters: readonly string[]; readonly cursor: number | undefined} | undefined {
	const at = Math.min(cursor ?? characters.length, characters.length);
	const put = (text: string) => {
		const typed = [...text.replace(/\p{Control}+/gu, ' ')];
		return {characters: [...characters.slice(0, at), ...typed, ...characters.slice(at)], cursor: at + typed.length};
	};
	switch (key.name) {
		case 'char':
			return put(key.char);
		case 'paste':
			return put(key.text.trim());
		case 'backspace':
			return {characters: characters.toSpliced(Math.max(0, at - 1), at > 0 ? 1 : 0), cursor: Math.max(0, at - 1)};
		case 'delete':
			return {characters: characters.toSpliced(at, 1), cursor: at};
		case 'left':
			return {characters, cursor: Math.max(0, at - 1)};
		case 'right':
			return {characters, cursor: Math.min(characters.length, at + 1)};
		case 'home':
			return {characters, cursor: 0};
		case 'end':
			return {characters, cursor: undefined};
		case 'ctrl':
			if (key.letter === 'u') return {characters: [], cursor: undefined};
			if (key.letter === 'a') return {characters, cursor: 0};
			if (key.letter === 'e') return {characters, cursor: undefined};
			return undefined;
		default:
			return undefined;
	}
}

/** After a new view: what the engine has kept need not be remembered here, and secrets go once setup is done. */
export function settleForm(form: Form, view: View): Form {
	const done = view.setup.state === 'done';
	const left = Object.entries(form.text).filter(
		([name, text]) => !(done && isFieldName(name) && isSecretName(name)) && view.setup.draft[name] !== text,
	);
	return left.length === Object.keys(form.text).length ? form : {...form, text: Object.fromEntries(left)};
}
