/** One key press, whatever bytes the terminal made of it. */
export type Key =
	| {readonly name: NamedKey}
	/** Ctrl with a letter, or with one of `\ ] ^ _`. */
	| {readonly name: 'ctrl'; readonly letter: string}
	| {readonly name: 'char'; readonly char: string}
	/** Many characters at once: text for the field that has the focus, never commands. */
	| {readonly name: 'paste'; readonly text: string}
	/** The terminal's answer to `CSI 6n`; both count from 1. */
	| {readonly name: 'cursor-report'; readonly row: number; readonly column: number};

export type NamedKey =
	| 'enter'
	| 'escape'
	| 'tab'
	| 'backtab'
	| 'backspace'
	| 'delete'
	| 'insert'
	| 'up'
	| 'down'
	| 'left'
	| 'right'
	| 'home'
	| 'end'
	| 'pageup'
	| 'pagedown'
	| FunctionKey;

type FunctionKey = `f${1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9 | 10 | 11 | 12}`;

/** A control string (OSC, DCS) longer than this is not waited for. */
const longestSequence = 256;

/**
 * Splits what the terminal delivered into keys. `rest` is an unfinished escape sequence, to be put before the next
 * text. Unknown sequences and control characters are left out; CR, LF and CR LF are one Enter.
 */
export function decodeKeys(text: string): {keys: Key[]; rest: string} {
	const keys: Key[] = [];
	let at = 0;
	while (at < text.length) {
		if (text[at] !== '\x1b') {
			const character = String.fromCodePoint(text.codePointAt(at) ?? 0);
			at += character === '\r' && text[at + 1] === '\n' ? 2 : character.length;
			const key = plainKey(character);
			if (key !== undefined) keys.push(key);
			continue;
		}
		sequence.lastIndex = at;
		const found = sequence.exec(text)?.[0];
		if (found !== undefined) {
			const key = sequenceKey(found);
			if (key !== undefined) keys.push(key);
			at += found.length;
			continue;
		}
		unfinished.lastIndex = at;
		if (unfinished.test(text) && text.length - at < longestSequence) return {keys, rest: text.slice(at)};
		// A broken sequence is left out with its introducer; an Escape before anything else is a key.
		if (introducer.test(text.slice(at + 1, at + 2))) at += 2;
		else {
			keys.push({name: 'escape'});
			at += 1;
		}
	}
	return {keys, rest: ''};
}

/** What an unfinished sequence means when nothing followed in time: Escape if that is all there is, else nothing. */
export function giveUp(rest: string): Key[] {
	return rest === '\x1b' ? [{name: 'escape'}] : [];
}

/**
 * Complete: Linux F1-F5, CSI (ECMA-48 5.4), SS3, answers in control strings (OSC, DCS), and ESC Tab, which many VT keymaps
 * send for Shift-Tab. Escape and then a letter are two keys: people type ahead, and no key of ours needs Alt.
 */
const sequence =
	/\x1b(?:\[\[[A-E]|\[(?!\[)[0-?]*[ -/]*[@-~]|O[0-9;]*[@-~]|(?:\]\d|P[\d>!+$])[^\x07\x1b]*(?:\x07|\x1b\\)|\t)/y;

/** The beginning of one, up to the end of what has arrived. */
const unfinished = /\x1b(?:\[(?:\[|[0-?]*[ -/]*)|O[0-9;]*|(?:\]\d|P[\d>!+$])[^\x07\x1b]*\x1b?)?$/y;

const introducer = /[[O]/;

function plainKey(character: string): Key | undefined {
	if (character === '\r' || character === '\n') return {name: 'enter'};
	if (character === '\t') return {name: 'tab'};
	// DEL on the Linux console and in emulators, BS on DEC terminals.
	if (character === '\x7f' || character === '\b') return {name: 'backspace'};
	if (character > '\0' && character < ' ') {
		const letter = String.fromCharCode(character.charCodeAt(0) + 0x40).toLowerCase();
		return {name: 'ctrl', letter};
	}
	return /[\p{Control}\p{Surrogate}\ufffd]/u.test(character) ? undefined : {name: 'char', char: character};
}

function sequenceKey(found: string): Key | undefined {
	if (found === '\x1b\t') return {name: 'backtab'};
	if (found.startsWith('\x1b[[')) return named(linuxFunction.get(found.slice(3)));
	const report = /^\x1b\[(\d+);(\d+)R$/.exec(found);
	if (report !== null) return {name: 'cursor-report', row: Number(report[1]), column: Number(report[2])};
	const parts = /^\x1b([[O])(\d*)(?:;\d*)*([@-~])$/.exec(found);
	if (parts === null) return undefined;
	const [, kind, number = '', final = ''] = parts;
	if (final === '~') return named(tilde.get(Number(number)));
	if (kind === 'O' && final === 'M') return {name: 'enter'};
	// Modified arrows and F1-F4 carry `1;modifier`; the plain key is what we know.
	return number === '' || number === '1' || kind === 'O' ? named(letters.get(final)) : undefined;
}

const named = (name: NamedKey | undefined): Key | undefined => (name === undefined ? undefined : {name});

/** CSI [ A-E: only the Linux console (console_codes, kernel keymap strings). */
const linuxFunction = new Map<string, NamedKey>([
	['A', 'f1'],
	['B', 'f2'],
	['C', 'f3'],
	['D', 'f4'],
	['E', 'f5'],
]);

/** CSI letter and SS3 letter: cursor keys in both modes, xterm's F1-F4, back-tab. */
const letters = new Map<string, NamedKey>([
	['A', 'up'],
	['B', 'down'],
	['C', 'right'],
	['D', 'left'],
	['F', 'end'],
	['H', 'home'],
	['P', 'f1'],
	['Q', 'f2'],
	['R', 'f3'],
	['S', 'f4'],
	['Z', 'backtab'],
]);

/** CSI number ~: the editing keys of the VT220, rxvt's Home and End, and function keys with DEC's gaps. */
const tilde = new Map<number, NamedKey>([
	[1, 'home'],
	[2, 'insert'],
	[3, 'delete'],
	[4, 'end'],
	[5, 'pageup'],
	[6, 'pagedown'],
	[7, 'home'],
	[8, 'end'],
	[11, 'f1'],
	[12, 'f2'],
	[13, 'f3'],
	[14, 'f4'],
	[15, 'f5'],
	[17, 'f6'],
	[18, 'f7'],
	[19, 'f8'],
	[20, 'f9'],
	[21, 'f10'],
	[23, 'f11'],
	[24, 'f12'],
]);
