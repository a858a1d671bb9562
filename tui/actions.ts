import {changeQuestion} from '../shared/network/change.ts';
import type {OperationAction} from '../shared/operations/operation.ts';
import {
	acceptPhrase,
	acceptQuestion,
	installQuestion,
	nextStep,
	planQuestion,
	unplanQuestion,
} from '../shared/view/update.ts';
import type {View} from '../shared/view/view.ts';
import {accessReset, consoleModes, powerActions, rollbackPhrase} from '../shared/view/words.ts';
import {
	draftValues,
	editField,
	formValues,
	goToFirstOpen,
	leaveField,
	moveField,
	movePage,
	plainValues,
	reviewPage,
} from './form.ts';
import {atEnd, linesInSight, scrollLog} from './log-window.ts';
import {editSetting, firstWrongSetting, moveSetting, networkValues, presentValues} from './network-form.ts';
import {listLength, selectedBlocker, selectedRow} from './selection.ts';
import {
	bodyColumns,
	bodyRows,
	type Dialog,
	type Effect,
	emptyLog,
	type LogWindow,
	type ScreenName,
	type Situation,
	type Step,
	shownScreen,
	step,
	type Ui,
} from './state.ts';

/** What one action does; everything outside is an effect. */
type Act = (situation: Situation) => Step;

/** Opens a screen; what was typed in the form is kept on the way. */
const open =
	(screen: ScreenName): Act =>
	situation => {
		const {ui} = situation;
		const leaving = leave(situation);
		const back = [...ui.back.filter(name => name !== screen), ui.screen].slice(-12);
		const there: Ui = {...leaving.ui, screen, back, detail: 'closed', scroll: 0, message: undefined};
		return {ui: there, effects: leaving.effects};
	};

/** What has to be done before another screen is shown: keep the draft, stop following a log. */
function leave({ui, view, ...situation}: Situation): Step {
	const shown = shownScreen({ui, view});
	if (shown === 'logs') return step(ui, {do: 'log-close'});
	if (shown !== 'setup') return step(ui);
	const {form} = ui;
	const left = leaveField(form, view);
	const effects: Effect[] =
		left.changed && situation.link.state === 'live' ? [{do: 'draft', values: draftValues(left.form)}] : [];
	return {ui: {...ui, form: left.form}, effects};
}

/** A move within the form: the field is checked and kept, then the focus goes on. */
const moving =
	(move: (form: Ui['form'], view: Situation['view']) => Ui['form']): Act =>
	situation => {
		const left = leave(situation);
		return {ui: {...left.ui, form: move(left.ui.form, situation.view)}, effects: left.effects};
	};

const scrolling =
	(by: (height: number) => number): Act =>
	({ui, rows, overflow}) =>
		step({...ui, scroll: Math.max(0, Math.min(overflow, ui.scroll + by(bodyRows(rows))))});

/** Moves the selection, or the opened card. */
const choosing =
	(to: (at: number, count: number, height: number) => number): Act =>
	situation => {
		const {ui, rows, overflow} = situation;
		const screen = shownScreen(situation);
		const height = bodyRows(rows);
		if (ui.detail === 'open') return step({...ui, scroll: Math.max(0, to(ui.scroll, overflow + 1, height))});
		const count = listLength(situation, screen);
		const at = Math.max(0, Math.min(count - 1, to(selectedRow(situation, screen), count, height)));
		return step({...ui, selected: {...ui.selected, [screen]: at}});
	};

const dialog = (ui: Ui, question: Omit<Dialog, 'typed'>): Step => step({...ui, dialog: {...question, typed: ''}});

const start = (
	ui: Ui,
	label: string,
	kind: 'preflight' | 'network' | 'bundle',
	input: Record<string, unknown>,
): Step => (ui.busy === undefined ? step({...ui, busy: label}, {do: 'start', label, body: {kind, input}}) : step(ui));

const act =
	(action: Exclude<OperationAction, 'give-secret'>, label: string): Act =>
	({ui, view}) =>
		view?.operation && ui.busy === undefined
			? step({...ui, busy: label}, {do: 'act', label, id: view.operation.id, action, secrets: {}})
			: step(ui);

const tabOrder: readonly ScreenName[] = ['components', 'workloads', 'events', 'flux'];
const turning =
	(by: 1 | -1): Act =>
	situation => {
		const at = tabOrder.indexOf(shownScreen(situation));
		const screen = tabOrder[(at + by + tabOrder.length) % tabOrder.length] ?? 'components';
		return step({...situation.ui, screen, detail: 'closed', scroll: 0});
	};

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

/** What does not work is spelled out and accepted by a typed word; nothing else of that kind is accepted with it. */
const accepting = (version: string, troubles: View['updates']['troubles'], effect: Effect): Omit<Dialog, 'typed'> => ({
	...acceptQuestion(version, troubles),
	mark: 'attention',
	ask: {is: 'phrase', phrase: acceptPhrase, effect},
});

/** Asked wherever a locked console is told to do something. */
export const unlockQuestion: Omit<Dialog, 'typed'> = {
	title: 'This console is locked',
	mark: 'attention',
	text: ['Type the console password. Ten minutes without a key lock the console again.'],
	ask: {
		is: 'secret',
		label: 'Password',
		use: password => ({do: 'unlock', label: 'Unlock', password}),
	},
};

/** A new console password is typed twice: it is not seen, and a slip would lock everybody out. */
function modeQuestion(chosen: (typeof consoleModes)[number]): Omit<Dialog, 'typed'> {
	const {mode, title, effect, phrase} = chosen;
	const common = {title: `${title}?`, mark: 'attention'} as const;
	if (mode === 'off')
		return {
			...common,
			text: [effect],
			ask: {is: 'phrase', phrase, effect: {do: 'console-lock', label: title, body: {mode}}},
		};
	const again = (first: string): Omit<Dialog, 'typed'> => ({
		...common,
		text: ['Once more, the same.'],
		ask: {
			is: 'secret',
			label: 'Again',
			use: second =>
				second === first
					? {do: 'console-lock', label: title, body: {mode, password: first}}
					: {...modeQuestion(chosen), text: ['The two were not the same. Type a new password.']},
		},
	});
	return {
		...common,
		text: [
			effect,
			'Type a new console password of at least 8 characters. Root can change it over SSH: sudo alga-appliance console',
		],
		ask: {is: 'secret', label: 'Password', use: again},
	};
}

export const actions = {
	back: situation => {
		const {ui} = situation;
		if (ui.detail === 'open') return step({...ui, detail: 'closed', scroll: 0});
		// What was typed is still there when the form is opened again.
		if (shownScreen(situation) === 'network' && ui.network.state === 'open')
			return step({...ui, network: {...ui.network, state: 'closed'}});
		const left = leave(situation);
		// In the form Escape goes a page back first: a step, never the loss of answers.
		if (shownScreen(situation) === 'setup' && ui.form.page > 0)
			return {ui: {...left.ui, form: movePage(left.ui.form, -1)}, effects: left.effects};
		const back = ui.back.slice(0, -1);
		return {ui: {...left.ui, screen: ui.back.at(-1) ?? 'home', back, scroll: 0}, effects: left.effects};
	},
	toHome: situation => {
		const left = leave(situation);
		return {ui: {...left.ui, screen: 'home', back: [], detail: 'closed', scroll: 0}, effects: left.effects};
	},
	toHelp: open('help'),
	toSetup: open('setup'),
	toLogs: situation => {
		const opened = open('logs')(situation);
		const wanted = wantedSource(situation);
		if (wanted === undefined) return opened;
		const read = reopen(opened.ui, {source: wanted, run: 'current', dropped: 0});
		return {ui: read.ui, effects: [...opened.effects, ...read.effects]};
	},
	toDiagnostics: open('diagnostics'),
	toUpdates: open('updates'),
	toBundle: open('bundle'),
	toNetwork: open('network'),
	toPower: open('power'),
	toComponents: open('components'),
	toProgress: open('progress'),
	toStatus: open('status'),
	toReview: situation => {
		const {ui, effects} = open('setup')(situation);
		return {ui: {...ui, form: {...ui.form, page: reviewPage, field: 0}}, effects};
	},
	repaint: ({ui}) => step(ui, {do: 'repaint'}),
	askUnlock: ({ui}) => dialog(ui, unlockQuestion),
	lockNow: ({ui}) => step(ui, {do: 'lock'}),
	leaveConsole: ({ui, tty}) => (tty === 'pty' ? step(ui, {do: 'leave'}) : step(ui)),
	takePicture: ({ui, link}) =>
		ui.busy === undefined && link.state === 'live' ? step({...ui, busy: 'Picture'}, {do: 'picture'}) : step(ui),
	up: choosing(at => at - 1),
	down: choosing((at, count) => Math.min(at + 1, count - 1)),
	pageUp: choosing((at, _, height) => at - Math.max(1, height - 2)),
	pageDown: choosing((at, count, height) => Math.min(at + Math.max(1, height - 2), count - 1)),
	first: choosing(() => 0),
	last: choosing((_, count) => count - 1),
	scrollUp: scrolling(() => -1),
	scrollDown: scrolling(() => 1),
	scrollPageUp: scrolling(height => -Math.max(1, height - 1)),
	scrollPageDown: scrolling(height => Math.max(1, height - 1)),
	details: ({ui}) => step({...ui, detail: 'open', scroll: 0}),
	openBlocker: situation => {
		const {ui, effects} = open('diagnostics')(situation);
		const at = selectedRow(situation, 'status');
		return {ui: {...ui, selected: {...ui.selected, diagnostics: at}, detail: 'open'}, effects};
	},
	nextTab: turning(1),
	previousTab: turning(-1),
	fix: situation => {
		const blocker = selectedBlocker(situation);
		if (blocker?.fix === undefined) return step(situation.ui);
		const {fix} = blocker;
		return dialog(situation.ui, {
			title: fix.title,
			mark: 'attention',
			text: [`For: ${blocker.title}`, fix.effect],
			ask: {
				is: 'yes',
				effect: {do: 'start', label: fix.title, body: {kind: 'fix', input: {blocker: blocker.id, fix: fix.id}}},
			},
		});
	},
	retry: act('retry', 'Retry'),
	cancel: act('cancel', 'Cancel'),
	dismiss: act('dismiss', 'Put away'),
	giveSecret: ({ui, view}) => {
		const operation = view?.operation;
		const field = operation?.needs[0];
		if (!operation || field === undefined) return step(ui);
		return dialog(ui, {
			title: 'Password of the administrator',
			mark: 'attention',
			text: ['It is held in memory only and was lost with a restart. Type the one that was chosen, or a new one.'],
			ask: {
				is: 'secret',
				label: 'Password',
				use: typed => ({
					do: 'act',
					label: 'Password',
					id: operation.id,
					action: 'give-secret',
					secrets: {[field]: typed},
				}),
			},
		});
	},
	nextField: moving((form, view) => moveField(form, view, 1)),
	previousField: moving((form, view) => moveField(form, view, -1)),
	nextPage: moving(form => movePage(form, 1)),
	previousPage: moving(form => movePage(form, -1)),
	chooseNext: ({ui, view}) => step({...ui, form: editField(ui.form, view, {name: 'right'}) ?? ui.form}),
	choosePrevious: ({ui, view}) => step({...ui, form: editField(ui.form, view, {name: 'left'}) ?? ui.form}),
	clearField: ({ui, view}) => step({...ui, form: editField(ui.form, view, {name: 'ctrl', letter: 'u'}) ?? ui.form}),
	showAdvanced: ({ui}) => step({...ui, form: {...ui.form, advanced: 'shown'}}),
	hideAdvanced: moving(form => ({...form, advanced: 'hidden', field: 0})),
	revealSecret: ({ui}) =>
		step({...ui, form: {...ui.form, secret: ui.form.secret === 'masked' ? 'readable' : 'masked'}}),
	firstOpen: ({ui, view}) => step({...ui, form: goToFirstOpen(ui.form, view)}),
	askSetup: ({ui, view}) =>
		dialog(ui, {
			title: 'Start the installation?',
			mark: 'working',
			text: [
				'The checks run first; nothing is changed until they pass.',
				'Then Kubernetes and Alga PSA are installed on this machine. It usually takes 25 to 40 minutes.',
				'You may leave this screen, close browsers or lose the connection: the installation goes on.',
			],
			ask: {
				is: 'yes',
				effect: {
					do: 'start',
					label: 'Setup',
					body: {kind: 'setup', input: {values: formValues(ui.form, view), accept: ui.form.accept}},
				},
			},
		}),
	checkNow: situation => {
		const left = leave(situation);
		const values = plainValues(left.ui.form, situation.view);
		const started = start(left.ui, 'Checks', 'preflight', {values});
		if (started.effects.length === 0) return left;
		return {
			ui: {...started.ui, screen: 'preflight', back: [...left.ui.back, left.ui.screen].slice(-12), detail: 'closed'},
			effects: [...left.effects, ...started.effects],
		};
	},
	acceptWarning: situation => {
		const {ui, view} = situation;
		const check = view?.checks[selectedRow(situation, 'preflight')];
		if (check === undefined) return step(ui);
		return step({...ui, form: {...ui.form, accept: [...ui.form.accept, check.id]}});
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
	askUpdate: ({ui, view}) => {
		const {available, troubles = []} = view?.updates ?? {};
		const wanted = available && nextStep(available);
		if (available === undefined || wanted === undefined) return step(ui);
		const effect: Effect = {
			do: 'start',
			label: 'Update',
			body: {kind: 'update', input: {...wanted, accept: troubles.map(({id}) => id)}},
		};
		return troubles.length > 0
			? dialog(ui, accepting(wanted.version, troubles, effect))
			: dialog(ui, {...installQuestion(available), mark: 'working', ask: {is: 'yes', effect}});
	},
	askPlan: ({ui, view}) => {
		const {available, troubles = []} = view?.updates ?? {};
		const wanted = available && nextStep(available);
		if (available === undefined || wanted === undefined) return step(ui);
		const then = (at: number) => {
			const effect: Effect = {
				do: 'start',
				label: 'Plan the update',
				body: {kind: 'schedule', input: {at, ...wanted, accept: troubles.map(({id}) => id)}},
			};
			return troubles.length > 0 ? accepting(wanted.version, troubles, effect) : effect;
		};
		return dialog(ui, {...planQuestion(available), mark: 'working', ask: {is: 'time', then}});
	},
	askUnplan: ({ui, view}) => {
		const planned = view?.updates.planned;
		if (planned === undefined) return step(ui);
		return dialog(ui, {
			...unplanQuestion(planned),
			mark: 'attention',
			ask: {
				is: 'yes',
				effect: {do: 'start', label: 'Take it back', body: {kind: 'schedule', input: {cancel: true}}},
			},
		});
	},
	askRollback: ({ui, view}) => {
		const previous = view?.updates.previous;
		if (previous === undefined) return step(ui);
		return dialog(ui, {
			title: `Return to release ${previous.version}?`,
			mark: 'attention',
			text: ['The previous release is put back and its workloads start again. People cannot log in meanwhile.'],
			ask: {
				is: 'phrase',
				phrase: rollbackPhrase,
				effect: {
					do: 'start',
					label: 'Rollback',
					body: {kind: 'rollback', input: {version: previous.version, phrase: rollbackPhrase}},
				},
			},
		});
	},
	keepNetwork: act('keep', 'Keep'),
	revertNetwork: act('revert', 'Go back'),
	editNetwork: ({ui}) => step({...ui, scroll: 0, network: {...ui.network, state: 'open', field: 0, cursor: undefined}}),
	nextSetting: ({ui, view}) => step({...ui, network: moveSetting(ui.network, view, 1)}),
	previousSetting: ({ui, view}) => step({...ui, network: moveSetting(ui.network, view, -1)}),
	chooseSetting: ({ui, view}) => step({...ui, network: editSetting(ui.network, view, {name: 'right'}) ?? ui.network}),
	clearSetting: ({ui, view}) =>
		step({...ui, network: editSetting(ui.network, view, {name: 'ctrl', letter: 'u'}) ?? ui.network}),
	tryNetwork: ({ui, view}) => {
		const wrong = firstWrongSetting(ui.network, view);
		if (wrong !== undefined) return step({...ui, network: wrong});
		const started = start(ui, 'Try', 'network', {values: networkValues(ui.network, view), only: 'test'});
		return started;
	},
	askNetwork: ({ui, view}) => {
		const wrong = firstWrongSetting(ui.network, view);
		if (wrong !== undefined) return step({...ui, network: wrong});
		const values = networkValues(ui.network, view);
		const {title, text} = changeQuestion(presentValues(view), values, view?.updates.current !== undefined);
		return dialog(ui, {
			title,
			mark: 'attention',
			text,
			ask: {is: 'yes', effect: {do: 'start', label: 'Network change', body: {kind: 'network', input: {values}}}},
		});
	},
	makeBundle: ({ui}) => start(ui, 'Support bundle', 'bundle', {}),
	askPower: situation => {
		const {ui, view} = situation;
		const row = selectedRow(situation, 'power');
		const mode = consoleModes[row - powerActions.length - 1];
		if (mode !== undefined) return dialog(ui, modeQuestion(mode));
		const chosen = powerActions[row];
		if (chosen === undefined)
			return dialog(ui, {
				title: `${accessReset.title}?`,
				mark: 'attention',
				text: [accessReset.effect],
				ask: {is: 'phrase', phrase: accessReset.phrase, effect: {do: 'reset-access', label: accessReset.title}},
			});
		return dialog(ui, {
			title: `${chosen.title}: ${view?.identity.hostname ?? 'this machine'}?`,
			mark: 'attention',
			text: [chosen.effect],
			ask: {
				is: 'phrase',
				phrase: chosen.phrase,
				effect: {
					do: 'start',
					label: chosen.title,
					body: {kind: 'power', input: {action: chosen.action, phrase: chosen.phrase}},
				},
			},
		});
	},
} as const satisfies Record<string, Act>;

export type ActionName = keyof typeof actions;

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
