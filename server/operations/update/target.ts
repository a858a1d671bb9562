import * as z from 'zod';
import {fail, ok, type Result} from '../../../shared/problem.ts';
import {currentRelease, readRelease, TargetRelease, unproven} from '../setup/release.ts';
import type {Records, Step, Work} from '../step.ts';
import type {UpdateRun} from './input.ts';

/** The release an update or rollback brings, resolved and verified, before anything is switched to it. */
export const Plan = TargetRelease.extend({
	/** The operation it was made by: another one never acts on it. */
	operation: z.string(),
	/** Background components that did not work before and whose state was accepted knowingly. */
	waived: z.array(z.string()),
});
export type Plan = z.infer<typeof Plan>;

export type WayBack = {readonly from: TargetRelease; readonly to: TargetRelease};

/** Where a rollback leads: after a failed switch to the recorded release, else to the one before it. */
export function wayBack(records: Pick<Records, 'get'>): WayBack | undefined {
	const current = currentRelease(records);
	if (current === undefined) return undefined;
	const failed = unproven(records);
	if (failed) return {from: failed, to: current};
	const previous = readRelease(records, 'release.previous');
	return previous && {from: current, to: previous};
}

/** The plan that this operation's first step recorded. */
export function planOf({records, id}: Pick<Work<unknown>, 'records' | 'id'>): Result<Plan> {
	const parsed = Plan.safeParse(records.get('update.plan'));
	if (parsed.success && parsed.data.operation === id) return ok(parsed.data);
	return fail({code: 'internal', what: 'The release to switch to was not recorded.', next: 'Start the update again.'});
}

/** A step of setup, told of the planned release instead of the one the cluster runs. */
export function onPlan(step: Step<UpdateRun>): Step<UpdateRun> {
	const planned = (work: Work<UpdateRun>): Work<UpdateRun> => ({
		...work,
		records: {
			...work.records,
			get: key => work.records.get(key === 'release.target' ? 'update.plan' : key),
		},
	});
	return {
		...step,
		check: work => step.check(planned(work)),
		run: work => step.run(planned(work)),
		verify: work => step.verify(planned(work)),
	};
}

/** One entry of the history of updates, newest last. */
export const Entry = z.object({
	operation: z.string(),
	at: z.number(),
	title: z.string(),
	mark: z.enum(['good', 'attention', 'failed']),
	text: z.string(),
});
export type Entry = z.infer<typeof Entry>;
const keptEntries = 30;

export const readHistory = (records: Pick<Records, 'get'>): readonly Entry[] =>
	z.array(Entry).safeParse(records.get('release.history')).data ?? [];

/** Adds what an operation did; what was said first stays. */
export function addHistory(records: Records, entry: Entry): void {
	const entries = readHistory(records);
	if (entries.some(one => one.operation === entry.operation)) return;
	records.set('release.history', [...entries, entry].slice(-keptEntries));
}
