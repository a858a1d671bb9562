import * as z from 'zod';
import {fail, ok, type Result} from '../../../shared/problem.ts';
import {dayWords} from '../../../shared/view/words.ts';
import type {Operation, Records, Step} from '../step.ts';
import {parseUpdate, UpdateRun} from './input.ts';
import {acceptedOf, lookAtUpdate, updatePreflight} from './preflight.ts';

/** The one update that is planned for a time. It survives restarts of the engine and of the machine. */
export const Schedule = z.object({
	/** Milliseconds since the epoch. */
	at: z.number(),
	/** The operation that planned it. */
	operation: z.string(),
	version: z.string().optional(),
	digest: z.string().optional(),
	accept: z.array(z.string()),
	/** The same in words. */
	accepted: z.array(z.string()).default([]),
});
export type Schedule = z.infer<typeof Schedule>;

export const readSchedule = (records: Pick<Records, 'get'>): Schedule | undefined =>
	Schedule.safeParse(records.get('update.schedule')).data;

const ScheduleRun = z.discriminatedUnion('action', [
	UpdateRun.extend({action: z.literal('plan'), at: z.number()}),
	z.object({action: z.literal('cancel')}),
]);
type ScheduleRun = z.infer<typeof ScheduleRun>;

const Asked = z.union([
	z.object({cancel: z.literal(true)}),
	z.looseObject({at: z.int().positive().describe('milliseconds since the epoch')}),
]);

/** The same look as the update itself takes first: a plan that cannot work is refused in the daytime. */
const lookAhead: Step<ScheduleRun> = {
	id: updatePreflight.id,
	title: updatePreflight.title,
	phase: updatePreflight.phase,
	usualMs: updatePreflight.usualMs,
	effect: 'reads',
	check: async ({input}) => ok(input.action === 'cancel'),
	run: async work => {
		const {input} = work;
		const looked = input.action === 'plan' ? await lookAtUpdate({...work, input}) : ok(undefined);
		return looked.ok ? ok(undefined) : looked;
	},
	verify: async () => ok(undefined),
};

const write: Step<ScheduleRun> = {
	id: 'schedule',
	title: 'Time recorded',
	phase: 'release-source',
	usualMs: [100, 1000],
	// A note of ours, not a change to the machine: what failed here may simply be put away.
	effect: 'reads',
	check: async () => ok(false),
	run: async ({input, records, id, clock, log, judgement}) => {
		if (input.action === 'cancel') {
			records.set('update.schedule', null);
			log('no update is planned any more');
			return ok(undefined);
		}
		const {at, version, digest, accept} = input;
		if (at <= clock.now()) return fail(past(at));
		const accepted = acceptedOf(judgement(), accept).map(({text}) => text);
		records.set('update.schedule', {at, operation: id, version, digest, accept, accepted} satisfies Schedule);
		log(`planned for ${dayWords(at)}`);
		return ok(undefined);
	},
	verify: async () => ok(undefined),
};

const past = (at: number) =>
	({
		code: 'input.invalid',
		field: 'at',
		what: `${dayWords(at)} is over already.`,
		next: 'Name a time in the future.',
		retry: 'never',
	}) as const;

/** Plans one update for a time, or takes the plan back; a new plan takes the place of the old one. */
export const schedule: Operation<ScheduleRun> = {
	kind: 'schedule',
	parse: (raw, context) => {
		const asked = Asked.safeParse(raw);
		if (!asked.success) {
			return fail({
				code: 'input.invalid',
				field: 'at',
				what: 'When to update was not said.',
				next: 'Send {"at": milliseconds since 1970, "version": "1.4.3"}, or {"cancel": true}.',
				detail: z.prettifyError(asked.error),
			});
		}
		if ('cancel' in asked.data) {
			if (readSchedule(context.records) !== undefined) return ok({input: {action: 'cancel'}, secrets: {}});
			return fail({
				code: 'operation.not-allowed',
				what: 'No update is planned.',
				next: 'There is nothing to cancel.',
			});
		}
		const update = parseUpdate(raw, context);
		const {at} = asked.data;
		return update.ok ? ok({input: {...update.value.input, action: 'plan', at: Number(at)}, secrets: {}}) : update;
	},
	revive: (stored): Result<ScheduleRun> => {
		const parsed = ScheduleRun.safeParse(stored);
		return parsed.success
			? ok(parsed.data)
			: fail({code: 'internal', what: 'The journal holds a plan that cannot be read.', next: 'Plan the update again.'});
	},
	steps: [lookAhead, write],
};
