import type {VNode} from 'preact';
import {useEffect, useLayoutEffect, useRef} from 'preact/hooks';
import {setupQuestion} from '../../../../shared/view/words.ts';
import {api} from '../call.ts';
import {
	answerTo,
	draftValues,
	fields,
	groups,
	isAsked,
	messageFor,
	openQuestions,
	type PageField,
	reviewPage,
	setupValues,
	unsent,
} from '../form.ts';
import {html} from '../html.ts';
import {button, judged} from '../parts.ts';
import {type Scene, told} from '../scene.ts';

/** "10 questions (8 have good defaults)". */
export function questionCount({view, answers}: Scene): string {
	const asked = fields.filter(({advanced, onlyWhen}) => advanced === undefined && onlyWhen === undefined);
	const open = openQuestions(answers, view);
	return `${asked.length} questions (${asked.filter(({name}) => open[name] === undefined).length} have good defaults)`;
}

/** The questions, a group a page, and the review. Generated from the same list as the console and the answers file. */
export function Setup({scene}: {readonly scene: Scene}): VNode {
	const {answers, setAnswers, view} = scene;
	const titles = [...groups.map(({title}) => title), 'Review'];
	const top = useRef<HTMLHeadingElement>(null);
	// The form's page is part of the address: it outlives a reload, and Back goes one page back.
	const named = /^#setup\/(\d)$/.exec(location.hash)?.[1];
	const page = named === undefined ? answers.page : Math.min(reviewPage, Number(named));
	const group = groups[page];
	const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
	const latest = useRef(scene);
	latest.current = scene;

	/** Sends what was typed; the engine answers what is wrong with it. */
	const keep = async () => {
		clearTimeout(timer.current);
		const now = latest.current;
		const values = unsent(now.answers, now.view);
		if (Object.keys(values).length === 0) return;
		const answer = await api.draft(values);
		if (answer.ok) setAnswers(before => ({...before, judged: {values, problems: answer.value.problems}}));
		else now.say({mark: 'attention', text: `Not kept yet: ${told(answer.problem)}`});
	};
	const type = (name: string, typed: string) => {
		setAnswers(before => ({...before, text: {...before.text, [name]: typed}}));
		clearTimeout(timer.current);
		timer.current = setTimeout(() => void keep(), 600);
	};
	const leave = (name: string) => {
		setAnswers(before => ({...before, left: new Set([...before.left, name])}));
		void keep();
	};
	const goTo = (to: number) => {
		void keep();
		location.hash = `setup/${to}`;
	};
	// biome-ignore lint/correctness/useExhaustiveDependencies: once for each page
	useLayoutEffect(() => {
		if (named === undefined) history.replaceState(null, '', `#setup/${page}`);
		setAnswers(before => ({...before, page}));
		top.current?.focus({preventScroll: true});
	}, [page, named === undefined]);
	// biome-ignore lint/correctness/useExhaustiveDependencies: kept once, when leaving
	useEffect(() => () => void keep(), []);

	return html`<nav class="tabs" aria-label="Setup pages">${titles.map(
		(title, index) =>
			html`<button type="button" aria-current=${index === page ? 'step' : undefined} onClick=${() => goTo(index)}>${title}</button>`,
	)}</nav>
		<h2 tabIndex=${-1} ref=${top}>${group?.title ?? 'Review'}</h2>
		${
			group === undefined
				? html`<${Review} scene=${scene} goTo=${goTo} keep=${keep} />`
				: html`<form onSubmit=${(event: Event) => {
						event.preventDefault();
						goTo(page + 1);
					}}>
					<p class="lead">${group.help}</p>
					${fields
						.filter(field => field.group === group.id && field.advanced === undefined && isAsked(field, answers, view))
						.map(
							field =>
								html`<${FieldRow} key=${field.name} field=${field} scene=${scene} type=${type} leave=${leave} />`,
						)}
					${advanced(scene, group.id, type, leave)}
					<footer class="buttons">
						<button class="main">Continue</button>
						${page > 0 && button('Back', () => goTo(page - 1))}
					</footer>
				</form>`
		}`;
}

/** Where a default comes from, without the word that says which default it is. */
const bare = (origin = '') => origin.replace(/^(?:now|empty): /, '');

type Edit = (name: string, text: string) => void;
type Leave = (name: string) => void;

function advanced(scene: Scene, group: string, type: Edit, leave: Leave) {
	const hidden = fields.filter(field => field.group === group && field.advanced === true);
	if (hidden.length === 0) return undefined;
	const isUsed = hidden.some(field => answerTo(field, scene.answers, scene.view) !== field.initial);
	return html`<details open=${isUsed}><summary>Advanced</summary>${hidden.map(
		field => html`<${FieldRow} key=${field.name} field=${field} scene=${scene} type=${type} leave=${leave} />`,
	)}</details>`;
}

type FieldProps = {readonly field: PageField; readonly scene: Scene; readonly type: Edit; readonly leave: Leave};

function FieldRow({field, scene, type, leave}: FieldProps): VNode {
	const {answers, view} = scene;
	const {name, label, help, example, kind, choices} = field;
	const value = answerTo(field, answers, view);
	const problem = messageFor(field, answers, view);
	const origin = view.setup.origins[name];
	const onInput = (event: InputEvent) => {
		if (event.target instanceof HTMLInputElement) type(name, event.target.value);
	};
	// The message has its place kept: a button that moves while it is pressed is not pressed.
	const below = html`<p class="help" id=${`${name}-help`}>${origin && html`<span>${/^empty: /.test(origin) ? 'If empty' : 'Now'}: ${bare(origin)}. </span>`}${help}${example && html` <span class="example">Example: ${example}</span>`}</p>
		<p class="wrong" id=${`${name}-wrong`}>${problem && `× ${problem}`}</p>`;
	const described = `${name}-wrong ${name}-help`;
	if (choices !== undefined) {
		return html`<fieldset aria-describedby=${described}><legend>${label}</legend>${choices.map(
			choice =>
				html`<label class="choice"><input type="radio" name=${name} value=${choice.value} checked=${value === choice.value} onInput=${onInput} onBlur=${() => leave(name)} /> ${choice.label} ${choice.note && html`<span class="quiet">${choice.note}</span>`}</label>`,
		)}${below}</fieldset>`;
	}
	return html`<div class="field">
		<label for=${name}>${label}</label>
		<input id=${name} name=${name} type=${kind === 'secret' ? 'password' : 'text'} value=${value} placeholder=${kind === 'secret' ? '' : bare(origin)} maxLength=${1000} autocomplete=${kind === 'secret' ? 'new-password' : 'off'} autocapitalize="off" spellcheck=${false} aria-invalid=${problem === undefined ? undefined : 'true'} aria-describedby=${described} onInput=${onInput} onBlur=${() => leave(name)} />
		${below}
	</div>`;
}

type ReviewProps = {readonly scene: Scene; readonly goTo: (page: number) => void; readonly keep: () => Promise<void>};

/** All answers at a glance, what still keeps the installation from starting, and the start. */
function Review({scene, goTo, keep}: ReviewProps): VNode {
	const {answers, view, setAnswers} = scene;
	const open = openQuestions(answers, view);
	const count = Object.keys(open).length;
	const rows = fields.filter(
		field => isAsked(field, answers, view) && !(field.advanced && answerTo(field, answers, view) === field.initial),
	);
	const shown = (field: PageField) => {
		const value = answerTo(field, answers, view);
		if (field.kind === 'secret') return '•'.repeat(Math.min(12, value.length));
		return (
			(field.choices?.find(choice => choice.value === value)?.label ?? value) ||
			bare(view.setup.origins[field.name]) ||
			'as it is'
		);
	};
	const first = fields.find(({name}) => open[name] !== undefined);
	const goToFirst = () => {
		if (first === undefined) return;
		setAnswers(before => ({
			...before,
			left: new Set([...before.left, ...Object.keys(open).flatMap(name => [name, `${name}!`])]),
		}));
		goTo(groups.findIndex(({id}) => id === first.group));
	};
	const askStart = () =>
		scene.ask({
			...setupQuestion(view.setup.state),
			run: () => scene.start('setup', {values: setupValues(answers, view), accept: answers.accept}, 'Setup'),
		});
	const check = async () => {
		await keep();
		scene.start('preflight', {values: draftValues(answers, view)}, 'Checks');
	};
	const accepted = answers.accept.length === 0 ? '' : ` ${answers.accept.length} warnings of the checks are accepted.`;
	return html`<dl class="facts">${rows.map(
		field =>
			html`<div><dt>${field.label}</dt><dd>${open[field.name] === undefined ? shown(field) : html`<span class="failed">× ${open[field.name]}</span>`}</dd></div>`,
	)}</dl>
		<p>${
			count === 0
				? html`${judged('good', 'Everything is answered.')}${accepted} Nothing is changed until the checks pass.`
				: judged('attention', `${count} ${count === 1 ? 'answer is' : 'answers are'} missing or not valid.`)
		}</p>
		<footer class="buttons">
			${
				count === 0
					? button('Start the installation', askStart, {kind: 'main', off: scene.busy})
					: button('Go to the first one', goToFirst, {kind: 'main'})
			}
			${button('Check now', () => void check(), {off: scene.busy})}
			${button('Back', () => goTo(reviewPage - 1))}
		</footer>`;
}
