import {parseAllDocuments} from 'yaml';
import * as z from 'zod';
import {ok, type Result} from '../../../shared/problem.ts';
import {imagesIn, pinnedImage} from '../../../shared/release/flux-tree.ts';
import type {Finding} from '../../../shared/release/lint.ts';
import type {ReleaseManifest} from '../../../shared/release/manifest.ts';
import {unpack} from '../layer.ts';
import {ImageManifest, parseManifest} from '../oci.ts';
import type {LintSite} from './lint.ts';

type Files = ReadonlyMap<string, string>;

/** What the release's two trees lack: a HelmRelease that a component waits for, an image of Flux without a digest. */
export async function findInTrees(manifest: ReleaseManifest, site: LintSite): Promise<Result<readonly Finding[]>> {
	const tree = await readTree(manifest.config, site);
	if (!tree.ok) return tree;
	const flux = await readTree(manifest.flux.manifests, site);
	if (!flux.ok) return flux;
	return ok([
		...(tree.value ? findHelmReleases(manifest, tree.value) : []),
		...(flux.value ? findFloatingImages(manifest, flux.value) : []),
	]);
}

const HelmRelease = z.object({kind: z.literal('HelmRelease'), metadata: z.object({name: z.string()})});

function findHelmReleases({profile}: ReleaseManifest, files: Files): readonly Finding[] {
	const named = objectsIn(files).flatMap(object => HelmRelease.safeParse(object).data?.metadata.name ?? []);
	const folder = `profiles/${profile.name}/kustomization.yaml`;
	return [
		...(files.has(folder) ? [] : [{field: 'profile.name', what: `The Flux tree has no ${folder}.`}]),
		...profile.components.flatMap(({name, helmRelease}) =>
			helmRelease === undefined || named.includes(helmRelease)
				? []
				: [
						{
							field: `profile.components.${name}.helmRelease`,
							what: `The Flux tree has no HelmRelease "${helmRelease}".`,
						},
					],
		),
	];
}

function findFloatingImages({images}: ReleaseManifest, files: Files): readonly Finding[] {
	const used = new Set(objectsIn(files).flatMap(imagesIn));
	return [...used]
		.filter(image => pinnedImage(image, images) === image && !image.includes('@sha256:'))
		.map(image => ({
			field: 'images',
			what: `Flux runs ${image}, which is not among them: it would be fetched by its tag.`,
		}));
}

const objectsIn = (files: Files): readonly unknown[] =>
	[...files]
		.filter(([path]) => /\.ya?ml$/.test(path))
		.flatMap(([, text]) => parseAllDocuments(text))
		.map((document): unknown => ('toJS' in document ? document.toJS() : undefined));

/** The files of an artifact of one layer, from what is about to be pushed or from the registry; undefined when it is nowhere. */
async function readTree(
	{repository, digest}: {readonly repository: string; readonly digest: string},
	{puller, layout, signal}: LintSite,
): Promise<Result<Files | undefined>> {
	if (layout !== undefined && (await layout.hasBlob(digest))) {
		const artifact = parseManifest(ImageManifest, await layout.read(digest), 'The Flux tree');
		if (!artifact.ok) return artifact;
		const [layer] = artifact.value.layers;
		return layer === undefined ? ok(new Map()) : unpack(await layout.read(layer.digest));
	}
	const fetched = await puller.image(repository, digest, signal);
	// That it is missing is a finding of its own.
	if (!fetched.ok) return fetched.problem.code === 'registry.not-found' ? ok(undefined) : fetched;
	const [layer] = fetched.value.image.layers;
	if (layer === undefined) return ok(new Map());
	const bytes = await puller.blob(repository, layer, signal);
	return bytes.ok ? unpack(bytes.value) : bytes;
}
