import * as z from 'zod';
import type {Place} from './scan.ts';
import type {Segment} from './segment.ts';
import type {Anchor} from './window.ts';

/** Bytes of a line that tell it from others: a CRI line begins with its time in nanoseconds. */
const keyBytes = 48;

/**
 * A place that outlives rotation: the file by inode, and where that is gone (compressed) by a line beside the place,
 * which must still stand at the same offset of whatever file holds it now.
 */
const Cursor = z.object({i: z.int(), o: z.int().min(0), s: z.int().min(0), k: z.string().max(keyBytes * 2)});

export async function cursorOf(
	segments: readonly Segment[],
	place: Place,
	beside: Anchor | undefined,
): Promise<string> {
	const segment = segments[place.segment];
	if (segment === undefined) return encode({i: 0, o: 0, s: 0, k: ''});
	const near = beside?.segment === place.segment ? beside.start : place.offset;
	const key = await segment.read(near, Math.min(segment.size, near + keyBytes));
	return encode({i: segment.file.inode, o: place.offset, s: near, k: keyOf(key)});
}

/** The place a cursor means now, or undefined when what it points at is gone or it is none of ours. */
export async function placeOf(segments: readonly Segment[], cursor: string): Promise<Place | 'malformed' | 'gone'> {
	const parsed = Cursor.safeParse(decode(cursor));
	if (!parsed.success) return 'malformed';
	const {i, o, s, k} = parsed.data;
	if (segments.length === 0) return 'gone';
	if (i === 0) return {segment: 0, offset: 0};
	for (const [segment, {file, size}] of segments.entries()) {
		// An inode is used again for a new file at once: a file shorter than the place is not the one.
		if (file.inode === i && !file.compressed && o <= size && (await stands(segments[segment], s, k)))
			return {segment, offset: o};
	}
	if (k === '') return 'gone';
	for (const [segment, {size}] of segments.entries()) {
		if (o <= size && (await stands(segments[segment], s, k))) return {segment, offset: o};
	}
	return 'gone';
}

async function stands(segment: Segment | undefined, start: number, key: string): Promise<boolean> {
	if (segment === undefined) return false;
	if (key === '') return true;
	const bytes = await segment.read(start, Math.min(segment.size, start + Buffer.byteLength(key, 'latin1')));
	return keyOf(bytes) === key;
}

const keyOf = (bytes: Buffer): string => bytes.toString('latin1').split('\n', 1)[0] ?? '';
export const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');

export function decode(cursor: string): unknown {
	try {
		return JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'));
	} catch {
		// Not one of ours: the schema refuses it.
		return undefined;
	}
}
