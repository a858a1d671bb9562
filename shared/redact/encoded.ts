import {isMasked, type Mask, markerAt} from './marker.ts';

/** Long enough to hide something, in either alphabet (RFC 4648 §4, §5). */
const run = /(?<![A-Za-z0-9+/_=-])[A-Za-z0-9+/_-]{16,}={0,2}(?![A-Za-z0-9+/_=-])/gu;
const longest = 4_000_000;

/** Opens base64 that holds text; when something in that text is secret, the whole goes. */
export function maskEncoded(text: string, mask: Mask, inner: (text: string) => string): string {
	return text.replaceAll(run, (found, at: number, whole: string) => {
		const decoded = decode(found);
		if (decoded === undefined || isMasked(decoded)) return found;
		return inner(decoded) === decoded ? found : markerAt(whole, at, at + found.length, mask(found));
	});
}

/** The text that it encodes; undefined when it is bytes, or no base64. */
function decode(encoded: string): string | undefined {
	const plain = encoded.replaceAll('-', '+').replaceAll('_', '/').replace(/=+$/u, '');
	if (encoded.length > longest || plain.length % 4 === 1) return undefined;
	const head = text(plain.slice(0, 64));
	return head === undefined ? undefined : text(plain);
}

function text(plain: string): string | undefined {
	try {
		const bytes = Uint8Array.from(atob(plain), char => char.charCodeAt(0));
		const told = new TextDecoder('utf-8', {fatal: plain.length > 64 || plain.length % 4 !== 0}).decode(bytes);
		return /[\0-\x08\x0e-\x1a\x1c-\x1f\x7f]/u.test(told) ? undefined : told;
	} catch {
		return undefined; // Not base64, or not UTF-8.
	}
}
