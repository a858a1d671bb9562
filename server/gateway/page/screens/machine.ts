import {bytes, stopwatch} from '../../../../shared/format.ts';
import type {OperationView} from '../../../../shared/view/view.ts';
import {
	bundleBeside,
	bundleContents,
	bundleFetch,
	bundlePromise,
	dayWords,
	powerActions,
} from '../../../../shared/view/words.ts';
import {html} from '../html.ts';
import {button, command, facts, judged, section} from '../parts.ts';
import type {Scene, Screen} from '../scene.ts';
import {otherAddress} from '../sign-in.ts';

/** What goes to support, that nothing secret is in it, and how far it is. */
export const bundle: Screen = scene => {
	const {operation, bundling, bundles} = scene.view;
	const isRunning = bundling?.state === 'running';
	return html`<p class="lead">A support bundle is one file that tells support what this machine knows about itself.</p>
		${section('What is in it', facts(bundleContents), html`<p>${bundlePromise}</p>`)}
		<p class="buttons">${button('Make a bundle', () => scene.start('bundle', {}, 'Support bundle'), {kind: 'main', off: scene.busy || isRunning})}${bundling?.actions.includes('cancel') && button('Cancel', () => scene.act(bundling, 'cancel', 'Cancel'), {off: scene.busy})}</p>
		${operation?.state === 'running' && html`<p class="quiet">${bundleBeside(operation.title)}</p>`}
		${bundling && bundleState(scene, bundling)}
		${
			bundles.length > 0 &&
			section(
				'On this machine',
				html`<ul class="bundles">${bundles.map(one => html`<li><a class="button" href=${`/api/v1/bundles/${one.name}`} download=${one.name} aria-label=${`Download the bundle of ${dayWords(one.at)}`}>Download</a> <div><time>${dayWords(one.at)}</time>, ${bytes(one.sizeBytes)}<br /><code>${one.path}</code></div></li>`)}</ul>`,
				html`<h3>How to fetch it</h3>`,
				facts(bundleFetch),
			)
		}
		${command('alga-appliance bundle')}`;
};

function bundleState({now}: Scene, {mark, word, steps, startedAt, endedAt, problem}: OperationView) {
	const detail = steps.findLast(step => step.detail !== undefined)?.detail;
	return html`<p>${judged(mark, word)} ${stopwatch((endedAt ?? now) - startedAt)}</p>
		${detail && html`<p>${detail}</p>`}${problem && html`<p class="failed">${problem.what} ${problem.next}</p>`}`;
}

/** Restart and switch off, with a typed phrase, and never while something is being changed. */
export const power: Screen = scene => {
	const {operation, identity} = scene.view;
	const isRunning = operation?.state === 'running';
	return html`${isRunning && html`<p>${judged('attention', `Not now: ${operation.title} is running and must not be cut off.`)}</p>`}
		${powerActions.map(({action, title, phrase, effect}) =>
			section(
				title,
				html`<p>${effect}</p>`,
				button(
					title,
					() =>
						scene.ask({
							title: `${title}: ${identity.hostname}?`,
							text: [effect],
							yes: title,
							phrase,
							run: () => scene.start('power', {action, phrase}, title),
						}),
					{off: scene.busy || isRunning},
				),
			),
		)}
		${section('At the next start', html`<p>Everything comes back by itself in the same state; an installation that was under way goes on where it stopped.</p>`)}
		${command('alga-appliance power --help')}`;
};

/** This session, this page's addresses, and what the machine is called. */
export const settings: Screen = scene => {
	const {identity} = scene.view;
	return html`${section('This session', html`<p>You are signed in. The session ends after two hours without use, after a day, and when the password is reset on the console.</p>`, html`<p class="buttons">${button('Sign out', scene.signOut)}</p>`)}
		${section(
			'This page',
			otherAddress(scene.who.ports),
			facts([
				['Plain address', identity.statusUrl || 'no address yet'],
				['Secure address', identity.secureUrl || 'not made yet'],
				[
					'Fingerprint',
					identity.fingerprint &&
						html`<code>${identity.fingerprint}</code> <span class="quiet">SHA-256: compare it with the one your browser shows</span>`,
				],
			]),
		)}
		${section(
			'This machine',
			facts([
				['Name', identity.hostname],
				['Site id', identity.siteId],
				['Version', `${identity.product} ${identity.version}`],
			]),
		)}
		${section('Password and tokens', html`<p>They are managed on the console, where somebody has to stand before the machine.</p>`, command('alga-appliance access --help'))}`;
};
