import {isSwitching, offerWords, plannedWords} from '../../shared/view/update.ts';
import {dayWords} from '../../shared/view/words.ts';
import {blank, cells, type Line, line, span, strong, wrapText} from '../lines.ts';
import {age, heading, judged, type Screen, scrolled, sign} from '../scene.ts';

/** Which release runs, what is to be had, what an update would do, and what was done before. */
export const updates: Screen = (scene, {width, height}) => {
	const {current, available, previous, channel, pin, checkedAt, problem, support, history, planned, troubles} =
		scene.view.updates;
	const fact = (label: string, text: string | Line): Line[] =>
		typeof text === 'string'
			? wrapText(text, width - 13).map((row, index) => line(span((index === 0 ? label : '').padEnd(13), 'frame'), row))
			: [line(span(label.padEnd(13), 'frame'), ...text)];
	const rows: Line[] = [
		...fact(
			'Installed',
			current === undefined
				? line('nothing yet')
				: line(
						strong(current.version),
						`   Alga PSA ${current.appVersion}`,
						current.since === undefined ? '' : `   since ${dayWords(current.since)}`,
					),
		),
		...(current === undefined ? [] : fact('Signed by', `${current.signedBy}   ${current.digest.slice(0, 26)}`)),
		...fact(
			'Channel',
			`${channel}${channel === 'nightly' ? '   for testing only' : ''}${pin === '' ? '' : `   pinned to ${pin}`}`,
		),
		...fact('Support', support),
		...fact('Looked', checkedAt === undefined ? 'not yet' : `${age(scene, checkedAt)} ago`),
	];
	if (problem !== undefined)
		rows.push(
			...fact('', [...judged(scene, 'attention', problem.what)]),
			...fact('', `${problem.next} What is shown is the last good answer.`),
		);
	if (planned !== undefined) rows.push(...fact('Planned', plannedWords(planned)));
	rows.push(blank);
	const words = offerWords(scene.view);
	if (words !== undefined) rows.push(judged(scene, words.mark, words.text));
	else if (available !== undefined) {
		rows.push(
			line(...judged(scene, available.allowed ? 'working' : 'attention', `Release ${available.version} is available`)),
			...fact('Path', available.path),
			...fact('Notes', available.notes),
			...available.changes.flatMap((change, index) => fact(index === 0 ? 'Changes' : '', change)),
			...fact('Downtime', available.downtime),
			...fact('Disk', available.disk),
			...troubles.flatMap(({text}, index) => fact(index === 0 ? 'In the way' : '', text)),
		);
	}
	if (previous !== undefined && !isSwitching(scene.view.operation))
		rows.push(blank, ...fact('Way back', `${previous.version}   y puts it back`));
	if (history.length > 0) {
		rows.push(blank, heading('History'));
		for (const {at, title, mark, text} of history)
			rows.push(
				cells(
					[
						[dayWords(at), 12],
						[line(sign(scene, mark), ' ', title), 26],
						[text, Math.max(0, width - 42)],
					],
					scene.glyphs.ellipsis,
				),
			);
	}
	return scrolled(scene, rows, height);
};
