import {graphemes, graphemeWidth, textWidth} from './terminal/width.ts';

/** Digests by the 12 digits that people compare; whoever needs all of them opens the image. */
export const shortDigests = (text: string): string => text.replaceAll(/(sha256:[0-9a-f]{12})[0-9a-f]{52}/gu, '$1');

/** Cuts a name in its middle: beginning and end are what tells pods and images apart. `mark` is one cell. */
export function clipMiddle(text: string, width: number, mark: string): string {
	if (textWidth(text) <= width) return text;
	if (width <= 1) return width === 1 ? mark : '';
	const head = takeCells([...graphemes(text)], Math.floor((width - 1) / 2));
	const tail = takeCells([...graphemes(text)].reverse(), width - 1 - textWidth(head.join('')));
	return `${head.join('')}${mark}${tail.reverse().join('')}`;
}

/** A sentence of a width: the longest names in it are cut in their middle, so that the verb stays. */
export function clipNames(text: string, width: number, mark: string): string {
	const words = shortDigests(text).split(' ');
	const over = () => textWidth(words.join(' ')) - width;
	for (let excess = over(); excess > 0; excess = over()) {
		const widths = words.map(textWidth);
		const widest = Math.max(...widths);
		if (widest <= leastName) break;
		const at = widths.indexOf(widest);
		words[at] = clipMiddle(words[at] ?? '', Math.max(leastName, widest - excess), mark);
	}
	return words.join(' ');
}

/** Names shorter than this are words of the sentence. */
const leastName = 12;

function takeCells(signs: readonly string[], width: number): string[] {
	const taken: string[] = [];
	let used = 0;
	for (const sign of signs) {
		used += graphemeWidth(sign);
		if (used > width) break;
		taken.push(sign);
	}
	return taken;
}
