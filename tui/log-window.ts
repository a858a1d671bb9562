import type {LogLine, LogPage} from '../shared/api/routes.ts';
import type {LogWindow} from './state.ts';
import {textWidth} from './terminal/width.ts';

/** Lines kept in memory; older ones are asked for again. */
export const mostLines = 2000;

/** All lines that are in memory, oldest first. */
export const linesOf = (log: LogWindow): readonly LogLine[] => log.pages.flatMap(page => page.lines);

export const lineCount = (log: LogWindow): number => log.pages.reduce((sum, page) => sum + page.lines.length, 0);

/** A page that was asked for has come. */
export function takePage(log: LogWindow, place: 'open' | 'older' | 'newer', page: LogPage, from?: 'first'): LogWindow {
	const settled: LogWindow = {...log, loading: 'nothing', problem: undefined, dropped: log.dropped + page.dropped};
	if (place === 'open') {
		const bottom = from === 'first' ? Math.min(page.lines.length, 1) : page.lines.length;
		return {...settled, pages: [page], bottom, waiting: 0, mode: from === 'first' ? 'paused' : log.mode};
	}
	if (place === 'older') {
		const pages = trim([page, ...log.pages], 'end');
		return {...settled, pages, bottom: Math.min(log.bottom + page.lines.length, countOf(pages))};
	}
	if (page.lines.length === 0) return {...settled, pages: withCursor(log.pages, page.newer)};
	const pages = trim([...log.pages, page], 'start');
	const removed = lineCount(log) + page.lines.length - countOf(pages);
	return {...settled, pages, bottom: Math.max(0, log.bottom - removed)};
}

/** Lines that the log got while it was followed. Paused, they are counted and fetched when somebody goes there. */
export function takeNew(log: LogWindow, page: LogPage): LogWindow {
	const lines = page.lines.filter(matches(log));
	if (log.mode === 'paused') return {...log, waiting: log.waiting + lines.length, dropped: log.dropped + page.dropped};
	const last = log.pages.at(-1);
	// Small pieces are put together: a page a line would make the list of pages long.
	const joined =
		last !== undefined && last.lines.length + lines.length <= 200
			? [...log.pages.slice(0, -1), {...last, lines: [...last.lines, ...lines], newer: page.newer}]
			: [...log.pages, {...page, lines}];
	const pages = trim(joined, 'start');
	return {...log, pages, bottom: countOf(pages), dropped: log.dropped + page.dropped, problem: undefined};
}

/** The follow stream brings every line; the filter of the screen is applied here. */
function matches(log: LogWindow): (line: LogLine) => boolean {
	const words = log.filter.toLowerCase();
	return ({text, severity}) =>
		(words === '' || text.toLowerCase().includes(words)) &&
		(log.severity === 'all' || severity === 'error' || (log.severity === 'warning' && severity === 'warning'));
}

/** Moves the window by lines; undefined `ask` when memory holds what is wanted. */
export function scrollLog(
	log: LogWindow,
	by: number,
	height: number,
): {readonly log: LogWindow; readonly ask?: 'older' | 'newer'} {
	const count = lineCount(log);
	const least = log.lines === 'wrapped' ? Math.min(1, count) : Math.min(height, count);
	const wanted = log.bottom + by;
	const bottom = Math.max(least, Math.min(count, wanted));
	const moved: LogWindow = {...log, bottom, mode: by < 0 ? 'paused' : log.mode};
	if (wanted < least && log.pages[0]?.older !== undefined) return {log: moved, ask: 'older'};
	if (wanted > count && log.mode === 'paused') return {log: moved, ask: 'newer'};
	return {log: moved};
}

/** How many lines the window shows above its lower edge: fewer than rows where lines are wrapped. */
export function linesInSight(log: LogWindow, width: number, height: number): number {
	if (log.lines === 'cut') return height;
	const lines = linesOf(log).slice(0, log.bottom);
	let rows = 0;
	let count = 0;
	for (let at = lines.length - 1; at >= 0; at--) {
		rows += Math.max(1, Math.ceil(textWidth(lines[at]?.text ?? '') / Math.max(1, textColumns(log, width))));
		if (rows > height) break;
		count++;
	}
	return Math.max(1, count);
}

/** Cells that are left for the text beside time and severity. */
export const textColumns = (log: LogWindow, width: number): number =>
	Math.max(1, width - (log.times === 'shown' ? 9 : 0) - 4);

/** Whether the last line of memory is on the screen and none is waiting. */
export const atEnd = (log: LogWindow): boolean => log.bottom >= lineCount(log) && log.waiting === 0;

const countOf = (pages: readonly LogPage[]): number => pages.reduce((sum, page) => sum + page.lines.length, 0);

/** Whole pages go, at the side nobody looks at: their cursors lead back. */
function trim(pages: readonly LogPage[], side: 'start' | 'end'): readonly LogPage[] {
	let kept = pages;
	while (kept.length > 1 && countOf(kept) > mostLines) {
		if (side === 'end') {
			kept = kept.slice(0, -1);
			continue;
		}
		const [gone, next, ...rest] = kept;
		if (gone === undefined || next === undefined) break;
		kept = [{...next, older: next.older ?? gone.newer}, ...rest];
	}
	return kept;
}

const withCursor = (pages: readonly LogPage[], newer: string): readonly LogPage[] =>
	pages.map((page, index) => (index === pages.length - 1 ? {...page, newer} : page));
