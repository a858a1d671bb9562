import {accessReset, powerActions} from '../../shared/view/words.ts';
import {blank, line, span, strong} from '../lines.ts';
import {heading, judged, type Screen} from '../scene.ts';
import {selectedRow} from '../selection.ts';

/** Restart, switch off and the forgotten web password, with a typed phrase, and never while something is being changed. */
export const power: Screen = scene => {
	const {operation} = scene.view;
	const selected = selectedRow(scene, 'power');
	const running = operation?.state === 'running';
	return {
		lines: [
			...(running
				? [judged(scene, 'attention', `Not now: ${operation.title} is running and must not be cut off.`), blank]
				: []),
			...[...powerActions, accessReset].flatMap(({title, effect}, index) => [
				line(span(index === selected ? '> ' : '  ', 'working'), span(title, index === selected ? 'focus' : 'strong')),
				line('  ', effect),
				blank,
			]),
			heading('At the next start'),
			line('  Everything comes back by itself in the same state; an installation that was'),
			line('  under way goes on where it stopped. This screen is back in about a minute.'),
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
