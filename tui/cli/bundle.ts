import {parseArgs} from 'node:util';
import {bytes} from '../../shared/format.ts';
import {bundleContents, bundlePromise} from '../../shared/view/words.ts';
import {type Command, exit, tellProblem} from './command.ts';

export const bundle: Command = {
	name: 'bundle',
	usage: 'bundle [-o FILE]',
	summary: 'Makes a support bundle: one file that tells support what this machine knows.',
	help: [
		'-o  puts a copy there, readable by you alone; without it the place on this machine is told',
		'It changes nothing, and may be made while anything else runs.',
		'',
		...bundleContents.map(([label, text]) => `${label.padEnd(14)} ${text}`),
		bundlePromise,
	],
	run: async (args, io) => {
		const {values} = parseArgs({args: [...args], options: {output: {type: 'string', short: 'o'}}});
		const before = await io.client('view', {}, io.signal);
		const started = before.ok ? await io.client('start', {body: {kind: 'bundle', input: {}}}, io.signal) : before;
		if (!started.ok) {
			tellProblem(started.problem, io);
			return exit.failed;
		}
		const {id} = started.value;
		let told = '';
		await io.watch(view => {
			const step = view.bundling?.id === id ? view.bundling.steps.find(one => one.state === 'running') : undefined;
			if (step?.detail !== undefined && step.detail !== told) io.error(step.detail);
			told = step?.detail ?? told;
			return view.history.some(one => one.id === id && one.state !== 'running');
		}, io.signal);
		const after = await io.client('view', {}, io.signal);
		if (!after.ok) {
			tellProblem(after.problem, io);
			return exit.failed;
		}
		const known = new Set(before.ok ? before.value.view.bundles.map(one => one.name) : []);
		const made = after.value.view.bundles.find(one => !known.has(one.name));
		if (made === undefined) {
			const ended = after.value.view.history.find(one => one.id === id);
			if (ended?.problem) tellProblem(ended.problem, io);
			else io.error(`${ended?.title ?? 'Support bundle'}: ${ended?.word ?? 'not known any more'}`);
			return exit.failed;
		}
		io.out(`${made.path}, ${bytes(made.sizeBytes)}`);
		if (values.output === undefined) return exit.ok;
		const fetched = await io.fetchFile('bundle', {name: made.name}, values.output);
		if (!fetched.ok) {
			tellProblem(fetched.problem, io);
			return exit.failed;
		}
		io.out(`Wrote ${values.output}`);
		return exit.ok;
	},
};
