import type {Tier} from './glyphs.ts';

/** What is known about a terminal before the first byte is sent. */
export type LineFacts = {
	/** TERM of the process. */
	readonly term: string;
	/** The Linux console, a serial port, or a pseudo terminal (SSH, tmux, an emulator). */
	readonly tty: 'vt' | 'serial' | 'pty';
	/** Bits per second as set on a serial port. */
	readonly baud?: number;
	/** Whether the locale's character set is UTF-8. */
	readonly utf8: boolean;
};

/** How to treat the terminal. */
export type Line = {
	readonly tier: Tier;
	/** How often data may change the screen; keys are answered at once. */
	readonly framesPerSecond: number;
	/** How long an escape sequence may take to arrive before a lone Escape is believed. */
	readonly escapeMs: number;
	/** What the line carries; Infinity where it is memory. */
	readonly bytesPerSecond: number;
	/** Whether the screen that was there before can be had back afterwards; the Linux console cannot (before 6.18). */
	readonly alternateScreen: boolean;
};

/** Decides tier, pace and patience. A serial port of unknown speed is taken for a slow one. */
export function judgeLine({term, tty, baud = 9600, utf8}: LineFacts): Line {
	if (tty === 'serial') {
		return {
			tier: 'basic',
			framesPerSecond: baud >= 38_400 ? 1 : 0.5,
			escapeMs: 400,
			// 8N1: ten bits a byte.
			bytesPerSecond: baud / 10,
			alternateScreen: false,
		};
	}
	const tier = tierOf(term, tty, utf8);
	return {
		tier,
		framesPerSecond: tier === 'basic' ? 1 : 10,
		escapeMs: tty === 'vt' ? 80 : 400,
		bytesPerSecond: Number.POSITIVE_INFINITY,
		alternateScreen: tty === 'pty' && !plainTerm.test(term) && !term.startsWith('linux'),
	};
}

/** TERM=linux inside a pseudo terminal is a console seen through tmux or SSH: its font is the console's. */
function tierOf(term: string, tty: 'vt' | 'pty', utf8: boolean): Tier {
	if (!utf8 || plainTerm.test(term)) return 'basic';
	return tty === 'vt' || term.startsWith('linux') ? 'vt' : 'rich';
}

const plainTerm = /^(?:$|dumb|unknown|ansi|vt\d)/;
