import {plannedWords} from '../../../../shared/view/update.ts';
import {clockWords} from '../../../../shared/view/words.ts';
import {blockerCard, stoppedCard} from '../cards.ts';
import {html} from '../html.ts';
import {age, card, command, judged, section, sign, table} from '../parts.ts';
import type {Scene, Screen} from '../scene.ts';
import {questionCount} from './setup.ts';

/** Home: can people log in, and if not, what is wrong and what to do. Before setup: how to begin. */
export const status: Screen = scene => {
	const {view} = scene;
	if (view.setup.state === 'waiting' && view.operation === null) return firstBoot(scene);
	const {blockers, operation} = view;
	const stopped =
		operation && operation.state !== 'succeeded' && blockers.length === 0 ? stoppedCard(scene, operation) : undefined;
	const keepsOut = blockers.some(({loginBlocking}) => loginBlocking) || stopped !== undefined;
	const cards = html`<div class="cards">${stopped && card(stopped)}${blockers.map(one => card(blockerCard(scene, one)))}</div>`;
	return html`<div class="columns">
		<div>
			<p class="lead">${view.rollup.message} ${view.rollup.nextAction}</p>
			${keepsOut && cards}
			${tiers(scene)}
			${view.updates.planned && html`<p><strong>Update</strong> planned: ${plannedWords(view.updates.planned)}</p>`}
			${!keepsOut && cards}
		</div>
		<div>${machine(scene)}${recent(scene, 12)}</div>
	</div>`;
};

const tiers = (scene: Scene) =>
	table(
		'Tiers',
		[
			{title: 'Tier', cell: tier => html`<strong>${tier.title}</strong>`},
			{title: 'State', cell: tier => judged(tier.mark, tier.word)},
			{title: 'Since', cell: tier => age(scene, tier.since)},
			{title: 'Reason', cell: tier => tier.reason, wide: true},
		],
		scene.view.tiers,
	);

const machine = ({view}: Scene) =>
	section(
		'This machine',
		html`<ul class="rows">${view.machine.map(({label, mark, text}) => html`<li>${sign(mark)} <b>${label}</b> <span class=${mark === 'good' ? '' : mark}>${text}</span></li>`)}</ul>`,
	);

/** The newest activity, newest last, as on the console. */
export const recent = ({view}: Scene, count: number) =>
	view.activity.length > 0 &&
	section(
		'Recent',
		html`<ol class="recent">${view.activity
			.slice(-count)
			.map(
				({at, mark, source, text}) =>
					html`<li><time>${clockWords(at)}</time> ${sign(mark)} <i>${source}</i> <span>${text}</span></li>`,
			)}</ol>`,
	);

const firstBoot = (scene: Scene) =>
	html`<div class="columns">
		<div>
			<p class="lead">Ubuntu is installed. <strong>Alga PSA is not: it waits for your answers.</strong></p>
			<a class="button main" href="#setup">Set up</a>
			${section(
				'What will happen',
				html`<ol class="plan">
					<li>you answer ${questionCount(scene)}, here or on the console</li>
					<li>checks run; nothing is changed until they pass</li>
					<li>the installation takes 25 to 40 minutes; watch it or walk away</li>
				</ol>`,
			)}
			${command('alga-appliance setup')}
		</div>
		<div>${machine(scene)}${recent(scene, 6)}</div>
	</div>`;
