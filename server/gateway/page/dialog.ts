import type {VNode} from 'preact';
import {useEffect, useRef, useState} from 'preact/hooks';
import {html} from './html.ts';
import {button} from './parts.ts';
import type {Question} from './scene.ts';

/** A question that has to be answered before anything happens. The browser keeps the focus inside and Escape goes back. */
export function Dialog({question, close}: {readonly question: Question; readonly close: () => void}): VNode {
	const dialog = useRef<HTMLDialogElement>(null);
	const [typed, setTyped] = useState('');
	const {title, text, yes, phrase, run} = question;
	useEffect(() => dialog.current?.showModal(), []);
	const submit = (event: Event) => {
		event.preventDefault();
		if (phrase !== undefined && typed.trim() !== phrase) return;
		close();
		run();
	};
	const onInput = (event: InputEvent) => {
		if (event.target instanceof HTMLInputElement) setTyped(event.target.value);
	};
	return html`<dialog ref=${dialog} onClose=${close} aria-labelledby="question">
		<form onSubmit=${submit}>
			<h2 id="question">${title}</h2>
			${text.map(row => html`<p>${row}</p>`)}
			${
				phrase !== undefined &&
				html`<label for="phrase">Type <code>${phrase}</code> to go on</label><input id="phrase" value=${typed} onInput=${onInput} autocomplete="off" autocapitalize="off" spellcheck=${false} />`
			}
			<footer>
				<button class="main" disabled=${phrase !== undefined && typed.trim() !== phrase}>${yes}</button>
				${button('Back', close)}
			</footer>
		</form>
	</dialog>`;
}
