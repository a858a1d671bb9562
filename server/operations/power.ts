import * as z from 'zod';
import {fail, ok} from '../../shared/problem.ts';
import {powerActions} from '../../shared/view/words.ts';
import type {Operation, Step} from './step.ts';

const Power = z.object({action: z.enum(['reboot', 'shutdown', 'restart-engine', 'restart-gateway', 'restart-k3s'])});
type Power = z.infer<typeof Power>;
const Asked = Power.extend({phrase: z.string()});

const unitOf = {
	'restart-engine': 'alga-appliance.service',
	'restart-gateway': 'alga-appliance-gateway.service',
	'restart-k3s': 'k3s.service',
} as const;
const restartMs = 180_000;

/** What was asked for, and in which boot: an operation that finds its own note, from before, has been obeyed. */
const Ended = z.object({operation: z.string(), bootId: z.string()});

const switchPower: Step<Power> = {
	id: 'power',
	title: 'Machine or service told to stop',
	phase: 'k3s',
	usualMs: [2000, 180_000],
	effect: 'changes',
	check: async ({id, input, records, host, signal}) => {
		const ended = Ended.safeParse(records.get('power.boot'));
		if (!ended.success || ended.data.operation !== id) return ok(false);
		// The engine that made the note is gone, or it would not look again.
		if (input.action === 'restart-engine') return ok(true);
		const {machine} = await host.facts(signal);
		return ok(machine.state === 'known' && machine.value.bootId !== ended.data.bootId);
	},
	run: async ({id, host, input, records, signal, log}) => {
		const {action} = input;
		const {machine} = await host.facts(signal);
		records.set('power.boot', {operation: id, bootId: machine.state === 'known' ? machine.value.bootId : ''});
		log(`asked for: ${action}`);
		if (action === 'reboot' || action === 'shutdown') return host.power(action);
		// Whoever restarts the engine must not wait for it: it would wait for itself.
		const wait = action === 'restart-engine' ? ['--no-block'] : [];
		const told = await host.run({
			argv: ['systemctl', ...wait, 'restart', unitOf[action]],
			deadlineMs: restartMs,
			signal,
		});
		if (told.ok) return ok(undefined);
		records.set('power.boot', {});
		return told;
	},
	verify: async () => ok(undefined),
};

/** Restart or switch off the machine, or restart one of its services, after a typed phrase. Refused like any operation while another runs. */
export const power: Operation<Power> = {
	kind: 'power',
	parse: raw => {
		const asked = Asked.safeParse(raw);
		if (!asked.success)
			return fail({
				code: 'input.invalid',
				field: 'action',
				what: 'What to do with the machine was not said.',
				next: 'Send {"action": "reboot", "phrase": "reboot"}; or shutdown, restart-engine, restart-gateway, restart-k3s.',
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
