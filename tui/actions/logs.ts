import {atEnd, linesInSight, scrollLog} from '../log-window.ts';
import {selectedRow} from '../selection.ts';
import {
	bodyColumns,
	bodyRows,
	emptyLog,
	type LogWindow,
	type Situation,
	type Step,
	shownScreen,
	step,
	type Ui,
} from '../state.ts';
import {type Act, open} from './act.ts';

/** The log is read anew, from its end or its start. */
function reopen(ui: Ui, change: Partial<LogWindow>, from?: 'first'): Step {
	const fresh: LogWindow = {
		...emptyLog(ui.log.source, ui.log.ticket + 1),
		filter: ui.log.filter,
		severity: ui.log.severity,
		lines: ui.log.lines,
		times: ui.log.times,
		run: ui.log.run,
		mode: from === 'first' ? 'paused' : 'following',
		...change,
	};
	return step({...ui, log: fresh}, {do: 'log', place: 'open', window: fresh, ...(from && {from})});
}

const turnSource =
	(by: 1 | -1): Act =>
	({ui, view}) => {
		const sources = view?.logs ?? [];
		const at = Math.max(
			0,
			sources.findIndex(({id}) => id === ui.log.source),
		);
		const next = sources[(at + by + sources.length) % sources.length];
		return next === undefined ? step(ui) : reopen(ui, {source: next.id, run: 'current', dropped: 0});
	};

const scrollingLog =
	(by: (height: number) => number): Act =>
	({ui, rows, columns}) => {
		const height = Math.max(1, bodyRows(rows) - logFrameRows);
		const sight = linesInSight(ui.log, bodyColumns(columns), height);
		const {log, ask} = scrollLog(ui.log, by(sight), height);
		const [first, last] = [log.pages[0], log.pages.at(-1)];
		if (ask === undefined || log.loading !== 'nothing') return step({...ui, log});
		// Down at the end of everything that there is: following again.
		if (ask === 'newer' && atEnd(log)) return reopen(ui, {});
		const cursor = ask === 'older' ? first?.older : last?.newer;
		if (cursor === undefined) return step({...ui, log});
		const asked: LogWindow = {...log, loading: ask, waiting: ask === 'newer' ? 0 : log.waiting};
		return step({...ui, log: asked}, {do: 'log', place: ask, window: asked, cursor});
	};

/** Source bar, rule and status row of the log screen. */
const logFrameRows = 3;

const logLook =
	(change: (log: LogWindow) => Partial<LogWindow>): Act =>
	({ui}) =>
		step({...ui, log: {...ui.log, ...change(ui.log)}});

const nextSeverity = {all: 'warning', warning: 'error', error: 'all'} as const;

/** Reading logs. */
export const logActions = {
	toLogs: situation => {
		const opened = open('logs')(situation);
		const wanted = wantedSource(situation);
		if (wanted === undefined) return opened;
		const read = reopen(opened.ui, {source: wanted, run: 'current', dropped: 0});
		return {ui: read.ui, effects: [...opened.effects, ...read.effects]};
	},
	follow: ({ui}) => (atEnd(ui.log) ? step({...ui, log: {...ui.log, mode: 'following'}}) : reopen(ui, {})),
	pause: logLook(() => ({mode: 'paused'})),
	olderPage: scrollingLog(height => -Math.max(1, height - 1)),
	newerPage: scrollingLog(height => Math.max(1, height - 1)),
	olderLine: scrollingLog(() => -1),
	newerLine: scrollingLog(() => 1),
	logStart: ({ui}) => reopen(ui, {}, 'first'),
	nextSource: turnSource(1),
	previousSource: turnSource(-1),
	typeFilter: logLook(log => ({typing: log.filter})),
	severity: ({ui}) => reopen(ui, {severity: nextSeverity[ui.log.severity]}),
	toggleTimes: logLook(log => ({times: log.times === 'shown' ? 'hidden' : 'shown'})),
	toggleWrap: logLook(log => ({lines: log.lines === 'cut' ? 'wrapped' : 'cut'})),
	previousRun: ({ui}) => reopen(ui, {run: 'previous'}),
	currentRun: ({ui}) => reopen(ui, {run: 'current'}),
	applyFilter: ({ui}) => reopen(ui, {filter: ui.log.typing ?? '', typing: undefined}),
	dropFilter: logLook(() => ({typing: undefined})),
} as const satisfies Record<string, Act>;

/** The log to open: of the part that is selected, of the operation that runs, or the one that was open. */
function wantedSource(situation: Situation): string | undefined {
	const {ui, view} = situation;
	const sources = view?.logs ?? [];
	const shown = shownScreen(situation);
	const selected = selectedRow(situation, shown);
	const name =
		shown === 'components'
			? view?.components[selected]?.name
			: shown === 'diagnostics'
				? view?.blockers[selected]?.component
				: undefined;
	const ofPart = name === undefined ? undefined : sources.find(source => source.component === name);
	const operation =
		view?.operation?.state === 'running' ? sources.find(source => source.kind === 'operation') : undefined;
	const before = sources.find(({id}) => id === ui.log.source);
	return (ofPart ?? before ?? operation ?? sources[0])?.id;
}
