import {createReadStream, createWriteStream, existsSync, mkdirSync, readdirSync, rmSync, statSync} from 'node:fs';
import {mkdir, rename, rm} from 'node:fs/promises';
import {join} from 'node:path';
import type {Readable} from 'node:stream';
import {pipeline} from 'node:stream/promises';
import {createGzip} from 'node:zlib';
import {pack} from 'tar-stream';
import {fail, ok, type Problem, type Result} from '../../shared/problem.ts';

export type BundleFile = {
	readonly name: string;
	readonly path: string;
	readonly sizeBytes: number;
	readonly at: number;
};
/** One file of an archive; nothing is put in that was not redacted before. */
export type Entry = {readonly file: string; readonly text: string};

/** The support bundles of this machine: a folder only root reads, the newest few kept. */
export type Bundles = {
	/** Newest first. */
	readonly list: () => readonly BundleFile[];
	/** Writes a whole archive or none (0600, fsynced), then drops what is too old. */
	readonly write: (name: string, entries: AsyncIterable<Entry>, at: number) => Promise<Result<BundleFile>>;
	/** Undefined when there is no such bundle; a name is never a path. */
	readonly read: (name: string) => {readonly file: BundleFile; readonly stream: Readable} | undefined;
};

const kept = 5;
const named = /^alga-support-[\w-]{1,120}\.tar\.gz$/u;

/** Opens the folder; what a crash left half-written is removed. */
export function openBundles(folder: string): Bundles {
	try {
		mkdirSync(folder, {recursive: true, mode: 0o700});
		for (const name of readdirSync(folder))
			if (name.startsWith('alga-support-') && name.endsWith('.part')) rmSync(join(folder, name));
	} catch (error) {
		// A disk that refuses is told elsewhere; it must not keep the engine from saying so.
		console.error(`the folder of the support bundles: ${error instanceof Error ? error.message : String(error)}`);
	}
	let listed = look(folder);
	return {
		list: () => listed,
		write: async (name, entries, at) => {
			const path = join(folder, name);
			const part = `${path}.part`;
			try {
				await mkdir(folder, {recursive: true, mode: 0o700});
				await writeArchive(part, entries, at);
				await rename(part, path);
			} catch (error) {
				await rm(part, {force: true});
				return fail(unwritable(error));
			}
			for (const old of look(folder).slice(kept)) await rm(old.path, {force: true});
			listed = look(folder);
			const made = listed.find(one => one.name === name);
			return made === undefined ? fail(unwritable(new Error(`${path} is gone`))) : ok(made);
		},
		read: name => {
			const file = named.test(name) ? look(folder).find(one => one.name === name) : undefined;
			return file && {file, stream: createReadStream(file.path)};
		},
	};
}

const look = (folder: string): readonly BundleFile[] =>
	(existsSync(folder) ? readdirSync(folder) : [])
		.filter(name => named.test(name))
		.map(name => {
			const {size, mtimeMs} = statSync(join(folder, name));
			return {name, path: join(folder, name), sizeBytes: size, at: Math.round(mtimeMs)};
		})
		.sort((a, b) => b.at - a.at || b.name.localeCompare(a.name));

async function writeArchive(part: string, entries: AsyncIterable<Entry>, at: number): Promise<void> {
	const archive = pack();
	const written = pipeline(archive, createGzip(), createWriteStream(part, {mode: 0o600, flush: true}));
	const fill = async () => {
		for await (const {file: name, text} of entries) archive.entry({name, mode: 0o600, mtime: new Date(at)}, text);
		archive.finalize();
	};
	await Promise.all([
		written,
		fill().catch((error: unknown) => archive.destroy(error instanceof Error ? error : new Error(String(error)))),
	]);
}

function unwritable(error: unknown): Problem {
	const code = error instanceof Error && 'code' in error ? error.code : undefined;
	if (code === 'ENOSPC' || code === 'EDQUOT') return diskFull('The disk became full while the bundle was written.');
	return {
		code: 'file.unwritable',
		what: 'The support bundle could not be written.',
		next: 'Look at the disks (Diagnostics), then try again.',
		detail: error instanceof Error ? error.message : String(error),
		retry: 'safe',
	};
}

export const diskFull = (what: string): Problem => ({
	code: 'disk.full',
	what,
	next: 'Free some space or make the disk larger, then make the bundle again. Nothing was left behind.',
	retry: 'after-fix',
});
