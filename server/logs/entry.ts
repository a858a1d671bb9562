import type {LogLine} from '../../shared/api/routes.ts';
import {clean, maxTextBytes, severityOf} from './clean.ts';
import type {RawLine} from './scan.ts';

/** How a file's lines are written: CRI (`TIME STREAM P|F TEXT`) or text that may begin with a time. */
export type Format = 'cri' | 'text';

/** One raw line taken apart. `part`: the container's line goes on in the next one of the same stream. */
export type Piece = {
	readonly raw: RawLine;
	readonly at: number | undefined;
	readonly stream: string;
	readonly part: boolean;
	readonly text: Buffer;
	readonly bytes: number;
};

const space = 32;
/** RFC 3339 up to the nanosecond with its zone. */
const timeLength = {least: 20, most: 35};

export function pieceOf(raw: RawLine, format: Format): Piece {
	const {head} = raw;
	const total = Math.max(0, raw.end - raw.start - (raw.ended && head.length < raw.end - raw.start ? 1 : 0));
	const first = head.indexOf(space);
	const at =
		first >= timeLength.least && first <= timeLength.most ? timeOf(head.toString('latin1', 0, first)) : undefined;
	if (at === undefined) return {raw, at, stream: '', part: false, text: head, bytes: total};
	if (format === 'text')
		return {raw, at, stream: '', part: false, text: head.subarray(first + 1), bytes: total - first - 1};
	const second = head.indexOf(space, first + 1);
	const third = head.indexOf(space, second + 1);
	if (second < 0 || third < 0)
		return {raw, at, stream: '', part: false, text: head.subarray(first + 1), bytes: total - first - 1};
	// Tags after the first letter are reserved (kubernetes/kubernetes, CRI log format: `P` partial, `F` full).
	const tag = head[second + 1];
	return {
		raw,
		at,
		stream: head.toString('latin1', first + 1, second),
		part: tag === 80,
		text: head.subarray(third + 1),
		bytes: total - third - 1,
	};
}

/** Milliseconds of an RFC 3339 time; undefined for anything else. */
export function timeOf(text: string): number | undefined {
	if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)$/u.test(text)) return undefined;
	const at = Date.parse(text);
	return Number.isNaN(at) ? undefined : at;
}

/** The pieces of one line of the program, oldest first, as a person reads it. */
export function lineOf(pieces: readonly Piece[]): LogLine {
	const whole = pieces.reduce((sum, piece) => sum + piece.bytes, 0);
	const [first] = pieces;
	const bytes = pieces.length === 1 && first ? first.text : Buffer.concat(pieces.map(piece => piece.text));
	const shown = bytes.length > maxTextBytes ? bytes.subarray(0, endOfCharacter(bytes, maxTextBytes)) : bytes;
	const text = clean(shown.toString('utf8'));
	return {
		...(first?.at !== undefined && {at: first.at}),
		severity: severityOf(text),
		text,
		cut: Math.max(0, whole - shown.length),
	};
}

/** The nearest place at or before `limit` that does not cut a UTF-8 character in two. */
function endOfCharacter(bytes: Buffer, limit: number): number {
	let end = limit;
	while (end > limit - 4 && ((bytes[end] ?? 0) & 0xc0) === 0x80) end--;
	return end;
}
