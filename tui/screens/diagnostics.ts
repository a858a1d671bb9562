import {reachWord} from '../../shared/view/words.ts';
import {blockerCard, blockerMark, stoppedCard} from '../components/blocker.ts';
import {card, partRows} from '../components/card.ts';
import {position, table} from '../components/list.ts';
import {blank, line, strong, wrapText} from '../lines.ts';
import {clipNames, shortDigests} from '../names.ts';
import {age, indent, judged, type Screen, type Seen, sign} from '../scene.ts';
import {selectedRow} from '../selection.ts';

/** Everything that is wrong, worst first; the chosen one as a card below, opened over the whole body. */
export const diagnostics: Screen = (scene, {width, height}) => {
	const {blockers} = scene.view;
	const selected = selectedRow(scene, 'diagnostics');
	const chosen = blockers[selected];
	if (chosen === undefined) return {lines: nothing(scene, width, height)};
	const note = position(selected, blockers.length);
	if (scene.ui.detail === 'open') {
		const {title, tag, parts, mark} = blockerCard(scene, chosen);
		const rows = [
			...wrapText(title, width - 2).map((row, index) => line(index === 0 ? sign(scene, mark) : ' ', ' ', strong(row))),
			line('  ', tag),
			blank,
			...partRows(parts, width),
		];
		const start = Math.min(scene.ui.scroll, Math.max(0, rows.length - height));
		return {lines: rows.slice(start), overflow: Math.max(0, rows.length - height), note};
	}
	const list = table(
		scene,
		[
			{title: 'What', cell: blocker => shortDigests(blocker.title), room: 'rest', cut: clipNames},
			{title: 'Where', cell: blocker => blocker.component},
			{
				title: 'Reach',
				cell: blocker =>
					judged(scene, blockerMark(blocker), blocker.loginBlocking ? reachWord.blocking : blocker.severity),
			},
			{title: 'Since', cell: blocker => age(scene, blocker.firstSeen)},
		],
		blockers,
		selected,
		width,
		Math.max(2, Math.min(blockers.length + 1, Math.floor(height * 0.4))),
	);
	return {lines: [...list, blank, ...card(scene, blockerCard(scene, chosen), width, height - list.length - 1)], note};
};

function nothing(scene: Seen, width: number, height: number) {
	const {operation} = scene.view;
	const stopped =
		operation && (operation.state === 'failed' || operation.state === 'interrupted')
			? stoppedCard(operation)
			: undefined;
	if (stopped !== undefined) return card(scene, stopped, width, height);
	// What an engine that is gone said last is no word on now.
	const verdict =
		scene.link.state === 'lost'
			? [
					judged(scene, 'attention', `Nothing was known to be wrong ${age(scene, scene.link.since)} ago.`),
					...indent(
						wrapText(
							'The engine does not answer since then: what is shown is old, and what is wrong now is not known.',
							width - 2,
						),
						2,
					),
				]
			: [judged(scene, 'good', 'Nothing is known to be wrong.')];
	const further =
		'If something does not work all the same, F7 makes a support bundle for Nine Minds, and F4 shows the logs of everything on this machine.';
	return [blank, ...verdict, blank, ...indent(wrapText(further, width), 0)];
}
