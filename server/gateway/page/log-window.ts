import type {LogLine, LogPage} from '../../../shared/api/routes.ts';

/** The part of one log that is in memory: whole pages in order, so that both ends know their cursor. */
export type LogWindow = {readonly pages: readonly LogPage[]; readonly dropped: number};

export const mostLines = 3_000;
export const emptyWindow: LogWindow = {pages: [], dropped: 0};

export const linesOf = ({pages}: LogWindow): readonly LogLine[] => pages.flatMap(({lines}) => lines);
const count = (pages: readonly LogPage[]) => pages.reduce((sum, {lines}) => sum + lines.length, 0);

/** Adds an older page in front; the newest pages give way. */
export function addOlder({pages, dropped}: LogWindow, page: LogPage): LogWindow {
	const kept = [page, ...pages];
	while (kept.length > 1 && count(kept) > mostLines) kept.pop();
	return {pages: kept, dropped: dropped + page.dropped};
}

/** Adds a newer page behind; the oldest pages give way. */
export function addNewer({pages, dropped}: LogWindow, page: LogPage): LogWindow {
	const kept = [...pages];
	const last = kept.at(-1);
	// Lines come in ones and twos while following: small pages are joined, for cursors are only needed at both ends.
	if (last !== undefined && last.lines.length + page.lines.length <= 200) {
		const {older, ...rest} = last;
		kept[kept.length - 1] = {
			...rest,
			...(older !== undefined && {older}),
			newer: page.newer,
			lines: [...last.lines, ...page.lines],
		};
	} else kept.push(page);
	while (kept.length > 1 && count(kept) > mostLines) {
		const gone = kept.shift();
		const [first] = kept;
		// What was let go can be read again: its end is the cursor to the lines before.
		if (gone !== undefined && first !== undefined) kept[0] = {...first, older: first.older ?? gone.newer};
	}
	return {pages: kept, dropped: dropped + page.dropped};
}

/** What a followed line must hold to be shown, as the engine judges it for the pages it sends. */
export function matches(line: LogLine, filter: string, severity: 'all' | 'warning' | 'error'): boolean {
	if (severity === 'error' && line.severity !== 'error') return false;
	if (severity === 'warning' && line.severity !== 'error' && line.severity !== 'warning') return false;
	return filter === '' || line.text.toLowerCase().includes(filter.toLowerCase());
}
