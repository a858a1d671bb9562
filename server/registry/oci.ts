import {createHash} from 'node:crypto';
import * as z from 'zod';
import {fail, ok, type Result} from '../../shared/problem.ts';
import {invalidArtifact} from './problems.ts';

/** OCI content descriptor (image-spec 1.1), only what is read. */
const Descriptor = z.object({
	mediaType: z.string(),
	digest: z.string().regex(/^sha256:[0-9a-f]{64}$/),
	size: z.int().nonnegative(),
	annotations: z.record(z.string(), z.string()).optional(),
	platform: z.object({architecture: z.string(), os: z.string()}).optional(),
});
/** OCI image manifest, and Docker's of the same shape. */
export const ImageManifest = z.object({
	schemaVersion: z.literal(2),
	mediaType: z.string().optional(),
	config: Descriptor,
	layers: z.array(Descriptor),
	annotations: z.record(z.string(), z.string()).optional(),
});
/** OCI image index, and Docker's manifest list. */
export const ImageIndex = z.object({
	schemaVersion: z.literal(2),
	mediaType: z.string().optional(),
	manifests: z.array(Descriptor),
});
export const TagList = z.object({tags: z.array(z.string()).nullish()});
export type Descriptor = z.infer<typeof Descriptor>;
export type ImageManifest = z.infer<typeof ImageManifest>;
export type ImageIndex = z.infer<typeof ImageIndex>;

export const imageType = 'application/vnd.oci.image.manifest.v1+json';
export const indexType = 'application/vnd.oci.image.index.v1+json';
/** Every kind of manifest that is understood, as an Accept header. */
export const manifestTypes = [
	imageType,
	indexType,
	'application/vnd.docker.distribution.manifest.v2+json',
	'application/vnd.docker.distribution.manifest.list.v2+json',
].join(', ');

export const digestOf = (bytes: Uint8Array): string => `sha256:${createHash('sha256').update(bytes).digest('hex')}`;

/** An index lists manifests, an image lists layers: told by the content, since the header may lie. */
export const ManifestOrIndex = z.union([ImageManifest, ImageIndex]);

/** A manifest's JSON by its schema, or what is wrong with it by path. */
export function parseManifest<T>(schema: z.ZodType<T>, bytes: Uint8Array, what: string): Result<T> {
	let json: unknown;
	try {
		json = JSON.parse(Buffer.from(bytes).toString('utf8'));
	} catch (error) {
		return fail(invalidArtifact(`${what} is not valid JSON.`, error instanceof Error ? error.message : ''));
	}
	const parsed = schema.safeParse(json);
	if (parsed.success) return ok(parsed.data);
	const [issue] = parsed.error.issues;
	const path = issue?.path.join('.') ?? '';
	return fail(
		invalidArtifact(
			`${what} is not usable: ${path || 'it'}: ${issue?.message ?? 'is wrong'}.`,
			z.prettifyError(parsed.error),
			path,
		),
	);
}
