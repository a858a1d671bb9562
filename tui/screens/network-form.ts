import type {Setting} from '../../shared/network/settings.ts';
import {blank, fitLine, type Line, line, span, strong, widthOf, wrapText} from '../lines.ts';
import {askedSettings, choicesOf, focusedSetting, networkProblems, networkValues} from '../network-form.ts';
import type {Page, Room, Seen} from '../scene.ts';
import {inputLine} from './setup.ts';

const labelWidth = 18;

/** The settings, one row each; help stands under the one that has the focus. */
export function networkForm(scene: Seen, {width, height}: Room): Page {
	const form = scene.ui.network;
	const asked = askedSettings(form, scene.view);
	const focused = focusedSetting(form, scene.view);
	const problems = networkProblems(form, scene.view);
	const rows: Line[] = [];
	let focus = 0;
	for (const setting of asked) {
		if (setting === focused) focus = rows.length;
		rows.push(...settingRows(scene, setting, setting === focused, problems[setting.name], width));
	}
	if (focused === undefined) focus = rows.length + 1;
	const isLast = focused === undefined;
	rows.push(
		blank,
		line(
			span(isLast ? '> ' : '  ', 'working'),
			isLast ? span('[ Use these settings ]', 'focus') : '[ Use these settings ]',
			isLast ? '   Enter asks once more before anything is changed' : '',
		),
	);
	const start = Math.max(0, Math.min(focus - Math.floor(height / 2), rows.length - height));
	return {lines: rows.slice(start, start + height), note: 'nothing is changed yet'};
}

function settingRows(
	scene: Seen,
	setting: Setting,
	isFocused: boolean,
	problem: string | undefined,
	width: number,
): Line[] {
	const label = fitLine(
		[span(isFocused ? '> ' : '  ', 'working'), span(setting.label, isFocused ? 'strong' : 'plain')],
		labelWidth,
		scene.glyphs.ellipsis,
	);
	const below = (text: string, tone: 'plain' | 'failed' | 'frame') =>
		wrapText(text, width - labelWidth - 2).map(row => line(' '.repeat(labelWidth), span(row, tone)));
	const rows = valueRows(scene, setting, isFocused, width - labelWidth - 2).map((row, index) =>
		line(...(index === 0 ? label : [span(' '.repeat(labelWidth))]), ...row),
	);
	if (problem !== undefined) rows.push(...below(`${scene.glyphs.state.failed} ${problem}`, 'failed'));
	if (!isFocused) return rows;
	rows.push(...below(setting.help, 'plain'));
	if (setting.example !== undefined && problem === undefined)
		rows.push(...below(`Example: ${setting.example}`, 'frame'));
	return rows;
}

/** Choices stand beside each other where there is room, else below. */
function valueRows(scene: Seen, setting: Setting, isFocused: boolean, width: number): Line[] {
	const form = scene.ui.network;
	const value = networkValues(form, scene.view)[setting.name];
	const choices = choicesOf(setting, scene.view);
	if (choices.length > 0) {
		const rows = choices.map(choice =>
			line(
				span(`(${choice.value === value ? scene.glyphs.bullet : ' '}) `, choice.value === value ? 'working' : 'plain'),
				span(choice.label, choice.value === value && isFocused ? 'focus' : choice.value === value ? 'strong' : 'plain'),
			),
		);
		const beside = rows.flatMap((row, index) => (index === 0 ? row : line('   ', ...row)));
		return widthOf(beside) <= width ? [beside] : rows;
	}
	if (isFocused) return [inputLine([...value], form.cursor, Math.max(4, width), scene.glyphs.ellipsis)];
	return [
		value === '' ? line(span('-', 'frame')) : line(form.text[setting.name] === undefined ? value : strong(value)),
	];
}
