/** What stands where a secret was; the number is the same wherever the same secret stood. */
const marker = /\*\*\*REDACTED(?::\w{1,12})?\*\*\*/g;
/** Words before a credential that say its kind, and stay. */
const scheme = /^(?:bearer|basic|token|digest|negotiate|ntlm|apikey)\b/iu;

/** Nothing is left in it that could be a secret: a second pass changes nothing. */
export const isMasked = (value: string): boolean =>
	value.includes('***REDACTED') && !/[\p{L}\p{N}]/u.test(value.replaceAll(marker, '').trim().replace(scheme, ''));

/** Gives the marker for a secret. */
export type Mask = (secret: string) => string;

/** More distinct secrets than this share the plain marker: the table must not grow with what is read. */
const mostNumbered = 5000;

/** A table of its own for each bundle, so that two equal passwords can be told from two different ones. */
export function makeMask(): Mask {
	const numbers = new Map<string, number>();
	return secret => {
		const known = numbers.get(secret);
		if (known !== undefined) return `***REDACTED:${known}***`;
		if (numbers.size >= mostNumbered || secret.length > 100_000) return '***REDACTED***';
		numbers.set(secret, numbers.size + 1);
		return `***REDACTED:${numbers.size}***`;
	};
}

/** A stretch of text and what takes its place. */
export type Edit = {readonly start: number; readonly end: number; readonly text: string};

/** Puts edits in; of two that overlap the one that begins first, and of those the longer, counts. */
export function applyEdits(text: string, edits: readonly Edit[]): string {
	if (edits.length === 0) return text;
	const parts: string[] = [];
	let at = 0;
	for (const {start, end, text: next} of [...edits].sort((a, b) => a.start - b.start || b.end - a.end)) {
		if (start < at) continue;
		parts.push(text.slice(at, start), next);
		at = end;
	}
	parts.push(text.slice(at));
	return parts.join('');
}

/**
 * The marker as it may stand at this place. A bare scalar of YAML may not begin with an asterisk, so one that is the
 * whole value gets quotes.
 */
export function markerAt(text: string, start: number, end: number, masked: string): string {
	const before = /(?:(?:^|\n)[ \t]*|[:,-][ \t]+|[[{][ \t]*)$/u.exec(text.slice(Math.max(0, start - 60), start));
	const after = /^(?:\r?\n|$|[ \t]*[,}\]]|[ \t]+#)/u.test(text.slice(end, end + 40));
	const begins = before !== null && /[:-][ \t]+$|[[{,][ \t]*$/u.test(before[0]);
	return begins && after ? `"${masked}"` : masked;
}
