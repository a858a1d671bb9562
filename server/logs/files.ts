import type {LogPage, LogQuery} from '../../shared/api/routes.ts';
import {fail, ok, type Result} from '../../shared/problem.ts';
import {matcher} from './clean.ts';
import {cursorOf, placeOf} from './cursor.ts';
import type {Format} from './entry.ts';
import type {Runs} from './folders.ts';
import type {Place} from './scan.ts';
import {FileMoved, openFiles, type Segment} from './segment.ts';
import {newerThan, olderThan, placeAt, type Window} from './window.ts';

/** A log kept in files, found anew for each window: they rotate while somebody reads. */
export type FileLog = {readonly title: string; readonly format: Format; readonly runs: () => Promise<Runs>};

/** A window of the files. `mostBehind`: a reader further from the end than so many bytes is moved up, what it misses counted. */
export async function pageOfFiles(
	log: FileLog,
	query: LogQuery,
	mostBehind = Number.POSITIVE_INFINITY,
): Promise<Result<LogPage>> {
	for (let tries = 0; ; tries++) {
		try {
			return await pageOnce(log, query, mostBehind);
		} catch (error) {
			// Rotated between listing and opening; it does not happen twice in a row by chance.
			if (!(error instanceof FileMoved) || tries >= 3) throw error;
		}
	}
}

async function pageOnce(log: FileLog, query: LogQuery, mostBehind: number): Promise<Result<LogPage>> {
	const runs = (await log.runs()).filter(files => files.length > 0);
	const own = query.previous ? runs.length - 2 : runs.length - 1;
	if (runs[own] === undefined) return fail(noLog(log, query));
	const start = query.cursor === undefined ? undefined : await runOf(runs, own, query.cursor);
	if (start === 'malformed')
		return fail({
			code: 'input.invalid',
			field: 'cursor',
			what: 'The place in the log that was asked for is not one this program gave.',
			next: 'Open the log again.',
		});

	// Forward reading goes on into the runs after a restart; backward reading stays within one run.
	const first = start?.run ?? own;
	const files = query.direction === 'newer' && !query.previous ? runs.slice(first).flat() : (runs[first] ?? []);
	await using opened = await openFiles(files);
	const {segments} = opened;
	const ask = {limit: query.limit, format: log.format, matches: matcher(query)};
	const gone = start !== undefined && start.place === 'gone';

	if (query.cursor !== undefined && start !== undefined && start.place !== 'gone') {
		if (query.direction === 'older') return ok(await pageOf(segments, await olderThan(segments, start.place, ask), 0));
		const ahead = await movedUp(segments, start.place, mostBehind);
		return ok(await pageOf(segments, await newerThan(segments, ahead.place, ask), ahead.dropped));
	}
	if (query.at !== undefined) {
		const place = await placeAt(segments, query.at, log.format);
		return ok(await pageOf(segments, await newerThan(segments, place, ask), 0));
	}
	if (query.from === 'first' || (gone && query.direction === 'newer')) {
		const ahead = await movedUp(segments, {segment: 0, offset: 0}, gone ? mostBehind : Number.POSITIVE_INFINITY);
		// How many lines the vanished file held nobody can say any more: at least one.
		return ok(await pageOf(segments, await newerThan(segments, ahead.place, ask), ahead.dropped + (gone ? 1 : 0)));
	}
	return ok(await pageOf(segments, await olderThan(segments, endOf(segments), ask), gone ? 1 : 0));
}

/** The run a cursor points into: the one asked for first, then the others, newest first. */
async function runOf(
	runs: Runs,
	own: number,
	cursor: string,
): Promise<{readonly run: number; readonly place: Place | 'gone'} | 'malformed'> {
	const others = [...runs.keys()].filter(index => index !== own).reverse();
	for (const run of [own, ...others]) {
		await using opened = await openFiles(runs[run] ?? []);
		const place = await placeOf(opened.segments, cursor);
		if (place === 'malformed') return place;
		if (place !== 'gone') return {run, place};
	}
	return {run: own, place: 'gone'};
}

async function pageOf(segments: readonly Segment[], window: Window, dropped: number): Promise<LogPage> {
	const {lines, before, after, first, last} = window;
	const atBeginning = before.offset === 0 && before.segment === 0;
	return {
		lines: [...lines],
		...(!atBeginning && {older: await cursorOf(segments, before, first)}),
		newer: await cursorOf(segments, after, last),
		dropped,
	};
}

const endOf = (segments: readonly Segment[]): Place => ({
	segment: Math.max(0, segments.length - 1),
	offset: segments.at(-1)?.size ?? 0,
});

/** After being moved up a reader is this far from the end. */
const aheadBytes = 256 << 10;
const countedBlock = 1 << 20;

async function movedUp(
	segments: readonly Segment[],
	from: Place,
	mostBehind: number,
): Promise<{readonly place: Place; readonly dropped: number}> {
	const behind = segments.reduce(
		(sum, {size}, index) => sum + (index < from.segment ? 0 : index === from.segment ? size - from.offset : size),
		0,
	);
	if (behind <= mostBehind) return {place: from, dropped: 0};
	let left = behind - aheadBytes;
	let dropped = 0;
	for (let index = from.segment; index < segments.length; index++) {
		const segment = segments[index];
		if (segment === undefined) break;
		for (let at = index === from.segment ? from.offset : 0; at < segment.size; ) {
			const block = await segment.read(at, Math.min(segment.size, at + countedBlock));
			if (block.length === 0) break;
			for (let end = block.indexOf(10); end >= 0; end = block.indexOf(10, end + 1)) {
				dropped++;
				if (left <= end) return {place: {segment: index, offset: at + end + 1}, dropped};
			}
			left -= block.length;
			at += block.length;
		}
	}
	return {place: from, dropped: 0};
}

function noLog(log: FileLog, query: LogQuery) {
	return query.previous
		? ({
				code: 'log.not-found',
				what: `${log.title} has not been restarted: there is no previous log.`,
				next: 'Look at its present log.',
			} as const)
		: ({
				code: 'log.not-found',
				what: `${log.title} has not written anything yet.`,
				next: 'Look at it again in a minute; Events says what it waits for.',
			} as const);
}
