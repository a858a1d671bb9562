import {stopwatch} from '../../shared/format.ts';
import type {Row} from '../../shared/view/view.ts';
import {blank, cells, type Line, line, span, strong, wrapText} from '../lines.ts';
import {age, heading, judged, type Room, type Screen, type Seen, scrolled, sign, toneOf} from '../scene.ts';
import {networkForm} from './network-form.ts';

/** Interfaces, name servers and routes as they are now; a change that waits to be kept stands above everything. */
export const network: Screen = (scene, room) => {
	if (scene.ui.network.state === 'open') return networkForm(scene, room);
	const {interfaces, resolvers, routes, tried, pending} = scene.view.network;
	const rows: Line[] = pending === undefined ? [] : countdown(scene, pending, room);
	const ages = Math.max(0, ...[...interfaces, ...resolvers, ...routes].map(({at}) => age(scene, at).length));
	const block = (title: string, entries: readonly Row[], none: string) => {
		rows.push(heading(title));
		if (entries.length === 0) rows.push(line('  ', none));
		for (const entry of entries) rows.push(rowLine(scene, entry, room.width, ages));
		rows.push(blank);
	};
	block('Interfaces', interfaces, 'none with a cable or an address');
	block('Name servers', resolvers, 'none: names cannot be looked up');
	block('Routes', routes, 'none: nothing outside this network can be reached');
	if (tried !== undefined)
		rows.push(line('Tried  ', ...judged(scene, tried.mark, tried.text), `   ${age(scene, tried.at)} ago`), blank);
	if (pending === undefined && scene.view.operation?.state !== 'running')
		rows.push(line(strong('e'), ' changes them. ', span('Also: alga-appliance network --help', 'frame')));
	return scrolled(scene, rows, room.height);
};

function rowLine(scene: Seen, {label, mark, text, at}: Row, width: number, ages: number): Line {
	return cells(
		[
			[line('  ', sign(scene, mark), ' ', label), 20],
			[line(span(text, mark === 'good' ? 'plain' : toneOf(mark))), Math.max(4, width - ages - 24)],
			[age(scene, at).padStart(ages), ages],
		],
		scene.glyphs.ellipsis,
	);
}

function countdown(scene: Seen, pending: {until: number; text: string}, {width}: Room): Line[] {
	return [
		line(sign(scene, 'attention'), ' ', strong('The new settings are in use and wait to be kept.')),
		...wrapText(pending.text, width - 2).map(row => line('  ', row)),
		line(
			'  ',
			strong('k'),
			' keeps them. Otherwise they are undone in ',
			strong(stopwatch(Math.max(0, pending.until - scene.now))),
			'; ',
			strong('r'),
			' undoes them now.',
		),
		line('  alga-appliance network keep | revert'),
		blank,
	];
}
