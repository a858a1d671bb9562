import type {VNode} from 'preact';
import {useEffect, useState} from 'preact/hooks';
import {changeQuestion, isAskedFor, type SettingName, type SettingValues} from '../../../../shared/network/change.ts';
import {settings} from '../form.ts';
import {html} from '../html.ts';
import {button} from '../parts.ts';
import type {Scene} from '../scene.ts';

type Setting = (typeof settings)[number];

/** The network settings, from the same list as the console's form. The engine judges them when they are tried or used. */
export function NetworkForm({scene}: {readonly scene: Scene}): VNode {
	const [text, setText] = useState<Partial<Record<SettingName, string>>>({});
	const present = scene.view.network.settings;
	const values: SettingValues = {...present, ...text};
	const wrong = scene.message?.problem?.field;
	const type = (name: SettingName) => (event: InputEvent) => {
		if (!(event.target instanceof HTMLInputElement)) return;
		const typed = event.target.value;
		setText(before => ({...before, [name]: typed}));
		if (name === wrong) scene.say(undefined);
	};
	// biome-ignore lint/correctness/useExhaustiveDependencies: once for each outcome
	useEffect(() => document.getElementById(`network-${wrong}`)?.focus(), [scene.message]);
	const question = changeQuestion(present, values, scene.view.updates.current !== undefined);
	const use = () =>
		scene.ask({...question, run: () => scene.start('network', {values: {...values}}, 'Network change')});
	const test = () => scene.start('network', {values: {...values}, only: 'test'}, 'Try');
	return html`<details><summary>Change them</summary>
		<form onSubmit=${(event: Event) => {
			event.preventDefault();
			use();
		}}>
			${settings.filter(setting => isAskedFor(setting, values)).map(setting => row(setting, values, scene, type(setting.name)))}
			<footer class="buttons">
				<button class="main" disabled=${scene.busy}>Use these settings</button>
				${button('Try only', test, {off: scene.busy})}
			</footer>
		</form>
	</details>`;
}

function row(setting: Setting, values: SettingValues, {view, message}: Scene, onInput: (event: InputEvent) => void) {
	const {name, label, help, example} = setting;
	const id = `network-${name}`;
	const choices =
		name === 'link' ? view.network.interfaces.map(one => ({value: one.id, label: one.id})) : setting.choices;
	const problem = message?.problem?.field === name ? message.problem : undefined;
	const described = `${id}-wrong ${id}-help`;
	const below = html`<p class="help" id=${`${id}-help`}>${help}${example && html` <span class="example">Example: ${example}</span>`}</p>
		<p class="wrong" id=${`${id}-wrong`}>${problem && `× ${problem.what}`}</p>`;
	if (choices !== undefined)
		return html`<fieldset aria-describedby=${described}><legend>${label}</legend>${choices.map(
			choice =>
				html`<label class="choice"><input type="radio" name=${id} value=${choice.value} checked=${values[name] === choice.value} onInput=${onInput} /> ${choice.label}</label>`,
		)}${below}</fieldset>`;
	return html`<div class="field"><label for=${id}>${label}</label>
		<input id=${id} type="text" value=${values[name]} maxLength=${500} autocomplete="off" autocapitalize="off" spellcheck=${false} aria-invalid=${problem && 'true'} aria-describedby=${described} onInput=${onInput} />${below}</div>`;
}
