import type {Mark, View} from '../shared/view/view.ts';
import {durationWords} from '../shared/view/words.ts';
import {blank, type Line, line, type Span, span, strong, type Tone} from './lines.ts';
import {bodyColumns, type Situation} from './state.ts';
import {type Glyphs, glyphs, type Tier} from './terminal/glyphs.ts';

/** Everything a screen is drawn from. */
export type Scene = Situation & {readonly tier: Tier; readonly glyphs: Glyphs};
/** The same once the engine has told something. */
export type Seen = Scene & {readonly view: View};

/** What a screen gives: rows of the body, and a note for the right end of the rule above them. */
export type Page = {
	readonly lines: readonly Line[];
	readonly note?: string /** Rows that lie below the screen: how far it may be scrolled. */;
	readonly overflow?: number;
};
export type Room = {readonly width: number; readonly height: number};
export type Screen = (scene: Seen, room: Room) => Page;

export const sceneOf = (situation: Situation, tier: Tier): Scene => ({...situation, tier, glyphs: glyphs[tier]});

export function toneOf(mark: Mark): Tone {
	return mark === 'waiting' || mark === 'unknown' ? 'plain' : mark;
}

/** The symbol of a mark in its colour. */
export const sign = ({glyphs: {state}}: Scene, mark: Mark): Span => span(state[mark], toneOf(mark));

/** Symbol and word together: "■ ready". */
export const judged = (scene: Scene, mark: Mark, word: string): Line => [
	sign(scene, mark),
	span(' '),
	span(word, toneOf(mark)),
];

/** How long ago; empty when never. */
export const age = ({now}: Scene, at: number | undefined): string =>
	at === undefined ? '' : durationWords(Math.max(0, now - at));

export const heading = (text: string): Line => [strong(text)];

/** A horizontal rule over the whole body. */
export const rule = (scene: Scene, width: number): Line => [
	span(scene.glyphs.box.top.repeat(Math.max(0, width)), 'frame'),
];

/** A sentence over as many rows as it needs. */
export const indent = (rows: readonly string[], by: number): Line[] => rows.map(row => line(' '.repeat(by), row));

/** A page longer than the body, from where it was scrolled to. */
export function scrolled({ui}: Scene, rows: readonly Line[], height: number): Page {
	const overflow = Math.max(0, rows.length - height);
	const start = Math.min(ui.scroll, overflow);
	const last = Math.min(rows.length, start + height);
	return {
		lines: rows.slice(start, last),
		overflow,
		...(overflow > 0 && {note: `${start + 1}-${last} of ${rows.length}`}),
	};
}

/** Whether there is room for a second column. */
export const isWide = (scene: Scene): boolean => bodyColumns(scene.columns) >= 110;

/** Cuts or fills to a height. */
export const toHeight = (lines: readonly Line[], height: number): readonly Line[] =>
	lines.length >= height
		? lines.slice(0, Math.max(0, height))
		: [...lines, ...Array.from({length: height - lines.length}, () => blank)];
