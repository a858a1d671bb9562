import type {Mark} from '../../shared/view/view.ts';
import {fitLine, type Line, line, span, wrapText} from '../lines.ts';
import {clipNames, shortDigests} from '../names.ts';
import {type Scene, toneOf} from '../scene.ts';
import {clip, textWidth} from '../terminal/width.ts';

/** One labelled part of a card. The higher its number, the sooner it gives way where there is little room. */
export type Part = {readonly label: string; readonly text: readonly string[]; readonly rank: number};

export type Card = {
	readonly title: string;
	readonly tag: string;
	readonly mark: Mark;
	readonly parts: readonly Part[];
};

const labelWidth = 7;

/** A framed card of at most `most` rows. What cannot be shown is announced by the ellipsis at its foot. */
export function card(scene: Scene, {title, tag, mark, parts}: Card, width: number, most: number): Line[] {
	const {box, ellipsis} = scene.glyphs;
	const tone = toneOf(mark) === 'plain' ? 'frame' : toneOf(mark);
	const inner = width - 4;
	const short = parts.map(one => ({...one, text: one.text.map(shortDigests)}));
	const rows = fitParts(short, inner, Math.max(1, most - 2));
	// The tag gives way before the title does.
	const shownTag = textWidth(shortDigests(title)) + textWidth(tag) + 8 <= width ? tag : '';
	const room = Math.max(0, width - 5 - (shownTag === '' ? 0 : textWidth(shownTag) + 2));
	const shownTitle = clip(clipNames(title, room, ellipsis), room, ellipsis);
	const dashes = width - 5 - textWidth(shownTitle) - (shownTag === '' ? 0 : textWidth(shownTag) + 2);
	const side = span(box.left, tone);
	return [
		line(
			span(`${box.topLeft} `, tone),
			span(shownTitle, 'strong'),
			span(` ${box.top.repeat(Math.max(0, dashes))}${box.top}`, tone),
			shownTag === '' ? '' : span(` ${shownTag} `, tone),
			span(box.topRight, tone),
		),
		...rows.shown.map(row => [side, span(' '), ...fitLine(row, inner, ellipsis), span(' '), side]),
		[span(`${box.bottomLeft}${bottom(scene, width - 2, rows.hidden)}${box.bottomRight}`, tone)],
	];
}

function bottom({glyphs: {box}}: Scene, width: number, hidden: number): string {
	const words = hidden === 0 ? '' : ` ${hidden} more ${hidden === 1 ? 'row' : 'rows'}: Enter `;
	return words.length + 2 > width
		? box.bottom.repeat(Math.max(0, width))
		: `${box.bottom.repeat(width - words.length - 1)}${words}${box.bottom}`;
}

/** All rows of the parts, unframed. */
export function partRows(parts: readonly Part[], width: number): Line[] {
	return parts.flatMap(({label, text}) =>
		text
			.flatMap(paragraph => wrapText(paragraph, Math.max(1, width - labelWidth)))
			.map((row, index) => line(span((index === 0 ? label : '').padEnd(labelWidth), 'frame'), row)),
	);
}

/** Drops the least important parts until the rest fits, then rows. */
function fitParts(parts: readonly Part[], width: number, most: number): {shown: Line[]; hidden: number} {
	const all = partRows(parts, width).length;
	let kept = parts;
	while (kept.length > 1 && partRows(kept, width).length > most) {
		const worst = Math.max(...kept.map(({rank}) => rank));
		kept = kept.filter(({rank}) => rank < worst);
	}
	// All parts may have the same rank: then the first of them stay.
	const shown = partRows(kept.length === 0 ? parts : kept, width).slice(0, most);
	return {shown, hidden: all - shown.length};
}
