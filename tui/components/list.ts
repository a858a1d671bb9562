import {cells, type Line, line, type Span, span, strong} from '../lines.ts';
import type {Scene} from '../scene.ts';

/** Which part of a long list is drawn, so that the selected row is in sight. */
export function windowStart(count: number, selected: number, height: number): number {
	return Math.max(0, Math.min(count - height, selected - Math.floor(height / 2)));
}

export type Column<Item> = {
	readonly title: string;
	/** Cells; 0 leaves the column out. */
	readonly width: number;
	readonly cell: (item: Item) => Line | string;
};

/** A table with a head row and the selected row marked; only the rows in sight are made. */
export function table<Item>(
	scene: Scene,
	columns: readonly Column<Item>[],
	items: readonly Item[],
	selected: number,
	height: number,
): Line[] {
	const mark = scene.glyphs.ellipsis;
	const shown = columns.filter(({width}) => width > 0);
	const head = line(
		'  ',
		...cells(
			shown.map(({title, width}) => [line(strong(title)), width] as const),
			mark,
		),
	);
	const start = windowStart(items.length, selected, height - 1);
	const rows = items.slice(start, start + Math.max(0, height - 1)).map((item, index) => {
		const isSelected = start + index === selected;
		const parts = cells(
			shown.map(({cell, width}, column) => {
				const content = cell(item);
				return [isSelected && column === 0 ? focused(content) : content, width] as const;
			}),
			mark,
		);
		return line(span(isSelected ? '> ' : '  ', isSelected ? 'working' : 'plain'), ...parts);
	});
	return [head, ...rows];
}

const focused = (content: Line | string): Line =>
	typeof content === 'string' ? [span(content, 'focus')] : content.map(({text}): Span => span(text, 'focus'));

/** "3 of 12", or how many lie beyond the edge. */
export const position = (selected: number, count: number): string =>
	count === 0 ? '' : `${Math.min(selected + 1, count)} of ${count}`;
