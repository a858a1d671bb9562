import {parseArgs} from 'node:util';
import {stopwatch} from '../../shared/format.ts';
import {isAskedFor, type SettingValues, whatBreaks} from '../../shared/network/change.ts';
import {isSettingName, networkSettings} from '../../shared/network/settings.ts';
import {type Command, type CommandIo, exit, tellProblem} from './command.ts';
import {followOperation} from './follow.ts';
import {viewOf} from './operations.ts';
import {readValues} from './setup.ts';

/** The machine's network: shown, tried, changed for two minutes, kept. */
export const network: Command = {
	name: 'network',
	usage: 'network [show | test FILE | apply FILE | keep | revert]',
	summary: 'Shows and changes this machine’s network.',
	help: [
		'show        addresses, name servers and routes, and the settings by name',
		'test FILE   tries settings; nothing is changed',
		'apply FILE  uses settings; they undo themselves after two minutes unless they are kept',
		'keep        keeps the settings that are in use',
		'revert      goes back to the earlier ones now',
		'',
		'FILE is YAML or JSON with a value for each setting that changes; - reads standard input:',
		...networkSettings.map(
			({name, label, choices, example}) =>
				`  ${name.padEnd(15)}${label}${choices ? ` (${choices.map(({value}) => value).join(' or ')})` : ''}${example ? `, like ${example}` : ''}`,
		),
		'Exit codes: 0 done, 1 not started, 2 wrong use, 3 undone.',
	],
	run: async (args, io) => {
		const {positionals} = parseArgs({args: [...args], allowPositionals: true});
		const [what = 'show', file] = positionals;
		if (what === 'show') return show(io);
		if (what === 'keep' || what === 'revert') return answer(io, what);
		if ((what !== 'test' && what !== 'apply') || file === undefined) {
			io.error('Say what to do: alga-appliance network show, test FILE, apply FILE, keep or revert.');
			return exit.usage;
		}
		const read = await readValues(file, isSettingName, 'network', io);
		if (!read.ok) {
			tellProblem(read.problem, io);
			return exit.usage;
		}
		const view = await viewOf(io);
		if (view === undefined) return exit.failed;
		const values: SettingValues = {...view.network.settings, ...read.value};
		for (const line of whatBreaks(view.network.settings, values, view.updates.current !== undefined)) io.out(line);
		const input = {values, ...(what === 'test' && {only: 'test'})};
		const started = await io.client('start', {body: {kind: 'network', input}}, io.signal);
		if (!started.ok) {
			tellProblem(started.problem, io);
			return exit.failed;
		}
		if (what === 'apply') io.out('Keep them within two minutes: alga-appliance network keep');
		return followOperation(started.value.id, io);
	},
};

async function show(io: CommandIo): Promise<number> {
	const view = await viewOf(io);
	if (view === undefined) return exit.failed;
	const {interfaces, resolvers, routes, settings, pending} = view.network;
	for (const [title, rows] of [
		['Interfaces', interfaces],
		['Name servers', resolvers],
		['Routes', routes],
	] as const) {
		io.out(title);
		for (const {label, text} of rows) io.out(`  ${label.padEnd(18)} ${text}`);
	}
	io.out('Settings');
	for (const setting of networkSettings)
		if (isAskedFor(setting, settings)) io.out(`  ${setting.name.padEnd(18)} ${settings[setting.name]}`);
	if (pending) io.out(`New settings wait to be kept for ${stopwatch(pending.until - io.now())}: ${pending.text}`);
	return exit.ok;
}

async function answer(io: CommandIo, action: 'keep' | 'revert'): Promise<number> {
	const view = await viewOf(io);
	if (view === undefined) return exit.failed;
	const {operation} = view;
	if (!operation?.actions.includes(action)) {
		io.error('No change of the network waits to be kept.');
		return exit.usage;
	}
	const acted = await io.client('act', {params: {id: operation.id, action}, body: {secrets: {}}}, io.signal);
	if (acted.ok) return followOperation(operation.id, io);
	tellProblem(acted.problem, io);
	return exit.failed;
}
