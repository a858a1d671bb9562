import {appendFile, mkdtemp, readdir, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';
import {type Pty, startInPty} from '../../test/harness/pty.ts';
import {attachScreen, type Screen} from '../../test/harness/screen.ts';
import {installed} from './appliance.ts';
import {startConsole} from './processes.ts';
import type {Row} from './row.ts';

const minuteMs = 60_000;
const mirrorEveryMs = 250;
const logLinesPerSecond = 2;
/** As a serial line is set up; the tier is basic. */
const term = 'vt220';

/** Bytes on a serial line in a minute of a screen that idles and of a log that is followed, beside curses programs showing the same. */
export async function bench(): Promise<Row[]> {
	await using appliance = await installed();
	const folder = await mkdtemp(join(tmpdir(), 'bench-serial-'));
	await using opened = new AsyncDisposableStack();
	opened.defer(() => rm(folder, {recursive: true, force: true}));
	const pty = opened.use(startConsole(appliance.socket, {term}));
	const screen = opened.use(attachScreen(pty));
	await screen.until(/Fully healthy/);
	// What it found out about the machine after its start is on the screen.
	await sleep(15_000);
	const idle = await minute(pty, screen, join(folder, 'status'));

	const logs = join(appliance.root, 'var/log/alga-appliance');
	const [name = ''] = await readdir(logs);
	const text = join(folder, 'text');
	await writeFile(text, Array.from({length: 40}, (_, index) => logLine(index)).join(''));
	screen.keys('f4');
	await screen.until(/following/);
	await using less = startInPty({file: 'less', args: ['-S', '+F', text], term, env: plain});
	await sleep(3000);
	const before = less.byteCount();
	let lines = 0;
	const growing = setInterval(() => {
		const line = logLine(++lines);
		void appendFile(join(logs, name), line);
		void appendFile(text, line);
	}, 1000 / logLinesPerSecond);
	const following = await minute(pty, screen, join(folder, 'logs')).finally(() => clearInterval(growing));
	const lessBytes = less.byteCount() - before;

	return [
		{name: 'idle Status: watch -n1, same content', value: idle.watch, unit: 'bytes'},
		{
			name: 'idle Status: console (ratio to watch)',
			value: idle.console,
			unit: 'bytes',
			ratio: idle.console / idle.watch,
		},
		{name: `log of ${logLinesPerSecond} lines/s: watch -n1, same content`, value: following.watch, unit: 'bytes'},
		{
			name: `log of ${logLinesPerSecond} lines/s: console (ratio to watch)`,
			value: following.console,
			unit: 'bytes',
			ratio: following.console / following.watch,
		},
		{
			name: `log of ${logLinesPerSecond} lines/s: less +F, the log alone (ratio of the console to it)`,
			value: lessBytes,
			unit: 'bytes',
			ratio: following.console / lessBytes,
		},
	];
}

const plain = {LANG: 'C.UTF-8'};

/** A minute of the console, and of `watch` on a file that is kept the same as the console's screen. */
async function minute(pty: Pty, screen: Screen, mirror: string): Promise<{console: number; watch: number}> {
	let mirrored = '';
	const copy = async () => {
		const text = screen.text();
		if (text === mirrored) return;
		mirrored = text;
		await writeFile(mirror, text);
	};
	await copy();
	await using watch = startInPty({file: 'watch', args: ['-t', '-n', '1', 'cat', mirror], term, env: plain});
	const copying = setInterval(() => void copy(), mirrorEveryMs);
	// Its first screen is drawn.
	await sleep(3000);
	const before = [pty.byteCount(), watch.byteCount()];
	await sleep(minuteMs);
	clearInterval(copying);
	const [ours = 0, theirs = 0] = [pty.byteCount(), watch.byteCount()].map(
		(count, index) => count - (before[index] ?? 0),
	);
	return {console: ours, watch: theirs};
}

/** As the engine writes what an operation does. */
const logLine = (number: number): string =>
	`${new Date().toISOString()} pulled image msp/sebastian-${(number * 2_654_435_761) % 100_000} in ${(number * 37) % 900} ms\n`;
