import {isMasked, type Mask} from './marker.ts';

const begin = /-{4,5} ?BEGIN (?:[A-Z0-9 ]{0,40} )?PRIVATE KEY(?: BLOCK)? ?-{4,5}/u;
const end = /-{4,5} ?END (?:[A-Z0-9 ]{0,40} )?PRIVATE KEY(?: BLOCK)? ?-{4,5}/u;
/** PuTTY's form says how many lines follow. */
const putty = /Private-Lines: (\d{1,3})\s*$/u;
/** A line of the body, or of its headers (RFC 1421 §4.6), after whatever a log put before it. */
const body = /^(?:[A-Za-z0-9+/=_-]+|\*\*\*REDACTED[:\w]*\*\*\*|(?:Proc-Type|DEK-Info|Version|Comment|Hash): .*)$/u;
/** A key has at most this many lines; what comes later is not of it. */
const longestKey = 400;

/** Masks private keys in PEM (RFC 7468) and its kin, line for line, also when the log cut off the beginning or the end. */
export function maskKeys(text: string, mask: Mask): string {
	if (!/PRIVATE KEY|Private-Lines/u.test(text)) return text;
	const lines = text.split('\n');
	let left = 0;
	let prefix = '';
	for (let index = 0; index < lines.length; index++) {
		const line = lines[index] ?? '';
		const opened = begin.exec(line);
		if (opened !== null) {
			const after = opened.index + opened[0].length;
			lines[index] = line.slice(0, after) + inline(line.slice(after), mask);
			prefix = line.slice(0, opened.index);
			left = end.test(line.slice(after)) || /["'`]/u.test(line.slice(after)) ? 0 : longestKey;
			continue;
		}
		const counted = putty.exec(line);
		if (counted !== null) {
			prefix = line.slice(0, counted.index);
			left = Number(counted[1]);
			continue;
		}
		const closed = end.exec(line);
		if (closed !== null) {
			if (left === 0) maskBefore(lines, index, closed.index, mask);
			else if (closed.index > 0)
				lines[index] = bodyLine(line.slice(0, closed.index), prefix, mask) + line.slice(closed.index);
			left = 0;
			continue;
		}
		if (left === 0) continue;
		const content = contentOf(line, prefix);
		if (content.text !== '' && !body.test(content.text)) left = 0;
		else {
			left--;
			lines[index] = bodyLine(line, prefix, mask);
		}
	}
	return lines.join('\n');
}

/** What stands after BEGIN in the same line: a key with its line ends escaped or lost. */
function inline(rest: string, mask: Mask): string {
	const length =
		/^(?:[A-Za-z0-9+/=_\s-]|\\+[nrt/]|%0[AaDd]|%2[BFbf]|%3[Dd]|\\+u000[aAdD])*/u.exec(rest)?.[0].length ?? 0;
	const closed = end.exec(rest);
	const until = closed === null ? length : closed.index;
	const secret = rest.slice(0, until);
	return /[A-Za-z0-9+/]{4}/u.test(secret) && !isMasked(secret) ? mask(secret) + rest.slice(until) : rest;
}

/** The part of a line after the prefix that the BEGIN line had, or one much like it: a log's time moves on. */
function contentOf(line: string, prefix: string): {readonly at: number; readonly text: string} {
	const carriage = line.endsWith('\r') ? line.length - 1 : line.length;
	const at = line.startsWith(prefix) ? prefix.length : line.slice(0, carriage).trimEnd().lastIndexOf(' ') + 1;
	const from = at + (/^\s*/u.exec(line.slice(at))?.[0].length ?? 0);
	return {
		at: from,
		text: line
			.slice(from, carriage)
			.replace(/[\s"',\\]+$/u, '')
			.replace(/^["']/u, ''),
	};
}

function bodyLine(line: string, prefix: string, mask: Mask): string {
	const {at, text} = contentOf(line, prefix);
	if (text === '' || isMasked(text)) return line;
	const from = line.indexOf(text, at);
	return line.slice(0, from) + mask(text) + line.slice(from + text.length);
}

/** An END whose BEGIN was cut off: the lines of base64 right above it were the key. */
function maskBefore(lines: string[], closing: number, column: number, mask: Mask): void {
	const prefix = (lines[closing] ?? '').slice(0, column);
	for (let index = closing - 1; index >= Math.max(0, closing - longestKey); index--) {
		const {text} = contentOf(lines[index] ?? '', prefix);
		if (
			!/^(?:[A-Za-z0-9+/]{16,}={0,2}|[A-Za-z0-9+/]{1,76}={0,2})$/u.test(text) ||
			(index < closing - 1 && text.length < 16)
		)
			return;
		lines[index] = bodyLine(lines[index] ?? '', prefix, mask);
	}
}
