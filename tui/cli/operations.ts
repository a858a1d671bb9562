import {parseArgs} from 'node:util';
import {clockWords, dayWords} from '../../shared/view/words.ts';
import {findComponent, findLog} from '../log-source.ts';
import {type Command, type CommandIo, exit, refuseExtra, tellProblem} from './command.ts';
import {followOperation} from './follow.ts';

export async function viewOf(io: CommandIo) {
	const answer = await io.client('view', {}, io.signal);
	if (!answer.ok) tellProblem(answer.problem, io);
	return answer.ok ? answer.value.view : undefined;
}

export const operations: Command = {
	name: 'operations',
	usage: 'operations [--json]',
	summary: 'What was done on this appliance, and what runs now.',
	help: ['The newest first. The steps of the one that runs, or of the last one, stand below.'],
	run: async (args, io) => {
		const {values} = parseArgs({args: [...args], options: {json: {type: 'boolean'}}});
		const view = await viewOf(io);
		if (view === undefined) return exit.failed;
		if (values.json) {
			io.out(JSON.stringify({operation: view.operation, bundle: view.bundling, history: view.history}, undefined, 2));
			return exit.ok;
		}
		if (view.history.length === 0) io.out('Nothing was done on this appliance yet.');
		for (const one of view.history)
			io.out(`${dayWords(one.startedAt)}  ${one.id.padEnd(22)} ${one.title.padEnd(16)} ${one.word}`);
		const beside = view.bundling?.state === 'running' ? view.bundling : null;
		for (const one of [view.operation, beside]) {
			if (one === null) continue;
			io.out('');
			io.out(`Steps of ${one.id}, ${one.title}: ${one.word}`);
			for (const step of one.steps)
				io.out(`   ${step.state.padEnd(12)} ${step.title}${step.detail ? `: ${step.detail}` : ''}`);
		}
		return exit.ok;
	},
};

export const retry: Command = {
	name: 'retry',
	usage: 'retry',
	summary: 'Goes on with the operation that stopped.',
	help: ['A password lost with a restart is asked for again.'],
	run: async (_args, io) => {
		const view = await viewOf(io);
		if (view === undefined) return exit.failed;
		const {operation} = view;
		const action = operation?.actions.find(one => one === 'retry' || one === 'give-secret');
		if (operation === null || action === undefined) {
			io.error(
				operation?.state === 'running'
					? `${operation.title} is running; nothing has to be retried.`
					: 'Nothing has stopped; there is nothing to retry.',
			);
			return exit.usage;
		}
		const secrets: Record<string, string> = {};
		for (const name of operation.needs) {
			const typed = await io.askSecret(name);
			if (typed === undefined) {
				io.error(`${name} must be typed again, and this is no terminal.`);
				return exit.usage;
			}
			secrets[name] = typed;
		}
		const acted = await io.client('act', {params: {id: operation.id, action}, body: {secrets}}, io.signal);
		if (!acted.ok) {
			tellProblem(acted.problem, io);
			return exit.failed;
		}
		return followOperation(operation.id, io);
	},
};

/** The engine gives no more at once. */
const mostLines = 500;

export const logs: Command = {
	name: 'logs',
	usage: 'logs [SOURCE] [--lines N] [--first] [--previous] [--filter TEXT]',
	summary: 'The newest lines of a log; without a source, the list of logs.',
	help: [
		'SOURCE    what the list names, or a component, a container, a pod or the beginning of its name',
		'--lines   how many, at most 500 (default 200)',
		'--first   from the very beginning',
		'--previous  of the run before, when a container was started again',
		'--filter  only lines that contain this',
	],
	run: async (args, io) => {
		const {values, positionals} = parseArgs({
			args: [...args],
			allowPositionals: true,
			options: {
				lines: {type: 'string', default: '200'},
				first: {type: 'boolean'},
				previous: {type: 'boolean', default: false},
				filter: {type: 'string'},
			},
		});
		const [wanted, ...more] = positionals;
		const refused = refuseExtra(more, logs.usage, io);
		if (refused !== undefined) return refused;
		const limit = /^\d+$/.test(values.lines) ? Number(values.lines) : 0;
		if (limit < 1 || limit > mostLines) {
			io.error(`--lines is a number from 1 to ${mostLines}, not "${values.lines}". Write --lines 200.`);
			return exit.usage;
		}
		const view = await viewOf(io);
		if (view === undefined) return exit.failed;
		const source = wanted === undefined ? undefined : findLog(view, wanted);
		if (source === undefined) {
			const component = wanted === undefined ? undefined : findComponent(view, wanted);
			if (component !== undefined) io.error(`${component.title} has no log: none of its containers was ever started.`);
			else if (wanted !== undefined) io.error(`There is no log called "${wanted}".`);
			if (wanted !== undefined) io.error('There are:');
			for (const one of view.logs) io.out(`${one.id.padEnd(50)} ${one.title}`);
			return wanted === undefined ? exit.ok : exit.usage;
		}
		const answer = await io.client(
			'logs',
			{
				params: {source: source.id},
				query: {
					limit,
					previous: values.previous,
					from: values.first ? 'first' : 'end',
					direction: values.first ? 'newer' : 'older',
					...(values.filter !== undefined && {filter: values.filter}),
				},
			},
			io.signal,
		);
		if (!answer.ok) {
			tellProblem(answer.problem, io);
			return exit.failed;
		}
		for (const line of answer.value.lines)
			io.out(`${line.at === undefined ? '        ' : clockWords(line.at)}  ${line.text}`);
		if (answer.value.dropped > 0) io.error(`${answer.value.dropped} lines could not be kept.`);
		return exit.ok;
	},
};

export const access: Command = {
	name: 'access',
	usage: 'access reset | status-token',
	summary: 'Who may use the web page.',
	help: [
		'reset         forgets the management password, ends all sessions, makes a new setup token',
		'status-token  makes a new read-only token for GET /api/status; it is shown once',
	],
	run: async (args, io) => {
		const [what] = args;
		if (what !== 'reset' && what !== 'status-token') {
			io.error('Say what to do: alga-appliance access reset, or alga-appliance access status-token');
			return exit.usage;
		}
		const answer =
			what === 'reset'
				? await io.client('resetAccess', {body: undefined}, io.signal)
				: await io.client('statusToken', {}, io.signal);
		if (!answer.ok) {
			tellProblem(answer.problem, io);
			return exit.failed;
		}
		io.out(
			'token' in answer.value
				? answer.value.token
				: 'All sessions are over. The new setup token is in the third line of the console.',
		);
		return exit.ok;
	},
};

export const consoleLock: Command = {
	name: 'console',
	usage: 'console off | on | lockdown',
	summary: 'Whether the console asks for a password.',
	help: [
		'off       whoever stands at the console may do everything',
		'on        everybody may look; actions need the console password',
		'lockdown  nothing but name, address and state is shown without it',
		'',
		'A new password is asked for, or read from the first line of standard input. With --keep the present one stays.',
		'sudo is needed once there is a password.',
	],
	run: async (args, io) => {
		const {values, positionals} = parseArgs({
			args: [...args],
			options: {keep: {type: 'boolean', default: false}},
			allowPositionals: true,
		});
		const [mode] = positionals;
		if (mode !== 'off' && mode !== 'on' && mode !== 'lockdown') {
			io.error('Say what holds from now on: alga-appliance console off, on or lockdown');
			return exit.usage;
		}
		const password = mode === 'off' || values.keep ? undefined : await newPassword(io);
		const answer = await io.client('consoleLock', {body: {mode, ...(password !== undefined && {password})}}, io.signal);
		if (!answer.ok) {
			tellProblem(answer.problem, io);
			return exit.failed;
		}
		io.out(mode === 'off' ? 'Consoles ask for no password.' : 'All consoles are locked; Ctrl-K unlocks one.');
		return exit.ok;
	},
};

const newPassword = async (io: CommandIo): Promise<string | undefined> =>
	(await io.askSecret('New console password')) ?? (await io.readFile('-')).split(/\r?\n/)[0];
