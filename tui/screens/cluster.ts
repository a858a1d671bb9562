import {clockWords, nothingListed, screenTitle} from '../../shared/view/words.ts';
import {position, table} from '../components/list.ts';
import {tabBar} from '../components/tabs.ts';
import {blank, type Line, line, span, strong, wrapText} from '../lines.ts';
import {clipMiddle, clipNames, shortDigests} from '../names.ts';
import {age, judged, rule, type Screen, type Seen, sign} from '../scene.ts';
import {selectedRow} from '../selection.ts';

const order = ['components', 'workloads', 'events', 'flux'] as const;
type ListName = (typeof order)[number];

/** One of the four lists of what runs in Kubernetes, with its tab bar; an opened row fills the body. */
function listScreen(
	name: ListName,
	rows: (scene: Seen, selected: number, width: number, height: number) => Line[],
	details: (scene: Seen, selected: number) => readonly (readonly [string, string])[],
	count: (scene: Seen) => number,
): Screen {
	return (scene, {width, height}) => {
		const selected = selectedRow(scene, name);
		const head = [
			tabBar(
				scene,
				order.map(tab => screenTitle[tab]),
				order.indexOf(name),
				width,
			),
			rule(scene, width),
		];
		const length = count(scene);
		const {cut} = scene.view.workloads;
		const note = [name === 'components' ? '' : cut, position(selected, length)].filter(Boolean).join('   ');
		if (length === 0)
			return {
				lines: [...head, blank, line(nothingListed(scene.view.components))],
				note,
			};
		if (scene.ui.detail === 'open')
			return {lines: [...head, blank, ...factRows(details(scene, selected), width)], note};
		return {lines: [...head, ...rows(scene, selected, width, height - head.length)], note};
	};
}

function factRows(facts: readonly (readonly [string, string])[], width: number): Line[] {
	return facts
		.filter(([, text]) => text !== '')
		.flatMap(([label, text], index) =>
			wrapText(text, width - 14).map((row, at) =>
				line(span((at === 0 ? label : '').padEnd(14), 'frame'), index === 0 ? strong(row) : row),
			),
		);
}

export const components = listScreen(
	'components',
	(scene, selected, width, height) =>
		table(
			scene,
			[
				{title: 'Part', cell: part => part.title},
				{title: 'State', cell: part => judged(scene, part.mark, part.word)},
				{title: 'Since', cell: part => age(scene, part.since)},
				{title: 'Tier', cell: part => part.tier, room: 'spare'},
				{title: 'Reason', cell: part => shortDigests(part.reason), room: 'rest', cut: clipNames},
			],
			scene.view.components,
			selected,
			width,
			height,
		),
	(scene, selected) => {
		const part = scene.view.components[selected];
		if (part === undefined) return [];
		return [
			['Part', part.title],
			['Name', part.name],
			['Tier', part.tier],
			['State', part.word],
			['Reason', part.reason],
			['Since', part.since === undefined ? '' : `${age(scene, part.since)}, ${clockWords(part.since)}`],
			['Image', part.image ?? ''],
		];
	},
	({view}) => view.components.length,
);

export const workloads = listScreen(
	'workloads',
	(scene, selected, width, height) =>
		table(
			scene,
			[
				{title: 'Pod', cell: pod => pod.name, cut: clipMiddle},
				{title: 'State', cell: pod => judged(scene, pod.mark, pod.word)},
				{title: 'Ready', cell: pod => pod.ready},
				{title: 'Restarts', cell: pod => String(pod.restarts)},
				{title: 'Age', cell: pod => age(scene, pod.since)},
				{title: 'Node', cell: pod => pod.node, room: 'spare'},
				{title: 'Image', cell: pod => shortDigests(pod.image), room: 'spare', cut: clipMiddle},
			],
			scene.view.workloads.pods,
			selected,
			width,
			height,
		),
	(scene, selected) => {
		const pod = scene.view.workloads.pods[selected];
		if (pod === undefined) return [];
		return [
			['Pod', pod.name],
			['Namespace', pod.namespace],
			['State', pod.word],
			['Ready', pod.ready],
			['Restarts', String(pod.restarts)],
			['Age', age(scene, pod.since)],
			['Node', pod.node],
			['Image', pod.image],
		];
	},
	({view}) => view.workloads.pods.length,
);

export const events = listScreen(
	'events',
	(scene, selected, width, height) =>
		table(
			scene,
			[
				{title: 'Time', cell: event => line(clockWords(event.at), ' ', sign(scene, event.mark))},
				{title: 'About', cell: event => event.about, cut: clipMiddle},
				{title: 'What happened', cell: event => shortDigests(event.text), room: 'rest', cut: clipNames},
			],
			scene.view.workloads.events,
			selected,
			width,
			height,
		),
	(scene, selected) => {
		const event = scene.view.workloads.events[selected];
		if (event === undefined) return [];
		return [
			['About', event.about],
			['What happened', event.text],
			['When', `${clockWords(event.at)}, ${age(scene, event.at)} ago`],
		];
	},
	({view}) => view.workloads.events.length,
);

export const flux = listScreen(
	'flux',
	(scene, selected, width, height) =>
		table(
			scene,
			[
				{title: 'Object', cell: object => `${'  '.repeat(object.depth)}${object.kind}/${object.name}`},
				{title: 'State', cell: object => judged(scene, object.mark, object.word)},
				{title: 'Revision', cell: object => object.revision},
				{title: 'Reason', cell: object => shortDigests(object.reason), room: 'rest', cut: clipNames},
			],
			scene.view.workloads.flux,
			selected,
			width,
			height,
		),
	({view}, selected) => {
		const object = view.workloads.flux[selected];
		if (object === undefined) return [];
		return [
			['Object', `${object.kind}/${object.name}`],
			['State', object.word],
			['Revision', object.revision],
			['Reason', object.reason],
		];
	},
	({view}) => view.workloads.flux.length,
);
