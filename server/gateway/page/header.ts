import {stopwatch} from '../../../shared/format.ts';
import type {Link} from '../../../shared/view/store.ts';
import type {Mark, View} from '../../../shared/view/view.ts';
import {clockWords, durationWords} from '../../../shared/view/words.ts';
import {html} from './html.ts';
import {judged} from './parts.ts';
import {currentStep} from './scene.ts';

const heartbeat = 15_000;

type Head = {readonly view: View | undefined; readonly link: Link; readonly now: number; readonly product: string};

/** Rows 1-3 of the console, in the same words and order: what is this, is it working, where do I go, who am I. */
export function header({view, link, now, product}: Head) {
	const beat = pulse(link, now);
	const state = view ? rollup(view, now) : waiting(link);
	return html`<header class="top">
		<div class="row">
			<h1>${view ? `${view.identity.product} ${view.identity.version}` : product} ${view && html`<span>${view.identity.hostname}</span>`}</h1>
			<p class="state">${judged(state.mark, state.word.toUpperCase())}</p>
			<p class=${`pulse ${beat.mark}`}>${beat.word} <time>${clockWords(now)}</time></p>
		</div>
		${view && html`<div class="row">${whereTo(view)}</div>`}
		${view && html`<div class="row quiet">${whoAmI(view, now)}</div>`}
	</header>`;
}

/** The word for the connection: live, an age, STALE, or lost. */
function pulse(link: Link, now: number): {readonly word: string; readonly mark: Mark} {
	if (link.state === 'connecting') return {word: 'connecting', mark: 'working'};
	if (link.state === 'lost') return {word: `LOST ${durationWords(now - link.since)}`, mark: 'failed'};
	const quiet = now - link.lastAt;
	if (quiet > 3 * heartbeat) return {word: `STALE ${durationWords(quiet)}`, mark: 'attention'};
	return {word: quiet > heartbeat + 3000 ? durationWords(quiet) : 'live', mark: 'good'};
}

function rollup(
	{network: {pending}, rollup: {mark, word}}: View,
	now: number,
): {readonly mark: Mark; readonly word: string} {
	if (pending === undefined) return {mark, word};
	return {mark: 'attention', word: `Keep the new address? ${stopwatch(Math.max(0, pending.until - now))}`};
}

const waiting = (link: Link): {readonly mark: Mark; readonly word: string} =>
	link.state === 'lost' ? {mark: 'failed', word: 'Engine away'} : {mark: 'working', word: 'Starting'};

/** Where people go: the login page once it answers, the set-up page until then. */
function whereTo({identity, setup}: View) {
	if (setup.state === 'waiting') return html`<p>Set up here: <a href="#setup">Setup</a> or press F2 on the console</p>`;
	const login = html`<span class=${identity.loginReady ? 'good' : 'attention'}>${identity.login}</span>`;
	if (!identity.loginReady)
		return html`<p>${identity.statusUrl || 'no address yet'} <span class="quiet">Login</span> ${login}</p>`;
	return html`<p>Login <a href=${identity.loginUrl} target="_blank" rel="noopener noreferrer">${identity.loginUrl}</a> ${login}</p>
		<p class="quiet">page ${identity.statusUrl.replace(/^http:\/\//, '')}</p>`;
}

function whoAmI(view: View, now: number) {
	const {address, resolvers} = view.identity;
	return html`<p>${address} <span>dns ${resolvers}</span></p><p>${errand(view, now)}</p>`;
}

function errand({operation, updates: {current}}: View, now: number): string {
	const isOpen = operation !== null && operation.state !== 'succeeded' && operation.state !== 'cancelled';
	if (isOpen && operation.kind !== 'preflight') {
		const verb = operation.state === 'running' ? 'step' : 'stopped at step';
		const took = operation.state === 'running' ? ` ${stopwatch(now - operation.startedAt)}` : '';
		return `${operation.title} ${verb} ${currentStep(operation) + 1} of ${operation.steps.length}${took}`;
	}
	return current === undefined ? '' : `release ${current.version} ${current.channel}`;
}
