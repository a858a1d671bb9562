import * as z from 'zod';
import {fail, ok, type Result} from '../../../shared/problem.ts';
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
		return ok(
			target.ok && target.value.channel === input.answers.channel && target.value.pin === input.answers.releasePin,
		);
	},
	run: async ({registry, input, records, signal, clock, log}) => {
		const {channel, releasePin} = input.answers;
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
