import {stopwatch} from '../../../../shared/format.ts';
import type {Row} from '../../../../shared/view/view.ts';
import {html} from '../html.ts';
import {age, button, command, judged, section, sign} from '../parts.ts';
import type {Scene, Screen} from '../scene.ts';
import {NetworkForm} from './network-form.ts';

/** Interfaces, name servers and routes as they are now; a change that waits to be kept stands above everything. */
export const network: Screen = scene => {
	const {interfaces, resolvers, routes, tried, pending} = scene.view.network;
	const block = (title: string, rows: readonly Row[], none: string) =>
		section(
			title,
			rows.length === 0
				? html`<p>${none}</p>`
				: html`<ul class="rows">${rows.map(({label, mark, text, at}) => html`<li>${sign(mark)} <b>${label}</b> <span>${text}</span> <span class="quiet">${age(scene, at)}</span></li>`)}</ul>`,
		);
	return html`${pending && countdown(scene, pending)}
		${block('Interfaces', interfaces, 'none with a cable or an address')}
		${block('Name servers', resolvers, 'none: names cannot be looked up')}
		${block('Routes', routes, 'none: nothing outside this network can be reached')}
		${tried && html`<p>Tried: ${judged(tried.mark, tried.text)} <span class="quiet">${age(scene, tried.at)}</span></p>`}
		${!pending && html`<${NetworkForm} scene=${scene} />`}
		${command('alga-appliance network --help')}`;
};

const countdown = (scene: Scene, {id, until, text}: NonNullable<Scene['view']['network']['pending']>) =>
	html`<article class="card attention">
		<header><h2>${sign('attention')} The new settings are in use and wait to be kept.</h2></header>
		<p>${text}</p>
		<p>Not kept, everything returns by itself in <strong>${stopwatch(Math.max(0, until - scene.now))}</strong>.</p>
		<footer>
			${button('Keep', () => scene.act({id}, 'keep', 'Keep'), {kind: 'main'})}
			${button('Go back now', () => scene.act({id}, 'revert', 'Go back'))}
		</footer>
	</article>`;
