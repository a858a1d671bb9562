import {parseArgs} from 'node:util';
import {detailLines, statusLines} from '../../shared/view/status-lines.ts';
import type {View} from '../../shared/view/view.ts';
import {type Command, type CommandIo, exit, tellProblem} from './command.ts';

/** The exit code says what a script wants to know: can people log in. */
const codeOf = (view: {readonly rollup: Pick<View['rollup'], 'state'>}): number =>
	view.rollup.state === 'failed_action_required' ? exit.actionRequired : exit.ok;

export const status: Command = {
	name: 'status',
	usage: 'status [COMPONENT] [--all] [--json] [--watch]',
	summary: 'What is running, who can log in, what is wrong.',
	help: [
		'COMPONENT  that component, its pods and its issues alone',
		'--all    also every component, pod and delivery, the machine and the probes',
		'--json   the status document, as GET /api/status gives it',
		'--watch  again at every change, until Ctrl-C',
		'Exit code 3: action is required.',
	],
	run: async (args, io) => {
		const {values, positionals} = parseArgs({
			args: [...args],
			allowPositionals: true,
			options: {all: {type: 'boolean'}, json: {type: 'boolean'}, watch: {type: 'boolean'}},
		});
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
		const [component] = positionals;
		return plain(io, view => [
			...(component === undefined ? statusLines(view, io.now()) : []),
			...(values.all || component !== undefined ? detailLines(view, component) : []),
		]);
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

async function plain(io: CommandIo, lines: (view: View) => readonly string[]): Promise<number> {
	const answer = await io.client('view', {}, io.signal);
	if (!answer.ok) {
		tellProblem(answer.problem, io);
		return exit.failed;
	}
	const told = lines(answer.value.view);
	for (const line of told) io.out(line);
	return codeOf(answer.value.view);
}

export const view: Command = {
	name: 'view',
	usage: 'view',
	summary: 'Everything the surfaces show, as JSON.',
	help: ['What console and web page are drawn from; made for programs.'],
	run: async (_args, io) => {
		const answer = await io.client('view', {}, io.signal);
		if (!answer.ok) {
			tellProblem(answer.problem, io);
			return exit.failed;
		}
		io.out(JSON.stringify(answer.value.view, undefined, 2));
		return exit.ok;
	},
};
