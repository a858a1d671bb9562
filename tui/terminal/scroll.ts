import {BLANK, type Grid} from './cells.ts';

/** Rows `top` to `bottom` move up by `by`, or down when it is negative; what they leave is blank. */
export type Scroll = {readonly top: number; readonly bottom: number; readonly by: number};

/** Fewer rows are drawn again as cheaply. */
const fewestRows = 3;

/** Bytes that must be saved: the region itself takes 16 to 20. */
const leastGain = 24;

/** The one move of whole rows that saves most on the way from one screen to the other, if any pays. */
export function findScroll(before: Grid, after: Grid): Scroll | undefined {
	const old = rowKeys(before);
	const now = rowKeys(after);
	let best: {scroll: Scroll; gain: number} | undefined;
	for (let by = 1 - after.rows; by < after.rows; by++) {
		if (by === 0) continue;
		for (const run of runs(old, now, by)) {
			const scroll = by > 0 ? {top: run.first, bottom: run.last + by, by} : {top: run.first + by, bottom: run.last, by};
			const gain = gainOf(before, after, scroll);
			if (gain >= leastGain && gain > (best?.gain ?? 0)) best = {scroll, gain};
		}
	}
	return best?.scroll;
}

/** Does to the cells what the terminal does to its rows. */
export function scrollCells({columns, cells}: Grid, {top, bottom, by}: Scroll): void {
	const from = top * columns;
	const to = (bottom + 1) * columns;
	const moved = Math.abs(by) * columns;
	if (by > 0) {
		cells.copyWithin(from, from + moved, to);
		cells.fill(BLANK, to - moved, to);
	} else {
		cells.copyWithin(from + moved, from, to - moved);
		cells.fill(BLANK, from, from + moved);
	}
}

/** Stretches of rows that hold what stood `by` rows away, with at least three that would have to be drawn anew. */
function* runs(old: Uint32Array, now: Uint32Array, by: number): Generator<{first: number; last: number}> {
	let first = -1;
	let changed = 0;
	const lowest = Math.max(0, -by);
	const highest = Math.min(now.length, now.length - by);
	for (let row = lowest; row <= highest; row++) {
		if (row < highest && old[row + by] === now[row]) {
			if (first < 0) first = row;
			if (old[row] !== now[row]) changed++;
			continue;
		}
		if (first >= 0 && changed >= fewestRows) yield {first, last: row - 1};
		first = -1;
		changed = 0;
	}
}

/** Bytes that no longer need sending, less those that the move itself costs. */
function gainOf(before: Grid, after: Grid, scroll: Scroll): number {
	const moved: Grid = {...before, cells: before.cells.slice()};
	scrollCells(moved, scroll);
	let gain = 0;
	for (let row = scroll.top; row <= scroll.bottom; row++)
		gain += rowCost(before, after, row) - rowCost(moved, after, row);
	return gain;
}

/** About the bytes that a row will take: a cell each, and an address where more than a short gap lies between. */
function rowCost(before: Grid, after: Grid, row: number): number {
	let cost = 0;
	let gap = Number.POSITIVE_INFINITY;
	for (let at = row * after.columns; at < (row + 1) * after.columns; at++) {
		if (before.cells[at] === after.cells[at]) {
			gap++;
			continue;
		}
		cost += gap === 0 ? 1 : Math.min(gap, addressCost) + 1;
		gap = 0;
	}
	return cost;
}

/** Bytes of a cursor address. */
const addressCost = 7;

/** One number a row (FNV-1a); a collision costs bytes, never a wrong cell. */
function rowKeys({columns, rows, cells}: Grid): Uint32Array {
	return Uint32Array.from({length: rows}, (_, row) => {
		let key = 0x811c_9dc5;
		for (const cell of cells.subarray(row * columns, (row + 1) * columns)) key = Math.imul(key ^ cell, 0x0100_0193);
		return key >>> 0;
	});
}
