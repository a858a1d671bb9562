import type {LogLine} from '../../shared/api/routes.ts';
import {type Format, lineOf, type Piece, pieceOf} from './entry.ts';
import {backward, forward, type Place} from './scan.ts';
import type {Segment} from './segment.ts';

/** Where a line begins, for the cursor's sake. */
export type Anchor = {readonly segment: number; readonly start: number};

/** A window of a log and the places on both sides of it. */
export type Window = {
	readonly lines: readonly LogLine[];
	readonly before: Place;
	readonly after: Place;
	readonly first?: Anchor | undefined;
	readonly last?: Anchor | undefined;
};

export type Ask = {readonly limit: number; readonly format: Format; readonly matches: (line: LogLine) => boolean};

/** Most bytes looked through for one window: a filter that finds little answers with what it found and where it got to. */
const maxScanned = 48 << 20;
/** Pieces of one line that are joined: 4 MiB of text; what goes on is another line. */
const maxPieces = 256;

type Found = {readonly line: LogLine; readonly start: Anchor; readonly end: Place};

function found(pieces: readonly Piece[]): Found {
	const [first, last] = [pieces[0], pieces.at(-1)];
	if (first === undefined || last === undefined) throw new Error('a line has at least one piece');
	return {
		line: lineOf(pieces),
		start: {segment: first.raw.segment, start: first.raw.start},
		end: {segment: last.raw.segment, offset: last.raw.end},
	};
}

/** The lines before a place, the nearest `limit` of them that match, oldest first. */
export async function olderThan(segments: readonly Segment[], from: Place, ask: Ask): Promise<Window> {
	const lines: Found[] = [];
	let pending: Piece[] = [];
	let before: Place = from;
	let after: Place = from;
	let scanned = 0;
	let full = false;
	const finish = () => {
		if (pending.length === 0) return;
		const one = found(pending);
		pending = [];
		before = {segment: one.start.segment, offset: one.start.start};
		if (ask.matches(one.line)) lines.push(one);
		full = lines.length >= ask.limit;
	};
	reading: for await (const batch of backward(segments, from)) {
		for (const raw of batch) {
			const piece = pieceOf(raw, ask.format);
			const alone = pending[0];
			if (!raw.ended || (piece.part && alone === undefined && lines.length === 0 && isLive(segments, raw.segment))) {
				// Still being written: it belongs to what comes after.
				if (lines.length === 0 && pending.length === 0) before = after = {segment: raw.segment, offset: raw.start};
				continue;
			}
			const joins = piece.part && alone !== undefined && alone.stream === piece.stream && pending.length < maxPieces;
			if (!joins) finish();
			if (full) break reading;
			pending.unshift(piece);
			scanned += raw.end - raw.start;
			if (scanned > maxScanned) {
				finish();
				break reading;
			}
		}
	}
	if (!full) finish();
	lines.reverse();
	return {lines: lines.map(each => each.line), before, after, first: lines[0]?.start, last: lines.at(-1)?.start};
}

/** The lines after a place, the nearest `limit` of them that match. An unfinished line waits for its end. */
export async function newerThan(segments: readonly Segment[], from: Place, ask: Ask): Promise<Window> {
	const lines: Found[] = [];
	let pending: Piece[] = [];
	let after: Place = from;
	let scanned = 0;
	let full = false;
	const finish = () => {
		if (pending.length === 0) return;
		const one = found(pending);
		pending = [];
		after = one.end;
		if (ask.matches(one.line)) lines.push(one);
		full = lines.length >= ask.limit || scanned > maxScanned;
	};
	reading: for await (const batch of forward(segments, from)) {
		for (const raw of batch) {
			if (!raw.ended) break reading;
			const piece = pieceOf(raw, ask.format);
			scanned += raw.end - raw.start;
			const last = pending.at(-1);
			if (last !== undefined && (last.stream !== piece.stream || pending.length >= maxPieces)) finish();
			if (full) break reading;
			pending.push(piece);
			if (!piece.part) finish();
			if (full) break reading;
		}
	}
	// A line whose last piece has not come is only over when its file is.
	const open = pending.at(-1);
	if (open !== undefined && !isLive(segments, open.raw.segment)) finish();
	return {lines: lines.map(each => each.line), before: from, after, first: lines[0]?.start, last: lines.at(-1)?.start};
}

const isLive = (segments: readonly Segment[], index: number): boolean => segments[index]?.file.over === false;

/** Half-open search ends at this size; the rest is read through. */
const smallBytes = 64 << 10;

/** The place before the first line at or after this time. Lines without a time are passed over. */
export async function placeAt(segments: readonly Segment[], at: number, format: Format): Promise<Place> {
	let index = 0;
	for (const [candidate] of segments.entries()) {
		const first = await timeAfter(segments, {segment: candidate, offset: 0}, format);
		if (first === undefined || first.at > at) break;
		index = candidate;
	}
	let [low, high] = [0, segments[index]?.size ?? 0];
	while (high - low > smallBytes) {
		const middle = Math.floor((low + high) / 2);
		const next = await timeAfter(segments, {segment: index, offset: middle}, format);
		if (next === undefined || next.at >= at || next.start >= high) high = middle;
		else low = next.start;
	}
	let place: Place = {segment: index, offset: low};
	for await (const batch of forward(segments, place)) {
		for (const raw of batch) {
			if (raw.start === 0 && low > 0 && raw.segment === index) continue;
			const time = pieceOf(raw, format).at;
			if (time !== undefined && time >= at) return {segment: raw.segment, offset: raw.start};
			place = {segment: raw.segment, offset: raw.ended ? raw.end : raw.start};
		}
	}
	return place;
}

/** The first line with a time that begins after a place of the same file; a place inside a line is moved to the next. */
async function timeAfter(
	segments: readonly Segment[],
	from: Place,
	format: Format,
): Promise<{readonly at: number; readonly start: number} | undefined> {
	const segment = segments[from.segment];
	if (segment === undefined) return undefined;
	for await (const batch of forward([segment], {segment: 0, offset: from.offset})) {
		for (const raw of batch) {
			if (raw.start === from.offset && from.offset > 0) continue;
			const {at} = pieceOf(raw, format);
			if (at !== undefined) return {at, start: raw.start};
		}
	}
	return undefined;
}
