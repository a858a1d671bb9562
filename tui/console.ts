import type {Store} from '../shared/view/store.ts';
import {frame} from './frame.ts';
import {sceneOf} from './scene.ts';
import {pictureOf} from './screenshot.ts';
import {type Effect, firstUi, type Outcome, type Situation, type Ui} from './state.ts';
import type {Grid} from './terminal/cells.ts';
import type {Tier} from './terminal/glyphs.ts';
import type {Key} from './terminal/keys.ts';
import type {LineFacts} from './terminal/line.ts';
import type {Size} from './terminal/size.ts';
import {reconcile, settle, update} from './ui.ts';

/** What React reads: the rows of the screen, the same object while nothing changed. */
export type Screenful = {
	readonly get: () => {readonly rows: readonly string[]; readonly columns: number};
	readonly subscribe: (changed: () => void) => () => void;
};

export type Console = {
	readonly screen: Screenful;
	readonly key: (key: Key) => void;
	readonly outcome: (outcome: Outcome) => void;
	readonly resize: (size: Size) => void;
	/** The clock moved: ages are drawn anew. */
	readonly tick: () => void;
	readonly ui: () => Ui;
	/** The present screen for a file: without the setup token and without a secret that is being typed. */
	readonly picture: () => Grid;
	readonly close: () => void;
};

/** How long the result of an action stays before the top blocker is told again. */
const messageMs = 20_000;

/** Puts store, reducer and screens together. Pure but for what `run` does with the effects. */
export function makeConsole(
	store: Store,
	line: {readonly tier: Tier; readonly tty: LineFacts['tty']},
	size: Size,
	/** The engine's time: ages and the clock. */
	now: () => number,
	/** Time that nobody speeds up or sets: how long a message stays. */
	monotonic: () => number,
	run: (effect: Effect) => void,
): Console {
	let ui = firstUi();
	let messageUntil = 0;
	let {columns, rows} = size;
	let overflow = 0;
	let shown = {rows: [] as readonly string[], columns};
	const listeners = new Set<() => void>();

	const situation = (): Situation => {
		const {view, link} = store.get();
		return {ui, view, link, now: now(), columns, rows, overflow, tty: line.tty};
	};
	const draw = () => {
		if (ui.message !== undefined && monotonic() > messageUntil) ui = {...ui, message: undefined};
		const next = frame(sceneOf(situation(), line.tier));
		overflow = next.overflow;
		const isSame =
			shown.columns === columns &&
			shown.rows.length === next.rows.length &&
			shown.rows.every((row, index) => row === next.rows[index]);
		if (isSame) return;
		shown = {rows: next.rows, columns};
		for (const listener of listeners) listener();
	};
	const unsubscribe = store.subscribe(() => {
		const {view} = store.get();
		if (view !== undefined) ui = reconcile(ui, view);
		draw();
	});
	draw();

	return {
		screen: {
			get: () => shown,
			subscribe: changed => {
				listeners.add(changed);
				return () => listeners.delete(changed);
			},
		},
		key(key) {
			const before = ui.message;
			const next = update(situation(), key);
			ui = next.ui;
			if (ui.message !== before) messageUntil = monotonic() + messageMs;
			draw();
			for (const effect of next.effects) run(effect);
		},
		outcome(outcome) {
			const before = ui.message;
			ui = settle(ui, outcome);
			if (ui.message !== before) messageUntil = monotonic() + messageMs;
			draw();
		},
		resize(next) {
			({columns, rows} = next);
			draw();
		},
		tick: draw,
		ui: () => ui,
		picture: () => pictureOf(situation(), line.tier),
		close: unsubscribe,
	};
}
