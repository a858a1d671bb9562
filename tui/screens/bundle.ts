import {bytes, stopwatch} from '../../shared/format.ts';
import {bundleBeside, bundleContents, bundleFetch, bundlePromise, dayWords} from '../../shared/view/words.ts';
import {blank, cells, type Line, line, span, wrapText} from '../lines.ts';
import {heading, indent, judged, type Screen} from '../scene.ts';

/** What goes to support, that nothing secret is in it, and how far it is. */
export const bundle: Screen = (scene, {width}) => {
	const {operation, bundling} = scene.view;
	const rows: Line[] = [
		line('One file that tells support everything this machine knows about itself.'),
		blank,
		heading('What is in it'),
		...bundleContents.map(([label, text]) =>
			cells(
				[
					[line('  ', span(label, 'frame')), 16],
					[text, Math.max(4, width - 18)],
				],
				scene.glyphs.ellipsis,
			),
		),
		...indent(wrapText(bundlePromise, width - 2), 2),
		blank,
	];
	if (operation?.state === 'running')
		rows.push(...indent(wrapText(bundleBeside(operation.title), width - 2), 2), blank);
	if (bundling !== null) {
		const step = bundling.steps.find(({state}) => state === 'running');
		const detail = step?.detail ?? bundling.steps.findLast(({detail}) => detail !== undefined)?.detail ?? '';
		rows.push(
			line(
				...judged(scene, bundling.mark, bundling.word),
				`   ${stopwatch((bundling.endedAt ?? scene.now) - bundling.startedAt)}`,
				step === undefined ? '' : `   ${step.title}`,
			),
			...indent(wrapText(detail, width - 4), 2),
			...(bundling.problem === undefined
				? []
				: indent(wrapText(`${bundling.problem.what} ${bundling.problem.next}`, width - 4), 2)),
			blank,
		);
	}
	const {bundles} = scene.view;
	if (bundles.length > 0)
		rows.push(
			heading('On this machine'),
			...bundles
				.slice(0, 5)
				.flatMap(one => [
					line('  ', dayWords(one.at), '  ', bytes(one.sizeBytes)),
					...indent(wrapText(one.path, width - 4), 4),
				]),
			blank,
			heading('How to fetch it'),
			...bundleFetch.map(([label, text]) =>
				cells(
					[
						[line('  ', span(label, 'frame')), 20],
						[text, Math.max(4, width - 22)],
					],
					scene.glyphs.ellipsis,
				),
			),
			blank,
		);
	rows.push(line(span('Command line ', 'frame'), 'alga-appliance bundle'));
	return {lines: rows};
};
