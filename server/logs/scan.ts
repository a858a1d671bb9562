import type {Segment} from './segment.ts';

/** A position between two lines: in this segment, so many bytes from its beginning. */
export type Place = {readonly segment: number; readonly offset: number};

/** One line as it stands in a file. `head` is its beginning, at most `maxHead` bytes; `ended` false: no newline yet. */
export type RawLine = {
	readonly segment: number;
	readonly start: number;
	readonly end: number;
	readonly head: Buffer;
	readonly ended: boolean;
};

const blockBytes = 128 << 10;
/** A CRI line is at most 16 KiB and its prefix; of longer ones only this much is held. */
const maxHead = 20 << 10;
const newline = 10;

/** Lines after a place, in batches, oldest first. An unfinished last line of a file still written comes with `ended` false. */
export async function* forward(
	segments: readonly Segment[],
	from: Place,
): AsyncGenerator<readonly RawLine[], void, undefined> {
	for (let index = from.segment; index < segments.length; index++) {
		const segment = segments[index];
		if (segment === undefined) return;
		const begin = index === from.segment ? from.offset : 0;
		let start = begin;
		let carry: Buffer = Buffer.alloc(0);
		for (let at = begin; at < segment.size; ) {
			const block = await segment.read(at, Math.min(segment.size, at + blockBytes));
			if (block.length === 0) break;
			const lines: RawLine[] = [];
			let cursor = 0;
			for (let end = block.indexOf(newline); end >= 0; end = block.indexOf(newline, cursor)) {
				lines.push({
					segment: index,
					start,
					end: at + end + 1,
					head: joined(carry, block.subarray(cursor, end)),
					ended: true,
				});
				carry = Buffer.alloc(0);
				cursor = end + 1;
				start = at + cursor;
			}
			if (cursor < block.length) carry = joined(carry, block.subarray(cursor));
			at += block.length;
			if (lines.length > 0) yield lines;
		}
		if (carry.length > 0) yield [{segment: index, start, end: segment.size, head: carry, ended: segment.file.over}];
	}
}

/** Lines before a place, in batches, newest first. */
export async function* backward(
	segments: readonly Segment[],
	from: Place,
): AsyncGenerator<readonly RawLine[], void, undefined> {
	for (let index = from.segment; index >= 0; index--) {
		const segment = segments[index];
		if (segment === undefined) continue;
		let lineEnd = Math.min(segment.size, index === from.segment ? from.offset : segment.size);
		let carry: Buffer = Buffer.alloc(0);
		let closed = false;
		const emit = (start: number, head: Buffer): RawLine => {
			// Only the last bytes of a file still written can lack their newline.
			const ended = closed || segment.file.over;
			return {segment: index, start, end: lineEnd, head, ended};
		};
		for (let at = lineEnd; at > 0; ) {
			const begin = Math.max(0, at - blockBytes);
			const block = await segment.read(begin, at);
			if (block.length === 0) break;
			const lines: RawLine[] = [];
			let cut = block.length;
			if (at === lineEnd && carry.length === 0) closed = block[block.length - 1] === newline;
			// The newline that ends a line is not the one before it.
			if (at === lineEnd && closed) cut--;
			for (
				let before = cut > 0 ? block.lastIndexOf(newline, cut - 1) : -1;
				before >= 0;
				before = before > 0 ? block.lastIndexOf(newline, before - 1) : -1
			) {
				lines.push(emit(begin + before + 1, joined(block.subarray(before + 1, cut), carry)));
				carry = Buffer.alloc(0);
				lineEnd = begin + before + 1;
				closed = true;
				cut = before;
			}
			carry = joined(block.subarray(0, cut), carry);
			at = begin;
			if (begin === 0 && lineEnd > 0) lines.push(emit(0, carry));
			if (lines.length > 0) yield lines;
		}
	}
}

/** Both, or as much of their beginning as is held of any line. */
function joined(a: Buffer, b: Buffer): Buffer {
	if (a.length === 0 || b.length === 0) {
		const only = a.length === 0 ? b : a;
		return only.length > maxHead ? Buffer.from(only.subarray(0, maxHead)) : only;
	}
	if (a.length >= maxHead) return Buffer.from(a.subarray(0, maxHead));
	return Buffer.concat([a, b.subarray(0, maxHead - a.length)]);
}
