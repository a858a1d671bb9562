import {Readable} from 'node:stream';
import {createGunzip} from 'node:zlib';
import {extract} from 'tar-stream';
import {fail, ok, type Result} from '../../shared/problem.ts';

/** Far above what a tree of manifests needs; a bomb meets it soon. */
const mostBytes = 64 << 20;
const mostFiles = 5000;

const unsafe = (what: string) =>
	fail({
		code: 'artifact.unsafe' as const,
		what,
		next: 'Do not install this release. Report it to its publisher.',
		retry: 'never' as const,
	});

/** The files of a tar (gzipped or not) as text. A path that leaves the tree, a link or too much of it all is refused. */
export async function unpack(bytes: Buffer): Promise<Result<ReadonlyMap<string, string>>> {
	const files = new Map<string, string>();
	const source = Readable.from([bytes]);
	const tar = extract();
	const gunzip = bytes[0] === 0x1f && bytes[1] === 0x8b ? createGunzip() : undefined;
	const closeWith = (error: Error) => tar.destroy(error);
	if (gunzip) source.on('error', closeWith).pipe(gunzip).on('error', closeWith).pipe(tar);
	else source.on('error', closeWith).pipe(tar);
	let total = 0;
	try {
		for await (const entry of tar) {
			const {name, type} = entry.header;
			const path = name.replace(/^(\.\/)+/, '');
			if (path.startsWith('/') || path.split('/').includes('..'))
				return unsafe(`The release holds a file that would be written elsewhere: ${name}.`);
			if (type === 'symlink' || type === 'link') return unsafe(`The release holds a link: ${name}.`);
			if (type !== 'file') {
				entry.resume();
				continue;
			}
			const chunks: Uint8Array[] = [];
			for await (const chunk of entry) {
				if (!(chunk instanceof Uint8Array)) continue;
				total += chunk.length;
				if (total > mostBytes) return unsafe('The release unpacks to far more than it should.');
				chunks.push(chunk);
			}
			files.set(path, Buffer.concat(chunks).toString('utf8'));
			if (files.size > mostFiles) return unsafe('The release holds far more files than it should.');
		}
	} catch (error) {
		return fail({
			code: 'artifact.invalid',
			what: 'A part of the release is not a readable archive.',
			next: 'Choose another release and report this one to its publisher.',
			detail: error instanceof Error ? error.message : String(error),
			retry: 'after-fix',
		});
	} finally {
		source.destroy();
		gunzip?.destroy();
		tar.destroy();
	}
	return ok(files);
}
