import {createHash, type Hash} from 'node:crypto';
import {createReadStream} from 'node:fs';
import {type FileHandle, mkdir, open, rename, rm, stat} from 'node:fs/promises';
import {dirname, join} from 'node:path';
import {fail, ok, type Result} from '../../shared/problem.ts';
import {networkProblem} from '../host/network-problem.ts';
import {drain, type RegistryHttp} from './http.ts';
import {cancelled, tooLarge, wrongDigest} from './problems.ts';

/** A larger single file is not one of ours. */
const mostBlobBytes = 20 * 2 ** 30;
const wholeDownloadMs = 6 * 3_600_000;
/** A line that drops is taken up again this often without having brought at least a mebibyte. */
const mostResumes = 5;
const worthResuming = 1 << 20;

export type Download = {
	readonly digest: string;
	/** Bytes, where the manifest tells them: not one more is taken. */
	readonly size?: number | undefined;
	readonly what: string;
	readonly progress: (bytes: number, total: number | undefined) => void;
	readonly signal: AbortSignal;
};

/** What is in the partial file so far, and the hash of exactly that. */
type Partial = {bytes: number; hash: Hash};

/**
 * Fetches a blob to `<folder>/sha256-<hex>` and returns that path; it has this name only once it is whole, has the
 * digest and is on the disk. What an earlier try left as `.partial` is used. One of ours that is there is checked anew.
 */
export async function downloadTo(
	folder: string,
	http: RegistryHttp,
	url: string,
	download: Download,
): Promise<Result<string>> {
	const {digest, what} = download;
	const target = join(folder, digest.replace(':', '-'));
	const partial = `${target}.partial`;
	const signal = AbortSignal.any([download.signal, AbortSignal.timeout(wholeDownloadMs)]);
	try {
		await mkdir(folder, {recursive: true, mode: 0o755});
		if ((await sizeOf(target)) !== undefined && (await hashFile(target)) === digest) return ok(target);
		const resumed = (await sizeOf(partial)) !== undefined;
		let got = await fetchInto(partial, http, url, {...download, signal});
		if (!got.ok) return got;
		if (got.value !== digest && resumed) {
			// What lay there from an earlier try may have been the wrong part.
			await rm(partial, {force: true});
			got = await fetchInto(partial, http, url, {...download, signal});
			if (!got.ok) return got;
		}
		if (got.value !== digest) {
			await rm(partial, {force: true});
			return fail(wrongDigest(what, digest, got.value));
		}
		await rename(partial, target);
		await syncFolder(dirname(target));
		return ok(target);
	} catch (error) {
		if (signal.aborted) return fail(cancelled(signal, what));
		const full = error instanceof Error && 'code' in error && (error.code === 'ENOSPC' || error.code === 'EDQUOT');
		return fail(
			full
				? {
						code: 'disk.full',
						what: `The disk is full: ${what} could not be stored.`,
						next: 'Free or add disk space, then try again; it goes on where it stopped.',
						retry: 'safe',
					}
				: {
						code: 'file.unwritable',
						what: `${what} could not be stored: ${error instanceof Error ? error.message : String(error)}.`,
						next: 'Check the disk, then try again.',
						retry: 'safe',
					},
		);
	}
}

/** Brings the partial file to its full length, asking with Range as often as the line drops; returns its digest. */
async function fetchInto(file: string, http: RegistryHttp, url: string, download: Download): Promise<Result<string>> {
	const {size, what, signal} = download;
	const most = size ?? mostBlobBytes;
	const have = await readPartial(file, most);
	let lost: Result<string> = fail(networkProblem(new Error('no data'), new URL(url).host));
	for (let resumes = 0; resumes <= mostResumes; resumes++) {
		if (size !== undefined && have.bytes === size) return ok(digestOf(have));
		const before = have.bytes;
		const answer = await http.ask({
			method: 'GET',
			url,
			...(before > 0 && {headers: {range: `bytes=${before}-`}}),
			what,
			signal,
			accepts: before > 0 ? [200, 206, 416] : [200],
		});
		if (!answer.ok) return answer;
		const {statusCode, headers, body} = answer.value;
		const continues = statusCode === 206 && String(headers['content-range'] ?? '').startsWith(`bytes ${before}-`);
		// A server that ignores Range starts over, and so do we.
		if (!continues) startOver(have);
		if (statusCode !== 200 && !continues) {
			await drain(answer.value);
			await rm(file, {force: true});
			continue;
		}
		const length = Number(headers['content-length'] ?? Number.NaN);
		const total = size ?? (Number.isFinite(length) ? length + have.bytes : undefined);
		await using writing = await open(file, continues ? 'a' : 'w', 0o644);
		try {
			for await (const chunk of body) {
				if (!(chunk instanceof Uint8Array)) continue;
				if (have.bytes + chunk.length > most) {
					await rm(file, {force: true});
					return fail(tooLarge(what, most));
				}
				const written = writeAll(writing, chunk);
				have.hash.update(chunk);
				await written;
				have.bytes += chunk.length;
				download.progress(have.bytes, total);
			}
			await writing.sync();
			if (size === undefined || have.bytes === size) return ok(digestOf(have));
			lost = fail(endedEarly(what, have.bytes, size));
		} catch (error) {
			if (signal.aborted || isFileError(error)) throw error;
			lost = fail({...networkProblem(error, new URL(url).host), what: `The download of ${what} was cut off.`});
		}
		if (have.bytes - before >= worthResuming) resumes = 0;
	}
	return lost;
}

const digestOf = ({hash}: Partial) => `sha256:${hash.copy().digest('hex')}`;

function startOver(have: Partial): void {
	have.bytes = 0;
	have.hash = createHash('sha256');
}

/** The bytes that an earlier try left; more than there can be are thrown away. */
async function readPartial(file: string, most: number): Promise<Partial> {
	const have: Partial = {bytes: 0, hash: createHash('sha256')};
	const size = await sizeOf(file);
	if (size === undefined) return have;
	if (size > most) {
		await rm(file, {force: true});
		return have;
	}
	for await (const chunk of createReadStream(file, {highWaterMark: 1 << 20})) {
		have.hash.update(chunk);
		have.bytes += chunk.length;
	}
	return have;
}

async function writeAll(file: FileHandle, bytes: Uint8Array): Promise<void> {
	for (let written = 0; written < bytes.length; ) {
		written += (await file.write(bytes, written)).bytesWritten;
	}
}

const endedEarly = (what: string, have: number, size: number) => ({
	...networkProblem(Object.assign(new Error(`${have} of ${size} bytes`), {code: 'ECONNRESET'}), what),
	what: `The download of ${what} ended early.`,
});

const isFileError = (error: unknown) =>
	error instanceof Error &&
	'syscall' in error &&
	error.syscall === 'write' &&
	'code' in error &&
	error.code !== 'ECONNRESET' &&
	error.code !== 'EPIPE';

/** The digest of a file, read in pieces. */
export async function hashFile(path: string): Promise<string> {
	const hash = createHash('sha256');
	for await (const chunk of createReadStream(path, {highWaterMark: 1 << 20})) hash.update(chunk);
	return `sha256:${hash.digest('hex')}`;
}

export async function sizeOf(path: string): Promise<number | undefined> {
	try {
		return (await stat(path)).size;
	} catch {
		return undefined; // Not there yet.
	}
}

/** A rename is durable once its folder is. */
async function syncFolder(folder: string): Promise<void> {
	await using handle = await open(folder, 'r');
	await handle.sync();
}
