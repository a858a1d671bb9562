import {readdirSync, writeFileSync} from 'node:fs';
import {render} from 'ink';
import {type BoardState, board} from '../../../scripts/bench/terminal.ts';
import {openKeyboard, silentStdin} from '../../../tui/terminal/keyboard.ts';
import {judgeLine} from '../../../tui/terminal/line.ts';
import {descriptorOutput, openTerminal} from '../../../tui/terminal/output.ts';
import {createPainter} from '../../../tui/terminal/painter.ts';
import {chooseSize} from '../../../tui/terminal/size.ts';
import {systemTimer} from '../../../tui/terminal/timer.ts';

/**
 * A console in small for tests in a real terminal: draws a board that changes on a timer, shows what is typed, repaints
 * on Ctrl-L, ends on Ctrl-X or after a number of updates, and reports what it saw of itself.
 */
const {TERM = '', REPORT = '', UPDATE_MS = '1000', UPDATES = 'Infinity', BAUD, DENSE} = process.env;
const facts = {term: TERM, utf8: true};
const judged = judgeLine(BAUD === undefined ? {...facts, tty: 'vt'} : {...facts, tty: 'serial', baud: Number(BAUD)});
const line = DENSE === undefined ? judged : {...judged, framesPerSecond: 1000};
const painter = createPainter({
	output: descriptorOutput(openTerminal(1), systemTimer),
	line,
	size: chooseSize(process.stdout, undefined),
	timer: systemTimer,
	onLost: () => process.exit(0),
});
const descriptors = () => readdirSync('/proc/self/fd').length;

let state: BoardState = {second: 0, firstLine: 0};
const app = render(board(state, line.tier), {
	stdout: painter.stdout,
	stdin: silentStdin(),
	debug: true,
	interactive: true,
	patchConsole: false,
	exitOnCtrlC: false,
});
const show = (next: BoardState) => {
	state = next;
	app.rerender(board(state, line.tier));
};

const keyboard = openKeyboard({
	source: process.stdin,
	escapeMs: line.escapeMs,
	timer: systemTimer,
	onEnd: () => process.exit(0),
	onKey(key) {
		painter.nudge();
		if (key.name === 'ctrl' && key.letter === 'x') void end();
		else if (key.name === 'ctrl' && key.letter === 'l') painter.repaint();
		else if (key.name === 'char') show({...state, typed: (state.typed ?? '') + key.char});
		else show({...state, typed: `${state.typed ?? ''}<${key.name}>`});
	},
});

let updates = 0;
let longestStallMs = 0;
let descriptorsBefore = 0;
let lastTurn = performance.now();
const pulse = setInterval(() => {
	// The start-up is not what is measured.
	if (updates > 1) longestStallMs = Math.max(longestStallMs, performance.now() - lastTurn - 5);
	lastTurn = performance.now();
}, 5);
const ticking = setInterval(() => {
	updates++;
	if (updates === 10) descriptorsBefore = descriptors();
	const step = DENSE === undefined ? 1 : 37;
	show({...state, second: state.second + step, firstLine: state.firstLine + step});
	if (updates >= Number(UPDATES)) void end();
}, Number(UPDATE_MS));

async function end(): Promise<void> {
	clearInterval(ticking);
	clearInterval(pulse);
	const report = {longestStallMs, descriptorsBefore, descriptorsAfter: descriptors(), ...painter.counts()};
	app.unmount();
	await painter.close();
	keyboard.close();
	if (REPORT !== '') writeFileSync(REPORT, JSON.stringify(report));
	process.exit(0);
}
