import {textWidth} from './width.ts';

/** What a terminal can draw: an emulator, the Linux console with any of its fonts, or plain ASCII on a serial line. */
export type Tier = 'rich' | 'vt' | 'basic';

/** The word beside the symbol carries the meaning; these are the symbols. */
export type State = 'good' | 'working' | 'waiting' | 'attention' | 'failed' | 'unknown';

/** Ink's own shape of a border, plus the tees and the cross for inner rules. */
export type BoxGlyphs = Record<
	| 'topLeft'
	| 'top'
	| 'topRight'
	| 'left'
	| 'bottomLeft'
	| 'bottom'
	| 'bottomRight'
	| 'right'
	| 'teeLeft'
	| 'teeRight'
	| 'teeTop'
	| 'teeBottom'
	| 'cross',
	string
>;

/** Everything the console draws that is not a word. Every entry is one cell wide in every tier. */
export type Glyphs = {
	readonly state: Record<State, string>;
	readonly box: BoxGlyphs;
	/** Stands for the text that was cut off. */
	readonly ellipsis: string;
	readonly bar: Record<'full' | 'part' | 'empty', string>;
	readonly arrow: Record<'left' | 'right' | 'up' | 'down', string>;
	/** In front of the row that has the focus. */
	readonly pointer: string;
	readonly bullet: string;
	/** Between two facts on one line. */
	readonly dot: string;
	/** Stands for each character of a secret. */
	readonly mask: string;
	readonly scroll: Record<'thumb' | 'track', string>;
	readonly check: Record<'on' | 'off', string>;
};

const lightBox = {
	topLeft: '┌',
	top: '─',
	topRight: '┐',
	left: '│',
	bottomLeft: '└',
	bottom: '─',
	bottomRight: '┘',
	right: '│',
	teeLeft: '├',
	teeRight: '┤',
	teeTop: '┬',
	teeBottom: '┴',
	cross: '┼',
} as const;

const vt = {
	state: {good: '■', working: '▶', waiting: '·', attention: '▲', failed: '×', unknown: '?'},
	box: lightBox,
	ellipsis: '~',
	bar: {full: '█', part: '▒', empty: '░'},
	arrow: {left: '←', right: '→', up: '↑', down: '↓'},
	pointer: '▶',
	bullet: '•',
	dot: '·',
	mask: '•',
	scroll: {thumb: '█', track: '│'},
	check: {on: 'x', off: ' '},
} as const;

/** One table, three columns of equal width: a layout made for one tier holds in the others. */
export const glyphs = {
	rich: {
		...vt,
		state: {...vt.state, good: '●', failed: '✗'},
		ellipsis: '…',
		check: {on: '✓', off: ' '},
	},
	vt,
	basic: {
		state: {good: '+', working: '>', waiting: '.', attention: '!', failed: 'x', unknown: '?'},
		box: {
			topLeft: '+',
			top: '-',
			topRight: '+',
			left: '|',
			bottomLeft: '+',
			bottom: '-',
			bottomRight: '+',
			right: '|',
			teeLeft: '+',
			teeRight: '+',
			teeTop: '+',
			teeBottom: '+',
			cross: '+',
		},
		ellipsis: '~',
		bar: {full: '#', part: '=', empty: '-'},
		arrow: {left: '<', right: '>', up: '^', down: 'v'},
		pointer: '>',
		bullet: '*',
		dot: '.',
		mask: '*',
		scroll: {thumb: '#', track: '|'},
		check: {on: 'x', off: ' '},
	},
} as const satisfies Record<Tier, Glyphs>;

/** Present in the kernel's built-in font, in the console-setup fonts and in every emulator. */
const safeSymbols = '─│┌┐└┘├┤┬┴┼░▒█•·■×±°←↑→↓▲▼▶◀»«≤≥';

const symbols: Record<Tier, ReadonlySet<string>> = {
	rich: new Set(`${safeSymbols}…✓✗●`),
	vt: new Set(safeSymbols),
	basic: new Set(),
};

const letter = /^[\p{L}\p{Nd}]$/u;

/**
 * Whether the terminal can draw this character. An emulator has the letters of the world's scripts, which reach us
 * in log lines and names; a console font does not, and shows a bullet-like glyph that nobody sees is wrong.
 */
export function canDraw(character: string, tier: Tier): boolean {
	if (character.length === 1 && character >= ' ' && character <= '~') return true;
	return symbols[tier].has(character) || (tier === 'rich' && letter.test(character));
}

/** Whether every character of a text of ours is in the tier's table. */
export function fitsTier(text: string, tier: Tier): boolean {
	return [...text].every(character => character === '\n' || canDraw(character, tier));
}

/** What replaces a symbol that a poorer tier lacks; each is one cell for one cell. */
const plainer = new Map([
	...pairs('…~✓+✗x●■√+✔+✘x○o►▶◄◀❯>›>‹<“"”"„"‘\'’\'–-—-−-÷/§S'),
	...pairs('╭┌╮┐╰└╯┘═─║│╔┌╗┐╚└╝┘━─┃│▓▒'),
]);
const ascii = new Map(pairs('─-│|┌+┐+└+┘+├+┤+┬+┴+┼+░-▒=█#•*·.■+×x±+°o←<↑^→>↓v▲!▼v▶>◀<»>«<≤<≥>'));

function pairs(text: string): [string, string][] {
	const all = [...text];
	return all.flatMap((from, index) => (index % 2 === 0 ? [[from, all[index + 1] ?? '?'] as [string, string]] : []));
}

/** The nearest text of the same width that the tier can draw: `é` becomes `e`, an unknown sign `?`. */
export function nearest(character: string, tier: Tier): string {
	const plain = plainer.get(character) ?? character;
	if (canDraw(plain, tier)) return plain;
	const simple = ascii.get(plain);
	if (simple !== undefined) return simple;
	const base = character.normalize('NFD').slice(0, 1);
	return base !== character && canDraw(base, tier) ? base : '?'.repeat(textWidth(character));
}
