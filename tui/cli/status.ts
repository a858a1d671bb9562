import {parseArgs} from 'node:util';
import {detailLines, statusLines} from '../../shared/view/status-lines.ts';
import type {View} from '../../shared/view/view.ts';
import {findComponent} from '../log-source.ts';
import {type Command, type CommandIo, exit, refuseExtra, tellProblem} from './command.ts';

/** The exit code says what a script wants to know: can people log in. */
const codeOf = (view: {readonly rollup: Pick<View['rollup'], 'state'>}): number =>
	view.rollup.state === 'failed_action_required' ? exit.actionRequired : exit.ok;

export const status: Command = {
	name: 'status',
	usage: 'status [COMPONENT] [--all] [--json] [--watch]',
	summary: 'What is running, who can log in, what is wrong.',
	help: [
		'COMPONENT  that component, its pods and its issues alone; its id or its title, as the screens show it',
		'--all    also every component, pod and delivery, the machine and the probes',
		'--json   the status document, as GET /api/status gives it',
		'--watch  again at every change, until Ctrl-C',
		'Exit codes: 0 all is well or on its way, 1 no engine, 2 no such component, 3 action is required (by COMPONENT',
		'alone, where one is named).',
	],
	run: async (args, io) => {
		const {values, positionals} = parseArgs({
			args: [...args],
			allowPositionals: true,
			options: {all: {type: 'boolean'}, json: {type: 'boolean'}, watch: {type: 'boolean'}},
		});
		const [wanted, ...more] = positionals;
		const refused = refuseExtra(more, status.usage, io);
		if (refused !== undefined) return refused;
		if (values.watch) {
			let last = '';
			await io.watch(view => {
				const text = values.json
					? JSON.stringify({rollup: view.rollup, tiers: view.tiers, blockers: view.blockers})
					: statusLines(view, io.now()).join('\n');
				if (text !== last) io.out(text);
				last = text;
				return false;
			}, io.signal);
			return last === '' && !io.signal.aborted ? exit.failed : exit.ok;
		}
		if (values.json) return json(io);
		return plain(io, wanted, values.all === true ? 'all' : 'summary');
	},
};

async function json(io: CommandIo): Promise<number> {
	const answer = await io.client('status', {}, io.signal);
	if (!answer.ok) {
		tellProblem(answer.problem, io);
		return exit.failed;
	}
	io.out(JSON.stringify(answer.value, undefined, 2));
	return codeOf(answer.value);
}

async function plain(io: CommandIo, wanted: string | undefined, how: 'all' | 'summary'): Promise<number> {
	const answer = await io.client('view', {}, io.signal);
	if (!answer.ok) {
		tellProblem(answer.problem, io);
		return exit.failed;
	}
	const {view} = answer.value;
	if (wanted !== undefined) return tellComponent(view, wanted, io);
	// The stream brings the engine's clock before its first view: ages are told by that.
	await io.watch(() => true, io.signal);
	for (const line of [...statusLines(view, io.now()), ...(how === 'all' ? detailLines(view, undefined) : [])])
		io.out(line);
	return codeOf(view);
}

/** Prints one component, by its id or title. 3 when it has failed or an issue is its own, 2 when there is none of that name. */
export function tellComponent(view: View, wanted: string, io: Pick<CommandIo, 'out' | 'error'>): number {
	const component = findComponent(view, wanted);
	if (component === undefined) {
		io.error(`There is no component called "${wanted}". There are:`);
		for (const {name, title} of view.components) io.error(`${name.padEnd(28)} ${title}`);
		return exit.usage;
	}
	for (const line of detailLines(view, component.name)) io.out(line);
	const isInTrouble = component.mark === 'failed' || view.blockers.some(one => one.component === component.name);
	return isInTrouble ? exit.actionRequired : exit.ok;
}

export const view: Command = {
	name: 'view',
	usage: 'view',
	summary: 'Everything the surfaces show, as JSON.',
	help: ['What console and web page are drawn from; made for programs.'],
	run: async (args, io) => {
		const {positionals} = parseArgs({args: [...args], allowPositionals: true});
		const refused = refuseExtra(positionals, view.usage, io);
		if (refused !== undefined) return refused;
		const answer = await io.client('view', {}, io.signal);
		if (!answer.ok) {
			tellProblem(answer.problem, io);
			return exit.failed;
		}
		io.out(JSON.stringify(answer.value.view, undefined, 2));
		return exit.ok;
	},
};
