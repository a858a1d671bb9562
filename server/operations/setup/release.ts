import * as z from 'zod';
import {fail, ok, type Problem, type Result} from '../../../shared/problem.ts';
import {ReleaseManifest} from '../../../shared/release/manifest.ts';
import type {Records, Step} from '../step.ts';
import type {SetupRun} from './input.ts';

/** The release being installed, as resolved: from here on it is named by digest. */
export const TargetRelease = z.object({
	manifest: ReleaseManifest,
	digest: z.string(),
	signedBy: z.string().optional(),
	channel: z.string(),
	pin: z.string().optional(),
	at: z.number(),
});
export type TargetRelease = z.infer<typeof TargetRelease>;

/** A release as the journal holds it under one of its names. */
export const readRelease = (
	records: Pick<Records, 'get'>,
	key: 'release.current' | 'release.target' | 'release.previous',
): TargetRelease | undefined => TargetRelease.safeParse(records.get(key)).data;

/** The release that has proved itself last. */
export const currentRelease = (records: Pick<Records, 'get'>): TargetRelease | undefined =>
	readRelease(records, 'release.current');

/** The release the cluster was last told to run while another is still the recorded one: an update that has not ended well. */
export function unproven(records: Pick<Records, 'get'>): TargetRelease | undefined {
	const current = currentRelease(records);
	const target = readRelease(records, 'release.target');
	return current && target && target.digest !== current.digest ? target : undefined;
}

/** The target a previous step recorded. */
export function targetRelease(records: Records): Result<TargetRelease> {
	const parsed = TargetRelease.safeParse(records.get('release.target'));
	if (parsed.success) return ok(parsed.data);
	return fail({code: 'internal', what: 'The release to install was not recorded.', next: 'Start setup again.'});
}

/** Turns a channel or version into one release by digest, once: a retry installs the same bytes. */
export const resolveRelease: Step<SetupRun> = {
	id: 'release',
	title: 'Release verified',
	phase: 'release-source',
	usualMs: [1000, 10_000],
	effect: 'reads',
	check: async ({records, input}) => {
		const target = targetRelease(records);
		// Where a release is installed it is looked again whether this is still that one.
		if (currentRelease(records) !== undefined) return ok(false);
		return ok(
			target.ok && target.value.channel === input.answers.channel && target.value.pin === input.answers.releasePin,
		);
	},
	run: async ({registry, input, records, signal, clock, log}) => {
		const {channel, releasePin} = input.answers;
		const current = currentRelease(records);
		if (current !== undefined) {
			const refusal = otherRelease(records, current, releasePin);
			if (refusal !== undefined) return fail(refusal);
			records.set('release.target', {...current, channel, pin: releasePin} satisfies TargetRelease);
			return ok(undefined);
		}
		const release = await registry(input.answers).resolveRelease(releasePin ?? channel, signal);
		if (!release.ok) return release;
		const {manifest, digest, signedBy} = release.value;
		log(`release ${manifest.version} is ${digest}${signedBy ? `, signed by ${signedBy}` : ''}`);
		records.set('release.target', {
			manifest,
			digest,
			signedBy,
			channel,
			pin: releasePin,
			at: clock.now(),
		} satisfies TargetRelease);
		return ok(undefined);
	},
	verify: async ({records}) => {
		const target = targetRelease(records);
		return target.ok ? ok(undefined) : target;
	},
};

/** Setup repairs what is installed; another release comes by an update, which takes a snapshot and proves it. */
function otherRelease(records: Records, current: TargetRelease, pin: string | undefined): Problem | undefined {
	const installed = current.manifest.version;
	const half = unproven(records);
	if (half !== undefined)
		return {
			code: 'release.path-blocked',
			what: `An update from ${installed} to ${half.manifest.version} has not ended well.`,
			next: 'Retry it or go back first (Updates, or: alga-appliance rollback --yes), then run setup again.',
			retry: 'after-fix',
		};
	if (pin === undefined || pin === installed) return undefined;
	return {
		code: 'release.path-blocked',
		field: 'releasePin',
		what: `Release ${pin} is asked for, but ${installed} is installed: setup does not change the release.`,
		next: `Leave the release out or name ${installed}; ${pin} is installed by: alga-appliance update --to ${pin}`,
		retry: 'after-fix',
	};
}
