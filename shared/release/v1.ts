import * as z from 'zod';

/** The config media type of the incumbent's releases. */
export const releaseV1MediaType = 'application/vnd.alga.appliance.release.config.v1+json';

/** The incumbent's release, as far as it is understood; what else it holds is its own. */
export const ReleaseV1 = z.object({
	schema: z.literal('alga.appliance.release/v1'),
	version: z.string().min(1),
	channel: z.string().optional(),
	valuesProfile: z.string().optional(),
	/** Component → tag; in later ones a whole reference. */
	images: z.record(z.string(), z.string()),
	controlPlane: z.string().optional(),
	config: z.object({repository: z.string(), tag: z.string().optional(), digest: z.string().optional()}),
	charts: z.record(z.string(), z.string()).default({}),
	/** File name → Helm values as YAML text. */
	profileValues: z.record(z.string(), z.string()).default({}),
});
export type ReleaseV1 = z.infer<typeof ReleaseV1>;

const isPinned = (reference: string | undefined) => /(^|@)sha256:[0-9a-f]{64}$/.test(reference ?? '');

/** What a release of the first format cannot prove, one sentence each, in the order of how much it matters. */
export function unverifiedOf(release: ReleaseV1): readonly string[] {
	const floating = Object.entries(release.images).filter(([, reference]) => !isPinned(reference));
	const charts = Object.entries(release.charts);
	return [
		...floating.map(([name, tag]) => `Image ${name} is named by the tag ${tag}: what it means can change.`),
		...(isPinned(release.config.digest) ? [] : ['The configuration bundle has no digest.']),
		...(release.controlPlane === undefined || isPinned(release.controlPlane)
			? []
			: [`The control plane is named by the tag ${release.controlPlane}.`]),
		...charts.map(([name, version]) => `Chart ${name} is named by its version ${version}, without a digest.`),
		'It does not say which k3s and which Flux it was tested with.',
		'It does not say which release it can follow.',
		'It does not say which workloads must be ready, so nothing can tell when it is.',
	];
}
