import {accessReset, consoleModes, powerActions} from '../../shared/view/words.ts';
import {blank, line, span, strong, wrapText} from '../lines.ts';
import {heading, judged, type Screen} from '../scene.ts';
import {selectedRow} from '../selection.ts';

/** Restart, switch off and who may act here, with a typed phrase, and never while something is being changed. */
export const power: Screen = (scene, {width}) => {
	const {operation, access} = scene.view;
	const mode = access.console?.mode ?? 'off';
	const selected = selectedRow(scene, 'power');
	const running = operation?.state === 'running';
	const choices = [...powerActions, accessReset, ...consoleModes];
	const rows = choices.map(({title}, index) =>
		line(
			span(index === selected ? '> ' : '  ', 'working'),
			span(title, index === selected ? 'focus' : 'strong'),
			span(consoleModes[index - powerActions.length - 1]?.mode === mode ? '   as it is now' : '', 'frame'),
		),
	);
	return {
		lines: [
			...(running
				? [judged(scene, 'attention', `Not now: ${operation.title} is running and must not be cut off.`), blank]
				: []),
			...rows.slice(0, powerActions.length),
			blank,
			heading('Who may act'),
			...rows.slice(powerActions.length),
			blank,
			...wrapText(choices[selected]?.effect ?? '', width - 2).map(row => line('  ', row)),
			blank,
			line(
				span('A shell ', 'frame'),
				'Alt-F2 on this screen, or SSH. ',
				span('Command line ', 'frame'),
				strong('alga-appliance'),
			),
		],
	};
};
