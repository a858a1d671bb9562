import {createHash} from 'node:crypto';
import {createReadStream} from 'node:fs';
import {mkdir, mkdtemp, open, readdir, rename, rm, stat, writeFile} from 'node:fs/promises';
import {join, parse} from 'node:path';
import {extract} from 'tar-stream';
import {fail, ok, type Problem, type Result} from '../../../shared/problem.ts';
import type {Clock} from '../../engine/clock.ts';
import {type Layout, type LayoutEntry, openLayout} from '../layout.ts';
import {mirrorsFor, openMirror} from '../mirror.ts';
import {openRegistry} from '../open.ts';
import type {Architecture} from '../pull.ts';
import type {TrustKey} from '../signature.ts';
import {collect} from './collect.ts';

const mostIndexBytes = 4 << 20;
const mostBlobs = 20_000;

export type ImportSite = {
	/** The layout that the node's mirror serves. */
	readonly layout: Layout;
	/** The repository that releases of this site come from. */
	readonly repository: string;
	readonly keys: () => Promise<readonly TrustKey[]>;
	readonly architecture: Architecture;
	readonly clock: Clock;
};
export type Imported = {
	readonly version: string;
	readonly digest: string;
	readonly signedBy: string;
	/** Hosts whose repositories the bundle holds: each is to be mirrored. */
	readonly hosts: readonly string[];
};

/**
 * Takes a bundle into the node's layout, after all of it was verified in a folder aside: every blob against the digest
 * it is named by, the release's signature by a trusted key (always, whatever the site's policy), everything the release
 * leads to present, nothing else there. A bundle that fails in one point leaves nothing behind.
 */
export async function importBundle(
	file: string,
	site: ImportSite,
	progress: (bytes: number) => void,
	signal: AbortSignal,
): Promise<Result<Imported>> {
	const {dir, base} = parse(site.layout.folder);
	await mkdir(dir, {recursive: true});
	// What a crash left; two imports at once are not meant.
	for (const name of await readdir(dir))
		if (name.startsWith(`${base}-incoming-`)) await rm(join(dir, name), {recursive: true, force: true});
	const aside = await mkdtemp(`${site.layout.folder}-incoming-`);
	try {
		const unpacked = await unpackBundle(file, aside, progress, signal);
		if (!unpacked.ok) return unpacked;
		if (unpacked.value.size === 0) return fail(await noBundle(file, 'It holds no part of a release.'));
		const incoming = await openLayout(aside);
		const verified = await verifyLayout(incoming, unpacked.value, site, signal);
		if (!verified.ok) return verified;
		for (const digest of unpacked.value) await rename(incoming.blobPath(digest), site.layout.blobPath(digest));
		await site.layout.list(verified.value.entries);
		return ok(verified.value.imported);
	} catch (error) {
		if (signal.aborted) return fail(stopped(file));
		// The system's own errors have a call; all else was said about the content.
		const isContent = !(error instanceof Error && 'syscall' in error);
		return fail(isContent ? await noBundle(file, error) : unreadable(file, error));
	} finally {
		await rm(aside, {recursive: true, force: true});
	}
}

/** The digests of the blobs, each of which was hashed while it was written. */
async function unpackBundle(
	file: string,
	folder: string,
	progress: (bytes: number) => void,
	signal: AbortSignal,
): Promise<Result<ReadonlySet<string>>> {
	await mkdir(join(folder, 'blobs/sha256'), {recursive: true});
	const found = new Set<string>();
	const source = createReadStream(file, {highWaterMark: 1 << 18, signal});
	const tar = extract();
	source.on('error', error => tar.destroy(error)).pipe(tar);
	let seen = 0;
	try {
		for await (const entry of tar) {
			const {name, type, size = 0} = entry.header;
			if (name === 'oci-layout' || name === 'index.json') {
				if (size > mostIndexBytes) return fail(foreign(name));
				const chunks: Uint8Array[] = [];
				for await (const chunk of entry) if (chunk instanceof Uint8Array) chunks.push(chunk);
				if (name === 'index.json') await writeFile(join(folder, name), Buffer.concat(chunks));
				continue;
			}
			if (type === 'directory' && /^blobs\/(sha256\/)?$/.test(name)) continue;
			const [, hex] = /^blobs\/sha256\/([0-9a-f]{64})$/.exec(name) ?? [];
			if (hex === undefined || type !== 'file' || found.size >= mostBlobs) return fail(foreign(name));
			const got = await writeHashed(entry, join(folder, 'blobs/sha256', hex), bytes => {
				seen += bytes;
				progress(seen);
			});
			if (got !== hex)
				return fail({
					code: 'digest.mismatch',
					what: 'The bundle is damaged: a part is not what its name says.',
					next: 'Copy the file again and compare its size with the original’s.',
					detail: `wanted ${hex}, got ${got}`,
					retry: 'safe',
				});
			found.add(`sha256:${hex}`);
		}
	} finally {
		source.destroy();
		tar.destroy();
	}
	return ok(found);
}

async function writeHashed(
	entry: AsyncIterable<unknown>,
	path: string,
	progress: (bytes: number) => void,
): Promise<string> {
	const hash = createHash('sha256');
	await using file = await open(path, 'w', 0o644);
	for await (const chunk of entry) {
		if (!(chunk instanceof Uint8Array)) continue;
		const written = file.writeFile(chunk);
		hash.update(chunk);
		await written;
		progress(chunk.length);
	}
	await file.sync();
	return hash.digest('hex');
}

/** Reads the layout as a site would: through the distribution API, with the client that trusts nothing. */
async function verifyLayout(
	layout: Layout,
	blobs: ReadonlySet<string>,
	{repository, keys, architecture, clock}: ImportSite,
	signal: AbortSignal,
): Promise<Result<{readonly imported: Imported; readonly entries: readonly LayoutEntry[]}>> {
	const entries = await layout.entries();
	const hosts = [...new Set(entries.map(entry => entry.repository.split('/')[0] ?? ''))].sort();
	const releases = entries.filter(entry => entry.repository === repository && !entry.reference.endsWith('.sig'));
	const [release] = releases;
	if (release === undefined || releases.length !== 1) {
		const what = release === undefined ? 'The bundle holds no release.' : 'The bundle holds more than one release.';
		return fail({code: 'artifact.invalid', what, next: 'Make it anew with "bundle create".', retry: 'after-fix'});
	}
	await using mirror = await openMirror(layout);
	await using registry = openRegistry({
		repository,
		artifacts: layout.folder,
		mirrors: mirrorsFor(mirror.origin, hosts),
		noProxy: [],
		credentials: () => undefined,
		keys,
		policy: 'require',
		architecture,
		clock,
	});
	const resolved = await registry.resolveRelease(release.digest, signal);
	if (!resolved.ok) return resolved;
	const {manifest, digest, signedBy = ''} = resolved.value;
	const collected = await collect(registry.puller, {repository, digest, manifest}, architecture, signal);
	if (!collected.ok)
		return collected.problem.code === 'registry.not-found' ? fail(incomplete(collected.problem)) : collected;
	const needed = new Set([...collected.value.manifests, ...collected.value.blobs].map(one => one.digest));
	const lacking = [...needed].find(one => !blobs.has(one));
	if (lacking !== undefined) return fail(incomplete({detail: lacking}));
	const surplus = [...blobs].find(one => !needed.has(one));
	if (surplus !== undefined) return fail(foreign(surplus));
	// What the file lists is not signed: only names that the release leads to are taken over, and its own channel.
	const named: readonly LayoutEntry[] = collected.value.manifests.map(({bytes: _, ...entry}) => entry);
	const channel = named.filter(one => one.digest === digest).map(one => ({...one, reference: manifest.channel}));
	return ok({imported: {version: manifest.version, digest, signedBy, hosts}, entries: [...named, ...channel]});
}

const incomplete = ({detail}: {readonly detail?: string | undefined}): Problem => ({
	code: 'artifact.invalid',
	what: 'The bundle is not whole: a part of its release is missing.',
	next: 'Make it anew with "bundle create".',
	...(detail !== undefined && {detail}),
	retry: 'after-fix',
});

const foreign = (name: string): Problem => ({
	code: 'artifact.unsafe',
	what: 'The bundle holds something that its release does not name.',
	next: 'Do not use it. Make it anew with "bundle create".',
	detail: name.slice(0, 200),
	retry: 'never',
});

const stopped = (file: string): Problem => ({
	code: 'operation.cancelled',
	what: `The import of ${file} was stopped.`,
	next: 'Start it again. Nothing of it was kept.',
	retry: 'safe',
});

/** What is read wrongly, or ends before it should: the size shows at once whether all of it was copied. */
const noBundle = async (file: string, error: unknown): Promise<Problem> => ({
	code: 'artifact.invalid',
	what: `${file} is cut off, or is no release bundle (it has ${(await stat(file)).size} bytes).`,
	next: 'Compare its size with the original’s and copy it again, or make it anew with "bundle create".',
	detail: error instanceof Error ? error.message.slice(0, 500) : String(error),
	retry: 'after-fix',
});

const unreadable = (file: string, error: unknown): Problem => ({
	code: error instanceof Error && 'code' in error && error.code === 'ENOSPC' ? 'disk.full' : 'file.unreadable',
	what: `${file} could not be imported.`,
	next: 'Check its path, who may read it, and that there is space for it, then try again.',
	detail: error instanceof Error ? error.message.slice(0, 500) : String(error),
});
