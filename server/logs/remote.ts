import {createHash} from 'node:crypto';
import * as z from 'zod';
import type {LogLine, LogPage, LogQuery} from '../../shared/api/routes.ts';
import {fail, ok, type Result} from '../../shared/problem.ts';
import type {Cluster} from '../cluster/cluster.ts';
import {clean, matcher, maxTextBytes, severityOf} from './clean.ts';
import {decode, encode} from './cursor.ts';
import {timeOf} from './entry.ts';

/** A container on another node: read through the API, which gives the end of a log only. */
export type Remote = {readonly namespace: string; readonly pod: string; readonly container: string};

/** Lines asked for; what is older is read on that node. */
const tailLines = 5000;
const deadlineMs = 20_000;
const Cursor = z.object({h: z.string().max(80)});

/**
 * A window of the last 5,000 lines. Cursors name a line by what it and the one before it say, because the API numbers
 * nothing; when the line has moved out of the tail, what lies between is counted as dropped (at least one).
 */
export async function pageOfRemote(cluster: Cluster, where: Remote, query: LogQuery): Promise<Result<LogPage>> {
	const answer = await cluster.podLog({...where, previous: query.previous, tailLines}, AbortSignal.timeout(deadlineMs));
	if (!answer.ok) return answer;
	const raw = answer.value;
	const given = query.cursor === undefined ? undefined : Cursor.safeParse(decode(query.cursor));
	if (given?.success === false)
		return fail({
			code: 'input.invalid',
			field: 'cursor',
			what: 'The place in the log that was asked for is not one this program gave.',
			next: 'Open the log again.',
		});
	const hash = given?.data.h;
	const at =
		hash === undefined ? undefined : hash === '' ? 0 : raw.findLastIndex((_, index) => nameOf(raw, index) === hash) + 1;
	const gone = at === 0 && hash !== '' && hash !== undefined;
	const matches = matcher(query);
	const kept: {readonly index: number; readonly line: LogLine}[] = [];
	const take = (index: number): boolean => {
		const line = lineOf(raw[index] ?? '');
		if (matches(line)) kept.push({index, line});
		return kept.length < query.limit;
	};
	const older = query.direction === 'older' && query.at === undefined && query.from !== 'first';
	const since = query.at;
	const timed = hash === undefined && since !== undefined ? raw.findIndex(text => (lineOf(text).at ?? 0) >= since) : 0;
	let [low, high] = older
		? [0, at === undefined || gone ? raw.length : at]
		: [at ?? (timed < 0 ? raw.length : timed), raw.length];
	if (older) {
		let index = high - 1;
		while (index >= 0 && take(index)) index--;
		kept.reverse();
		low = Math.max(0, kept.length < query.limit ? 0 : (kept[0]?.index ?? 0));
	} else {
		let index = low;
		while (index < high && take(index)) index++;
		high = Math.min(high, index + 1);
	}
	return ok({
		lines: kept.map(each => each.line),
		...(low > 0 && {older: encode({h: nameOf(raw, low - 1)})}),
		newer: encode({h: high > 0 ? nameOf(raw, high - 1) : ''}),
		dropped: gone ? 1 : 0,
	});
}

const nameOf = (lines: readonly string[], index: number): string =>
	createHash('sha1')
		.update(`${lines[index - 1] ?? ''}\n${lines[index] ?? ''}`)
		.digest('base64url');

function lineOf(raw: string): LogLine {
	const space = raw.indexOf(' ');
	const at = space > 0 ? timeOf(raw.slice(0, space)) : undefined;
	const said = at === undefined ? raw : raw.slice(space + 1);
	const shown = said.slice(0, maxTextBytes);
	const text = clean(shown);
	return {...(at !== undefined && {at}), severity: severityOf(text), text, cut: said.length - shown.length};
}
