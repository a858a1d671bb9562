import {parseArgs} from 'node:util';
import {plannedWords, timeOf} from '../../shared/view/update.ts';
import {rollbackPhrase} from '../../shared/view/words.ts';
import {type Command, type CommandIo, exit, tellProblem} from './command.ts';
import {followOperation} from './follow.ts';

const list = (text: string) => text.split(',').filter(Boolean);

/** Starts an operation and follows it to its end, unless told not to. */
async function run(
	io: CommandIo,
	kind: 'update' | 'rollback' | 'schedule',
	input: Record<string, unknown>,
	follow: 'follow' | 'detach',
): Promise<number> {
	const started = await io.client('start', {body: {kind, input}}, io.signal);
	if (!started.ok) {
		tellProblem(started.problem, io);
		return exit.failed;
	}
	io.out(`Running: ${started.value.id}`);
	return follow === 'detach' ? exit.ok : followOperation(started.value.id, io);
}

export const update: Command = {
	name: 'update',
	usage: 'update [--to VERSION] [--at TIME | --cancel] [--show]',
	summary: 'Installs the next release, now or at a time.',
	help: [
		'--to      the release; without it, the one the channel offers',
		'--at      plan it: 02:00 for the next such time, or "2026-11-22 02:00", by the clock of this machine',
		'--cancel  takes a planned update back',
		'--show    only says what is installed, offered and planned',
		'--accept  go on although something does not work, as --show names it: --accept health',
		'--detach  start it and return; it runs in the engine either way',
		'Exit codes: 0 done or nothing to do, 1 not started, 3 action is required.',
	],
	run: async (args, io) => {
		const {values} = parseArgs({
			args: [...args],
			options: {
				to: {type: 'string'},
				at: {type: 'string'},
				cancel: {type: 'boolean', default: false},
				show: {type: 'boolean', default: false},
				accept: {type: 'string', default: ''},
				detach: {type: 'boolean', default: false},
			},
		});
		if (values.cancel) return run(io, 'schedule', {cancel: true}, 'follow');
		const at = values.at === undefined ? undefined : timeOf(values.at, io.now());
		if (values.at !== undefined && at === undefined) {
			io.error(`"${values.at}" is not a time in the future. Write 02:00, or "2026-11-22 02:00".`);
			return exit.usage;
		}
		if (values.show || values.to === undefined) {
			const isOffered = await show(io);
			if (isOffered === undefined) return exit.failed;
			if (values.show || !isOffered) return exit.ok;
		}
		const input = {
			accept: list(values.accept),
			...(values.to !== undefined && {version: values.to}),
			...(at !== undefined && {at}),
		};
		return run(io, at === undefined ? 'update' : 'schedule', input, values.detach ? 'detach' : 'follow');
	},
};

/** Says what an update would do; whether there is one, or undefined when the engine did not answer. */
async function show(io: CommandIo): Promise<boolean | undefined> {
	const answer = await io.client('view', {}, io.signal);
	if (!answer.ok) {
		tellProblem(answer.problem, io);
		return undefined;
	}
	const {current, available, planned, problem, channel, support, troubles} = answer.value.view.updates;
	io.out(`Installed  ${current?.version ?? 'nothing yet'}   ${support}`);
	if (planned !== undefined) io.out(`Planned    ${plannedWords(planned)}`);
	if (problem !== undefined) tellProblem(problem, io);
	if (available === undefined) {
		io.out(`Channel ${channel} offers nothing newer.`);
		return false;
	}
	io.out(`Offered    ${available.version}   ${available.path}`);
	for (const line of [...available.changes, available.downtime, available.disk]) io.out(`           ${line}`);
	for (const {text} of troubles) io.out(`In the way ${text}`);
	if (troubles.length > 0) io.out('           It is installed all the same with: --accept health');
	return true;
}

export const rollback: Command = {
	name: 'rollback',
	usage: 'rollback --yes [--detach]',
	summary: 'Returns to the release before, or to the recorded one after an update that failed.',
	help: [
		'--yes     you mean it: people cannot log in meanwhile',
		'--detach  start it and return; it runs in the engine either way',
		'Refused when the publisher says that a release cannot be undone.',
	],
	run: async (args, io) => {
		const {values} = parseArgs({
			args: [...args],
			options: {yes: {type: 'boolean', default: false}, detach: {type: 'boolean', default: false}},
		});
		if (!values.yes) {
			const answer = await io.client('view', {}, io.signal);
			if (!answer.ok) {
				tellProblem(answer.problem, io);
				return exit.failed;
			}
			const {previous, current} = answer.value.view.updates;
			if (previous === undefined)
				io.error(
					current === undefined
						? 'Nothing is installed yet; there is no release to return to.'
						: `There is no release to return to: ${current.version} is the first one here.`,
				);
			else
				io.error(
					`It returns to release ${previous.version}; people cannot log in meanwhile. To go on: alga-appliance rollback --yes`,
				);
			return exit.usage;
		}
		return run(io, 'rollback', {phrase: rollbackPhrase}, values.detach ? 'detach' : 'follow');
	},
};
