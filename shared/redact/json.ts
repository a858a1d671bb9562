import {isCookieKey, weightOf} from './keys.ts';
import {applyEdits, type Edit, type Mask} from './marker.ts';
import {hasWord} from './spot.ts';
import {isHarmless, looksEncoded} from './values.ts';

/** A string or number as it stands in the text, quotes included. */
type Token = {readonly start: number; readonly end: number; readonly text: string};
type Frame = {
	readonly is: 'object' | 'array';
	/** The key whose value this is, or the nearest above an array. */
	readonly key: string;
	/** The object in whose `data` this lies. */
	readonly owner: Frame | undefined;
	field: string | undefined;
	expectsKey: boolean;
	previous: string;
	kind: string;
	name: string | undefined;
	value: Token | undefined;
	/** Values under `data` and `stringData`, masked if the object turns out to be a Secret. */
	readonly data: Token[];
	readonly below: Token[];
};

/** Deeper nesting is not Kubernetes': the rest is left to the rules for text. */
const deepest = 200;
const dataKeys = new Set(['data', 'stringData', 'binaryData']);

/**
 * Masks by what JSON says: a key's name, a pair of name and value in either order, everything in a Secret, arguments
 * after a flag. It works on the text itself, so that what is not secret keeps every byte; JSON inside a log line, in a
 * string, or cut off in the middle is read as far as it goes. `inner` is asked about every other string's content.
 */
export function maskJson(text: string, mask: Mask, inner: (text: string) => string): string {
	const edits: Edit[] = [];
	const start = /[{[]\s{0,200}(?:["{[}\]]|-?\d)/gu;
	for (let found = start.exec(text); found !== null; found = start.exec(text)) {
		start.lastIndex = Math.max(found.index + 1, walk(text, found.index, mask, inner, edits));
	}
	return applyEdits(text, edits);
}

const stringToken = /"(?:[^"\\\n]|\\.)*"/uy;
const plainToken = /-?\d[\d.eE+-]*|true|false|null/uy;
const space = /\s*/uy;

/** Reads one value from `from`; answers where it stopped, be it the end of the value or the first thing that is not JSON. */
function walk(text: string, from: number, mask: Mask, inner: (text: string) => string, edits: Edit[]): number {
	const stack: Frame[] = [];
	let at = from;
	const put = (token: Token) => edits.push({start: token.start, end: token.end, text: `"${mask(plain(token.text))}"`});
	const close = (frame: Frame) => {
		const {name, value} = frame;
		if (name !== undefined && value !== undefined && shouldMask(name, plain(value.text))) put(value);
		if (frame.kind === 'Secret')
			for (const token of frame.data) if (!isHarmless(plain(token.text), 'strong')) put(token);
		if (frame.kind === 'SecretList')
			for (const token of frame.below) if (!isHarmless(plain(token.text), 'strong')) put(token);
		const parent = stack.at(-1);
		if (frame.kind !== 'Secret') for (const token of frame.data) parent?.below.push(token);
		for (const token of frame.below) parent?.below.push(token);
	};
	const open = (is: Frame['is']) => {
		const parent = stack.at(-1);
		const key = parent?.field ?? parent?.key ?? '';
		const owner =
			parent?.is === 'object' && parent.field !== undefined && dataKeys.has(parent.field) ? parent : parent?.owner;
		stack.push({
			is,
			key,
			owner,
			field: undefined,
			expectsKey: is === 'object',
			previous: '',
			kind: '',
			name: undefined,
			value: undefined,
			data: [],
			below: [],
		});
	};
	const scalar = (frame: Frame, token: Token) => {
		const value = plain(token.text);
		const key = frame.field ?? frame.key;
		if (frame.is === 'object' && frame.field !== undefined) {
			if (/^(?:name|key|Name|Key)$/u.test(frame.field)) frame.name ??= value;
			if (/^(?:value|Value)$/u.test(frame.field)) frame.value = token;
			if (frame.field === 'kind') frame.kind = value;
		}
		frame.owner?.data.push(token);
		const afterFlag =
			frame.is === 'array' &&
			/^--?[A-Za-z]/u.test(frame.previous) &&
			!value.startsWith('-') &&
			shouldMask(frame.previous, value);
		frame.previous = value;
		if (afterFlag || shouldMask(key, value)) return void put(token);
		// Without an escape it is what the other rules read in place; only a word of theirs makes a difference.
		if (!token.text.startsWith('"') || value.length < 6 || (!token.text.includes('\\') && !hasWord(value))) return;
		const told = inner(value);
		if (told !== value) edits.push({start: token.start, end: token.end, text: JSON.stringify(told)});
	};
	do {
		space.lastIndex = at;
		space.test(text);
		at = Math.max(at, space.lastIndex);
		const frame = stack.at(-1);
		const sign = text[at];
		if (sign === '{' || sign === '[') {
			if (frame?.expectsKey || stack.length >= deepest) break;
			open(sign === '{' ? 'object' : 'array');
			at++;
			continue;
		}
		if (sign === '}' || sign === ']') {
			if (frame === undefined || (sign === '}') !== (frame.is === 'object')) break;
			stack.pop();
			close(frame);
			at++;
			continue;
		}
		if (frame === undefined) break;
		if (sign === ',') {
			frame.expectsKey = frame.is === 'object';
			frame.field = undefined;
			at++;
			continue;
		}
		const pattern = sign === '"' ? stringToken : plainToken;
		pattern.lastIndex = at;
		const found = pattern.exec(text)?.[0];
		if (found === undefined) break;
		const token = {start: at, end: at + found.length, text: found};
		at = token.end;
		if (!frame.expectsKey) {
			if (frame.is === 'object' && frame.field === undefined) break;
			scalar(frame, token);
			continue;
		}
		space.lastIndex = at;
		space.test(text);
		at = Math.max(at, space.lastIndex);
		if (sign !== '"' || text[at] !== ':') break;
		at++;
		frame.field = plain(found);
		frame.expectsKey = false;
	} while (stack.length > 0 && at < text.length);
	for (let frame = stack.pop(); frame !== undefined; frame = stack.pop()) close(frame); // Cut off: what was seen counts.
	return at;
}

function shouldMask(key: string, value: string): boolean {
	const weight = weightOf(key);
	if (isCookieKey(key)) return false; // Its attributes stay: the rules for text know them.
	if (weight === 'none' || isHarmless(value, weight)) return false;
	if (/^auth$/iu.test(key)) return looksEncoded(value);
	return true;
}

/** A token's content; one that is no valid string (a bad escape) as it stands. */
function plain(token: string): string {
	if (!token.startsWith('"')) return token;
	if (!token.includes('\\')) return token.slice(1, -1);
	try {
		return String(JSON.parse(token));
	} catch {
		return token.slice(1, -1);
	}
}
