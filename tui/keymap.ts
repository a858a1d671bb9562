import type {OperationAction} from '../shared/operations/operation.ts';
import type {ActionName} from './actions.ts';
import {focusedField, hasAdvanced, openQuestions, reviewPage} from './form.ts';
import {choicesOf, focusedSetting} from './network-form.ts';
import {listLength, selectedBlocker, selectedRow} from './selection.ts';
import {lockOf, type ScreenName, type Situation, shownScreen} from './state.ts';
import type {Key} from './terminal/keys.ts';

/** One row of a screen's table of keys. */
export type Binding = {
	readonly keys: readonly string[];
	/** In the footer; hidden ones stand in the help only. */
	readonly label: string;
	/** Instead of the first key's name, for keys that belong together. */
	readonly caption?: string;
	readonly action: ActionName;
	/** Whether it does something now. */
	readonly when?: (situation: Situation) => boolean;
	readonly footer?: 'hidden';
};

/** The name a key has in the tables; undefined for text and for answers of the terminal. */
function keyName(key: Key): string | undefined {
	if (key.name === 'char') return key.char === ' ' ? 'space' : key.char;
	if (key.name === 'ctrl') return `ctrl-${key.letter}`;
	return key.name === 'paste' || key.name === 'cursor-report' ? undefined : key.name;
}

const live = ({link, view}: Situation) => link.state === 'live' && view !== undefined;
const can = (action: OperationAction) => (situation: Situation) =>
	live(situation) && (situation.view?.operation?.actions.includes(action) ?? false);
const idle = (situation: Situation) => live(situation) && situation.view?.operation?.state !== 'running';
const hasFix = (situation: Situation) => idle(situation) && selectedBlocker(situation)?.fix !== undefined;
const hasStopped = ({view}: Situation) =>
	view?.operation?.state === 'failed' || view?.operation?.state === 'interrupted';
const isEditing = (situation: Situation) =>
	shownScreen(situation) === 'network' && situation.ui.network.state === 'open';
const onButton = ({ui, view}: Situation) => focusedSetting(ui.network, view) === undefined;
const onChoice = ({ui, view}: Situation) => {
	const setting = focusedSetting(ui.network, view);
	return setting !== undefined && choicesOf(setting, view).length > 0;
};
const isOpen = ({ui}: Situation) => ui.detail === 'open';
const onField = ({ui, view}: Situation) => focusedField(ui.form, view) !== undefined;
const onText = ({ui, view}: Situation) => (focusedField(ui.form, view)?.kind ?? 'choice') !== 'choice';
const onReview = ({ui}: Situation) => ui.form.page === reviewPage;
const isComplete = ({ui, view}: Situation) => Object.keys(openQuestions(ui.form, view)).length === 0;
const hasStep = ({view}: Situation) => (view?.updates.available?.next ?? '') !== '';
const askable = ({view}: Situation) => view?.setup.state === 'waiting' || view?.setup.state === 'stopped';

const lists = (screen: ScreenName) => (situation: Situation) => listLength(situation, screen) > 1 || isOpen(situation);

const moves = (when: NonNullable<Binding['when']>): Binding[] => [
	{keys: ['up'], caption: 'Up/Dn', label: 'choose', action: 'up', when},
	{keys: ['down'], label: 'down', action: 'down', when, footer: 'hidden'},
	{keys: ['pageup'], label: 'page up', action: 'pageUp', when, footer: 'hidden'},
	{keys: ['pagedown'], label: 'page down', action: 'pageDown', when, footer: 'hidden'},
	{keys: ['home'], label: 'first', action: 'first', when, footer: 'hidden'},
	{keys: ['end'], label: 'last', action: 'last', when, footer: 'hidden'},
];

const scrolls = (when: NonNullable<Binding['when']>): Binding[] => [
	{keys: ['up'], caption: 'Up/Dn', label: 'scroll', action: 'scrollUp', when},
	{keys: ['down'], label: 'down', action: 'scrollDown', when, footer: 'hidden'},
	{keys: ['pageup'], label: 'page up', action: 'scrollPageUp', when, footer: 'hidden'},
	{keys: ['pagedown'], label: 'page down', action: 'scrollPageDown', when, footer: 'hidden'},
];

const operationKeys: readonly Binding[] = [
	{keys: ['i'], label: 'enter password', action: 'giveSecret', when: can('give-secret')},
	{keys: ['r'], label: 'retry', action: 'retry', when: can('retry')},
	{keys: ['x'], label: 'cancel', action: 'cancel', when: can('cancel')},
	{keys: ['x'], label: 'put away', action: 'dismiss', when: can('dismiss')},
];

const tabs: readonly Binding[] = [
	{keys: ['right', 'tab'], caption: 'Left/Right', label: 'list', action: 'nextTab', when: s => !isOpen(s)},
	{keys: ['left', 'backtab'], label: 'list before', action: 'previousTab', when: s => !isOpen(s), footer: 'hidden'},
];
const details = (screen: ScreenName): Binding => ({
	keys: ['enter'],
	label: 'details',
	action: 'details',
	when: s => !isOpen(s) && listLength(s, screen) > 0,
});

/** Keys that only one screen has. */
export const screenKeys: Readonly<Record<ScreenName, readonly Binding[]>> = {
	status: [
		{keys: ['f'], label: 'fix', action: 'fix', when: hasFix},
		...operationKeys,
		{keys: ['enter'], label: 'details', action: 'openBlocker', when: s => listLength(s, 'status') > 0 || hasStopped(s)},
		{keys: ['o'], label: 'steps', action: 'toProgress', when: s => (s.view?.operation?.steps.length ?? 0) > 0},
		...moves(lists('status')),
	],
	setup: [
		{keys: ['tab', 'down'], label: 'next', action: 'nextField', when: onField},
		{keys: ['enter'], label: 'continue', action: 'nextField', when: onField},
		{
			keys: ['right', 'space'],
			caption: 'Left/Right',
			label: 'choose',
			action: 'chooseNext',
			when: s => onField(s) && !onText(s),
		},
		{keys: ['left'], label: 'choose', action: 'choosePrevious', when: s => onField(s) && !onText(s), footer: 'hidden'},
		{keys: ['enter'], label: 'install', action: 'askSetup', when: s => onReview(s) && isComplete(s) && idle(s)},
		{keys: ['enter'], label: 'first open question', action: 'firstOpen', when: s => onReview(s) && !isComplete(s)},
		{keys: ['backtab', 'up'], label: 'field before', action: 'previousField', footer: 'hidden'},
		{keys: ['pageup'], label: 'page before', action: 'previousPage', when: s => s.ui.form.page > 0, footer: 'hidden'},
		{keys: ['pagedown'], label: 'page after', action: 'nextPage', when: s => !onReview(s), footer: 'hidden'},
		{keys: ['f8', 'ctrl-t'], label: 'check now', action: 'checkNow', when: idle},
		{
			keys: ['ctrl-o'],
			label: 'more fields',
			action: 'showAdvanced',
			when: s => onField(s) && hasAdvanced(s.ui.form) && s.ui.form.advanced === 'hidden',
		},
		{
			keys: ['ctrl-o'],
			label: 'fewer fields',
			action: 'hideAdvanced',
			when: s => onField(s) && hasAdvanced(s.ui.form) && s.ui.form.advanced === 'shown',
		},
		{
			keys: ['ctrl-r'],
			label: 'show',
			action: 'revealSecret',
			when: s => focusedField(s.ui.form, s.view)?.kind === 'secret' && s.ui.form.secret === 'masked',
		},
		{
			keys: ['ctrl-r'],
			label: 'hide',
			action: 'revealSecret',
			when: s => focusedField(s.ui.form, s.view)?.kind === 'secret' && s.ui.form.secret === 'readable',
		},
		{keys: ['ctrl-u'], label: 'clear', action: 'clearField', when: onText},
	],
	preflight: [
		details('preflight'),
		...moves(lists('preflight')),
		{keys: ['r'], label: 'run again', action: 'checkNow', when: s => idle(s) && askable(s)},
		{
			keys: ['w'],
			label: 'accept warning',
			action: 'acceptWarning',
			when: s => {
				const check = s.view?.checks[selectedRow(s, 'preflight')];
				return check?.result === 'warns' && !check.accepted && !s.ui.form.accept.includes(check.id);
			},
		},
		{keys: ['g'], label: 'go on', action: 'toReview', when: s => idle(s) && askable(s)},
		...operationKeys.filter(({action}) => action !== 'retry'),
	],
	progress: [
		...operationKeys,
		details('progress'),
		...moves(lists('progress')),
		{keys: ['t'], label: 'status', action: 'toStatus'},
	],
	components: [details('components'), ...moves(lists('components')), ...tabs],
	workloads: [details('workloads'), ...moves(lists('workloads')), ...tabs],
	events: [details('events'), ...moves(lists('events')), ...tabs],
	flux: [details('flux'), ...moves(lists('flux')), ...tabs],
	logs: [
		{keys: ['space', 'end'], label: 'follow', action: 'follow', when: s => s.ui.log.mode === 'paused'},
		{keys: ['space'], label: 'pause', action: 'pause', when: s => s.ui.log.mode === 'following'},
		{keys: ['pageup'], caption: 'PgUp', label: 'older', action: 'olderPage'},
		{keys: ['pagedown'], label: 'newer', action: 'newerPage', footer: 'hidden'},
		{keys: ['up'], label: 'a line up', action: 'olderLine', footer: 'hidden'},
		{keys: ['down'], label: 'a line down', action: 'newerLine', footer: 'hidden'},
		{keys: ['home'], label: 'first line', action: 'logStart', footer: 'hidden'},
		{keys: ['[', 'left', 'backtab'], caption: '[ ]', label: 'source', action: 'previousSource'},
		{keys: [']', 'right', 'tab'], label: 'source after', action: 'nextSource', footer: 'hidden'},
		{keys: ['/'], label: 'filter', action: 'typeFilter'},
		{keys: ['v'], label: 'severity', action: 'severity'},
		{keys: ['t'], label: 'times', action: 'toggleTimes'},
		{keys: ['w'], label: 'wrap', action: 'toggleWrap'},
		{keys: ['x'], label: 'previous run', action: 'previousRun', when: s => s.ui.log.run === 'current'},
		{keys: ['x'], label: 'current run', action: 'currentRun', when: s => s.ui.log.run === 'previous'},
	],
	diagnostics: [
		{keys: ['f'], label: 'fix', action: 'fix', when: hasFix},
		details('diagnostics'),
		...moves(lists('diagnostics')),
	],
	updates: [
		{
			keys: ['i'],
			label: 'install',
			action: 'askUpdate',
			when: s => idle(s) && hasStep(s),
		},
		{
			keys: ['t'],
			label: 'plan',
			action: 'askPlan',
			when: s => idle(s) && hasStep(s),
		},
		{
			keys: ['x'],
			label: 'take the plan back',
			action: 'askUnplan',
			when: s => idle(s) && s.view?.updates.planned !== undefined,
		},
		{
			keys: ['y'],
			label: 'roll back',
			action: 'askRollback',
			when: s => idle(s) && s.view?.updates.previous !== undefined,
		},
		...scrolls(s => s.overflow > 0),
	],
	network: [
		{keys: ['k'], label: 'keep', action: 'keepNetwork', when: can('keep')},
		{keys: ['r'], label: 'go back now', action: 'revertNetwork', when: can('revert')},
		...operationKeys.filter(({action}) => action === 'cancel'),
		{keys: ['e'], label: 'change', action: 'editNetwork', when: s => idle(s) && !isEditing(s)},
		{keys: ['enter'], label: 'use them', action: 'askNetwork', when: s => isEditing(s) && onButton(s) && idle(s)},
		{keys: ['tab', 'down', 'enter'], label: 'next', action: 'nextSetting', when: s => isEditing(s) && !onButton(s)},
		{keys: ['backtab', 'up'], label: 'before', action: 'previousSetting', when: isEditing, footer: 'hidden'},
		{
			keys: ['right', 'space'],
			caption: 'Left/Right',
			label: 'choose',
			action: 'chooseSetting',
			when: s => isEditing(s) && onChoice(s),
		},
		{keys: ['f8', 'ctrl-t'], label: 'try only', action: 'tryNetwork', when: s => isEditing(s) && idle(s)},
		{keys: ['ctrl-u'], label: 'clear', action: 'clearSetting', when: s => isEditing(s) && !onButton(s) && !onChoice(s)},
		...scrolls(s => s.overflow > 0 && !isEditing(s)),
	],
	bundle: [
		{
			keys: ['g'],
			label: 'make a bundle',
			action: 'makeBundle',
			when: s => live(s) && s.view?.bundling?.state !== 'running',
		},
		{
			keys: ['x'],
			label: 'cancel',
			action: 'cancelBundle',
			when: s => live(s) && (s.view?.bundling?.actions.includes('cancel') ?? false),
		},
		...scrolls(s => s.overflow > 0),
	],
	power: [...moves(lists('power')), {keys: ['enter'], label: 'choose', action: 'askPower', when: idle}],
	help: scrolls(() => true),
};

const notOn = (screen: ScreenName) => (situation: Situation) => shownScreen(situation) !== screen;

/** Keys of every screen. Each function key has a letter, because many serial viewers keep function keys for themselves. */
export const globalKeys: readonly Binding[] = [
	{
		keys: ['escape'],
		caption: 'Esc',
		label: 'back',
		action: 'back',
		when: s => s.ui.detail === 'open' || s.ui.screen !== 'home',
	},
	{keys: ['f1', '?'], label: 'help', action: 'toHelp', when: notOn('help')},
	{keys: ['ctrl-k'], label: 'unlock', action: 'askUnlock', when: s => live(s) && lockOf(s) !== 'open'},
	{
		keys: ['ctrl-k'],
		label: 'lock this console',
		action: 'lockNow',
		when: s => live(s) && lockOf(s) === 'open' && (s.view?.access.console?.mode ?? 'off') !== 'off',
		footer: 'hidden',
	},
	{keys: ['ctrl-]'], label: 'leave', action: 'leaveConsole', when: ({tty}) => tty === 'pty'},
	{keys: ['f2', 's'], label: 'setup', action: 'toSetup', when: s => askable(s) && notOn('setup')(s)},
	{keys: ['f3', 'ctrl-l'], label: 'redraw', action: 'repaint', footer: 'hidden'},
	{keys: ['ctrl-p'], label: 'picture of the screen', action: 'takePicture', when: live, footer: 'hidden'},
	{keys: ['f4', 'l'], label: 'logs', action: 'toLogs', when: notOn('logs')},
	{keys: ['f5', 'd'], label: 'diagnose', action: 'toDiagnostics', when: notOn('diagnostics')},
	{keys: ['f6', 'u'], label: 'update', action: 'toUpdates', when: notOn('updates')},
	{keys: ['f7', 'b'], label: 'bundle', action: 'toBundle', when: notOn('bundle')},
	{keys: ['f9', 'n'], label: 'net', action: 'toNetwork', when: notOn('network')},
	{keys: ['f10', 'p'], label: 'power', action: 'toPower', when: notOn('power')},
	{
		keys: ['f11', 'c'],
		label: 'components',
		action: 'toComponents',
		when: s =>
			(s.view?.components.length ?? 0) > 0 && !['components', 'workloads', 'events', 'flux'].includes(shownScreen(s)),
	},
	{keys: ['f12', 'h'], label: 'home', action: 'toHome', when: s => s.ui.screen !== 'home'},
];

/** Whether letters are text now. */
const isTyping = (situation: Situation): boolean =>
	situation.ui.dialog === undefined &&
	((shownScreen(situation) === 'setup' && onField(situation)) || (isEditing(situation) && !onButton(situation)));

const isLetter = (name: string): boolean => name === 'space' || [...name].length === 1;

/** Everything that works now, the screen's own keys first. */
export function activeKeys(situation: Situation): readonly Binding[] {
	// A console that is locked down has nothing but its own way in, a fresh picture, and where there is one, the way out.
	if (lockOf(situation) === 'shut')
		return globalKeys.filter(
			({action, when}) => ['askUnlock', 'repaint', 'leaveConsole'].includes(action) && (when?.(situation) ?? true),
		);
	const own = screenKeys[shownScreen(situation)];
	const typing = isTyping(situation);
	return [...own, ...globalKeys].filter(
		binding =>
			(binding.when?.(situation) ?? true) &&
			// The space bar turns a choice, so it counts as a letter only in text.
			(!typing || binding.keys.some(name => !isLetter(name))),
	);
}

/** What a key does now. */
export function bindingOf(key: Key, situation: Situation): Binding | undefined {
	const name = keyName(key);
	if (name === undefined || (isTyping(situation) && isLetter(name) && name !== 'space')) return undefined;
	return activeKeys(situation).find(binding => binding.keys.includes(name));
}

/** Why a key that works here at other times does nothing now; undefined when it never does, or nobody needs a word. */
export function whyNot(key: Key, situation: Situation): string | undefined {
	const {link, view, now} = situation;
	const operation = view?.operation;
	const other = (changed: Partial<Situation>) => bindingOf(key, {...situation, ...changed});
	if (link.state === 'lost') {
		const later = other({link: {state: 'live', lastAt: now}});
		if (later !== undefined) return `Not now: the engine does not answer. "${later.label}" has to wait for it.`;
	}
	if (view === undefined || operation?.state !== 'running') return undefined;
	const later = other({view: {...view, operation: {...operation, state: 'succeeded', actions: []}}});
	return later && `Not now: ${operation.title} is running. "${later.label}" has to wait for its end.`;
}

/** Keys whose names in the tables are not those on a keyboard. */
const keyboardNames: Readonly<Partial<Record<string, string>>> = {
	escape: 'Esc',
	pageup: 'PgUp',
	pagedown: 'PgDn',
	backtab: 'Shift-Tab',
};

/** The name of a key on the screen: "F2", "Ctrl-U", "PgUp", "s". */
export function keyCaption({caption, keys}: Binding): string {
	const name = caption ?? keys[0] ?? '';
	if (caption !== undefined || [...name].length === 1) return name;
	const known = keyboardNames[name];
	if (known !== undefined) return known;
	return name.replace(/(?:^|-)[a-z]/g, letter => letter.toUpperCase());
}
