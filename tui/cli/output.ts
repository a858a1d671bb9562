import {exit} from './command.ts';

/** What a shell sees of a program that SIGPIPE ended: 128 + 13. Node ignores that signal and gets EPIPE instead. */
const brokenPipe = 141;

/** Ends the program when what it prints can go nowhere: quietly when the reader has left, else with a line that says why. */
export function endWithOutput({stdout, stderr, exit: end}: Pick<NodeJS.Process, 'stdout' | 'stderr' | 'exit'>): void {
	stdout.on('error', (error: NodeJS.ErrnoException) => {
		if (error.code === 'EPIPE') end(brokenPipe);
		stderr.write(
			`What was to be printed could not be written: ${error.code === 'ENOSPC' ? 'there is no space left on it' : error.message}.\n`,
		);
		end(exit.failed);
	});
	// Nobody is left to be told.
	stderr.on('error', () => end(brokenPipe));
}
