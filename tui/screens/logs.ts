import type {LogLine} from '../../shared/api/routes.ts';
import {clockWords} from '../../shared/view/words.ts';
import {tabBar} from '../components/tabs.ts';
import {blank, hardBreak, type Line, line, span, spread, type Tone, wrapText} from '../lines.ts';
import {lineCount, linesOf, textColumns} from '../log-window.ts';
import {rule, type Screen, type Seen} from '../scene.ts';
import {inputLine} from './setup.ts';

/** One log at full width: following until somebody scrolls, then it waits and counts. */
export const logs: Screen = (scene, {width, height}) => {
	const {log} = scene.ui;
	const sources = scene.view.logs;
	const open = Math.max(
		0,
		sources.findIndex(({id}) => id === log.source),
	);
	const bar =
		sources.length === 0
			? line('No log yet')
			: tabBar(
					scene,
					sources.map(({title}) => title),
					open,
					width,
				);
	const room = Math.max(0, height - 3);
	const shown = visibleRows(scene, width, room);
	const filled = [...Array.from({length: Math.max(0, room - shown.length)}, () => blank)];
	return {
		lines: [bar, rule(scene, width), ...shown, ...filled, statusRow(scene, width)],
		note: log.run === 'previous' ? 'the run before this one' : '',
	};
};

/** The rows above the window's lower edge, newest at the bottom. Only what is in sight is made. */
function visibleRows(scene: Seen, width: number, height: number): Line[] {
	const {log} = scene.ui;
	if (log.problem !== undefined && lineCount(log) === 0)
		return [blank, line(span(log.problem.what, 'failed')), ...wrapText(log.problem.next, width).map(row => line(row))];
	if (lineCount(log) === 0) return [blank, line(log.loading === 'nothing' ? emptyWords(scene) : 'Reading the log ...')];
	const lines = linesOf(log);
	const bottom = Math.max(
		log.lines === 'wrapped' ? 1 : Math.min(height, lines.length),
		Math.min(log.bottom, lines.length),
	);
	const rows: Line[] = [];
	for (let at = bottom - 1; at >= 0 && rows.length < height; at--) {
		const entry = lines[at];
		if (entry !== undefined) rows.unshift(...logRows(scene, entry, width));
	}
	// At the very beginning the rows below the edge fill the screen.
	for (let at = bottom; at < lines.length && rows.length < height; at++) {
		const entry = lines[at];
		if (entry !== undefined) rows.push(...logRows(scene, entry, width));
	}
	return bottom <= 1 ? rows.slice(0, height) : rows.slice(-height);
}

const emptyWords = ({ui: {log}}: Seen): string =>
	log.filter === '' && log.severity === 'all'
		? 'This log has no lines yet.'
		: 'No line matches. Press / to change the filter, v for the severity.';

const severityTone: Readonly<Record<LogLine['severity'], Tone>> = {
	debug: 'plain',
	info: 'plain',
	warning: 'attention',
	error: 'failed',
};
/** The word comes first; colour only repeats it. */
const severityWord: Readonly<Record<LogLine['severity'], string>> = {debug: '', info: '', warning: 'WRN', error: 'ERR'};

function logRows(scene: Seen, entry: LogLine, width: number): Line[] {
	const {log} = scene.ui;
	const time = log.times === 'hidden' ? '' : `${entry.at === undefined ? '        ' : clockWords(entry.at)} `;
	const head = line(
		span(time, 'frame'),
		span(`${severityWord[entry.severity].padEnd(3)} `, severityTone[entry.severity]),
	);
	const text = entry.cut > 0 ? `${entry.text} [${entry.cut} bytes more]` : entry.text;
	const room = textColumns(log, width);
	if (log.lines === 'cut') return [line(...head, span(text, severityTone[entry.severity]))];
	return hardBreak(text, room).map((row, index) =>
		line(...(index === 0 ? head : [span(' '.repeat(width - room))]), span(row, severityTone[entry.severity])),
	);
}

function statusRow(scene: Seen, width: number): Line {
	const {log} = scene.ui;
	if (log.typing !== undefined) {
		const input = inputLine([...log.typing], undefined, Math.max(4, width - 10), scene.glyphs.ellipsis);
		return line(span('Filter: ', 'strong'), ...input);
	}
	const state =
		log.mode === 'following'
			? span('following', 'good')
			: span(`paused${log.waiting > 0 ? `   +${log.waiting} new` : ''}`, 'attention');
	const extra = [
		log.loading === 'older' || log.loading === 'newer' ? 'reading ...' : '',
		log.filter === '' ? '' : `filter: ${log.filter}`,
		log.severity === 'all' ? '' : log.severity === 'error' ? 'errors only' : 'warnings and errors',
		log.dropped > 0 ? `${log.dropped} lines lost` : '',
		log.problem === undefined ? '' : log.problem.what,
	].filter(Boolean);
	const first = log.pages[0];
	const place = first !== undefined && first.older === undefined ? 'from the first line' : 'older lines: PgUp';
	return spread(
		line(state, ...extra.map(text => span(`   ${text}`))),
		line(span(`${lineCount(log)} lines here, ${place}`, 'frame')),
		width,
		scene.glyphs.ellipsis,
	);
}
