import type {CheckView} from '../../../../shared/view/view.ts';
import {checkWord} from '../../../../shared/view/words.ts';
import {operationButtons, problemCard} from '../cards.ts';
import {draftValues} from '../form.ts';
import {html} from '../html.ts';
import {button, card, judged, table} from '../parts.ts';
import type {Scene, Screen} from '../scene.ts';

const isAccepted = ({answers}: Scene, check: CheckView) => check.accepted || answers.accept.includes(check.id);

/** What was measured, what is needed, and what to do: before anything is changed. */
export const preflight: Screen = scene => {
	const {checks, operation} = scene.view;
	const run = () => scene.start('preflight', {values: draftValues(scene.answers, scene.view)}, 'Checks');
	const isRunning = operation?.state === 'running';
	const again = button(checks.length === 0 ? 'Run the checks' : 'Run again', run, {off: scene.busy || isRunning});
	if (checks.length === 0) {
		return html`<p class="lead">No check has run yet. They look at this machine and its network and change nothing.</p><p class="buttons">${again}</p>`;
	}
	const bad = checks.filter(({problem}) => problem !== undefined);
	const result = (check: CheckView) =>
		check.result === 'warns' && isAccepted(scene, check) ? 'accepted' : checkWord[check.result];
	return html`${table(
		'Checks',
		[
			{title: 'Check', cell: check => html`<strong>${check.title}</strong>`},
			{title: 'Found', cell: check => check.found, wide: true},
			{title: 'Needed', cell: check => check.needed},
			{title: 'Result', cell: check => judged(check.mark, result(check))},
		],
		checks,
	)}
		<p>${summary(checks)}</p>
		<div class="cards">${bad.map(check => checkCard(scene, check))}</div>
		<p class="buttons">${again}<a class="button" href="#setup">Change answers</a>${operation && operationButtons(scene, operation)}</p>`;
};

function checkCard(scene: Scene, check: CheckView) {
	if (check.problem === undefined) return undefined;
	const open = check.result === 'warns' && !isAccepted(scene, check);
	const tag = check.result !== 'warns' ? 'must be fixed' : open ? 'may be accepted' : 'accepted';
	const accept = () => scene.setAnswers(before => ({...before, accept: [...before.accept, check.id]}));
	const actions = open ? button('Accept this warning', accept) : undefined;
	return card({...problemCard(check.title, tag, check.problem, check.mark), ...(actions && {actions})});
}

/** "10 of 11 done, 1 fail, 1 warn". */
function summary(checks: readonly CheckView[]): string {
	const done = checks.filter(({result}) => result !== 'waiting' && result !== 'running').length;
	const count = (result: CheckView['result']) => checks.filter(check => check.result === result).length;
	const bad = [count('fails') > 0 ? `${count('fails')} fail` : '', count('warns') > 0 ? `${count('warns')} warn` : ''];
	return [`${done} of ${checks.length} done`, ...bad.filter(Boolean)].join(', ');
}
