import {isCookieKey, weightOf} from './keys.ts';
import type {Mask} from './marker.ts';
import {hasWord} from './spot.ts';
import {isHarmless, looksEncoded} from './values.ts';

/** One `key: value` line. Columns, not depth, say what belongs to what. */
type Entry = {
	readonly line: number;
	/** Column of the key: a list's dashes count. */
	readonly column: number;
	readonly isItem: boolean;
	readonly key: string;
	/** Where the value begins in the line, and what it is, without a comment. */
	readonly at: number;
	readonly value: string;
};
type Frame = {
	readonly column: number;
	readonly owner: Frame | undefined;
	kind: string;
	name: string | undefined;
	value: Entry | undefined;
	readonly data: Stretch[];
	/** The key last seen, whose children come next. */
	field: string;
};
/** A value over one or more lines: from a column of the first line to the end of the last. */
type Stretch = {readonly first: number; readonly at: number; readonly last: number; readonly value: string};

const entryOf =
	/^(\s*)((?:-[ \t]+)*)("[^"\n]{0,200}"|'[^'\n]{0,200}'|[^\s#:'"{}[\],][^:#\n"'{}[\]=]{0,160}?)[ \t]*:(?:[ \t]+(.*))?$/u;
const block = /^(?:[!&]\S+[ \t]+)*[|>][+-]?\d?[+-]?(?:[ \t]+#.*)?$/u;

/**
 * Masks by what YAML's layout says: a key's name, block and folded scalars below it, pairs of name and value in either
 * order, arguments after a flag, and everything in a Secret's data wherever `kind` stands. A line of a log that is no
 * YAML is left alone, except that a secret's name and a colon at its beginning mean the same there.
 */
export function maskYaml(text: string, mask: Mask): string {
	if (!hasWord(text) || !/:(?:\s|$)|^[ \t]*-\s/mu.test(text)) return text;
	const lines = text.split('\n');
	const ends = lines.map(line => (line.endsWith('\r') ? line.length - 1 : line.length));
	const lineAt = (index: number) => (lines[index] ?? '').slice(0, ends[index]);
	const indentOf = (index: number) => /^\s*/u.exec(lineAt(index))?.[0].length ?? 0;
	const masked = new Map<number, Stretch>();
	const put = (stretch: Stretch, weight: 'strong' | 'weak') => {
		if (!isHarmless(stretch.value, weight)) masked.set(stretch.first, stretch);
	};
	const frames: Frame[] = [];
	const close = (frame: Frame) => {
		if (frame.kind === 'Secret') for (const stretch of frame.data) put(stretch, 'strong');
		const {name, value} = frame;
		if (name === undefined || value === undefined) return;
		const weight = weightOf(name);
		if (weight !== 'none') put(stretchOf(value), weight);
	};
	const closeTo = (column: number, isItem: boolean) => {
		for (let top = frames.at(-1); top !== undefined; top = frames.at(-1)) {
			if (top.column < column || (top.column === column && !isItem)) return;
			frames.pop();
			close(top);
		}
	};
	/** The value and the lines that continue it: indented deeper than its key, until something of the same depth. */
	const stretchOf = ({line, at, column, value}: Entry): Stretch => {
		let last = line;
		const isBlock = block.test(value);
		const quote = /^["']/u.exec(value)?.[0];
		const isOpen = quote !== undefined && !closes(value, quote);
		for (let next = line + 1; next < lines.length && next - line < 2000; next++) {
			const following = lineAt(next);
			if (following.trim() === '') {
				if (!isBlock) break;
				continue;
			}
			if (isOpen) {
				last = next;
				if (closes(`${quote}${following.trim()}`, quote)) break;
				continue;
			}
			if (indentOf(next) <= column || (!isBlock && (entryOf.test(following) || /^\s*[-#{[]/u.test(following)))) break;
			if (!isBlock && quote !== undefined) break;
			last = next;
		}
		const rest =
			last > line
				? lines
						.slice(line + 1, last + 1)
						.map(one => one.trim())
						.join('\n')
				: '';
		return {first: line, at, last, value: isBlock || value === '' ? rest : [value, rest].filter(Boolean).join('\n')};
	};
	let flag = '';
	for (let index = 0; index < lines.length; index++) {
		const line = lineAt(index);
		if (/^---(?:\s|$)/u.test(line)) {
			closeTo(-1, true);
			continue;
		}
		const item = /^(\s*)-[ \t]+(?:"([^"]*)"|'([^']*)'|(\S.*))$/u.exec(line);
		if (item !== null && !entryOf.test(line)) {
			const content = item[2] ?? item[3] ?? item[4] ?? '';
			const at = line.lastIndexOf(content) - (item[4] === undefined ? 1 : 0);
			const owner = frames.findLast(frame => frame.column <= (item[1]?.length ?? 0));
			const above = owner?.field ?? '';
			const weight = flag === '' || content.startsWith('-') ? weightOf(above) : weightOf(flag);
			if (weight !== 'none' && !/^[{[&*]/u.test(content)) put({first: index, at, last: index, value: content}, weight);
			flag = /^--?[A-Za-z][\w-]*$/u.test(content) ? content : '';
			continue;
		}
		flag = '';
		const found = entryOf.exec(line);
		if (found === null) continue;
		const [, indent = '', dashes = '', rawKey = '', rawValue = ''] = found;
		const key = rawKey.replaceAll(/^["']|["']$/gu, '');
		const column = indent.length + dashes.length;
		const value = withoutComment(rawValue).trimEnd();
		const entry: Entry = {line: index, column, isItem: dashes !== '', key, at: line.length - rawValue.length, value};
		closeTo(column, entry.isItem);
		let frame = frames.at(-1);
		if (frame === undefined || frame.column < column) {
			const isData = frame?.field === 'data' || frame?.field === 'stringData';
			frame = {
				column,
				owner: isData ? frame : frame?.owner,
				kind: '',
				name: undefined,
				value: undefined,
				data: [],
				field: '',
			};
			frames.push(frame);
		}
		frame.field = key;
		const bare = unquoted(value);
		if (key === 'kind') frame.kind = bare;
		if (key === 'name' || key === 'key') frame.name ??= bare;
		if (key === 'value') frame.value = entry;
		if (frame.owner !== undefined) frame.owner.data.push(stretchOf(entry));
		const weight = weightOf(key);
		if (weight === 'none' || isCookieKey(key) || /^[{[]/u.test(value) || /authorization/iu.test(key)) continue;
		if (/^\*\w+$/u.test(value) || (/\s/u.test(key) && /\s/u.test(bare) && quoteFree(value))) continue; // An alias; a sentence.
		if (/^auth$/iu.test(key) && !looksEncoded(bare)) continue;
		const stretch = stretchOf(entry);
		put({...stretch, value: unquoted(stretch.value)}, weight);
	}
	closeTo(-1, true);
	let written = -1;
	for (const stretch of [...masked.values()].sort((a, b) => a.first - b.first)) {
		if (stretch.first <= written) continue; // Inside a block that went as a whole.
		write(lines, ends, stretch, mask);
		written = stretch.last;
	}
	return lines.join('\n');
}

/** Keeps every line: the first gets the marker, each further line one of its own at the same depth. */
function write(lines: string[], ends: readonly number[], {first, at, last, value}: Stretch, mask: Mask): void {
	const line = lines[first] ?? '';
	const own = withoutComment(line.slice(at, ends[first]));
	const tail = line.slice(at + own.trimEnd().length);
	const isBlock = block.test(own.trim());
	const marker = mask(unquoted(value));
	if (!isBlock && own.trim() !== '')
		lines[first] = `${line.slice(0, at)}"${marker}"${last > first ? line.slice(ends[first]) : tail}`;
	const isBelow = isBlock || own.trim() === '';
	for (let index = first + 1; index <= last; index++) {
		const next = lines[index] ?? '';
		const text = next.trim();
		if (text === '' || (!isBelow && text.startsWith('#'))) continue;
		const indent = /^\s*/u.exec(next)?.[0] ?? '';
		const carriage = next.endsWith('\r') ? '\r' : '';
		lines[index] = isBelow
			? `${indent}${isBlock ? marker : `"${marker}"`}${carriage}`
			: `${indent}# ${marker}${carriage}`;
		if (isBelow && !isBlock) for (let more = index + 1; more <= last; more++) lines[more] = `${indent}# ${marker}`;
		if (isBelow && !isBlock) break;
	}
}

const unquoted = (value: string): string => /^(["'])(.*)\1$/su.exec(value)?.[2] ?? value;
const quoteFree = (value: string): boolean => !/^["']/u.test(value);
/** Whether a quoted scalar that begins here also ends here. */
const closes = (value: string, quote: string): boolean =>
	quote === '"' ? /^"(?:[^"\\]|\\.)*"/u.test(value) : /^'(?:[^']|'')*'(?!')/u.test(value);
/** A comment begins after a blank, and never inside quotes. */
function withoutComment(value: string): string {
	const quoted = /^\s*(?:"(?:[^"\\]|\\.)*"|'(?:[^']|'')*')/u.exec(value)?.[0];
	if (quoted !== undefined) return quoted;
	const comment = value.search(/(?:^|\s)#/u);
	return comment < 0 ? value : value.slice(0, comment);
}
