import {isCookieKey, weightOf} from './keys.ts';
import {applyEdits, type Edit, isMasked, type Mask, markerAt} from './marker.ts';
import {isHarmless, looksEncoded} from './values.ts';

/** A name and what joins it to its value: `=`, `:`, `=>`, `:=`, with quotes (escaped any number of times) around the name. */
const assignment =
	/(?:(?<![\w.$/-])|(?<=\u001b\[[\d;]{0,12}m))-{0,2}([A-Za-z_@$][\w.@$/-]{0,120}|\/\/[\w./:-]{1,120}:_\w{1,40})(\\{0,15}["'`])?(\]|%5D)?((?:\u001b\[[\d;]{0,12}m)?[ \t]{0,8}(?:=>|:=|==|=|:|%3D)[ \t]{0,8}(?:\u001b\[[\d;]{0,12}m)?)/gu;
const attributes = new Set(
	'path domain expires max-age secure httponly samesite priority partitioned version'.split(' '),
);

/** Masks the value after a secret's name, in whatever notation the two are joined, in the middle of any text. */
export function maskAssignments(text: string, mask: Mask): string {
	const edits: Edit[] = [];
	assignment.lastIndex = 0;
	const find = new RegExp(assignment);
	for (let found = find.exec(text); found !== null; found = find.exec(text)) {
		const [whole, rawKey = '', nameQuote = '', , sep = ''] = found;
		const key = rawKey.slice(rawKey.lastIndexOf(':') + 1);
		const at = found.index + whole.length;
		const before = text[found.index - 1] ?? '\n';
		if (isCookieKey(key)) {
			const line = lineEnd(text, at);
			maskCookies(text, at, line, key, edits, mask);
			find.lastIndex = line;
			continue;
		}
		const weight = weightOf(key);
		if (
			weight === 'none' &&
			!(
				/^(?:sig|signature|key|code|x-amz-signature|x-amz-credential|x-goog-signature|jwt|auth)$/iu.test(key) &&
				/[?&]/u.test(before)
			)
		) {
			find.lastIndex =
				found.index +
				Math.max(1, rawKey.length + (sep.includes('=') || sep.includes(':') ? whole.length - rawKey.length : 0));
			continue;
		}
		const isFirst = /(?:^|\n)[ \t]*(?:-[ \t]+)*$/u.test(
			`${found.index > 200 ? '.' : ''}${text.slice(Math.max(0, found.index - 200), found.index)}`,
		);
		if (isFirst && /^[ \t]*:[ \t]+$/u.test(sep) && !/authorization|auth$/iu.test(key)) continue; // YAML's stage has judged it.
		if (sep === ':' && text.startsWith('//', found.index - 2)) continue; // The user part of an address.
		const value = valueAt(text, at, {before, sep: sep.trim(), key, nameQuote});
		const secret = text.slice(value.start, value.end);
		find.lastIndex = Math.max(at, value.start);
		if (!shouldMask(key, secret, weight === 'none' ? 'weak' : weight, sep.trim(), value)) continue;
		const masked = mask(secret);
		edits.push({
			start: value.start,
			end: value.end,
			text: value.quote === '' ? markerAt(text, value.start, value.end, masked) : masked,
		});
		find.lastIndex = value.end;
	}
	return applyEdits(text, edits);
}

function shouldMask(key: string, secret: string, weight: 'strong' | 'weak', sep: string, {quote}: Value): boolean {
	if (isHarmless(secret, weight)) return false;
	if (isMasked(secret)) return false;
	if (/^auth$/iu.test(key)) return looksEncoded(secret);
	if (quote !== '') return true;
	// Prose: "token: the word after a colon", "Secret:name".
	if (sep === ':' && weight === 'weak') return /[\dA-Z=_+/]/u.test(secret) && secret.length >= 4;
	return !(
		sep === ':' && /^(?:authentication|incorrect|must|should|cannot|failed|mismatch|the|is|was|not|no)$/iu.test(secret)
	);
}

type Value = {readonly start: number; readonly end: number; readonly quote: string};
type Context = {readonly before: string; readonly sep: string; readonly key: string; readonly nameQuote: string};

/** Where a value begins and ends, by its quotes or by what it stands in. */
function valueAt(text: string, at: number, {before, sep, key}: Context): Value {
	const quoted = /^(?:\[[ \t]{0,4})?(\\{0,15})(["'`])/u.exec(text.slice(at, at + 24));
	if (quoted !== null) {
		const [whole, slashes = '', sign = ''] = quoted;
		const start = at + whole.length;
		return withScheme(text, start, closing(text, start, slashes, sign), `${slashes}${sign}`, key);
	}
	const line = lineEnd(text, at);
	if (/authorization/iu.test(key)) {
		const opened = /["'`]/u.exec(before)?.[0];
		const bracket = text[at] === '[';
		const start = bracket ? at + 1 : at;
		const stop = text.slice(start, line).indexOf(bracket ? ']' : (opened ?? '\n'));
		return withScheme(text, start, stop < 0 ? line : start + stop, '', key);
	}
	if (text[at] === '[') {
		const stop = text.slice(at, line).indexOf(']');
		return {start: at + 1, end: stop < 0 ? line : at + stop, quote: ''};
	}
	const stops = /[?&]/u.test(before)
		? /[&\s"'`<>#;)\]}\\]|%26/u
		: before === ';' ||
				(sep === '=' && /^[^\s=;]*;[ \t]*[A-Za-z][\w ]{1,40}=/u.test(text.slice(at, Math.min(line, at + 400))))
			? /[;\s"'`<>]/u
			: sep === ':'
				? /[\s,}\])"'`<>]/u
				: /[\s"'`<>\0]/u;
	const window = text.slice(at, line);
	const found = window.search(stops);
	let end = at + (found < 0 ? window.length : found);
	while (end > at && /[,;)}\]]/u.test(text[end - 1] ?? '')) end--;
	return {start: at, end, quote: ''};
}

/** The kind of an Authorization header stays; what follows it goes. */
function withScheme(text: string, start: number, end: number, quote: string, key: string): Value {
	const scheme = /authorization|token/iu.test(key)
		? (/^(?:Bearer|Basic|Token|Digest|Negotiate|NTLM|ApiKey|AWS4-HMAC-SHA256)[ \t]+/iu.exec(
				text.slice(start, Math.min(end, start + 40)),
			)?.[0].length ?? 0)
		: 0;
	return {start: start + scheme, end, quote};
}

/** The end of a quoted value: the same quote, escaped as often, and not itself escaped. A cut line ends it too. */
function closing(text: string, start: number, slashes: string, sign: string): number {
	const line = lineEnd(text, start);
	for (let at = start; at < line; at++) {
		const char = text[at];
		if (slashes === '' && char === '\\' && sign !== '`') {
			at++;
			continue;
		}
		if (char !== sign) continue;
		let count = 0;
		while (text[at - 1 - count] === '\\' && count <= 64) count++;
		if (count <= slashes.length) return at - count;
	}
	return line;
}

/** Longest value looked at: a line of any length must not be read again for each name in it. */
const longestValue = 20_000;

function lineEnd(text: string, from: number): number {
	const found = text.slice(from, from + longestValue).indexOf('\n');
	const end = found < 0 ? Math.min(text.length, from + longestValue) : from + found;
	return text[end - 1] === '\r' && end > from ? end - 1 : end;
}

/** Every cookie's value; a Set-Cookie's attributes stay (RFC 6265 §4.1). */
function maskCookies(text: string, at: number, end: number, key: string, edits: Edit[], mask: Mask): void {
	const isSet = /^set/iu.test(key);
	const cookie = /([\w.!#$%&'*+^`|~-]{1,100})=("?)([^;,\s"'\]}]{1,8000})/gu;
	cookie.lastIndex = at;
	for (let found = cookie.exec(text); found !== null && found.index < end; found = cookie.exec(text)) {
		const [whole, name = '', , value = ''] = found;
		if (!(isSet && attributes.has(name.toLowerCase())) && !isHarmless(value, 'strong')) {
			const start = found.index + whole.length - value.length;
			edits.push({start, end: start + value.length, text: mask(value)});
		}
	}
}
