import type {VNode} from 'preact';
import {useState} from 'preact/hooks';
import {bytes, stopwatch} from '../../../../shared/format.ts';
import type {OperationView, StepView} from '../../../../shared/view/view.ts';
import {usualWords} from '../../../../shared/view/words.ts';
import {operationButtons, stoppedCard} from '../cards.ts';
import {fields} from '../form.ts';
import {html} from '../html.ts';
import {card, judged, sign} from '../parts.ts';
import type {Scene, Screen} from '../scene.ts';
import {recent} from './status.ts';

/** The operation that runs or ran last: its steps, the truth of the moment, and what happens. */
export const progress: Screen = scene => {
	const {operation} = scene.view;
	if (operation === null)
		return html`<p class="lead">Nothing is running and nothing has been started since the machine came up.</p>`;
	return html`<h2>${operation.title} ${judged(operation.mark, operation.word)}</h2>
		<div class="columns halves">
			<ol class="steps">${operation.steps.map(step => stepRow(scene, step, operation))}</ol>
			<div>${moment(scene, operation)}<p class="buttons">${operationButtons(scene, operation)}<a class="button" href="#logs">Logs</a></p></div>
		</div>
		${recent(scene, 8)}`;
};

function stepRow({now}: Scene, step: StepView, {state}: OperationView) {
	const took =
		step.since === undefined || step.state === 'waiting'
			? ''
			: step.already
				? 'already'
				: stopwatch((step.until ?? now) - step.since);
	// What runs is told at the side, larger.
	const detail = state === 'running' && step.state === 'running' ? undefined : step.detail;
	return html`<li class=${step.state} aria-current=${step.state === 'running' ? 'step' : undefined}>
		${sign(step.mark)} <span>${step.title}<span class="unseen">: ${step.state}</span>${detail && html`<small>${detail}</small>`}</span> <time>${took}</time>
	</li>`;
}

function moment(scene: Scene, operation: OperationView) {
	const stopped =
		operation.state === 'failed' || operation.state === 'interrupted' ? stoppedCard(scene, operation) : undefined;
	if (stopped) return card({...stopped, actions: undefined});
	if (operation.state === 'needs-input') return html`<${Secrets} scene=${scene} operation=${operation} />`;
	const running = operation.steps.find(({state}) => state === 'running');
	if (operation.state !== 'running' || running === undefined) {
		const took = operation.endedAt === undefined ? '' : ` after ${stopwatch(operation.endedAt - operation.startedAt)}`;
		return html`<p>${judged(operation.mark, `${operation.word}${took}`)}</p>`;
	}
	const spent = running.since === undefined ? 0 : scene.now - running.since;
	const busy = scene.view.components.filter(({mark}) => mark !== 'good' && mark !== 'unknown' && mark !== 'waiting');
	const ready = scene.view.components.filter(({mark}) => mark === 'good');
	return html`<h3>${running.title}</h3>
		<p>${running.detail}</p>
		${transfer(scene, running)}
		<p>${running.attempt > 1 && `try number ${running.attempt}, `}<span class="quiet">usually</span> ${usualWords(running.usualMs)} <span class="quiet">so far</span> ${stopwatch(spent)} ${spent > running.usualMs[1] && html`<span class="attention">longer than usual</span>`}</p>
		<ul class="rows">${[...busy, ...ready].map(part => html`<li>${sign(part.mark)} <b>${part.name}</b> <span>${part.reason || part.word}</span></li>`)}</ul>`;
}

/** Bytes, not a spinner. */
function transfer({now}: Scene, {bytes: moved, since}: StepView) {
	if (moved === undefined) return undefined;
	const {done, total} = moved;
	if (total === undefined) return html`<p>${bytes(done)} so far</p>`;
	const pace = since === undefined || now <= since ? 0 : (done * 1000) / (now - since);
	return html`<p><progress max=${total} value=${done} aria-label="downloaded"></progress> ${bytes(done)} of ${bytes(total)}${pace > 0 && `, ${bytes(pace)}/s on average`}</p>`;
}

/** Secrets that were lost with a restart, asked for again. */
function Secrets({scene, operation}: {readonly scene: Scene; readonly operation: OperationView}): VNode {
	const [typed, setTyped] = useState<Readonly<Record<string, string>>>({});
	const submit = (event: Event) => {
		event.preventDefault();
		scene.act(operation, 'give-secret', 'Password', typed);
	};
	const labelOf = (name: string) => fields.find(field => field.name === name)?.label ?? name;
	return html`<form onSubmit=${submit}>
		<p>${judged(operation.mark, operation.word)}</p>
		<p>The password was held in memory only and is gone with a restart. Type the one that was chosen, or a new one; the installation goes on where it stopped.</p>
		${operation.needs.map(
			name => html`<label for=${`need-${name}`}>${labelOf(name)}</label>
				<input id=${`need-${name}`} type="password" autocomplete="new-password" value=${typed[name] ?? ''} onInput=${(
					event: InputEvent,
				) => {
					if (event.target instanceof HTMLInputElement) setTyped({...typed, [name]: event.target.value});
				}} />`,
		)}
		<p class="buttons"><button class="main" disabled=${scene.busy || operation.needs.some(name => (typed[name] ?? '') === '')}>Go on</button></p>
	</form>`;
}
