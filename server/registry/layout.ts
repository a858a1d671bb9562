import {createReadStream} from 'node:fs';
import {access, copyFile, mkdir, readFile, rename, stat, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import * as z from 'zod';
import {hashFile} from './download.ts';
import {digestOf, imageType} from './oci.ts';

const refName = 'org.opencontainers.image.ref.name';
const Entry = z.object({
	mediaType: z.string(),
	digest: z.string().regex(/^sha256:[0-9a-f]{64}$/),
	size: z.int().nonnegative(),
	annotations: z.record(z.string(), z.string()).default({}),
});
export const LayoutIndex = z.object({schemaVersion: z.literal(2), manifests: z.array(Entry)});
export type LayoutIndex = z.infer<typeof LayoutIndex>;

/** A manifest as it is kept in a layout, with the repository and tags it goes by. */
export type LayoutEntry = {
	readonly repository: string;
	/** A tag, or the digest where it has none. */
	readonly reference: string;
	readonly digest: string;
	readonly mediaType: string;
	readonly size: number;
};
export type Part = {readonly mediaType: string; readonly digest: string; readonly size: number};

/** An OCI image layout in a folder (image-spec 1.1): what is built, bundled and served without a network. */
export type Layout = {
	readonly folder: string;
	readonly entries: () => Promise<readonly LayoutEntry[]>;
	readonly blobPath: (digest: string) => string;
	readonly hasBlob: (digest: string) => Promise<boolean>;
	readonly read: (digest: string) => Promise<Buffer>;
	readonly add: (bytes: Uint8Array) => Promise<{digest: string; size: number}>;
	readonly addFile: (path: string) => Promise<{digest: string; size: number}>;
	/** Lists manifests under their names; an older one of the same name gives way. */
	readonly list: (entries: readonly LayoutEntry[]) => Promise<void>;
};

/** Opens the layout in `folder`, which is made when it is not there. */
export async function openLayout(folder: string): Promise<Layout> {
	await mkdir(join(folder, 'blobs/sha256'), {recursive: true, mode: 0o755});
	await writeFile(join(folder, 'oci-layout'), '{"imageLayoutVersion":"1.0.0"}\n');
	return layoutIn(folder);
}

/** A layout that is there already; nothing is touched by looking at it. */
export function layoutIn(folder: string): Layout {
	const blobs = join(folder, 'blobs/sha256');
	const indexFile = join(folder, 'index.json');
	const blobPath = (digest: string) => join(blobs, digest.replace('sha256:', ''));
	const hasBlob = (digest: string) =>
		access(blobPath(digest)).then(
			() => true,
			() => false,
		);
	const entries = async () => {
		const text = await readFile(indexFile, 'utf8').catch(() => '{"schemaVersion":2,"manifests":[]}');
		return entriesOf(LayoutIndex.parse(JSON.parse(text)));
	};
	return {
		folder,
		entries,
		blobPath,
		hasBlob,
		read: digest => readFile(blobPath(digest)),
		add: async bytes => {
			const digest = digestOf(bytes);
			await writeFile(`${blobPath(digest)}.partial`, bytes);
			await rename(`${blobPath(digest)}.partial`, blobPath(digest));
			return {digest, size: bytes.length};
		},
		addFile: async path => {
			const digest = await hashFile(path);
			await copyFile(path, `${blobPath(digest)}.partial`);
			await rename(`${blobPath(digest)}.partial`, blobPath(digest));
			return {digest, size: (await stat(path)).size};
		},
		list: async added => {
			const nameOf = ({repository, reference}: LayoutEntry) => `${repository} ${reference}`;
			const replaced = new Set(added.map(nameOf));
			const kept = (await entries()).filter(entry => !replaced.has(nameOf(entry)));
			const index = {
				schemaVersion: 2,
				mediaType: 'application/vnd.oci.image.index.v1+json',
				manifests: [...kept, ...added].map(({repository, reference, digest, mediaType, size}) => ({
					mediaType,
					digest,
					size,
					annotations: {[refName]: `${repository}${reference.startsWith('sha256:') ? '@' : ':'}${reference}`},
				})),
			};
			await writeFile(`${indexFile}.partial`, `${JSON.stringify(index, undefined, 1)}\n`, {flush: true});
			await rename(`${indexFile}.partial`, indexFile);
		},
	};
}

/** The names in an index; an entry without one, or with one that is no reference, is left out. */
export function entriesOf({manifests}: LayoutIndex): readonly LayoutEntry[] {
	return manifests.flatMap(({mediaType, digest, size, annotations}) => {
		const [, repository, tag, pinned] =
			/^([^@\s]+?)(?::([A-Za-z0-9_][A-Za-z0-9._-]{0,127})|@(sha256:[0-9a-f]{64}))$/.exec(annotations[refName] ?? '') ??
			[];
		const reference = tag ?? pinned;
		return repository === undefined || reference === undefined
			? []
			: [{repository, reference, digest, mediaType, size}];
	});
}

/** Stores an image manifest over parts that are there already; returns its entry under the given name. */
export async function addArtifact(
	layout: Layout,
	name: {readonly repository: string; readonly reference: string},
	config: Part,
	layers: readonly (Part & {readonly annotations?: Readonly<Record<string, string>>})[],
): Promise<LayoutEntry> {
	const body = Buffer.from(JSON.stringify({schemaVersion: 2, mediaType: imageType, config, layers}));
	const {digest, size} = await layout.add(body);
	const entry = {...name, digest, mediaType: imageType, size};
	await layout.list([entry]);
	return entry;
}

export const streamOf = (path: string) => () => createReadStream(path);
