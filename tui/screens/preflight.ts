import type {CheckView} from '../../shared/view/view.ts';
import {checkWord} from '../../shared/view/words.ts';
import {problemCard} from '../components/blocker.ts';
import {card} from '../components/card.ts';
import {position, table} from '../components/list.ts';
import {blank, type Line, line, strong, wrapText} from '../lines.ts';
import {age, judged, type Screen, type Seen} from '../scene.ts';
import {selectedRow} from '../selection.ts';

/** What was measured, what is needed, and what to do: before anything is changed. */
export const preflight: Screen = (scene, {width, height}) => {
	const {checks} = scene.view;
	if (checks.length === 0)
		return {
			lines: [
				blank,
				line('No check has run yet. '),
				line('They look at this machine and its network and change nothing.'),
			],
		};
	const selected = selectedRow(scene, 'preflight');
	const chosen = checks[selected];
	if (scene.ui.detail === 'open' && chosen !== undefined) return {lines: detailOf(scene, chosen, width, height)};
	const cardRoom = chosen?.problem === undefined ? 0 : Math.max(5, Math.min(9, height - checks.length - 2));
	const lines = table(
		scene,
		[
			{title: 'Check', cell: check => check.title},
			{title: 'Found', cell: check => check.found, room: 'rest'},
			{title: 'Needed', cell: check => check.needed},
			{title: 'Result', cell: check => judged(scene, check.mark, resultOf(scene, check))},
		],
		checks,
		selected,
		width,
		Math.max(2, Math.min(checks.length + 1, height - cardRoom)),
	);
	const below = chosen?.problem === undefined ? [] : card(scene, cardOf(scene, chosen), width, height - lines.length);
	return {
		lines: [...lines, ...(height - lines.length - below.length > 0 ? [blank] : []), ...below],
		note: `${summary(scene)}   ${position(selected, checks.length)}`,
	};
};

const isAccepted = (scene: Seen, check: CheckView) => check.accepted || scene.ui.form.accept.includes(check.id);

const resultOf = (scene: Seen, check: CheckView): string =>
	check.result === 'warns' && isAccepted(scene, check) ? 'accepted' : checkWord[check.result];

function cardOf(scene: Seen, check: CheckView) {
	const problem = check.problem ?? {code: 'internal' as const, what: check.found, next: ''};
	const tag =
		check.result !== 'warns' ? 'must be fixed' : isAccepted(scene, check) ? 'accepted' : 'w accepts this warning';
	return {...problemCard(check.title, tag, problem), mark: check.mark};
}

/** "10 of 11 checks done, 1 fails, 1 warns". */
export function summary({view: {checks}}: Seen): string {
	const done = checks.filter(({result}) => result !== 'waiting' && result !== 'running').length;
	const count = (result: CheckView['result']) => checks.filter(check => check.result === result).length;
	const bad = [count('fails') > 0 ? `${count('fails')} fail` : '', count('warns') > 0 ? `${count('warns')} warn` : ''];
	return [`${done} of ${checks.length} done`, ...bad.filter(Boolean)].join(', ');
}

function detailOf(scene: Seen, check: CheckView, width: number, height: number): Line[] {
	if (check.problem !== undefined) return card(scene, cardOf(scene, check), width, height);
	const fact = (label: string, text: string) =>
		wrapText(text, width - 10).map((row, index) => line((index === 0 ? label : '').padEnd(10), row));
	return [
		line(strong(check.title)),
		blank,
		...fact('Result', resultOf(scene, check)),
		...fact('Found', check.found),
		...fact('Needed', check.needed),
		...fact('Measured', check.at === undefined ? 'not yet' : `${age(scene, check.at)} ago`),
	];
}
