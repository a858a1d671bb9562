import {type Line, line, type Span, span, widthOf} from '../lines.ts';
import type {Scene} from '../scene.ts';

/** Names in a row, the open one in brackets; moved so that the open one is in sight. */
export function tabBar(scene: Scene, names: readonly string[], open: number, width: number): Line {
	const items = names.map(
		(name, index): Span => (index === open ? span(`[ ${name} ]`, 'strong') : span(`  ${name}  `)),
	);
	const {left, right} = scene.glyphs.arrow;
	let first = 0;
	const fits = (from: number) => widthOf(items.slice(from, open + 1)) + 4 <= width;
	while (first < open && !fits(first)) first++;
	const shown: Span[] = first > 0 ? [span(`${left} `)] : [];
	for (const item of items.slice(first)) {
		const isLast = item === items.at(-1);
		if (widthOf([...shown, item]) + (isLast ? 0 : 2) > width && shown.length > 0) {
			shown.push(span(` ${right}`));
			break;
		}
		shown.push(item);
	}
	return line(...shown);
}

/** How much is done: "████████▒░░░  1.1 of 1.8 GB" without the words. */
export function gauge({glyphs: {bar}}: Scene, done: number, total: number, width: number): string {
	const share = total > 0 ? Math.max(0, Math.min(1, done / total)) : 0;
	const full = Math.floor(share * width);
	const part = full < width && share * width - full >= 0.5 ? bar.part : '';
	return `${bar.full.repeat(full)}${part}${bar.empty.repeat(Math.max(0, width - full - part.length))}`;
}
