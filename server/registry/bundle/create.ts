import {createReadStream, createWriteStream} from 'node:fs';
import {open, readFile, rename, rm} from 'node:fs/promises';
import {join} from 'node:path';
import {pipeline} from 'node:stream/promises';
import {type Pack, pack} from 'tar-stream';
import {fail, ok, type Result} from '../../../shared/problem.ts';
import {openLayout} from '../layout.ts';
import type {OpenRegistry} from '../open.ts';
import type {Architecture, Progress} from '../pull.ts';
import {collect} from './collect.ts';

export type Bundled = {
	readonly version: string;
	readonly digest: string;
	readonly signedBy: string | undefined;
	readonly blobs: number;
	readonly bytes: number;
};

/**
 * Writes one release with everything that it names into one tar file of OCI layout: what a site without internet needs.
 * `folder` keeps the downloads, so that a second attempt goes on where the first stopped; the caller removes it.
 */
export async function createBundle(
	registry: OpenRegistry,
	request: {
		readonly reference: string;
		readonly repository: string;
		readonly output: string;
		readonly folder: string;
		readonly architecture: Architecture;
	},
	progress: Progress,
	signal: AbortSignal,
): Promise<Result<Bundled>> {
	const {reference, repository, output, folder, architecture} = request;
	const release = await registry.resolveRelease(reference, signal);
	if (!release.ok) return release;
	const {manifest, digest, signedBy} = release.value;
	const collected = await collect(registry.puller, {repository, digest, manifest}, architecture, signal);
	if (!collected.ok) return collected;
	const {manifests, blobs} = collected.value;
	const total = blobs.reduce((sum, {size}) => sum + size, 0);
	const files = new Map<string, {readonly path: string; readonly size: number}>();
	let done = 0;
	for (const blob of blobs) {
		const fetched = await registry.puller.file(blob.repository, blob, bytes => progress(done + bytes, total), signal);
		if (!fetched.ok) return fetched;
		files.set(blob.digest, {path: fetched.value, size: blob.size});
		done += blob.size;
		progress(done, total);
	}
	const layout = await openLayout(folder);
	for (const {bytes, digest: id} of manifests) {
		await layout.add(bytes);
		files.set(id, {path: layout.blobPath(id), size: bytes.length});
	}
	await layout.list(manifests);
	try {
		await writeTar(output, folder, files, signal);
	} catch (error) {
		await rm(`${output}.partial`, {force: true});
		const full = error instanceof Error && 'code' in error && error.code === 'ENOSPC';
		return fail({
			code: full ? 'disk.full' : 'file.unwritable',
			what: `${output} could not be written.`,
			next: full ? `Free ${Math.ceil(total / 2 ** 20)} MB, then try again.` : 'Choose another place.',
			detail: error instanceof Error ? error.message : String(error),
		});
	}
	return ok({version: manifest.version, digest, signedBy, blobs: files.size, bytes: total});
}

async function writeTar(
	output: string,
	folder: string,
	files: ReadonlyMap<string, {readonly path: string; readonly size: number}>,
	signal: AbortSignal,
): Promise<void> {
	const tar = pack();
	const written = pipeline(tar, createWriteStream(`${output}.partial`, {mode: 0o644}), {signal});
	const filled = (async () => {
		// The list first: whoever reads the file knows what is to come.
		for (const name of ['oci-layout', 'index.json'])
			tar.entry({name, mtime: new Date(0)}, await readFile(join(folder, name)));
		for (const [digest, {path, size}] of [...files].sort(([a], [b]) => (a < b ? -1 : 1)))
			await addFile(tar, `blobs/${digest.replace(':', '/')}`, path, size);
		tar.finalize();
	})();
	filled.catch(error => tar.destroy(error));
	await Promise.all([written, filled]);
	await using handle = await open(`${output}.partial`, 'r');
	await handle.sync();
	await rename(`${output}.partial`, output);
}

function addFile(tar: Pack, name: string, path: string, size: number): Promise<void> {
	return pipeline(createReadStream(path, {highWaterMark: 1 << 18}), tar.entry({name, size, mtime: new Date(0)}));
}
