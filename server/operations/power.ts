import * as z from 'zod';
import {fail, ok} from '../../shared/problem.ts';
import {powerActions} from '../../shared/view/words.ts';
import type {Operation, Step} from './step.ts';

const Power = z.object({action: z.enum(['reboot', 'shutdown'])});
type Power = z.infer<typeof Power>;
const Asked = Power.extend({phrase: z.string()});

/** The boot this step asked to end is told by its id: after the restart the step finds another and is done. */
const Ended = z.object({bootId: z.string()});

const switchPower: Step<Power> = {
	id: 'power',
	title: 'Machine told to stop',
	phase: 'k3s',
	usualMs: [5000, 180_000],
	effect: 'changes',
	check: async ({records, host, signal}) => {
		const ended = Ended.safeParse(records.get('power.boot'));
		const {machine} = await host.facts(signal);
		return ok(ended.success && machine.state === 'known' && machine.value.bootId !== ended.data.bootId);
	},
	run: async ({host, input, records, signal, log}) => {
		const {machine} = await host.facts(signal);
		if (machine.state === 'known') records.set('power.boot', {bootId: machine.value.bootId});
		log(`asked for: ${input.action}`);
		return host.power(input.action);
	},
	verify: async () => ok(undefined),
};

/** Restart or switch off, after a typed phrase. Refused like any operation while another runs. */
export const power: Operation<Power> = {
	kind: 'power',
	parse: raw => {
		const asked = Asked.safeParse(raw);
		if (!asked.success)
			return fail({
				code: 'input.invalid',
				field: 'action',
				what: 'What to do with the machine was not said.',
				next: 'Send {"action": "reboot", "phrase": "reboot"} or the same with "shutdown".',
			});
		const wanted = powerActions.find(one => one.action === asked.data.action);
		if (wanted === undefined || asked.data.phrase.trim().toLowerCase() !== wanted.phrase) {
			return fail({
				code: 'input.invalid',
				field: 'phrase',
				what: `The phrase does not match.`,
				next: `Type "${wanted?.phrase ?? asked.data.action}" to confirm. Nothing was done.`,
			});
		}
		return ok({input: {action: asked.data.action}, secrets: {}});
	},
	revive: stored => {
		const parsed = Power.safeParse(stored);
		return parsed.success
			? ok(parsed.data)
			: fail({code: 'internal', what: 'The journal holds a power request that cannot be read.', next: 'Ask again.'});
	},
	steps: [switchPower],
};
