import {PassThrough, type Readable} from 'node:stream';
import {StringDecoder} from 'node:string_decoder';
import {decodeKeys, giveUp, type Key} from './keys.ts';
import type {Timer} from './timer.ts';

/** A terminal's input: `process.stdin`, or a stream in a test. */
export type KeySource = Readable & {setRawMode?(on: boolean): unknown};

export type KeyboardOptions = {
	readonly source: KeySource;
	/** How long an escape sequence may take to arrive (Line.escapeMs). */
	readonly escapeMs: number;
	readonly timer: Timer;
	readonly onKey: (key: Key) => void;
	/** The terminal hung up. */
	readonly onEnd: () => void;
};

/** This many characters in one read are not typed by hand. */
const pasteFrom = 24;

/** Text of one paste; what is longer is cut, no field takes more. */
const longestPaste = 4096;

/**
 * Reads keys in raw mode until closed. All keys of one read are handed on in the same turn of the event loop, so that a
 * screen that batches its updates draws once for a long paste. Closing restores the terminal's mode.
 */
export function openKeyboard({source, escapeMs, timer, onKey, onEnd}: KeyboardOptions): {close(): void} {
	const utf8 = new StringDecoder('utf8');
	let rest = '';
	let returnAt = Number.NEGATIVE_INFINITY;
	let cancelWait: (() => void) | undefined;

	const read = (chunk: Buffer | string) => {
		cancelWait?.();
		let text = typeof chunk === 'string' ? chunk : utf8.write(chunk);
		if (text === '') return;
		// The second half of a CR LF that was split over two reads.
		if (rest === '' && text.startsWith('\n') && timer.now() - returnAt <= escapeMs) text = text.slice(1);
		returnAt = text.endsWith('\r') ? timer.now() : Number.NEGATIVE_INFINITY;
		const decoded = decodeKeys(rest + text);
		rest = decoded.rest;
		if (rest !== '') cancelWait = timer.after(escapeMs, release);
		for (const key of foldPastes(decoded.keys)) onKey(key);
	};
	const release = () => {
		const late = giveUp(rest);
		rest = '';
		for (const key of late) onKey(key);
	};
	const failed = () => onEnd();

	source.setRawMode?.(true);
	source.on('data', read);
	source.on('end', onEnd);
	source.on('error', failed);
	source.resume();
	return {
		close() {
			cancelWait?.();
			source.off('data', read);
			source.off('end', onEnd);
			source.off('error', failed);
			source.setRawMode?.(false);
			source.pause();
		},
	};
}

/** Ink wants an input; ours goes round it, so it gets one that is no terminal and never says anything. */
export function silentStdin(): PassThrough {
	return new PassThrough();
}

/** Long runs of characters become one paste, so that text pasted on a screen without a field triggers nothing. */
function foldPastes(keys: readonly Key[]): Key[] {
	const folded: Key[] = [];
	let run: string[] = [];
	const endRun = () => {
		if (run.length >= pasteFrom) folded.push({name: 'paste', text: run.slice(0, longestPaste).join('')});
		else for (const char of run) folded.push({name: 'char', char});
		run = [];
	};
	for (const key of keys) {
		if (key.name === 'char') run.push(key.char);
		else {
			endRun();
			folded.push(key);
		}
	}
	endRun();
	return folded;
}
