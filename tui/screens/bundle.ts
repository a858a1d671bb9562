import {bytes, stopwatch} from '../../shared/format.ts';
import {bundleBeside, bundleContents, bundleFetch, bundlePromise, dayWords} from '../../shared/view/words.ts';
import {blank, type Line, line, span, wrapText} from '../lines.ts';
import {heading, indent, judged, type Screen, scrolled} from '../scene.ts';

/** What goes to support, that nothing secret is in it, and how far it is. */
export const bundle: Screen = (scene, {width, height}) => {
	const {operation, bundling} = scene.view;
	const rows: Line[] = [
		line('One file that tells support everything this machine knows about itself.'),
		blank,
		heading('What is in it'),
		...bundleContents.flatMap(([label, text]) => fact(label, text, 16, width)),
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
			...bundleFetch.flatMap(([label, text]) => fact(label, text, 20, width)),
			blank,
		);
	rows.push(line(span('Command line ', 'frame'), 'alga-appliance bundle'));
	return scrolled(scene, rows, height);
};

const fact = (label: string, text: string, labels: number, width: number): Line[] =>
	wrapText(text, width - labels - 2).map((row, index) =>
		line('  ', span((index === 0 ? label : '').padEnd(labels), 'frame'), row),
	);
