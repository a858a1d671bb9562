import {readdir, readFile} from 'node:fs/promises';
import {dirname, join, relative, resolve} from 'node:path';
import {gzipSync} from 'node:zlib';
import {pack} from 'tar-stream';
import type {Instant} from '../../../shared/facts/fact.ts';
import {fail, ok, type Result} from '../../../shared/problem.ts';
import {pinCharts} from '../../../shared/release/flux-tree.ts';
import {isFloating} from '../../../shared/release/lint.ts';
import {ReleaseManifest, releaseMediaType} from '../../../shared/release/manifest.ts';
import {addArtifact, type Layout, type Part} from '../layout.ts';
import {ImageManifest, parseManifest} from '../oci.ts';
import type {Puller} from '../pull.ts';
import {type Draft, readDraft} from './draft.ts';
import {floats, notPinned} from './words.ts';

const fluxConfigType = 'application/vnd.cncf.flux.config.v1+json';
const fluxLayerType = 'application/vnd.cncf.flux.content.v1.tar+gzip';
export const k3sType = 'application/vnd.alga.appliance.k3s.v1';
const k3sImagesType = 'application/vnd.alga.appliance.k3s-images.v1';

export type BuildInput = {
	readonly draftFile: string;
	/** Folder of the Flux tree (`flux-assets`). */
	readonly tree: string;
	readonly layout: Layout;
	/** Where the release itself will live. */
	readonly repository: string;
	readonly puller: Puller;
	readonly now: Instant;
	readonly signal: AbortSignal;
};
export type Built = {readonly manifest: ReleaseManifest; readonly digest: string};

/**
 * Makes a release of a draft in an OCI layout: every tag resolved to the digest it has now, the Flux tree packed with its
 * charts pinned, k3s's files measured. Nothing is uploaded.
 */
export async function buildRelease(input: BuildInput): Promise<Result<Built>> {
	const {draftFile, layout, repository, now} = input;
	const read = await readDraft(draftFile);
	if (!read.ok) return read;
	const draft = read.value;
	const pinned = await pinAll(draft, input);
	if (!pinned.ok) return pinned;
	const {charts, images, flux} = pinned.value;
	const k3s = await addK3s(draft, dirname(resolve(draftFile)), layout);
	if (!k3s.ok) return k3s;
	const tree = await addTree(input, draft, charts);
	if (!tree.ok) return tree;
	const published = draft.builtAt === undefined ? await publishedAt(input, draft.version) : ok(draft.builtAt);
	if (!published.ok) return published;
	const made = {
		...draft,
		builtAt: published.value ?? new Date(now).toISOString(),
		charts,
		images,
		flux: {version: draft.flux.version, manifests: flux},
		config: {repository: draft.config.repository, digest: tree.value},
		k3s: {version: draft.k3s.version, ...k3s.value.files},
	};
	const manifest = parseManifest(ReleaseManifest, Buffer.from(JSON.stringify(made)), 'The release');
	if (!manifest.ok) return fail({...manifest.problem, code: 'input.invalid', next: 'Correct the draft.'});
	const config = await layout.add(Buffer.from(JSON.stringify(manifest.value)));
	const {digest} = await addArtifact(
		layout,
		{repository, reference: draft.version},
		{mediaType: releaseMediaType, ...config},
		k3s.value.layers,
	);
	return ok({manifest: manifest.value, digest});
}

/**
 * When the release that is published under this version was built; undefined where none is. Taken over, so that a
 * draft whose publishing stopped half-way builds to what is there already, and the rest can be done.
 */
async function publishedAt(
	{puller, repository, signal}: BuildInput,
	version: string,
): Promise<Result<string | undefined>> {
	const present = await puller.has(repository, version, signal);
	if (!present.ok) return present;
	if (!present.value) return ok(undefined);
	const fetched = await puller.image(repository, version, signal);
	if (!fetched.ok) return fetched;
	const {config} = fetched.value.image;
	// Something else lies there: pushing refuses it.
	if (config.mediaType !== releaseMediaType) return ok(undefined);
	const bytes = await puller.blob(repository, config, signal);
	if (!bytes.ok) return bytes;
	const manifest = parseManifest(ReleaseManifest, bytes.value, `The published release ${version}`);
	return manifest.ok ? ok(manifest.value.builtAt) : manifest;
}

async function pinAll(draft: Draft, {puller, signal}: BuildInput) {
	const digestOf = async (
		{repository, tag, field}: {readonly repository: string; readonly tag: string; readonly field: string},
		digest: string | undefined,
	): Promise<Result<string>> => {
		if (digest !== undefined) return ok(digest);
		if (isFloating(tag)) return fail(floats(field, tag));
		const found = await puller.manifest(repository, tag, signal);
		return found.ok ? ok(found.value.digest) : fail(notPinned(found.problem, field, `${repository}:${tag}`));
	};
	const charts: ReleaseManifest['charts'] = [];
	for (const chart of draft.charts) {
		const {name, repository, version} = chart;
		// Helm writes the plus of a version as an underscore, since tags know no plus.
		const tag = version.replaceAll('+', '_');
		const digest = await digestOf({repository, tag, field: `charts.${name}.version`}, chart.digest);
		if (!digest.ok) return digest;
		charts.push({...chart, digest: digest.value});
	}
	const images: ReleaseManifest['images'] = [];
	for (const image of draft.images) {
		const {name, repository} = image;
		const digest =
			'digest' in image
				? ok(image.digest)
				: await digestOf({repository, tag: image.tag, field: `images.${name}.tag`}, undefined);
		if (!digest.ok) return digest;
		images.push({name, repository, digest: digest.value});
	}
	const {version, manifests} = draft.flux;
	const {repository} = manifests;
	const flux = await digestOf({repository, tag: version, field: 'flux.version'}, manifests.digest);
	return flux.ok ? ok({charts, images, flux: {repository, digest: flux.value}}) : flux;
}

async function addK3s({k3s: {binary, airgapImages}}: Draft, folder: string, layout: Layout) {
	const layers: Part[] = [];
	const add = async (file: string, mediaType: string) => {
		const {digest, size} = await layout.addFile(resolve(folder, file));
		layers.push({mediaType, digest, size});
		return {digest, size};
	};
	const addEach = async ({amd64, arm64}: {amd64: string; arm64?: string | undefined}, mediaType: string) => ({
		amd64: await add(amd64, mediaType),
		...(arm64 !== undefined && {arm64: await add(arm64, mediaType)}),
	});
	try {
		const files = {
			binary: await addEach(binary, k3sType),
			...(airgapImages && {airgapImages: await addEach(airgapImages, k3sImagesType)}),
		};
		return ok({files, layers});
	} catch (error) {
		return fail({
			code: 'file.unreadable' as const,
			what: 'A file of k3s that the draft names cannot be read.',
			next: 'Fetch it, or correct its path in the draft.',
			detail: error instanceof Error ? error.message : String(error),
			field: 'k3s',
		});
	}
}

async function addTree(
	{tree, layout}: BuildInput,
	draft: Draft,
	charts: ReleaseManifest['charts'],
): Promise<Result<string>> {
	const files = new Map<string, string>();
	try {
		const entries = await readdir(tree, {recursive: true, withFileTypes: true});
		for (const path of entries.filter(one => one.isFile()).map(one => join(one.parentPath, one.name)))
			files.set(relative(tree, path), await readFile(path, 'utf8'));
		const layer = await layout.add(await tarOf(pinCharts(files, charts)));
		const config = await layout.add(Buffer.from(JSON.stringify({version: draft.version})));
		const entry = await addArtifact(
			layout,
			{repository: draft.config.repository, reference: draft.version},
			{mediaType: fluxConfigType, ...config},
			[{mediaType: fluxLayerType, ...layer}],
		);
		return ok(entry.digest);
	} catch (error) {
		return fail({
			code: 'input.invalid',
			what: `The Flux tree in ${tree} cannot be packed.`,
			next: 'Correct the tree, or the charts of the draft.',
			detail: error instanceof Error ? error.message : String(error),
			field: 'config',
		});
	}
}

/** The same files give the same bytes: sorted, without times or owners. */
async function tarOf(files: ReadonlyMap<string, string>): Promise<Buffer> {
	const tar = pack();
	for (const [name, content] of [...files].sort(([a], [b]) => (a < b ? -1 : 1)))
		tar.entry({name, mtime: new Date(0), mode: 0o644, uid: 0, gid: 0}, content);
	tar.finalize();
	const chunks: Uint8Array[] = [];
	for await (const chunk of tar) if (chunk instanceof Uint8Array) chunks.push(chunk);
	return gzipSync(Buffer.concat(chunks));
}

/** The release in a layout, read back: what is pushed is what is there, not what was meant. */
export async function releaseOf(layout: Layout): Promise<Result<Built & {readonly version: string}>> {
	for (const {digest, reference} of await layout.entries()) {
		const artifact = parseManifest(ImageManifest, await layout.read(digest), reference);
		if (!artifact.ok) return artifact;
		const {config} = artifact.value;
		if (config.mediaType !== releaseMediaType) continue;
		const manifest = parseManifest(ReleaseManifest, await layout.read(config.digest), 'The release');
		return manifest.ok ? ok({manifest: manifest.value, digest, version: reference}) : manifest;
	}
	return fail({
		code: 'input.invalid',
		what: `There is no release in ${layout.folder}.`,
		next: 'Make one with "release build".',
	});
}
