import {Writable} from 'node:stream';

/** A terminal of a given size that keeps the last frame Ink wrote. */
export function recordingStdout(columns: number, rows: number) {
	let frame = '';
	const stream = Object.assign(
		new Writable({
			decodeStrings: false,
			write(chunk, _encoding, taken) {
				// Ink also writes switches of the cursor; only text is a frame.
				const text = String(chunk);
				if (text.replace(/\x1b\[[0-?]*[ -/]*[@-~]/g, '') !== '') frame = text;
				taken();
			},
		}),
		{isTTY: true, columns, rows},
	);
	return {stream: stream as unknown as NodeJS.WriteStream, lastFrame: () => frame};
}
