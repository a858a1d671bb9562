import {isAskedFor, noSettings, type SettingName, type SettingValues, settingNames} from '../shared/network/change.ts';
import {checkSettings, networkSettings, type Setting} from '../shared/network/settings.ts';
import type {View} from '../shared/view/view.ts';
import {editText} from './form.ts';
import type {Key} from './terminal/keys.ts';

/** The network settings while they are edited here. */
export type NetworkForm = {
	readonly state: 'closed' | 'open';
	/** Index among the settings that are asked for; the one after the last is the button. */
	readonly field: number;
	readonly text: Readonly<Partial<Record<SettingName, string>>>;
	/** In characters from the start; undefined is the end. */
	readonly cursor: number | undefined;
	/** Settings that were left, so that their message is shown. */
	readonly left: readonly SettingName[];
};

export const closedNetworkForm: NetworkForm = {state: 'closed', field: 0, text: {}, cursor: undefined, left: []};

/** Longest text of one setting. */
const longest = 500;

/** As the machine is now. */
export const presentValues = (view: View | undefined): SettingValues => view?.network.settings ?? noSettings;
/** What was typed here over what is. */
export const networkValues = (form: NetworkForm, view: View | undefined): SettingValues => ({
	...presentValues(view),
	...form.text,
});

export const askedSettings = (form: NetworkForm, view: View | undefined): readonly Setting[] => {
	const values = networkValues(form, view);
	return networkSettings.filter(setting => isAskedFor(setting, values));
};
export const focusedSetting = (form: NetworkForm, view: View | undefined): Setting | undefined =>
	askedSettings(form, view)[form.field];

/** Choices of a setting: the interfaces are those the machine has. */
export const choicesOf = (setting: Setting, view: View | undefined): NonNullable<Setting['choices']> =>
	setting.name === 'link'
		? (view?.network.interfaces ?? []).map(({id}) => ({value: id.split('.')[0] ?? id, label: id}))
		: (setting.choices ?? []);

/** Messages to show: of settings that were left. */
export function networkProblems(
	form: NetworkForm,
	view: View | undefined,
): Readonly<Partial<Record<SettingName, string>>> {
	const problems = checkSettings(networkValues(form, view));
	return Object.fromEntries(Object.entries(problems).filter(([name]) => form.left.some(one => one === name)));
}

/** To another setting; the one that is left gets its message. */
export function moveSetting(form: NetworkForm, view: View | undefined, by: 1 | -1): NetworkForm {
	const leaving = focusedSetting(form, view)?.name;
	const field = Math.max(0, Math.min(askedSettings(form, view).length, form.field + by));
	const left = leaving === undefined || form.left.includes(leaving) ? form.left : [...form.left, leaving];
	return {...form, field, cursor: undefined, left};
}

/** To the first setting that is wrong, all messages shown; undefined when none is. */
export function firstWrongSetting(form: NetworkForm, view: View | undefined): NetworkForm | undefined {
	const problems = checkSettings(networkValues(form, view));
	const field = askedSettings(form, view).findIndex(({name}) => problems[name] !== undefined);
	return field < 0 ? undefined : {...form, field, cursor: undefined, left: [...settingNames]};
}

/** A key in the focused setting; undefined when it has no use for it. */
export function editSetting(form: NetworkForm, view: View | undefined, key: Key): NetworkForm | undefined {
	const setting = focusedSetting(form, view);
	if (setting === undefined) return undefined;
	const value = networkValues(form, view)[setting.name];
	const choices = choicesOf(setting, view);
	if (choices.length > 0) {
		const by = key.name === 'right' || (key.name === 'char' && key.char === ' ') ? 1 : key.name === 'left' ? -1 : 0;
		if (by === 0) return key.name === 'char' || key.name === 'paste' ? form : undefined;
		const at = choices.findIndex(choice => choice.value === value);
		const next = choices[(at + by + choices.length) % choices.length];
		return next === undefined ? form : {...form, text: {...form.text, [setting.name]: next.value}};
	}
	const edited = editText([...value], form.cursor, key);
	if (edited === undefined) return undefined;
	const text = edited.characters.slice(0, longest).join('');
	return {...form, cursor: edited.cursor, text: text === value ? form.text : {...form.text, [setting.name]: text}};
}
