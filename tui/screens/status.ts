import {fields} from '../../shared/setup/fields.ts';
import {plannedWords} from '../../shared/view/update.ts';
import type {View} from '../../shared/view/view.ts';
import {clockWords} from '../../shared/view/words.ts';
import {blockerCard, blockerMark, stoppedCard} from '../components/blocker.ts';
import {card} from '../components/card.ts';
import {beside, blank, cells, clipLine, fitLine, type Line, line, span, strong, wrapText} from '../lines.ts';
import {clipNames} from '../names.ts';
import {age, heading, indent, isWide, judged, type Room, rule, type Screen, type Seen, sign, toneOf} from '../scene.ts';
import {selectedRow} from '../selection.ts';
import {textWidth} from '../terminal/width.ts';

/** Home: can people log in, and if not, what is wrong and what to do. Before setup: how to begin. */
export const status: Screen = (scene, room) => {
	const {view} = scene;
	if (view.setup.state === 'waiting' && view.operation === null) return {lines: firstBoot(scene, room)};
	if (!isWide(scene)) return {lines: withRecent(scene, health(scene, room), room)};
	const side = Math.min(64, Math.floor(room.width * 0.4));
	const left = {width: room.width - side - 3, height: room.height};
	const upper = health(scene, left);
	const right = [...machine(scene, side), blank, ...parts(scene, side, room.height - view.machine.length - 8)];
	const bar = [span(` ${scene.glyphs.box.left} `, 'frame')];
	const lines = beside(upper, left.width, right, bar, scene.glyphs.ellipsis).slice(0, room.height);
	const below = room.height - lines.length - 1;
	return {lines: below < 3 ? lines : [...lines, rule(scene, room.width), ...recent(scene, room.width, below)]};
};

/** What the application is made of, where there is room to say it at home. */
function parts(scene: Seen, width: number, most: number): Line[] {
	const {components} = scene.view;
	if (components.length === 0 || most < 3) return [];
	const names = Math.min(28, Math.max(...components.map(({title}) => textWidth(title))));
	return [
		heading('Parts'),
		...components.slice(0, most - 1).map(part =>
			cells(
				[
					[line('  ', sign(scene, part.mark), ' ', part.title), names + 4],
					[part.reason || part.word, Math.max(4, width - names - 6)],
				],
				scene.glyphs.ellipsis,
			),
		),
	];
}

/** Tiers and cards; what keeps people out stands above the tiers, what does not below. */
function health(scene: Seen, room: Room): Line[] {
	const {view} = scene;
	const rows = tiers(scene, room.width);
	const selected = selectedRow(scene, 'status');
	const stopped = view.operation?.state === 'failed' || view.operation?.state === 'interrupted';
	const left = room.height - rows.length - 1;
	const blocking = view.blockers[selected]?.loginBlocking === true || (stopped && view.blockers.length === 0);
	const cards = cardsOf(scene, selected, room.width, left);
	if (cards.length === 0) return [...rows, ...allWell(scene, room.width)];
	return blocking ? [...cards, blank, ...rows] : [...rows, blank, ...cards];
}

/** The selected blocker in full, the others as one row each. */
function cardsOf(scene: Seen, selected: number, width: number, height: number): Line[] {
	const {view} = scene;
	const blocker = view.blockers[selected];
	if (blocker === undefined) {
		const stopped = view.operation && view.operation.state !== 'succeeded' ? stoppedCard(view.operation) : undefined;
		return stopped === undefined ? [] : card(scene, stopped, width, height);
	}
	const others = view.blockers.filter(other => other !== blocker);
	const rows = others.slice(0, Math.max(0, Math.min(others.length, 4, height - 9)));
	const full = card(scene, blockerCard(scene, blocker), width, height - rows.length - (rows.length > 0 ? 1 : 0));
	const rest = others.length - rows.length;
	const more = rows.map((other, index) => {
		const tail = index === rows.length - 1 && rest > 0 ? `  and ${rest} more` : '';
		const where = `   ${other.component}${tail}`;
		const title = clipNames(other.title, width - 3 - textWidth(where), scene.glyphs.ellipsis);
		return line(sign(scene, blockerMark(other)), ' ', strong(title), where);
	});
	return [...full, ...more.map(row => clipLine(line(' ', ...row), width, scene.glyphs.ellipsis))];
}

export function tiers(scene: Seen, width: number): Line[] {
	const rows = scene.view.tiers;
	const titles = Math.min(20, Math.max(...rows.map(({title}) => textWidth(title))));
	const words = Math.min(24, Math.max(...rows.map(({word}) => textWidth(word)))) + 2;
	const ages = Math.max(...rows.map(({since}) => textWidth(age(scene, since))));
	const reasons = Math.max(0, width - titles - words - ages - (ages > 0 ? 6 : 4));
	const {planned} = scene.view.updates;
	const told = rows.map(tier =>
		cells(
			[
				[line(strong(tier.title)), titles],
				[judged(scene, tier.mark, tier.word), words],
				[age(scene, tier.since).padStart(ages), ages],
				[clipNames(tier.reason, reasons, scene.glyphs.ellipsis), reasons],
			],
			scene.glyphs.ellipsis,
		),
	);
	const update = planned && line(strong('Update'), `  planned: ${plannedWords(planned)}`);
	return update === undefined ? told : [...told, clipLine(update, width, scene.glyphs.ellipsis)];
}

function allWell(scene: Seen, width: number): Line[] {
	const {rollup} = scene.view;
	return [
		blank,
		...indent(wrapText(rollup.message, width - 2), 0),
		...indent(wrapText(rollup.nextAction, width - 2), 0),
	];
}

/** What happened last, in the room that is left. */
function withRecent(scene: Seen, rows: Line[], room: Room): Line[] {
	const left = room.height - rows.length - 1;
	return left < 3 || scene.view.activity.length === 0 ? rows : [...rows, blank, ...recent(scene, room.width, left)];
}

function recent(scene: Seen, width: number, height: number): Line[] {
	if (height < 2) return [];
	return [heading('Recent'), ...activityRows(scene, width, height - 1)];
}

/** The newest activity, oldest first. */
export function activityRows(scene: Seen, width: number, height: number): Line[] {
	const shown = height <= 0 ? [] : scene.view.activity.slice(-height);
	const sources = Math.min(Math.floor(width / 4), Math.max(0, ...shown.map(({source}) => textWidth(source))));
	return shown.map(({at, mark, source, text}) =>
		clipLine(
			line(
				clockWords(at),
				' ',
				sign(scene, mark),
				' ',
				...fitLine([span(source, 'frame')], sources, scene.glyphs.ellipsis),
				'  ',
				clipNames(text, width - sources - 13, scene.glyphs.ellipsis),
			),
			width,
			scene.glyphs.ellipsis,
		),
	);
}

export function machine(scene: Seen, width: number): Line[] {
	return [
		heading('This machine'),
		...scene.view.machine.map(({label, mark, text}) =>
			clipLine(
				line(
					'  ',
					sign(scene, mark),
					' ',
					...fitLine(line(label), 12, scene.glyphs.ellipsis),
					' ',
					span(text, mark === 'good' ? 'plain' : toneOf(mark)),
				),
				width,
				scene.glyphs.ellipsis,
			),
		),
	];
}

function firstBoot(scene: Seen, {width, height}: Room): Line[] {
	const {view} = scene;
	const rows = [
		blank,
		line('Ubuntu is installed. ', strong('Alga PSA is not: it waits for your answers.')),
		blank,
		...machine(scene, width),
		blank,
		heading('What will happen'),
		line('  1  you answer ', questions(view), ', here or in a browser'),
		line('  2  checks run; nothing is changed until they pass'),
		line('  3  the installation takes 25 to 40 minutes; watch it or walk away'),
	];
	const foot = [
		line(
			span('Logs ', 'frame'),
			'journalctl -u alga-appliance',
			span('    Command line ', 'frame'),
			'alga-appliance setup',
		),
	];
	const gap = height - rows.length - foot.length;
	// The blank rows go first where the screen is low.
	if (gap < 1) return [...rows.slice(1, height - 1), ...foot];
	return [...rows, ...Array.from({length: gap > 3 ? 2 : gap}, () => blank), ...foot];
}

function questions(view: View): string {
	const asked = fields.filter(field => field.advanced === undefined && field.onlyWhen === undefined);
	const good = asked.filter(
		field => field.initial !== '' || field.schema.safeParse('').success || (view.setup.draft[field.name] ?? '') !== '',
	);
	return `${asked.length} questions (${good.length} have good defaults)`;
}
