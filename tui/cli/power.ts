import {parseArgs} from 'node:util';
import {powerActions} from '../../shared/view/words.ts';
import {type Command, exit, tellProblem} from './command.ts';

export const power: Command = {
	name: 'power',
	usage: `power ${powerActions.map(({action}) => action).join(' | ')} --phrase WORD`,
	summary: 'Restarts or switches off, never while something is being changed.',
	help: powerActions.map(
		({action, title, phrase, effect}) => `${action.padEnd(18)} --phrase ${phrase.padEnd(10)} ${title}. ${effect}`,
	),
	run: async (args, io) => {
		const {values, positionals} = parseArgs({
			args: [...args],
			allowPositionals: true,
			options: {phrase: {type: 'string'}},
		});
		const wanted = powerActions.find(({action}) => action === positionals[0]);
		if (wanted === undefined || values.phrase === undefined) {
			io.error(
				`Say what to do, and confirm it: alga-appliance power ${wanted?.action ?? 'reboot'} --phrase ${wanted?.phrase ?? 'reboot'}`,
			);
			return exit.usage;
		}
		const input = {action: wanted.action, phrase: values.phrase};
		const started = await io.client('start', {body: {kind: 'power', input}}, io.signal);
		if (!started.ok) {
			tellProblem(started.problem, io);
			return exit.failed;
		}
		io.out(`${wanted.title}: asked for. ${wanted.effect}`);
		return exit.ok;
	},
};
