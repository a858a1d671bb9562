/** Finds values that are known to be secret, in every spelling they are usually written in. */
export type Known = {
	readonly replace: (text: string, mask: (secret: string) => string) => string;
	readonly has: (text: string) => boolean;
};

/** Shorter than this a value is part of ordinary words, and masking it would ruin the text. */
const shortest = 4;

/** Spellings of one value: as it is, escaped for JSON, shell, YAML and XML, in URLs, in hexadecimal and in base64. */
function spellings(secret: string): readonly string[] {
	const json = JSON.stringify(secret).slice(1, -1);
	const url = encodeURIComponent(secret);
	const strict = url.replaceAll(/[!'()*]/gu, sign => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`);
	const bytes = new TextEncoder().encode(secret);
	const grouped = /^[\dA-Za-z]{3,8}(?:-[\dA-Za-z]{3,8}){2,}$/u.test(secret);
	return [
		secret,
		json,
		JSON.stringify(json).slice(1, -1),
		url,
		strict,
		lowerHex(url),
		lowerHex(strict),
		url.replaceAll('%20', '+'),
		strict.replaceAll('%20', '+'),
		encodeURIComponent(url),
		encodeURI(secret),
		secret.replaceAll("'", "''"),
		secret.replaceAll("'", "'\\''"),
		secret.replaceAll(/[^\w@%+=:,./-]/gu, '\\$&'),
		secret.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;'),
		json.replaceAll(/[<>&]/gu, sign => `\\u00${sign.charCodeAt(0).toString(16)}`),
		...(grouped ? [secret.replaceAll('-', ''), secret.toLowerCase(), secret.replaceAll('-', '').toLowerCase()] : []),
		...(bytes.length >= 6 ? [hex(bytes), hex(bytes).toUpperCase()] : []),
		...base64Forms(bytes),
		...base64Forms(new TextEncoder().encode(base64(bytes))).slice(0, 1),
	];
}

const lowerHex = (url: string) => url.replaceAll(/%[\dA-F]{2}/gu, code => code.toLowerCase());
const hex = (bytes: Uint8Array) => [...bytes].map(byte => byte.toString(16).padStart(2, '0')).join('');
const base64 = (bytes: Uint8Array) => btoa(String.fromCharCode(...bytes));

/**
 * Base64 of the value alone, and what of it is seen wherever it stands inside something longer: the three ways it can
 * fall on groups of three bytes, without the letters that its neighbours share (RFC 4648 §4).
 */
function base64Forms(bytes: Uint8Array): readonly string[] {
	const whole = base64(bytes);
	const inside = [0, 1, 2].flatMap(before => {
		const shifted = base64(Uint8Array.from([...new Array<number>(before).fill(0), ...bytes]));
		const from = [0, 2, 3][before] ?? 0;
		const to = Math.floor(((before + bytes.length) * 8) / 6);
		const seen = shifted.slice(from, to);
		return seen.length >= 8 ? [seen] : [];
	});
	const forms = [whole, whole.replace(/=+$/u, ''), ...inside].filter(form => form.length >= 6);
	return forms.flatMap(form => [form, form.replaceAll('+', '-').replaceAll('/', '_'), form.replaceAll('/', '\\/')]);
}

/** Prepares the values once; a value may be of any length, and what is repeated or empty is left out. */
export function makeKnown(secrets: Iterable<string>): Known {
	const of = new Map<string, string>();
	for (const secret of secrets) {
		for (const whole of new Set([secret, secret.trim()])) {
			if (whole.length < shortest || whole.length > 20_000) continue;
			for (const spelling of spellings(whole))
				if (spelling.length >= shortest && !of.has(spelling)) of.set(spelling, whole);
			// A key of many lines is shown line by line, and never as the whole.
			if (whole.includes('\n'))
				for (const part of whole.split('\n').map(line => line.trim()))
					if (part.length >= 16 && !part.startsWith('-----')) of.set(part, whole);
		}
	}
	const next = finder([...of.keys()]);
	return {
		replace: (text, mask) => {
			const parts: string[] = [];
			let at = 0;
			for (let found = next(text, 0); found !== undefined; found = next(text, at)) {
				parts.push(text.slice(at, found.start), mask(of.get(found.is) ?? found.is));
				at = found.start + found.is.length;
			}
			return at === 0 && parts.length === 0 ? text : parts.join('') + text.slice(at);
		},
		has: text => next(text, 0) !== undefined,
	};
}

type Found = {readonly start: number; readonly is: string};

/**
 * Finds the first of many strings, the longest where several begin: in one pass over the text, that compares only where
 * the last four letters are such as one of them begins with. (A pattern of some thousand alternatives takes a hundred
 * times as long.)
 */
function finder(strings: readonly string[]): (text: string, from: number) => Found | undefined {
	const beginnings = new Map<string, string[]>();
	const marked = new Uint8Array(1 << 16);
	for (const one of strings.toSorted((a, b) => b.length - a.length)) {
		const first = one.slice(0, shortest);
		const alike = beginnings.get(first);
		if (alike === undefined) beginnings.set(first, [one]);
		else alike.push(one);
		let last = 0;
		for (let at = 0; at < shortest; at++) last = rolled(last, one.charCodeAt(at));
		marked[hashOf(last)] = 1;
	}
	return (text, from) => {
		if (beginnings.size === 0) return undefined;
		let last = 0;
		for (let at = from; at < text.length; at++) {
			last = rolled(last, text.charCodeAt(at));
			if (marked[hashOf(last)] === 0) continue;
			const start = at + 1 - shortest;
			if (start < from) continue;
			for (const one of beginnings.get(text.slice(start, at + 1)) ?? [])
				if (text.startsWith(one, start)) return {start, is: one};
		}
		return undefined;
	};
}

/** The last four letters, a byte of each: what is older has been shifted out. */
const rolled = (last: number, code: number): number => (last << 8) | (code & 0xff);
/** Spread over 16 bits by the golden ratio (Knuth, The Art of Computer Programming 3, §6.4). */
const hashOf = (last: number): number => Math.imul(last, 0x9e3779b1) >>> 16;
