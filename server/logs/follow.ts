import {watch} from 'node:fs';
import type {LogPage, LogQuery} from '../../shared/api/routes.ts';
import type {Result} from '../../shared/problem.ts';
import {makeBell} from '../cluster/bell.ts';
import type {Clock} from '../engine/clock.ts';

/** Lines a page of a follower holds at most: it is sent on as one message. */
const pageLines = 1000;
/** Lines shown before the first new one when no cursor was given. */
const firstLines = 200;
/** Little is gathered for this long, so that a lively log is ten messages a second and not thousands. */
const gatherMs = 50;
/** Where the system does not tell of changes (a folder not made yet), it is looked at this often. */
const lookMs = 1000;

/** Pages as the log grows, through rotation and restarts, until aborted. An error that does not pass ends it. */
export async function* followPages({
	page,
	folder,
	clock,
	from,
	previous,
	signal,
}: {
	readonly page: (query: LogQuery) => Promise<Result<LogPage>>;
	/** The folder whose changes mean that there may be more. */
	readonly folder: () => Promise<string | undefined>;
	readonly clock: Clock;
	readonly from: string | undefined;
	readonly previous: boolean;
	readonly signal: AbortSignal;
}): AsyncGenerator<LogPage, void, undefined> {
	const base = {severity: 'all', previous, from: 'end'} as const;
	const [bell, calm] = [makeBell(clock), makeBell(clock)];
	let written = false;
	using watching = watchFolder(() => {
		written = true;
		bell.ring();
	});
	let cursor = from;
	while (!signal.aborted) {
		const query: LogQuery =
			cursor === undefined
				? {...base, direction: 'older', limit: firstLines}
				: {...base, direction: 'newer', limit: pageLines, cursor};
		watching.on(await folder());
		written = false;
		const answer = await page(query);
		if (signal.aborted) return;
		if (!answer.ok) {
			if (answer.problem.code !== 'log.not-found') throw new Error(answer.problem.what);
			await bell.wait(lookMs, signal);
			continue;
		}
		const {lines, newer, dropped} = answer.value;
		const began = cursor === undefined;
		const moved = newer !== cursor;
		cursor = newer;
		if (lines.length > 0 || dropped > 0 || began) yield answer.value;
		if (lines.length >= pageLines) continue;
		if (written || (moved && lines.length > 0)) await calm.wait(gatherMs, signal);
		else await bell.wait(lookMs, signal);
	}
}

/** Rings when something in a folder changes; can be pointed at another one. */
function watchFolder(changed: () => void): Disposable & {readonly on: (folder: string | undefined) => void} {
	let watched: {readonly folder: string; readonly close: () => void} | undefined;
	const drop = () => {
		watched?.close();
		watched = undefined;
	};
	return {
		on: folder => {
			if (folder === watched?.folder) return;
			drop();
			if (folder === undefined) return;
			try {
				const watcher = watch(folder, {persistent: false}, changed);
				watcher.on('error', drop);
				watched = {folder, close: () => watcher.close()};
			} catch {
				// The folder went, or the system has no watches left: it is looked at every second instead.
			}
		},
		[Symbol.dispose]: drop,
	};
}
