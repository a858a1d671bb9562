import type {Link} from '../shared/view/store.ts';
import type {View} from '../shared/view/view.ts';
import {frame} from './frame.ts';
import {sceneOf} from './scene.ts';
import {firstUi, type ScreenName, type Situation, type Ui} from './state.ts';
import {drawFrame, type Grid, rowTexts} from './terminal/cells.ts';
import type {Tier} from './terminal/glyphs.ts';

type Shot = {
	/** Undefined: the engine has not said anything yet. */
	readonly view: View | undefined;
	/** `home` picks what the console itself would show. */
	readonly screen: ScreenName | 'home';
	readonly cols: number;
	readonly rows: number;
	readonly tier: Tier;
	/** Milliseconds since the epoch; ages and the clock are drawn from it. */
	readonly now: number;
	/** Where somebody looks and what was typed; as at the start when left out. */
	readonly ui?: Ui;
	readonly link?: Link;
};

/** A screen exactly as the console would show it, without a terminal: cells for a picture, and its text. */
export function renderScreen(shot: Shot): {readonly grid: Grid; readonly text: string; readonly replaced: number} {
	const ui: Ui = {...(shot.ui ?? firstUi()), screen: shot.screen};
	const link: Link = shot.link ?? {state: 'live', lastAt: shot.now};
	const {view, now, cols: columns, rows} = shot;
	const {grid, replaced} = draw({ui, view, link, now, columns, rows, overflow: 0, tty: 'vt'}, shot.tier);
	return {grid, text: rowTexts(grid).join('\n'), replaced};
}

/** What a console shows now; a secret is masked even while somebody reads it as they type. */
export function pictureOf(situation: Situation, tier: Tier): Grid {
	const {ui} = situation;
	return draw({...situation, ui: {...ui, busy: undefined, form: {...ui.form, secret: 'masked'}}}, tier).grid;
}

function draw(situation: Situation, tier: Tier): ReturnType<typeof drawFrame> {
	const {view, columns} = situation;
	const {rows} = frame(sceneOf({...situation, view: view && withoutToken(view)}, tier));
	return drawFrame(rows.join('\n'), columns, situation.rows, tier);
}

/** Pictures leave the machine; the token that takes it over must not. */
function withoutToken(view: View): View {
	const {setupToken, ...access} = view.access;
	return setupToken === undefined ? view : {...view, access: {...access, setupToken: setupToken.replace(/[^-]/g, '*')}};
}
