import {engineAway} from '../shared/api/client.ts';
import {timeOf} from '../shared/view/update.ts';
import {dayWords, durationWords, screenTitle} from '../shared/view/words.ts';
import {problemCard} from './components/blocker.ts';
import {card} from './components/card.ts';
import {dialogKeys} from './dialog.ts';
import {header} from './header.ts';
import {activeKeys, keyCaption} from './keymap.ts';
import {blank, clipLine, type Line, line, renderLine, type Span, span, strong, widthOf, wrapText} from './lines.ts';
import {clipNames, shortDigests} from './names.ts';
import {age, type Page, type Scene, sign, toHeight} from './scene.ts';
import {screens} from './screens/screens.ts';
import {inputLine} from './screens/setup.ts';
import {bodyColumns, bodyRows, isMinimal, lockOf, shownScreen} from './state.ts';

/** The whole screen as exactly `rows` rows of text with colours, each at most `columns` wide, and how far it scrolls. */
export function frame(scene: Scene): {readonly rows: readonly string[]; readonly overflow: number} {
	const {columns, rows, tier} = scene;
	const page = isMinimal(scene) ? {lines: minimal(scene)} : undefined;
	const body = page === undefined ? bodyOf(scene) : undefined;
	const lines = page?.lines ?? full(scene, body ?? {lines: []});
	return {
		rows: toHeight(lines, rows).map(parts => renderLine(parts, columns, tier)),
		overflow: body?.overflow ?? 0,
	};
}

function full(scene: Scene, body: Page): Line[] {
	const inside = toHeight(body.lines, bodyRows(scene.rows)).map(row =>
		line(' ', ...clipLine(row, bodyColumns(scene.columns), scene.glyphs.ellipsis)),
	);
	return [...header(scene), titleRule(scene, body.note), ...inside, message(scene), footer(scene)];
}

/** The rule under the header carries the screen's name and where in it one is. */
function titleRule(scene: Scene, note = ''): Line {
	const dash = scene.glyphs.box.top;
	const shut = lockOf(scene) === 'shut' ? 'Locked' : screenTitle[shownScreen(scene)];
	const title = scene.ui.dialog === undefined ? shut : 'Please confirm';
	const left = line(span(dash, 'frame'), ' ', strong(title), ' ');
	const right = note === '' ? line(span(dash, 'frame')) : line(' ', note, ' ', span(dash, 'frame'));
	const between = scene.columns - widthOf(left) - widthOf(right);
	return between < 0
		? clipLine(left, scene.columns, scene.glyphs.ellipsis)
		: line(...left, span(dash.repeat(between), 'frame'), ...right);
}

function bodyOf(scene: Scene): Page {
	const room = {width: bodyColumns(scene.columns), height: bodyRows(scene.rows)};
	const {view} = scene;
	if (scene.ui.dialog !== undefined) return {lines: dialogLines(scene, room.width, room.height)};
	if (view === undefined) return {lines: connecting(scene, room.width, room.height)};
	if (lockOf(scene) === 'shut') return {lines: lockedLines(room.width)};
	return screens[shownScreen(scene)]({...scene, view}, room);
}

/** Before the engine has said a word. */
function connecting(scene: Scene, width: number, height: number): Line[] {
	if (scene.link.state !== 'lost')
		return [
			blank,
			line('Connecting to the appliance engine ...'),
			blank,
			line('This takes a few seconds after the machine came up.'),
		];
	return [
		blank,
		...card(
			scene,
			problemCard('The appliance engine does not answer', age(scene, scene.link.since), engineAway(scene.link.why)),
			width,
			height - 1,
		),
	];
}

/** Nothing of the appliance but its header, and how to see more. */
const lockedLines = (width: number): Line[] => [
	blank,
	line(strong('This console is locked.')),
	blank,
	...wrapText(
		'Press Enter and type the console password. Whoever has root over SSH may change it: sudo alga-appliance console',
		width,
	).map(row => line(row)),
];

function dialogLines(scene: Scene, width: number, height: number): Line[] {
	const {dialog} = scene.ui;
	if (dialog === undefined) return [];
	const room = Math.min(width, 84);
	const {ask} = dialog;
	const parts = dialog.text.map(text => ({label: '', rank: 2, text: [text]}));
	const asked = {
		yes: 'Press y to go on, Escape to leave it.',
		phrase: ask.is === 'phrase' ? `Type  ${ask.phrase}  and press Enter. Escape leaves it.` : '',
		time: 'Type the time and press Enter. It is the time of this machine. Escape leaves it.',
		secret: 'Type it and press Enter. It is not shown and never written to disk.',
	}[ask.is];
	const box = card(
		scene,
		{title: dialog.title, tag: '', mark: dialog.mark, parts: [...parts, {label: '', rank: 1, text: [asked]}]},
		room,
		Math.max(4, height - 4),
	);
	const wrong =
		dialog.wrong === undefined
			? []
			: wrapText(dialog.wrong, room - 3).map((row, index) =>
					line(' ', index === 0 ? sign(scene, 'attention') : ' ', ' ', span(row, 'attention')),
				);
	if (ask.is === 'yes') return [blank, ...box, ...wrong];
	const typed = [...dialog.typed].map(character => (ask.is === 'secret' ? scene.glyphs.mask : character));
	const at = ask.is === 'time' ? timeOf(dialog.typed, scene.now) : undefined;
	return [
		blank,
		...box,
		blank,
		line(
			' ',
			strong(ask.is === 'secret' ? `${ask.label} ` : '> '),
			...inputLine(typed, undefined, Math.min(44, room - 14), scene.glyphs.ellipsis),
		),
		...(at === undefined ? [] : [line(`   ${dayWords(at)}, in ${durationWords(at - scene.now)}`)]),
		...wrong,
	];
}

/** One row: what the last action came to, else what is most wrong. */
export function message(scene: Scene): Line {
	const {ui, view, link, columns} = scene;
	const say = (...parts: readonly (string | Span)[]) =>
		clipLine(line(' ', ...parts), columns - 1, scene.glyphs.ellipsis);
	if (ui.busy !== undefined) return say(sign(scene, 'working'), ` ${ui.busy} ...`);
	// The answer to the last key comes first: the header says all the time that the engine is lost.
	if (link.state === 'lost' && view !== undefined && ui.message?.lasts !== 'until-a-key')
		return say(sign(scene, 'failed'), ' ', lostWords(scene, link.since));
	if (ui.message !== undefined) return say(sign(scene, ui.message.mark), ' ', shortDigests(ui.message.text));
	const top = view?.blockers[0];
	if (top !== undefined)
		return say(
			sign(scene, top.loginBlocking ? 'failed' : 'attention'),
			' ',
			clipNames(`${top.phaseTitle}: ${top.title}`, columns - 4, scene.glyphs.ellipsis),
		);
	return view === undefined ? blank : say(view.rollup.message);
}

/** As much as the row holds. */
function lostWords(scene: Scene, since: number): string {
	const from = age(scene, since);
	const said = [
		`The engine does not answer; what is shown is from ${from} ago. It is started again by itself.`,
		`The engine does not answer; what is shown is from ${from} ago. It restarts.`,
		`The engine does not answer; what is shown is from ${from} ago.`,
	];
	return said.find(text => text.length + 4 <= scene.columns) ?? `The engine does not answer; shown: ${from} ago.`;
}

/** The keys that work now, as many as there is room for; the help has them all. */
export function footer(scene: Scene): Line {
	const {ui, columns} = scene;
	const items: readonly (readonly [string, string])[] =
		ui.dialog !== undefined
			? dialogKeys(ui.dialog, scene.now)
			: ui.log.typing !== undefined && shownScreen(scene) === 'logs'
				? [
						['Enter', 'filter'],
						['Esc', 'leave it'],
					]
				: activeKeys(scene)
						.filter(({footer: shown}) => shown === undefined)
						.map(binding => [keyCaption(binding), binding.label]);
	const rowOf = (gap: string, most: readonly (readonly [string, string])[]) =>
		line(' ', ...most.flatMap(([key, label], index) => [index === 0 ? '' : gap, span(key, 'key'), ` ${label}`]));
	const wide = rowOf('  ', items);
	if (widthOf(wide) < columns) return wide;
	const kept = [...items];
	// What has no room stands in the help, so the help itself is never dropped, nor the way out where there is one.
	const leaves = (at: number) => !['F1', 'Ctrl-]'].includes(kept[at]?.[0] ?? '');
	while (widthOf(rowOf('  ', kept)) >= columns) {
		const at = kept.findLastIndex((_, index) => leaves(index));
		if (at < 0) break;
		kept.splice(at, 1);
	}
	const close = rowOf(' ', items);
	return widthOf(close) < columns && items.length - kept.length <= 2 ? close : rowOf('  ', kept);
}

/** Too small for a layout: the words that matter most, in order, as many as there are rows. */
function minimal(scene: Scene): Line[] {
	const {view, link, columns} = scene;
	if (view === undefined) return [line(link.state === 'lost' ? 'Engine away' : 'Connecting'), line('Alga Appliance')];
	const {identity, access, operation, blockers} = view;
	const wrapped = (text: string) => wrapText(text, columns).map(row => line(row));
	const step = operation?.state === 'running' ? operation.steps.find(({state}) => state === 'running') : undefined;
	return [
		line(sign(scene, view.rollup.mark), ' ', strong(view.rollup.word)),
		...(link.state === 'lost' ? [line(span('LOST the engine', 'failed'))] : []),
		line(identity.loginReady ? identity.loginUrl : identity.statusUrl || 'no address yet'),
		...(access.setupToken === undefined ? [] : [line('token ', strong(access.setupToken))]),
		...(operation && step ? wrapped(`${operation.title}: ${step.title}`) : []),
		line(identity.address),
		...(blockers[0] === undefined ? [] : wrapped(`${blockers[0].title}: ${blockers[0].next}`)),
		...wrapped('Make this window 60x16 or larger for all screens.'),
	];
}
