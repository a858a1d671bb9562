import type {BodyOf, LogLine, LogPage} from '../shared/api/routes.ts';
import type {OperationAction} from '../shared/operations/operation.ts';
import type {FieldName} from '../shared/setup/fields.ts';
import type {Link} from '../shared/view/store.ts';
import type {Mark, ProblemView, View} from '../shared/view/view.ts';
import {screenTitle} from '../shared/view/words.ts';
import {closedNetworkForm, type NetworkForm} from './network-form.ts';
import type {LineFacts} from './terminal/line.ts';

export type ScreenName = keyof typeof screenTitle;
export const screenNames = Object.keys(screenTitle).filter(isScreenName);

export function isScreenName(name: string): name is ScreenName {
	return Object.hasOwn(screenTitle, name);
}

/** Answers that were typed here. What the engine has kept lives in the view; this is only what it has not. */
export type Form = {
	/** Index of the group; the one after the last is the review. */
	readonly page: number;
	/** Index among the fields the page shows. */
	readonly field: number;
	readonly text: Readonly<Partial<Record<FieldName, string>>>;
	/** In characters from the start of the focused field; undefined is its end. */
	readonly cursor: number | undefined;
	/** Messages of fields that were left. */
	readonly problems: Readonly<Partial<Record<FieldName, string>>>;
	readonly advanced: 'hidden' | 'shown';
	/** Whether the focused secret is readable. */
	readonly secret: 'masked' | 'readable';
	/** Checks whose warning was accepted here. */
	readonly accept: readonly string[];
};

/** The part of one log that is in memory: a few pages, and where in them the screen stands. */
export type LogWindow = {
	readonly source: string;
	/** Answers to questions of an older ticket are ignored. */
	readonly ticket: number;
	readonly pages: readonly LogPage[];
	/** Index after the last visible line, over all pages. */
	readonly bottom: number;
	readonly mode: 'following' | 'paused';
	/** Lines that came while paused. */
	readonly waiting: number;
	readonly loading: 'nothing' | 'open' | 'older' | 'newer';
	readonly dropped: number;
	readonly filter: string;
	/** The filter while it is typed. */
	readonly typing: string | undefined;
	readonly severity: 'all' | 'warning' | 'error';
	readonly lines: 'cut' | 'wrapped';
	readonly times: 'shown' | 'hidden';
	readonly run: 'current' | 'previous';
	readonly problem: ProblemView | undefined;
};
export type {LogLine, LogPage};

/** A question that has to be answered before anything happens. */
export type Dialog = {
	readonly title: string;
	readonly mark: Mark;
	readonly text: readonly string[];
	readonly ask:
		| {readonly is: 'yes'; readonly effect: Effect}
		| {readonly is: 'phrase'; readonly phrase: string; readonly effect: Effect}
		| {readonly is: 'time'; readonly then: (at: number) => Effect | Omit<Dialog, 'typed'>}
		| {readonly is: 'secret'; readonly label: string; readonly use: (typed: string) => Effect | Omit<Dialog, 'typed'>};
	readonly typed: string;
	/** Why the answer that was given is none, until it is changed. */
	readonly wrong?: string;
};

/** The message row. What was begun is told until it has ended, an answer to a key that does nothing until the next key. */
export type Message = {
	readonly text: string;
	readonly mark: Mark;
	readonly lasts?: 'until-it-runs' | 'while-it-runs' | 'until-a-key';
};

/** The console's own state: where somebody looks and what was typed. Everything else is the view. */
export type Ui = {
	/** `home` follows what happens: status, checks or progress. */
	readonly screen: ScreenName | 'home';
	readonly back: readonly (ScreenName | 'home')[];
	readonly selected: Readonly<Partial<Record<ScreenName, number>>>;
	readonly detail: 'closed' | 'open';
	/** First row of an opened card or of the help. */
	readonly scroll: number;
	readonly form: Form;
	readonly network: NetworkForm;
	readonly log: LogWindow;
	readonly dialog: Dialog | undefined;
	readonly message: Message | undefined;
	/** The request under way; another is not sent meanwhile. */
	readonly busy: string | undefined;
};

/** What a key press may depend on. */
export type Situation = {
	readonly ui: Ui;
	readonly view: View | undefined;
	readonly link: Link;
	readonly now: number;
	readonly columns: number;
	readonly rows: number;
	/** How far the screen may be scrolled, as it was drawn last. */
	readonly overflow: number;
	/** A terminal emulator has something to go back to; the machine's own terminals have nothing else. */
	readonly tty: LineFacts['tty'];
};

/** What is to be done outside; `effects.ts` does it and reports an outcome. */
export type Effect =
	| {readonly do: 'start'; readonly label: string; readonly body: BodyOf<'start'>}
	| {
			readonly do: 'act';
			readonly label: string;
			readonly id: string;
			readonly action: OperationAction;
			readonly secrets: Readonly<Record<string, string>>;
	  }
	| {readonly do: 'draft'; readonly values: Readonly<Record<string, string>>}
	| {
			readonly do: 'log';
			readonly place: 'open' | 'older' | 'newer';
			readonly window: LogWindow;
			readonly cursor?: string;
			readonly from?: 'first';
	  }
	| {readonly do: 'reset-access'; readonly label: string}
	| {readonly do: 'unlock'; readonly label: string; readonly password: string}
	| {readonly do: 'lock'}
	| {readonly do: 'keep-unlocked'}
	| {readonly do: 'console-lock'; readonly label: string; readonly body: BodyOf<'consoleLock'>}
	| {readonly do: 'picture'}
	| {readonly do: 'leave'}
	| {readonly do: 'log-close'}
	| {readonly do: 'repaint'};

/** What came of an effect. */
export type Outcome =
	| {readonly of: 'call'; readonly label: string; readonly kind: string; readonly problem?: ProblemView}
	/** Something was done; the text says what. */
	| {readonly of: 'told'; readonly text: string}
	| {readonly of: 'draft'; readonly problem?: ProblemView}
	| {
			readonly of: 'log';
			readonly ticket: number;
			readonly place: 'open' | 'older' | 'newer';
			readonly page: LogPage;
			readonly from?: 'first';
	  }
	| {readonly of: 'log-lines'; readonly ticket: number; readonly page: LogPage}
	| {readonly of: 'log-problem'; readonly ticket: number; readonly problem: ProblemView};

export type Step = {readonly ui: Ui; readonly effects: readonly Effect[]};
export const step = (ui: Ui, ...effects: readonly Effect[]): Step => ({ui, effects});

/** How a console begins. */
export function firstUi(): Ui {
	return {
		screen: 'home',
		back: [],
		selected: {},
		detail: 'closed',
		scroll: 0,
		form: {
			page: 0,
			field: 0,
			text: {},
			cursor: undefined,
			problems: {},
			advanced: 'hidden',
			secret: 'masked',
			accept: [],
		},
		network: closedNetworkForm,
		log: emptyLog('', 0),
		dialog: undefined,
		message: undefined,
		busy: undefined,
	};
}

export function emptyLog(source: string, ticket: number): LogWindow {
	return {
		source,
		ticket,
		pages: [],
		bottom: 0,
		mode: 'following',
		waiting: 0,
		loading: 'open',
		dropped: 0,
		filter: '',
		typing: undefined,
		severity: 'all',
		lines: 'cut',
		times: 'shown',
		run: 'current',
		problem: undefined,
	};
}

/** Whether this console waits for its password, and how much it shows until then. */
export const lockOf = ({view}: Pick<Situation, 'view'>): 'open' | 'looking' | 'shut' => {
	const lock = view?.access.console;
	if (!lock?.locked) return 'open';
	return lock.mode === 'lockdown' ? 'shut' : 'looking';
};

/** The screen that is drawn: `home` is whatever deserves to be seen now. */
export function shownScreen({ui, view}: Pick<Situation, 'ui' | 'view'>): ScreenName {
	if (ui.screen !== 'home') return ui.screen;
	const operation = view?.operation;
	if (!operation || operation.state === 'succeeded' || operation.state === 'cancelled') return 'status';
	const code = operation.problem?.code;
	// An update looks at the machine too, but fills no table of checks.
	const refused = operation.kind === 'setup' && (code === 'preflight.failed' || code === 'preflight.needs-acceptance');
	if (operation.kind === 'preflight' || refused) return 'preflight';
	const long = operation.kind === 'setup' || operation.kind === 'update' || operation.kind === 'rollback';
	return long && operation.state !== 'failed' ? 'progress' : 'status';
}

/** Rows of the body: three of identity, a rule, the message and the keys are taken. */
export const bodyRows = (rows: number): number => Math.max(0, rows - 6);
/** Cells of the body: one blank at each side. */
export const bodyColumns = (columns: number): number => Math.max(0, columns - 2);

/** Below this there is one column of the most important words and nothing else. */
export const isMinimal = ({columns, rows}: {readonly columns: number; readonly rows: number}): boolean =>
	columns < 60 || rows < 16;
