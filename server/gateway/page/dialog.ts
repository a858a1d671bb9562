import type {VNode} from 'preact';
import {useEffect, useRef, useState} from 'preact/hooks';
import {timeOf} from '../../../shared/view/update.ts';
import {dayWords, durationWords} from '../../../shared/view/words.ts';
import {html} from './html.ts';
import {button} from './parts.ts';
import type {Question} from './scene.ts';

type Props = {readonly question: Question; readonly now: number; readonly close: () => void};

/** A question that has to be answered before anything happens. The browser keeps the focus inside and Escape goes back. */
export function Dialog({question, now, close}: Props): VNode {
	const dialog = useRef<HTMLDialogElement>(null);
	const [typed, setTyped] = useState('');
	const {title, text, yes, phrase, time, run} = question;
	useEffect(() => dialog.current?.showModal(), []);
	const at = time && timeOf(typed, now);
	const isAnswered = time === undefined ? phrase === undefined || typed.trim() === phrase : at !== undefined;
	const submit = (event: Event) => {
		event.preventDefault();
		if (!isAnswered) return;
		close();
		run?.();
		if (at !== undefined) time?.(at);
	};
	const onInput = (event: InputEvent) => {
		if (event.target instanceof HTMLInputElement) setTyped(event.target.value);
	};
	const input = (id: string) =>
		html`<input id=${id} value=${typed} onInput=${onInput} autocomplete="off" autocapitalize="off" spellcheck=${false} />`;
	return html`<dialog ref=${dialog} onClose=${close} aria-labelledby="question">
		<form onSubmit=${submit}>
			<h2 id="question">${title}</h2>
			${text.map(row => html`<p>${row}</p>`)}
			${phrase !== undefined && html`<label for="phrase">Type <code>${phrase}</code> to go on</label>${input('phrase')}`}
			${
				time !== undefined &&
				html`<label for="time">Type the time. It is the time of this browser.</label>${input('time')}
				<p role="status">${at === undefined ? 'No time in the future yet.' : `${dayWords(at)}, in ${durationWords(at - now)}`}</p>`
			}
			<footer>
				<button class="main" disabled=${!isAnswered}>${yes}</button>
				${button('Back', close)}
			</footer>
		</form>
	</dialog>`;
}
