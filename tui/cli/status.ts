import {parseArgs} from 'node:util';
import {plannedWords} from '../../shared/view/update.ts';
import type {View} from '../../shared/view/view.ts';
import {durationWords} from '../../shared/view/words.ts';
import {type Command, type CommandIo, exit, tellProblem} from './command.ts';

/** The exit code says what a script wants to know: can people log in. */
const codeOf = (view: {readonly rollup: Pick<View['rollup'], 'state'>}): number =>
	view.rollup.state === 'failed_action_required' ? exit.actionRequired : exit.ok;

export const status: Command = {
	name: 'status',
	usage: 'status [--json] [--watch]',
	summary: 'What is running, who can log in, what is wrong.',
	help: [
		'--json   the status document, as GET /api/status gives it',
		'--watch  again at every change, until Ctrl-C',
		'Exit code 3: action is required.',
	],
	run: async (args, io) => {
		const {values} = parseArgs({args: [...args], options: {json: {type: 'boolean'}, watch: {type: 'boolean'}}});
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
			return exit.ok;
		}
		return values.json ? json(io) : plain(io);
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

async function plain(io: CommandIo): Promise<number> {
	const answer = await io.client('view', {}, io.signal);
	if (!answer.ok) {
		tellProblem(answer.problem, io);
		return exit.failed;
	}
	for (const line of statusLines(answer.value.view, io.now())) io.out(line);
	return codeOf(answer.value.view);
}

/** The same rows in the same order as the console's first screen. */
export function statusLines(view: View, now: number): string[] {
	const {identity, rollup, tiers, blockers, updates} = view;
	return [
		`${identity.product} ${identity.version}  ${identity.hostname}  ${rollup.word}`,
		`${rollup.message} ${rollup.nextAction}`,
		`Web page  ${identity.statusUrl || 'no address yet'}`,
		`Login     ${identity.loginUrl ? `${identity.loginUrl}  ` : ''}${identity.login}`,
		...(updates.planned ? [`Update    planned: ${plannedWords(updates.planned)}`] : []),
		`Network   ${identity.address}   dns ${identity.resolvers}`,
		'',
		...tiers.map(
			tier =>
				`${tier.title.padEnd(14)} ${tier.word.padEnd(9)} ${(tier.since === undefined ? '' : durationWords(now - tier.since)).padStart(8)}  ${tier.reason}`,
		),
		...blockers.flatMap(blocker => [
			'',
			`${blocker.phaseTitle}: ${blocker.title} (${blocker.blocks})`,
			`  Why    ${blocker.why}`,
			...blocker.proof.map(line => `  Proof  ${line}`),
			`  Do     ${blocker.next}`,
			`  Retry  ${blocker.retry}`,
			...blocker.explains.map(line => `  Explains  ${line}`),
		]),
	];
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
