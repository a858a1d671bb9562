import {fail, ok, type Result} from '../../../shared/problem.ts';
import type {ReleaseManifest} from '../../../shared/release/manifest.ts';
import type {LayoutEntry} from '../layout.ts';
import {ManifestOrIndex, parseManifest} from '../oci.ts';
import {invalidArtifact} from '../problems.ts';
import type {Architecture, BlobRef, Puller} from '../pull.ts';
import {signatureTag} from '../signature.ts';

/** All that makes up one release: manifests with their bytes, and the blobs that they name. */
export type Collected = {
	readonly manifests: readonly (LayoutEntry & {readonly bytes: Buffer})[];
	readonly blobs: readonly (BlobRef & {readonly repository: string; readonly size: number})[];
};

/** The repositories and digests that a release names beside itself. */
export const artifactsOf = ({images, charts, config, flux}: ReleaseManifest) => [
	...images,
	...charts,
	config,
	flux.manifests,
];

/**
 * Walks everything that a release leads to, manifests verified by digest on the way. Of an image for several kinds of
 * machine the index is kept and the one image for `architecture`: nothing else of it is ever asked for.
 */
export async function collect(
	puller: Puller,
	release: {readonly repository: string; readonly digest: string; readonly manifest: ReleaseManifest},
	architecture: Architecture,
	signal: AbortSignal,
): Promise<Result<Collected>> {
	const manifests: (LayoutEntry & {bytes: Buffer})[] = [];
	const blobs = new Map<string, BlobRef & {repository: string; size: number}>();

	const walk = async (repository: string, reference: string, asked: string): Promise<Result<void>> => {
		const fetched = await puller.manifest(repository, reference, signal);
		if (!fetched.ok) return fetched;
		const {digest, bytes, mediaType} = fetched.value;
		manifests.push({repository, reference: asked, digest, bytes, mediaType, size: bytes.length});
		const parsed = parseManifest(ManifestOrIndex, bytes, `${repository}@${digest}`);
		if (!parsed.ok) return parsed;
		if ('manifests' in parsed.value) {
			const ours = parsed.value.manifests.find(
				({platform}) => platform?.os === 'linux' && platform.architecture === architecture,
			);
			if (ours === undefined)
				return fail(invalidArtifact(`${repository} has no image for linux/${architecture}.`, digest));
			return walk(repository, ours.digest, ours.digest);
		}
		for (const {digest: blob, size} of [parsed.value.config, ...parsed.value.layers])
			blobs.set(blob, {repository, digest: blob, size});
		return ok(undefined);
	};

	const {repository, digest, manifest} = release;
	const wanted: readonly (readonly [string, string, string])[] = [
		[repository, digest, manifest.version],
		[repository, signatureTag(digest), signatureTag(digest)],
		...artifactsOf(manifest).map(one => [one.repository, one.digest, one.digest] as const),
	];
	for (const [from, reference, asked] of wanted) {
		const walked = await walk(from, reference, asked);
		if (!walked.ok) return walked;
	}
	// Flux asks for the signature of its tree beside it.
	const treeSignature = signatureTag(manifest.config.digest);
	const signed = await puller.has(manifest.config.repository, treeSignature, signal);
	if (!signed.ok) return signed;
	if (signed.value) {
		const walked = await walk(manifest.config.repository, treeSignature, treeSignature);
		if (!walked.ok) return walked;
	}
	return ok({manifests, blobs: [...blobs.values()]});
}
