/** Cells a text takes on a terminal, counted as Ink does, by grapheme: wide signs and emoji are 2, marks are 0. */
export function textWidth(text: string): number {
	if (simple.test(text)) return text.length;
	let width = 0;
	for (const {segment} of segmenter.segment(text)) width += graphemeWidth(segment);
	return width;
}

/** Cells of one grapheme: 0, 1 or 2. */
export function graphemeWidth(grapheme: string): 0 | 1 | 2 {
	if (grapheme.length === 1 && simple.test(grapheme)) return 1;
	const base = visible.exec(grapheme)?.[0];
	if (base === undefined) return 0;
	if (pictographic.test(grapheme) && isEmoji(grapheme)) return 2;
	const code = base.codePointAt(0) ?? 0;
	return wideRanges.some(([first, last]) => code >= first && code <= last) ? 2 : 1;
}

/** The graphemes of a text, in order. */
export function graphemes(text: string): Iterable<string> {
	return simple.test(text) ? text : Array.from(segmenter.segment(text), part => part.segment);
}

/** Cuts a text to at most `width` cells; `mark` (one cell) stands for what was cut. */
export function clip(text: string, width: number, mark: string): string {
	if (width <= 0) return '';
	if (textWidth(text) <= width) return text;
	let kept = '';
	let used = 0;
	for (const grapheme of graphemes(text)) {
		const next = graphemeWidth(grapheme);
		if (used + next > width - 1) break;
		kept += grapheme;
		used += next;
	}
	return kept + mark;
}

/** Cuts or pads a text to exactly `width` cells, so that columns stay under each other. */
export function fit(text: string, width: number, mark: string): string {
	const clipped = clip(text, width, mark);
	return clipped + ' '.repeat(Math.max(0, width - textWidth(clipped)));
}

/** Nearly all we draw: ASCII, Latin, arrows, boxes and blocks, one code unit and one cell each. Spares the segmenter. */
const simple = /^[\x20-\x7e\xa1-\xac\xae-\u02ff\u2190-\u21ff\u2500-\u25fc]*$/;
const visible =
	/[^\p{Default_Ignorable_Code_Point}\p{Control}\p{Format}\p{Nonspacing_Mark}\p{Enclosing_Mark}\p{Surrogate}]/u;
const pictographic = /\p{Emoji_Presentation}|\p{Extended_Pictographic}|\p{Regional_Indicator}|\u20e3/u;
/** Made when the first pictograph comes, as a text: written as a literal it costs 30 ms when the file is parsed. */
const isEmoji = (grapheme: string): boolean => /^\p{RGI_Emoji}$|^\p{Emoji_Presentation}$/v.test(grapheme);
const segmenter = new Intl.Segmenter();

/** East Asian Wide and Fullwidth blocks of Unicode 16 (UAX #11), whole blocks where single gaps are unassigned. */
const wideRanges: readonly (readonly [number, number])[] = [
	[0x1100, 0x115f],
	[0x2329, 0x232a],
	[0x2e80, 0x303e],
	[0x3041, 0x3247],
	[0x3250, 0x4dbf],
	[0x4e00, 0xa4c6],
	[0xa960, 0xa97c],
	[0xac00, 0xd7a3],
	[0xf900, 0xfaff],
	[0xfe10, 0xfe19],
	[0xfe30, 0xfe6b],
	[0xff01, 0xff60],
	[0xffe0, 0xffe6],
	[0x16fe0, 0x18cff],
	[0x1aff0, 0x1b2fb],
	[0x1f200, 0x1f265],
	[0x20000, 0x3fffd],
];
