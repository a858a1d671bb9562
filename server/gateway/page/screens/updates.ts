import {
	acceptPhrase,
	acceptQuestion,
	installQuestion,
	isSwitching,
	nextStep,
	offerWords,
	plannedWords,
	planQuestion,
	unplanQuestion,
} from '../../../../shared/view/update.ts';
import {dayWords, rollbackPhrase} from '../../../../shared/view/words.ts';
import {html} from '../html.ts';
import {age, button, facts, judged, section, sign} from '../parts.ts';
import type {Scene, Screen} from '../scene.ts';

type Offer = NonNullable<Scene['view']['updates']['available']>;
type Wanted = NonNullable<ReturnType<typeof nextStep>>;

/** Which release runs, what is to be had, what an update would do, and what was done before. */
export const updates: Screen = scene => {
	const {current, previous, channel, pin, checkedAt, problem, support, history, planned} = scene.view.updates;
	return html`${facts([
		[
			'Installed',
			current === undefined
				? 'nothing yet'
				: html`<strong>${current.version}</strong> Alga PSA ${current.appVersion} ${current.since !== undefined && `since ${dayWords(current.since)}`}`,
		],
		['Signed by', current && html`${current.signedBy} <code>${current.digest.slice(0, 26)}</code>`],
		[
			'Channel',
			`${channel}${channel === 'nightly' ? ' for testing only' : ''}${pin === '' ? '' : ` pinned to ${pin}`}`,
		],
		['Support', support],
		['Looked', checkedAt === undefined ? 'not yet' : html`${age(scene, checkedAt)} ago`],
		['', problem && html`${judged('attention', problem.what)} ${problem.next} What is shown is the last good answer.`],
		[
			'Planned',
			planned &&
				html`${plannedWords(planned)} ${button('Take the plan back', () => askUnplan(scene, planned), {off: scene.busy})}`,
		],
	])}
		${available(scene)}
		${previous && !isSwitching(scene.view.operation) && section('Way back', html`<p>${previous.version} ${button('Put it back', () => askRollback(scene, previous.version), {off: scene.busy})}</p>`)}
		${
			history.length > 0 &&
			section(
				'History',
				html`<ol class="recent">${history.map(({at, title, mark, text}) => html`<li><time>${dayWords(at)}</time> ${sign(mark)} <b>${title}</b> <span>${text}</span></li>`)}</ol>`,
			)
		}`;
};

function available(scene: Scene) {
	const {available: found, troubles} = scene.view.updates;
	const words = offerWords(scene.view);
	if (words !== undefined || found === undefined) return words && html`<p>${judged(words.mark, words.text)}</p>`;
	const step = nextStep(found);
	return html`<article class="card working">
		<header><h2>${judged(found.allowed ? 'working' : 'attention', `Release ${found.version} is available`)}</h2></header>
		${facts([
			['Path', found.path],
			['Notes', found.notes],
			['Changes', found.changes.length === 0 ? '' : found.changes.map(change => html`<div>${change}</div>`)],
			['Downtime', found.downtime],
			['Disk', found.disk],
			['In the way', troubles.length === 0 ? '' : troubles.map(({text}) => html`<div>${text}</div>`)],
		])}
		${
			step !== undefined &&
			html`<footer>
				${button(`Install ${step.version}`, () => askInstall(scene, found, step), {kind: 'main', off: scene.busy})}
				${button('Plan it for a time', () => askPlan(scene, found, step), {off: scene.busy})}
			</footer>`
		}
	</article>`;
}

function askInstall(scene: Scene, offer: Offer, wanted: Wanted) {
	const {version} = wanted;
	const {troubles} = scene.view.updates;
	const run = () => scene.start('update', {...wanted, accept: troubles.map(({id}) => id)}, 'Update');
	const yes = `Install ${version}`;
	scene.ask(
		troubles.length > 0
			? {...acceptQuestion(version, troubles), yes, phrase: acceptPhrase, run}
			: {...installQuestion(offer), yes, run},
	);
}

function askPlan(scene: Scene, offer: Offer, wanted: Wanted) {
	const {version} = wanted;
	const {troubles} = scene.view.updates;
	const yes = 'Plan it';
	const time = (at: number) => {
		const run = () => scene.start('schedule', {at, ...wanted, accept: troubles.map(({id}) => id)}, 'Plan the update');
		if (troubles.length > 0) scene.ask({...acceptQuestion(version, troubles), yes, phrase: acceptPhrase, run});
		else run();
	};
	scene.ask({...planQuestion(offer), yes: troubles.length > 0 ? 'Go on' : yes, time});
}

const askUnplan = (scene: Scene, planned: NonNullable<Scene['view']['updates']['planned']>) =>
	scene.ask({
		...unplanQuestion(planned),
		yes: 'Take the plan back',
		run: () => scene.start('schedule', {cancel: true}, 'Take it back'),
	});

function askRollback(scene: Scene, version: string) {
	scene.ask({
		title: `Return to release ${version}?`,
		text: ['The previous release is put back and its workloads start again. People cannot log in meanwhile.'],
		yes: 'Put it back',
		phrase: rollbackPhrase,
		run: () => scene.start('rollback', {version, phrase: rollbackPhrase}, 'Rollback'),
	});
}
