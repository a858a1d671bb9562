import {applyEdits, type Edit, isMasked, type Mask, markerAt} from './marker.ts';

/** Long enough to hide something. */
const shortest = 16;
const longest = 4_000_000;
/** What each letter of either alphabet stands for (RFC 4648 §4, §5); 64 for any other. */
const values = new Uint8Array(1 << 16).fill(64);
for (const alphabet of ['+/', '-_'])
	for (const [value, letter] of [
		...`ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789${alphabet}`,
	].entries())
		values[letter.charCodeAt(0)] = value;
const valueAt = (text: string, at: number): number => (at < text.length ? (values[text.charCodeAt(at)] ?? 64) : 64);

/** Opens base64 that holds text; when something in that text is secret, the whole goes. */
export function maskEncoded(text: string, mask: Mask, inner: (text: string) => string): string {
	const edits: Edit[] = [];
	for (let at = 0; at + shortest <= text.length; ) {
		// From the end of the shortest run backwards: most text is passed over a word at a time.
		let last = at + shortest - 1;
		while (last >= at && valueAt(text, last) < 64) last--;
		if (last >= at) {
			at = last + 1;
			continue;
		}
		const start = at;
		while (valueAt(text, at) < 64) at++;
		let end = at;
		while (text[end] === '=') end++;
		const isRun = end - at <= 2 && valueAt(text, end) === 64;
		at = Math.max(at, end);
		if (!isRun || isBinary(text, start, end)) continue;
		const found = text.slice(start, end);
		const decoded = decode(found);
		if (decoded === undefined || isMasked(decoded) || inner(decoded) === decoded) continue;
		edits.push({start, end, text: markerAt(text, start, end, mask(found))});
	}
	return applyEdits(text, edits);
}

/** Whether its first bytes already are no text (RFC 3629 §4): so it is with nearly every hash, and decoding costs more. */
function isBinary(text: string, start: number, end: number): boolean {
	let left = 0;
	let bits = 0;
	let count = 0;
	for (let at = start; at < Math.min(end, start + 128); at++) {
		const value = valueAt(text, at);
		if (value === 64) return false;
		bits = ((bits << 6) | value) & 0xffff;
		count += 6;
		if (count < 8) continue;
		count -= 8;
		const byte = (bits >> count) & 0xff;
		if (left > 0) {
			if (byte >> 6 !== 2) return true;
			left--;
		} else if (byte < 0x80) {
			if ((byte < 32 && !(byte >= 9 && byte <= 13) && byte !== 27) || byte === 127) return true;
		} else if (byte < 0xc2 || byte > 0xf4) return true;
		else left = byte < 0xe0 ? 1 : byte < 0xf0 ? 2 : 3;
	}
	return false;
}

/** The text that it encodes; undefined when it is bytes, or no base64. */
function decode(encoded: string): string | undefined {
	const plain = encoded.replaceAll('-', '+').replaceAll('_', '/').replace(/=+$/u, '');
	if (encoded.length > longest || plain.length % 4 === 1) return undefined;
	const bytes = atob(plain);
	const told = /^[\0-\x7f]*$/u.test(bytes) ? bytes : utf8(bytes);
	return told === undefined || /[\0-\x08\x0e-\x1a\x1c-\x1f\x7f]/u.test(told) ? undefined : told;
}

const strict = new TextDecoder('utf-8', {fatal: true});
function utf8(bytes: string): string | undefined {
	try {
		return strict.decode(Uint8Array.from(bytes, char => char.charCodeAt(0)));
	} catch {
		return undefined; // Bytes, and no text.
	}
}
