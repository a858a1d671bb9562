import type {Timer} from './timer.ts';

export type Size = {readonly columns: number; readonly rows: number};

/** The size the screens are designed for, and what is assumed where nothing better is known. */
export const defaultSize: Size = {columns: 80, rows: 24};

/** Saves the cursor, goes as far as the screen goes, asks where that is, returns (DECSC, CUP, DSR 6, DECRC). */
const question = '\x1b7\x1b[999;999H\x1b[6n\x1b8';

/** An answer from a line that is there comes within this time, at 9600 baud too. */
const answerMs = 250;

export type ProbeOptions = {
	/** Sends beside the frames (Painter.send). */
	readonly send: (bytes: string) => Promise<void>;
	/** Calls back with each cursor report that the keyboard decodes; gives back what ends that. */
	readonly onReport: (report: (size: Size) => void) => () => void;
	readonly timer: Timer;
};

/**
 * Asks the terminal itself how large it is, which is all a serial line can tell. Undefined when it does not answer in
 * time or answers with something that no screen is.
 */
export async function probeSize({send, onReport, timer}: ProbeOptions): Promise<Size | undefined> {
	const answer = Promise.withResolvers<Size | undefined>();
	const endReports = onReport(answer.resolve);
	const sent = send(question);
	const endWait = timer.after(answerMs, () => answer.resolve(undefined));
	const size = await answer.promise;
	endWait();
	endReports();
	void sent;
	return size !== undefined && plausible(size) ? size : undefined;
}

/** Lines with noise answer with anything: what is outside 40x10 to 300x120 is not believed. */
function plausible({columns, rows}: Size): boolean {
	return columns >= 40 && columns <= 300 && rows >= 10 && rows <= 120;
}

/**
 * The size to lay out for: what the terminal itself answered, else what its tty says. A tty that knows its size is
 * believed, however small; 0x0, which a serial port reports, is not a size.
 */
export function chooseSize(reported: Partial<Size>, probed: Size | undefined): Size {
	const {columns = 0, rows = 0} = reported;
	return probed ?? (columns > 0 && rows > 0 ? {columns, rows} : defaultSize);
}
