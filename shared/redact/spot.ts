/**
 * Words without which no rule about names, carriers and programs finds anything. A line that holds none of them is passed
 * over: looking for the words takes a fraction of what the rules take. (Names: `hints` in keys.ts; the others: carriers.ts,
 * assignments.ts.) Three letters at least.
 */
const words = (
	'pass pwd secret token key auth cred psk otp salt jwt bearer sess mnemonic signature csrf xsrf ' +
	'cookie basic negotiate ntlm splunk ssws identified value= one-time ' +
	'mysql mariadb redis-cli curl wget docker helm crane ldap smbclient openssl mongo zip ?sig &sig ?code &code'
).split(' ');
const pairs = ['7z'];

/** Letters of either case, digits and the signs that the words hold; the others are alike. */
const letters = 'abcdefghijklmnopqrstuvwxyz0123456789-=?&@';
const codes = new Uint8Array(1 << 16);
for (const [index, letter] of [...letters].entries())
	for (const either of [letter, letter.toUpperCase()]) codes[either.charCodeAt(0)] = index + 1;
const at = codes['@'.charCodeAt(0)] ?? 0;
const codeAt = (text: string, index: number): number => codes[text.charCodeAt(index)] ?? 0;

const marked = new Uint8Array(1 << 18);
const beginning = new Map<number, string[]>();
for (const word of [...words, ...pairs.flatMap(pair => [`${pair} `, `${pair}\t`])]) {
	const first = (codeAt(word, 0) << 12) | (codeAt(word, 1) << 6) | codeAt(word, 2);
	marked[first] = 1;
	beginning.set(first, [...(beginning.get(first) ?? []), word]);
}

/** Where the next word ends, from here on; -1 when there is none. */
function spot(text: string, from: number): number {
	let last = 0;
	for (let index = from; index < text.length; index++) {
		const code = codeAt(text, index);
		last = ((last << 6) | code) & 0x3ffff;
		if (code === at && !text.startsWith('sha256:', index + 1)) return index + 1; // A user in an address; a digest is none.
		if (marked[last] === 0 || index - from < 2) continue;
		for (const word of beginning.get(last) ?? [])
			if (text.slice(index - 2, index - 2 + word.length).toLowerCase() === word) return index - 2 + word.length;
	}
	return -1;
}

/** Whether any of the words is in it. */
export const hasWord = (text: string): boolean => spot(text, 0) >= 0;

/** A line after which the value may stand in the next. */
const goesOn =
	/(?:[:=\\]|\b(?:is|was|to|by|as|with|with \S{1,40}|identified|password|passphrase|passcode|passwd|bearer|basic|token|negotiate|ntlm|\w{0,12}key|splunk|ssws|code))\s{0,9}$/iu;

const isOpen = (tail: string): boolean => /[a-z:=\\\s]$/iu.test(tail.slice(-1)) && goesOn.test(tail);

/** Applies rules to the lines that hold one of the words, each with what it may go on in; the others stay as they are. */
export function onSpottedLines(text: string, rules: (part: string) => string): string {
	const parts: string[] = [];
	let told = 0;
	for (let found = spot(text, 0); found >= 0; ) {
		const start = text.lastIndexOf('\n', found - 1) + 1;
		let end = lineEnd(text, found);
		for (;;) {
			if (isOpen(text.slice(Math.max(start, end - 70), end))) {
				// Empty lines between count as blanks.
				let next = end;
				while (next < text.length && /\s/u.test(text[next] ?? '')) next++;
				if (next < text.length) {
					end = lineEnd(text, next);
					continue;
				}
			}
			found = spot(text, end);
			// Lines that follow each other are told as one.
			if (found < 0 || text.lastIndexOf('\n', found - 1) > end) break;
			end = lineEnd(text, found);
		}
		parts.push(text.slice(told, start), rules(text.slice(start, end)));
		told = end;
	}
	return parts.length === 0 ? text : parts.join('') + text.slice(told);
}

function lineEnd(text: string, from: number): number {
	const end = text.indexOf('\n', from);
	return end < 0 ? text.length : end;
}
