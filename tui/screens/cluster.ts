import {clockWords, screenTitle} from '../../shared/view/words.ts';
import {position, table} from '../components/list.ts';
import {tabBar} from '../components/tabs.ts';
import {blank, type Line, line, span, strong, wrapText} from '../lines.ts';
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
				lines: [...head, blank, line('Nothing is known yet: Kubernetes is not there or has not answered.')],
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
				{title: 'Part', width: 24, cell: part => part.title},
				{title: 'Tier', width: 10, cell: part => part.tier},
				{title: 'State', width: 14, cell: part => judged(scene, part.mark, part.word)},
				{title: 'Since', width: 8, cell: part => age(scene, part.since)},
				{title: 'Reason', width: Math.max(8, width - 66), cell: part => part.reason},
			],
			scene.view.components,
			selected,
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
				{title: 'Pod', width: Math.max(18, Math.floor(width * 0.36)), cell: pod => pod.name},
				{title: 'State', width: 18, cell: pod => judged(scene, pod.mark, pod.word)},
				{title: 'Ready', width: 5, cell: pod => pod.ready},
				{title: 'Starts', width: 6, cell: pod => String(pod.restarts)},
				{title: 'Age', width: 8, cell: pod => age(scene, pod.since)},
				{
					title: 'Image',
					width: Math.max(0, width - Math.max(18, Math.floor(width * 0.36)) - 51),
					cell: pod => pod.image,
				},
			],
			scene.view.workloads.pods,
			selected,
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
				{title: 'Time', width: 10, cell: event => line(clockWords(event.at), ' ', sign(scene, event.mark))},
				{title: 'About', width: Math.max(16, Math.floor(width * 0.28)), cell: event => event.about},
				{
					title: 'What happened',
					width: Math.max(8, width - Math.max(16, Math.floor(width * 0.28)) - 16),
					cell: event => event.text,
				},
			],
			scene.view.workloads.events,
			selected,
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
				{
					title: 'Object',
					width: Math.max(24, Math.floor(width * 0.4)),
					cell: object => `${'  '.repeat(object.depth)}${object.kind}/${object.name}`,
				},
				{title: 'State', width: 14, cell: object => judged(scene, object.mark, object.word)},
				{title: 'Revision', width: 14, cell: object => object.revision},
				{
					title: 'Reason',
					width: Math.max(0, width - Math.max(24, Math.floor(width * 0.4)) - 36),
					cell: object => object.reason,
				},
			],
			scene.view.workloads.flux,
			selected,
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
