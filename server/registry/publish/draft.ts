import {readFile} from 'node:fs/promises';
import {parse} from 'yaml';
import * as z from 'zod';
import {fail, ok, type Result} from '../../../shared/problem.ts';
import {ReleaseManifest} from '../../../shared/release/manifest.ts';

const digest = ReleaseManifest.shape.config.shape.digest;
const repository = ReleaseManifest.shape.config.shape.repository;
const files = z.object({amd64: z.string(), arm64: z.string().optional()});

/**
 * What a release engineer writes: the manifest, with files where it will have blobs and tags where it will have
 * digests. `build` turns each into what it stands for at that moment.
 */
export const Draft = z.strictObject({
	...ReleaseManifest.omit({builtAt: true}).shape,
	builtAt: z.iso.datetime().optional(),
	k3s: z.strictObject({
		version: z.string(),
		/** Paths of files, from the draft's folder. */
		binary: files,
		airgapImages: files.optional(),
	}),
	/** Without a digest the tag of this version is taken. */
	flux: z.strictObject({version: z.string(), manifests: z.strictObject({repository, digest: digest.optional()})}),
	/** The repository for the Flux tree that is packed. */
	config: z.strictObject({repository}),
	charts: z.array(z.strictObject({name: z.string(), repository, version: z.string(), digest: digest.optional()})),
	images: z.array(
		z.union([
			z.strictObject({name: z.string(), repository, digest}),
			z.strictObject({name: z.string(), repository, tag: z.string()}),
		]),
	),
});
export type Draft = z.infer<typeof Draft>;

/** Reads a draft (YAML or JSON); what is wrong with it is named by its path. */
export async function readDraft(file: string): Promise<Result<Draft>> {
	let value: unknown;
	try {
		value = parse(await readFile(file, 'utf8'));
	} catch (error) {
		return fail(unusable(file, error instanceof Error ? error.message : String(error)));
	}
	const parsed = Draft.safeParse(value);
	if (parsed.success) return ok(parsed.data);
	const [issue] = parsed.error.issues;
	return fail({...unusable(file, z.prettifyError(parsed.error)), field: issue?.path.join('.') ?? ''});
}

const unusable = (file: string, detail: string) => ({
	code: 'input.invalid' as const,
	what: `The draft ${file} cannot be used.`,
	next: 'Correct it: docs/RELEASES.md has an example, "release schema" every field.',
	detail: detail.slice(0, 2000),
	retry: 'after-fix' as const,
});
