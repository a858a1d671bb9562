import {clockWords, nothingListed, screenTitle} from '../../../../shared/view/words.ts';
import type {Children} from '../html.ts';
import {html} from '../html.ts';
import {age, judged, sign, table} from '../parts.ts';
import type {Scene, Screen} from '../scene.ts';

const tabs = ['components', 'workloads', 'events', 'flux'] as const;

/** One of the four lists of what runs in Kubernetes, with its tabs. */
const list =
	(name: (typeof tabs)[number], count: (scene: Scene) => number, rows: (scene: Scene) => Children): Screen =>
	scene =>
		html`<nav class="tabs" aria-label="Lists">${tabs.map(
			tab => html`<a href=${`#${tab}`} aria-current=${tab === name ? 'page' : undefined}>${screenTitle[tab]}</a>`,
		)}</nav>
		${count(scene) === 0 ? html`<p class="lead">${nothingListed(scene.view.components)}</p>` : rows(scene)}
		${name !== 'components' && html`<p class="quiet">${scene.view.workloads.cut}</p>`}`;

export const components = list(
	'components',
	({view}) => view.components.length,
	scene =>
		table(
			'Components',
			[
				{title: 'Part', cell: part => html`<strong>${part.title}</strong>`},
				{title: 'Tier', cell: part => part.tier},
				{title: 'State', cell: part => judged(part.mark, part.word)},
				{title: 'Since', cell: part => age(scene, part.since)},
				{
					title: 'Reason',
					cell: part => html`${part.reason}${part.image && html` <code>${part.image}</code>`}`,
					wide: true,
				},
			],
			scene.view.components,
		),
);

export const workloads = list(
	'workloads',
	({view}) => view.workloads.pods.length,
	scene =>
		table(
			'Workloads',
			[
				{title: 'Pod', cell: pod => html`<strong>${pod.name}</strong> <span class="quiet">${pod.namespace}</span>`},
				{title: 'State', cell: pod => judged(pod.mark, pod.word)},
				{title: 'Ready', cell: pod => pod.ready},
				{title: 'Restarts', cell: pod => pod.restarts},
				{title: 'Age', cell: pod => age(scene, pod.since)},
				{title: 'Node', cell: pod => pod.node},
				{title: 'Image', cell: pod => html`<code>${pod.image}</code>`, wide: true},
			],
			scene.view.workloads.pods,
		),
);

export const events = list(
	'events',
	({view}) => view.workloads.events.length,
	scene =>
		table(
			'Events',
			[
				{title: 'Time', cell: event => html`${clockWords(event.at)} ${sign(event.mark)}`},
				{title: 'About', cell: event => event.about},
				{title: 'What happened', cell: event => event.text, wide: true},
			],
			scene.view.workloads.events,
		),
);

export const flux = list(
	'flux',
	({view}) => view.workloads.flux.length,
	scene =>
		table(
			'Delivery',
			[
				{
					title: 'Object',
					cell: object =>
						html`<span class=${`deep d${Math.min(object.depth, 4)}`}>${object.kind}/${object.name}</span>`,
				},
				{title: 'State', cell: object => judged(object.mark, object.word)},
				{title: 'Revision', cell: object => html`<code>${object.revision}</code>`},
				{title: 'Reason', cell: object => object.reason, wide: true},
			],
			scene.view.workloads.flux,
		),
);
