import {type FileHandle, open} from 'node:fs/promises';
import {createGunzip} from 'node:zlib';

/** One file of a log, as it was found in its folder. */
export type LogFile = {
	readonly path: string;
	readonly inode: number;
	/** Bytes on disk. */
	readonly size: number;
	readonly compressed: boolean;
	/** Nothing will be added any more: it was rotated, or its container ended. */
	readonly over: boolean;
};

/** The bytes of one file by position, uncompressed. */
export type Segment = {
	readonly file: LogFile;
	readonly size: number;
	readonly read: (from: number, to: number) => Promise<Buffer>;
};

/** The file at this path is another one by now, or gone: list the folder again. */
export class FileMoved extends Error {}

export type OpenFiles = AsyncDisposable & {readonly segments: readonly Segment[]};

/** Opens each file when it is first read. Memory is what one read asks for, however large the file is. */
export async function openFiles(files: readonly LogFile[]): Promise<OpenFiles> {
	const opened = new AsyncDisposableStack();
	const segments: Segment[] = [];
	for (const file of files) segments.push(file.compressed ? await compressedSegment(file) : plainSegment(file, opened));
	return {segments, [Symbol.asyncDispose]: () => opened.disposeAsync()};
}

async function handleOf(file: LogFile): Promise<FileHandle> {
	let handle: FileHandle;
	try {
		handle = await open(file.path);
	} catch (error) {
		throw new FileMoved(file.path, {cause: error});
	}
	if ((await handle.stat()).ino === file.inode) return handle;
	await handle.close();
	throw new FileMoved(file.path);
}

function plainSegment(file: LogFile, opened: AsyncDisposableStack): Segment {
	let handle: Promise<FileHandle> | undefined;
	return {
		file,
		size: file.size,
		read: async (from, to) => {
			handle ??= handleOf(file).then(given => opened.use(given));
			const {buffer, bytesRead} = await (await handle).read(Buffer.allocUnsafe(to - from), 0, to - from, from);
			return buffer.subarray(0, bytesRead);
		},
	};
}

/** Rotated logs are small (kubelet: 10 MiB each): every read runs through the file from its beginning, holding nothing. */
async function compressedSegment(file: LogFile): Promise<Segment> {
	return {
		file,
		size: await uncompressedSize(file),
		read: async (from, to) => {
			await using handle = await handleOf(file);
			const chunks: Buffer[] = [];
			let at = 0;
			const unzip = handle
				.createReadStream({start: 0, autoClose: false})
				.on('error', error => unzip.destroy(error))
				.pipe(createGunzip());
			try {
				for await (const chunk of unzip) {
					const bytes: Buffer = chunk;
					const [start, end] = [Math.max(0, from - at), Math.min(bytes.length, to - at)];
					if (start < end) chunks.push(bytes.subarray(start, end));
					at += bytes.length;
					if (at >= to) break;
				}
			} catch {
				// A damaged or half-written archive: what could be read of it is the log.
			}
			return Buffer.concat(chunks);
		},
	};
}

/** The last four bytes of a gzip member hold its uncompressed size modulo 4 GiB (RFC 1952, ISIZE). */
async function uncompressedSize(file: LogFile): Promise<number> {
	if (file.size < 18) return 0;
	await using handle = await handleOf(file);
	const {buffer} = await handle.read(Buffer.alloc(4), 0, 4, file.size - 4);
	return buffer.readUInt32LE(0);
}
