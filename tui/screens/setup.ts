import {type Field, fields, groups} from '../../shared/setup/fields.ts';
import {isAsked, isSecretName} from '../../shared/setup/form.ts';
import {tabBar} from '../components/tabs.ts';
import {focusedField, formProblems, formValues, openQuestions, pageFields, reviewPage} from '../form.ts';
import {blank, fitLine, type Line, line, span, strong, wrapText} from '../lines.ts';
import {heading, judged, type Room, rule, type Screen, type Seen} from '../scene.ts';
import {textWidth} from '../terminal/width.ts';

const labelWidth = 18;

/** The questions, a group a page, and the review. Generated from the same list as the page and the answers file. */
export const setup: Screen = (scene, room) => {
	const {form} = scene.ui;
	const names = [...groups.map(({title}) => title), 'Review'];
	const head = [tabBar(scene, names, form.page, room.width), rule(scene, room.width)];
	const body = {width: room.width, height: room.height - head.length};
	const open = Object.keys(openQuestions(form, scene.view)).length;
	const note = open === 0 ? 'all answered' : `${open} ${open === 1 ? 'answer is' : 'answers are'} still needed`;
	return {lines: [...head, ...(form.page === reviewPage ? review(scene, body) : questions(scene, body))], note};
};

/** The fields of a page, moved so that the focused one is in sight. */
function questions(scene: Seen, {width, height}: Room): Line[] {
	const {form} = scene.ui;
	const group = groups[form.page];
	const shown = pageFields(form, scene.view);
	const focused = focusedField(form, scene.view);
	const intro = wrapText(group?.help ?? '', width - 2).map(row => line(' ', row));
	const blocks = shown.map(field => ({field, rows: fieldRows(scene, field, field === focused, width)}));
	const all = [...intro, blank];
	let focusFrom = 0;
	let focusTo = 0;
	for (const {field, rows} of blocks) {
		if (field === focused) [focusFrom, focusTo] = [all.length, all.length + rows.length];
		all.push(...rows, blank);
	}
	const start = all.length <= height || focusTo <= height ? 0 : Math.max(0, Math.min(focusFrom, focusTo - height));
	return all.slice(start, start + height);
}

function fieldRows(scene: Seen, field: Field, isFocused: boolean, width: number): Line[] {
	const problem = formProblems(scene.ui.form, scene.view)[field.name];
	const origin = scene.view.setup.origins[field.name];
	const label = fitLine(
		[span(isFocused ? '> ' : '  ', 'working'), span(field.label, isFocused ? 'strong' : 'plain')],
		labelWidth,
		scene.glyphs.ellipsis,
	);
	const room = width - labelWidth;
	const below = (text: string, tone: 'plain' | 'failed' | 'frame') =>
		wrapText(text, room - 2).map(row => line(' '.repeat(labelWidth), span(row, tone)));
	const value =
		field.kind === 'choice' ? choiceRows(scene, field, isFocused) : [valueRow(scene, field, isFocused, room)];
	const rows = value.map((row, index) => line(...(index === 0 ? label : [span(' '.repeat(labelWidth))]), ...row));
	if (problem !== undefined) rows.push(...below(`${scene.glyphs.state.failed} ${problem}`, 'failed'));
	if (!isFocused) return rows;
	// Help stands under the question that has the focus: one idea at a time.
	if (origin !== undefined) rows.push(...below(origin, 'frame'));
	rows.push(...below(field.help, 'plain'));
	if (field.example !== undefined && problem === undefined) rows.push(...below(`Example: ${field.example}`, 'frame'));
	return rows;
}

function choiceRows(scene: Seen, field: Field, isFocused: boolean): Line[] {
	const chosen = formValues(scene.ui.form, scene.view)[field.name];
	return (field.choices ?? []).map(({value, label, note}) => {
		const isChosen = value === chosen;
		return line(
			span(`(${isChosen ? scene.glyphs.bullet : ' '}) `, isChosen ? 'working' : 'plain'),
			span(label, isChosen && isFocused ? 'focus' : isChosen ? 'strong' : 'plain'),
			note === undefined ? '' : `   ${note}`,
		);
	});
}

/** The text with its cursor; where it comes from when nobody typed it. */
function valueRow(scene: Seen, field: Field, isFocused: boolean, width: number): Line {
	const {form} = scene.ui;
	const typed = [...formValues(form, scene.view)[field.name]];
	const shown =
		field.kind === 'secret' && (!isFocused || form.secret === 'masked') ? typed.map(() => scene.glyphs.mask) : typed;
	const origin = scene.view.setup.origins[field.name];
	if (!isFocused) {
		if (typed.length > 0) return line(shown.join(''), origin === undefined ? '' : span(`   from ${origin}`, 'frame'));
		return line(span(origin === undefined ? '-' : origin, 'frame'));
	}
	return [...inputLine(shown, form.cursor, Math.max(4, width - 2), scene.glyphs.ellipsis)];
}

/** A piece of text as wide as there is room, moved so that the cursor is in sight; the cursor is shown inverse. */
export function inputLine(
	characters: readonly string[],
	cursor: number | undefined,
	width: number,
	mark: string,
): Line {
	const at = Math.min(cursor ?? characters.length, characters.length);
	let start = at;
	let used = 1;
	while (start > 0) {
		const wide = textWidth(characters[start - 1] ?? '');
		if (used + wide > width - 2) break;
		used += wide;
		start--;
	}
	const before = characters.slice(start, at).join('');
	const after = characters.slice(at + 1).join('');
	return fitLine(
		[
			span(start > 0 ? mark : ''),
			span(before),
			span(characters[at] ?? ' ', 'focus'),
			span(after),
			...(at < characters.length ? [] : [span('_'.repeat(Math.max(0, Math.min(20, width - used - 2))), 'frame')]),
		],
		width,
		mark,
	);
}

/** All answers at a glance, and what still keeps the installation from starting. */
function review(scene: Seen, {width, height}: Room): Line[] {
	const {form} = scene.ui;
	const values = formValues(form, scene.view);
	const open = openQuestions(form, scene.view);
	const rows: Line[] = [];
	for (const field of fields) {
		if (!isAsked(field, values) || (field.advanced && values[field.name] === field.initial)) continue;
		const value = values[field.name];
		const origin = scene.view.setup.origins[field.name];
		const shown = isSecretName(field.name)
			? scene.glyphs.mask.repeat(Math.min(12, [...value].length))
			: choiceLabel(field, value);
		const problem = open[field.name];
		rows.push(
			line(
				...fitLine([span(`  ${field.label}`, 'frame')], labelWidth, scene.glyphs.ellipsis),
				...(problem === undefined
					? [span(shown === '' ? (origin ?? 'none') : shown)]
					: [span(`${scene.glyphs.state.failed} ${problem}`, 'failed')]),
			),
		);
	}
	const count = Object.keys(open).length;
	const accepted = form.accept.length === 0 ? '' : `   ${form.accept.length} warnings of the checks are accepted.`;
	const verdict =
		count === 0
			? [
					line(...judged(scene, 'good', 'Everything is answered.'), accepted),
					line('  ', strong('Enter'), ' starts the installation.'),
					line('  ', strong('F8'), ' only runs the checks, which change nothing.'),
				]
			: [
					line(
						...judged(
							scene,
							'attention',
							`${count} ${count === 1 ? 'answer is' : 'answers are'} missing or not valid.`,
						),
					),
					line('  ', strong('Enter'), ' goes to the first one.'),
				];
	// Answers come first: heading and blank give way to them.
	const room = height - verdict.length - rows.length;
	const shown = rows.slice(0, Math.max(0, height - verdict.length));
	return [...(room >= 2 ? [heading(' Your answers')] : []), ...shown, ...(room >= 1 ? [blank] : []), ...verdict].map(
		row => fitLine(row, width, scene.glyphs.ellipsis),
	);
}

const choiceLabel = (field: Field, value: string): string =>
	field.choices?.find(choice => choice.value === value)?.label ?? value;
