import {blockerCard, stoppedCard} from '../cards.ts';
import {html} from '../html.ts';
import {card, command, judged} from '../parts.ts';
import type {Screen} from '../scene.ts';

/** Everything that is wrong, worst first, each as a card with its fix. */
export const diagnostics: Screen = scene => {
	const {blockers, operation} = scene.view;
	const stopped =
		operation && (operation.state === 'failed' || operation.state === 'interrupted')
			? stoppedCard(scene, operation)
			: undefined;
	if (blockers.length === 0 && stopped === undefined) {
		return html`<p class="lead">${judged('good', 'Nothing is known to be wrong.')}</p>
			<p>If something does not work all the same, a <a href="#bundle">support bundle</a> tells support what this machine knows, and the <a href="#logs">logs</a> show everything on it.</p>`;
	}
	return html`<div class="cards">${blockers.map(one => card(blockerCard(scene, one)))}${blockers.length === 0 && stopped && card(stopped)}</div>
		${command('alga-appliance status')}`;
};
