import type {VNode} from 'preact';
import {useEffect, useState} from 'preact/hooks';
import {api, type WhoAmI} from './call.ts';
import {html} from './html.ts';
import {button} from './parts.ts';
import {told} from './scene.ts';

/** Which address this is, and the other one. */
export function otherAddress(ports: WhoAmI['ports']) {
	const isSecure = location.protocol === 'https:';
	const port = isSecure ? ports.http : ports.https;
	const there = `${isSecure ? 'http' : 'https'}://${location.hostname}:${port}/`;
	return html`<p class="address">${
		isSecure
			? html`This page is encrypted (https). <a href=${there}>Plain address</a>`
			: html`This page is not encrypted (http): a password typed here can be read on the network. ${port !== 0 && html`<a href=${there}>Encrypted address</a>`}`
	}</p>`;
}

/** The first page: the setup token and a new password, or the password. */
export function SignIn({who, ask}: {readonly who: WhoAmI; readonly ask: () => Promise<WhoAmI | undefined>}): VNode {
	const [token, setToken] = useState('');
	const [password, setPassword] = useState('');
	const [shown, setShown] = useState(false);
	const [problem, setProblem] = useState('');
	const [busy, setBusy] = useState(false);
	const isNew = who.setupWaiting;
	const [wasNew] = useState(isNew);

	// Somebody else may have claimed it, or reset it, while nobody looked here.
	// biome-ignore lint/correctness/useExhaustiveDependencies: asked the same way for as long as the form is there
	useEffect(() => {
		const seen = () => {
			if (!document.hidden) void ask();
		};
		document.addEventListener('visibilitychange', seen);
		return () => document.removeEventListener('visibilitychange', seen);
	}, []);

	const submit = async (event: Event) => {
		event.preventDefault();
		if (busy) return;
		if (isNew && token.trim() === '')
			return setProblem('Type the setup token. It stands in the third line of the console.');
		if (isNew && password.length < 10) return setProblem('The password needs at least 10 characters.');
		setBusy(true);
		const answer = await (isNew ? api.claim(token, password) : api.login(password));
		const now = await ask();
		setBusy(false);
		if (answer.ok) return;
		const isSame = now === undefined || now.setupWaiting === isNew;
		setProblem(isSame ? told(answer.problem) : '');
		if (!isSame) setPassword('');
	};
	const typed = (set: (text: string) => void) => (event: InputEvent) => {
		if (event.target instanceof HTMLInputElement) set(event.target.value);
	};
	return html`<main class="sign-in" id="main">
		<h1>${who.product} <span>${who.version}</span></h1>
		<p class="lead">${
			isNew
				? 'Setup is waiting. Prove that you can see the appliance’s own console, and choose the password for this page.'
				: wasNew
					? 'Another browser has used the setup token. Sign in with the password that was chosen there.'
					: 'Sign in with the management password.'
		}</p>
		<form onSubmit=${submit}>
			${
				isNew &&
				html`<label for="token">Setup token</label>
				<input id="token" class="token" value=${token} onInput=${typed(setToken)} autocomplete="off" autocapitalize="characters" spellcheck=${false} placeholder="XXXX-XXXX-XXXX-XXXX" aria-describedby="token-help" autofocus />
				<p id="token-help" class="help">It stands in the third line of the console and works once.</p>`
			}
			<label for="password">${isNew ? 'New management password' : 'Management password'}</label>
			<div class="beside">
				<input id="password" type=${shown ? 'text' : 'password'} value=${password} onInput=${typed(setPassword)} autocomplete=${isNew ? 'new-password' : 'current-password'} aria-describedby="password-help" autofocus=${!isNew} />
				${button(shown ? 'Hide' : 'Show', () => setShown(!shown))}
			</div>
			<p id="password-help" class="help">${
				isNew
					? 'At least 10 characters. It is for this page, not for Alga PSA itself.'
					: wasNew
						? 'Ask whoever chose it.'
						: 'Lost? On the console: alga-appliance access reset'
			}</p>
			<p class="wrong" role="alert">${problem && `× ${problem}`}</p>
			<button class="main" disabled=${busy}>${isNew ? 'Choose password and go on' : 'Sign in'}</button>
		</form>
		${otherAddress(who.ports)}
	</main>`;
}
