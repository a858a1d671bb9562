import {cells, type Line, line, type Span, span, strong, widthOf} from '../lines.ts';
import type {Scene} from '../scene.ts';
import {textWidth} from '../terminal/width.ts';

/** Which part of a long list is drawn, so that the selected row is in sight. */
export function windowStart(count: number, selected: number, height: number): number {
	return Math.max(0, Math.min(count - height, selected - Math.floor(height / 2)));
}

export type Column<Item> = {
	readonly title: string;
	readonly cell: (item: Item) => Line | string;
	/** `rest`: takes what the others leave; one column of a table has it. `spare`: left out where there is no room. */
	readonly room?: 'rest' | 'spare';
	/** How a text is cut that has no room; its end goes when absent. */
	readonly cut?: (text: string, width: number, mark: string) => string;
};

/** Rows whose width is measured; longer lists keep the columns of their beginning. */
const measured = 200;
const leastColumn = 8;
const gap = 2;

/** A table with a head row and the selected row marked; columns as wide as their content, only rows in sight are made. */
export function table<Item>(
	scene: Scene,
	columns: readonly Column<Item>[],
	items: readonly Item[],
	selected: number,
	width: number,
	height: number,
): Line[] {
	const mark = scene.glyphs.ellipsis;
	const shown = layout(columns, items, width - 2);
	const head = line(
		'  ',
		...cells(
			shown.map(([{title}, wide]) => [line(strong(title)), wide] as const),
			mark,
		),
	);
	const start = windowStart(items.length, selected, height - 1);
	const rows = items.slice(start, start + Math.max(0, height - 1)).map((item, index) => {
		const isSelected = start + index === selected;
		const parts = shown.map(([{cell, cut}, wide], column) => {
			const whole = cell(item);
			const content = typeof whole === 'string' && cut !== undefined ? cut(whole, wide, mark) : whole;
			return [isSelected && column === 0 ? focused(content) : content, wide] as const;
		});
		return line(span(isSelected ? '> ' : '  ', isSelected ? 'working' : 'plain'), ...cells(parts, mark));
	});
	return [head, ...rows];
}

type Laid<Item> = readonly (readonly [Column<Item>, number])[];

/** Each column as wide as its widest cell; where that is too much, the widest give way, then the spare ones go. */
function layout<Item>(columns: readonly Column<Item>[], items: readonly Item[], width: number): Laid<Item> {
	const natural = columns.map(({title, cell}) =>
		items.slice(0, measured).reduce((most, item) => Math.max(most, cellWidth(cell(item))), textWidth(title)),
	);
	const widths = [...natural];
	const over = () => widths.reduce((sum, wide) => sum + wide, 0) + gap * (columns.length - 1) - width;
	for (let excess = over(); excess > 0; excess = over()) {
		const widest = widths.indexOf(Math.max(...widths));
		const wide = widths[widest] ?? 0;
		if (wide <= leastColumn) break;
		const next = Math.max(leastColumn, ...widths.filter(other => other < wide));
		widths[widest] = Math.max(next - 1, leastColumn, wide - excess);
	}
	const spare = columns.findLastIndex(({room}) => room === 'spare');
	const squeezed =
		spare >= 0 &&
		widths.some((wide, index) => wide < Math.min(natural[index] ?? 0, columns[index]?.room === 'rest' ? 24 : 16));
	if (squeezed) return layout(columns.toSpliced(spare, 1), items, width);
	const rest = columns.findIndex(({room}) => room === 'rest');
	if (rest >= 0) widths[rest] = Math.max(0, (widths[rest] ?? 0) - Math.min(0, over()));
	return columns.map((column, index) => [column, widths[index] ?? 0]);
}

const cellWidth = (content: Line | string): number =>
	typeof content === 'string' ? textWidth(content) : widthOf(content);

const focused = (content: Line | string): Line =>
	typeof content === 'string' ? [span(content, 'focus')] : content.map(({text}): Span => span(text, 'focus'));

/** "3 of 12", or how many lie beyond the edge. */
export const position = (selected: number, count: number): string =>
	count === 0 ? '' : `${Math.min(selected + 1, count)} of ${count}`;
