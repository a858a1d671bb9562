import assert from 'node:assert/strict';
import {mkdtemp, readFile, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {test} from 'node:test';
import {fileURLToPath} from 'node:url';
import type {ProgramReport} from '../../../scripts/bench/terminal.ts';
import {type Pty, type PtyOptions, startInPty} from '../../harness/pty.ts';
import {attachScreen} from '../../harness/screen.ts';

const program = fileURLToPath(new URL('program.ts', import.meta.url));

/** Runs the small console in a terminal of its own; `report` is what it says at its end. */
async function withProgram(
	options: Partial<PtyOptions>,
	use: (pty: Pty, report: () => Promise<ProgramReport>) => Promise<void>,
): Promise<void> {
	const folder = await mkdtemp(join(tmpdir(), 'console-'));
	const path = join(folder, 'report.json');
	try {
		await using pty = startInPty({
			file: process.execPath,
			args: [program],
			term: 'linux',
			...options,
			env: {REPORT: path, NODE_ENV: 'production', FORCE_COLOR: '1', ...options.env},
		});
		await use(pty, async () => JSON.parse(await readFile(path, 'utf8')));
	} finally {
		await rm(folder, {recursive: true, force: true});
	}
}

test('in a real terminal: the first frame, keys echoed in order, foreign text healed, the terminal given back', () =>
	withProgram({}, async pty => {
		using screen = attachScreen(pty);
		await screen.until(/Alga PSA appliance/);
		assert.equal(screen.cursorShown(), false);
		screen.keys('ab', 'up', 'f5', 'backtab', 'enter', 'c');
		await screen.until(/Typed: ab<up><f5><backtab><enter>c/);
		await screen.write('\x1b[12;1H\x1b[31mkernel: Out of memory\r\n\n\n\n\n\n\n\n\n\n\n\n\n\n');
		assert.match(screen.text(), /kernel: Out of memory/);
		screen.keys('ctrl-l');
		await screen.until(
			now => !now.text().includes('kernel') && /^Alga PSA/.test(now.row(0)) && /^F1 Help/.test(now.row(23)),
		);
		screen.keys('ctrl-c', 'ctrl-z', 'ctrl-d');
		await screen.until(/c<ctrl><ctrl><ctrl>/);
		pty.send(`${'x'.repeat(10_240)}\r`);
		screen.keys('f6');
		await screen.until(/<paste>.*<enter><f6>/);
		screen.keys('ctrl-x');
		assert.equal(await pty.exited, 0);
		await screen.until(now => now.cursorShown() && now.text().trim() === '');
	}));

test('a line stopped for 2 s does not stop the program: its loop turns, frames are dropped, the newest is shown after', () =>
	withProgram({env: {UPDATE_MS: '10', DENSE: '1'}}, async (pty, report) => {
		using screen = attachScreen(pty);
		await screen.until(/Alga PSA appliance/);
		pty.hold();
		await new Promise(resolve => setTimeout(resolve, 2000));
		pty.release();
		screen.keys('z');
		await screen.until(/Typed: z/);
		screen.keys('ctrl-x');
		assert.equal(await pty.exited, 0);
		const seen = await report();
		assert.ok(seen.frames - seen.writes > 20, `the line was really full: ${seen.frames} frames, ${seen.writes} writes`);
		assert.ok(seen.longestStallMs < 1000, `the loop stood still for ${seen.longestStallMs} ms of 2000`);
	}));

test('on a 0x0 terminal 1,000 frames leave the number of descriptors as it was', () =>
	withProgram(
		{
			file: '/bin/sh',
			args: ['-c', 'stty rows 0 cols 0; exec "$0" "$1"', process.execPath, program],
			env: {UPDATE_MS: '1', UPDATES: '1000', DENSE: '1'},
		},
		async (pty, report) => {
			assert.equal(await pty.exited, 0);
			const seen = await report();
			assert.ok(seen.frames >= 1000);
			assert.equal(seen.descriptorsAfter - seen.descriptorsBefore, 0);
		},
	));
