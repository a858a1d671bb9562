import * as z from 'zod';
import {fail, ok, type Problem, type Result} from '../../../shared/problem.ts';
import {rollbackPhrase} from '../../../shared/view/words.ts';
import {Answers} from '../setup/input.ts';
import {currentRelease} from '../setup/release.ts';
import type {Records} from '../step.ts';
import {wayBack} from './target.ts';

/** Which release, and what was accepted knowingly; what both an update and the plan for one are asked with. */
const Wanted = z.object({
	version: z.string().optional(),
	digest: z.string().optional(),
	accept: z.array(z.string()).default([]),
});

/** What is journalled of an update or rollback; the site's own answers are taken as they were when it began. */
export const UpdateRun = Wanted.extend({answers: Answers});
export type UpdateRun = z.infer<typeof UpdateRun>;

/** What is needed of the release the background check found last. */
const Available = z.object({digest: z.string(), manifest: z.object({version: z.string()})});

const malformed = (detail: string): Problem => ({
	code: 'input.invalid',
	what: 'The request for an update has the wrong form.',
	next: 'Send {"version": "1.4.3"}, and "accept": ["health"] to go on although something does not work.',
	detail,
});

type Prepared<T> = Result<{input: T; secrets: Record<string, never>}>;

/** An update needs an installed release; the planned one is named by its digest wherever it is known. */
export function parseUpdate(raw: unknown, {records}: {readonly records: Records}): Prepared<UpdateRun> {
	const asked = Wanted.safeParse(raw ?? {});
	if (!asked.success) return fail(malformed(z.prettifyError(asked.error)));
	const answers = Answers.safeParse(records.get('setup.answers'));
	const current = currentRelease(records);
	if (!answers.success || current === undefined) return fail(notInstalled);
	const {version, digest, accept} = asked.data;
	const pin = answers.data.releasePin;
	if (version === undefined && digest === undefined && pin !== undefined) {
		return fail({
			code: 'input.invalid',
			field: 'version',
			what: `This appliance is pinned to ${pin}, so no release is taken by itself.`,
			next: 'Name the release to install: alga-appliance update --to VERSION. The pin stays as it is.',
		});
	}
	const found = Available.safeParse(records.get('release.available')).data;
	const isFound = found !== undefined && (version === undefined || version === found.manifest.version);
	const planned = digest ?? (isFound ? found.digest : undefined);
	return ok({
		input: {
			answers: answers.data,
			accept,
			...(version !== undefined && {version}),
			...(planned !== undefined && {digest: planned}),
		},
		secrets: {},
	});
}

export const notInstalled: Problem = {
	code: 'operation.not-allowed',
	what: 'No release has been installed on this machine yet.',
	next: 'Set the appliance up first.',
};

export function reviveUpdate(stored: unknown): Result<UpdateRun> {
	const parsed = UpdateRun.safeParse(stored);
	return parsed.success ? ok(parsed.data) : fail(malformed(z.prettifyError(parsed.error)));
}

const Rollback = z.object({version: z.string().optional(), phrase: z.string()});

/** A rollback is confirmed by a typed phrase, has somewhere to go, and is refused where it would lose data. */
export function parseRollback(raw: unknown, {records}: {readonly records: Records}): Prepared<UpdateRun> {
	const asked = Rollback.safeParse(raw);
	if (!asked.success || asked.data.phrase.trim().toLowerCase() !== rollbackPhrase) {
		return fail({
			code: 'input.invalid',
			field: 'phrase',
			what: 'The phrase does not match.',
			next: `Type "${rollbackPhrase}" to confirm. Nothing was done.`,
		});
	}
	const answers = Answers.safeParse(records.get('setup.answers'));
	const way = wayBack(records);
	if (!answers.success || way === undefined) {
		return fail({
			code: 'operation.not-allowed',
			what: 'There is no release to return to: none was installed before this one.',
			next: 'Nothing was done.',
		});
	}
	const {from, to} = way;
	if (asked.data.version !== undefined && asked.data.version !== to.manifest.version) {
		return fail({
			code: 'operation.not-allowed',
			field: 'version',
			what: `The way back leads to ${to.manifest.version}, not to ${asked.data.version}.`,
			next: 'Look at Updates again. Nothing was done.',
		});
	}
	if (from.manifest.rollback !== 'safe') return fail(oneWay(from.manifest.version, from.manifest.rollback));
	return ok({input: {answers: answers.data, accept: [], version: to.manifest.version, digest: to.digest}, secrets: {}});
}

const oneWay = (version: string, rollback: 'data-restore' | 'none'): Problem =>
	rollback === 'none'
		? {
				code: 'operation.not-allowed',
				what: `Release ${version} cannot be undone: its publisher says that no older release can follow it.`,
				why: 'It changes the database in a way that the release before does not understand.',
				next: 'Repair what is named in Diagnostics and retry, or install a newer release. Nothing was done.',
			}
		: {
				code: 'operation.not-allowed',
				what: `Release ${version} can only be undone together with the data of before.`,
				why: 'It changes the database. The release before would meet data that it does not understand.',
				next: 'Restore a backup of the database made before the update with the help of support, or repair and retry. Nothing was done.',
			};
