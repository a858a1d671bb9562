import {closeSync, writeSync} from 'node:fs';
import {createRequire} from 'node:module';
import {ReadStream} from 'node:tty';
import * as z from 'zod';
import {openScreen, type Screen} from '../harness/screen.ts';

/** The package opens pseudo terminals only together with a program, except in its binary. */
const Opened = z.object({master: z.number(), slave: z.number(), pty: z.string()});
const Binary = z.object({
	open: z.custom<(columns: number, rows: number) => unknown>(value => typeof value === 'function'),
});

/** A terminal device nobody runs on yet: bound into a machine as its tty1 or ttyS0. */
export type Terminal = Disposable & {
	/** /dev/pts/N */
	readonly device: string;
	readonly screen: Screen;
	/** Bytes the machine has written so far. */
	readonly byteCount: () => number;
	/** Nobody takes what the machine writes, as on a line whose flow was stopped, until it flows again. */
	readonly flow: (state: 'stopped' | 'flowing') => void;
};

/**
 * Opens a terminal that reports the size `told` (0x0: a serial line) and is in truth `size` large. The machine's hang-ups
 * do not end it: one descriptor of the device stays open here.
 */
export function openTerminal(size: {columns: number; rows: number}, told = size): Terminal {
	const load = createRequire(import.meta.url);
	const binary = Binary.parse(load('@lydell/node-pty/requireBinary.js').requireBinary('pty.node'));
	const {master, slave, pty} = Opened.parse(binary.open(told.columns, told.rows));
	const screen = openScreen(size.columns, size.rows, keys => void writeSync(master, keys));
	let bytes = 0;
	const stream = new ReadStream(master);
	stream.on('data', (chunk: Buffer) => {
		bytes += chunk.length;
		void screen.write(chunk);
	});
	stream.on('error', () => undefined); // EIO between a hang-up and the next open.
	return {
		device: pty,
		screen,
		byteCount: () => bytes,
		flow: state => void (state === 'stopped' ? stream.pause() : stream.resume()),
		[Symbol.dispose]: () => {
			stream.destroy();
			closeSync(slave);
			screen[Symbol.dispose]();
		},
	};
}
