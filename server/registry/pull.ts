import {createHash} from 'node:crypto';
import {createReadStream} from 'node:fs';
import {mkdir, open, rename, rm, stat} from 'node:fs/promises';
import {join} from 'node:path';
import {z} from 'zod';
import {fail, ok, type Result} from '../../shared/problem.ts';
import {networkProblem} from '../host/network-problem.ts';
import {type Endpoint, endpointOf} from './endpoint.ts';
import {type RegistryHttp, readBytes} from './http.ts';
import {invalidArtifact, tooLarge, wrongDigest} from './problems.ts';

const mostManifestBytes = 4 << 20;
const mostConfigBytes = 8 << 20;
/** A larger single file is not one of ours. */
const mostBlobBytes = 20 * 2 ** 30;
const wholeDownloadMs = 6 * 3_600_000;

/** OCI image manifest (image-spec 1.1), only what is read. */
const Descriptor = z.object({
	mediaType: z.string(),
	digest: z.string().regex(/^sha256:[0-9a-f]{64}$/),
	size: z.int().nonnegative(),
	annotations: z.record(z.string(), z.string()).optional(),
	platform: z.object({architecture: z.string(), os: z.string()}).optional(),
});
export const ImageManifest = z.object({
	schemaVersion: z.literal(2),
	mediaType: z.string().optional(),
	artifactType: z.string().optional(),
	config: Descriptor,
	layers: z.array(Descriptor),
	annotations: z.record(z.string(), z.string()).optional(),
});
export const ImageIndex = z.object({schemaVersion: z.literal(2), manifests: z.array(Descriptor)});
export type ImageManifest = z.infer<typeof ImageManifest>;
export type Descriptor = z.infer<typeof Descriptor>;

export type Fetched = {readonly digest: string; readonly bytes: Buffer; readonly mediaType: string};

/** Fetches by the distribution specification; nothing is handed on before its digest was computed and compared. */
export type Puller = {
	readonly endpoint: (repository: string) => Endpoint;
	/** A manifest by tag or digest; undefined when the registry does not have it. */
	readonly manifest: (repository: string, reference: string, signal: AbortSignal) => Promise<Result<Fetched>>;
	readonly has: (repository: string, reference: string, signal: AbortSignal) => Promise<Result<boolean>>;
	/** A small blob into memory. */
	readonly blob: (
		repository: string,
		descriptor: {digest: string; size?: number},
		signal: AbortSignal,
	) => Promise<Result<Buffer>>;
	/** A blob of any size to a file named by its digest; goes on where an earlier try stopped. */
	readonly file: (
		repository: string,
		blob: {digest: string; size?: number | undefined},
		progress: (bytes: number, total: number | undefined) => void,
		signal: AbortSignal,
	) => Promise<Result<string>>;
};

const manifestTypes = [
	'application/vnd.oci.image.manifest.v1+json',
	'application/vnd.oci.image.index.v1+json',
	'application/vnd.docker.distribution.manifest.v2+json',
	'application/vnd.docker.distribution.manifest.list.v2+json',
].join(', ');

export function makePuller(http: RegistryHttp, mirrors: Readonly<Record<string, string>>, artifacts: string): Puller {
	const endpoint = (repository: string) => endpointOf(repository, mirrors);
	const urlOf = ({origin, name}: Endpoint, kind: 'manifests' | 'blobs', reference: string) =>
		`${origin}/v2/${name}/${kind}/${reference}`;
	const isDigest = (reference: string) => reference.startsWith('sha256:');
	const named = (repository: string, reference: string) =>
		`${repository}${isDigest(reference) ? '@' : ':'}${reference}`;

	return {
		endpoint,
		manifest: async (repository, reference, signal) => {
			const what = named(repository, reference);
			const answer = await http.ask({
				method: 'GET',
				url: urlOf(endpoint(repository), 'manifests', reference),
				headers: {accept: manifestTypes},
				what,
				signal,
				accepts: [200],
			});
			if (!answer.ok) return answer;
			const read = await readSafely(() => readBytes(answer.value, mostManifestBytes), what);
			if (!read.ok) return read;
			const bytes = read.value;
			if (bytes === undefined) return fail(tooLarge(what, mostManifestBytes));
			const digest = digestOf(bytes);
			if (isDigest(reference) && digest !== reference) return fail(wrongDigest(what, reference, digest));
			const claimed = answer.value.headers['docker-content-digest'];
			// A header that names another digest than the bytes have is an altered answer, whichever of the two is right.
			if (typeof claimed === 'string' && claimed.startsWith('sha256:') && claimed !== digest)
				return fail(wrongDigest(what, claimed, digest));
			return ok({digest, bytes, mediaType: String(answer.value.headers['content-type'] ?? '')});
		},
		has: async (repository, reference, signal) => {
			const answer = await http.ask({
				method: 'HEAD',
				url: urlOf(endpoint(repository), 'manifests', reference),
				headers: {accept: manifestTypes},
				what: named(repository, reference),
				signal,
				accepts: [200, 404],
			});
			if (!answer.ok) return answer;
			await answer.value.body.dump();
			return ok(answer.value.statusCode === 200);
		},
		blob: async (repository, {digest, size}, signal) => {
			const what = named(repository, digest);
			const most = size ?? mostConfigBytes;
			if (most > mostConfigBytes) return fail(tooLarge(what, mostConfigBytes));
			const answer = await http.ask({
				method: 'GET',
				url: urlOf(endpoint(repository), 'blobs', digest),
				what,
				signal,
				accepts: [200],
			});
			if (!answer.ok) return answer;
			const read = await readSafely(() => readBytes(answer.value, most), what);
			if (!read.ok) return read;
			if (read.value === undefined) return fail(tooLarge(what, most));
			const got = digestOf(read.value);
			return got === digest ? ok(read.value) : fail(wrongDigest(what, digest, got));
		},
		file: async (repository, {digest, size}, progress, signal) => {
			const target = join(artifacts, digest.replace(':', '-'));
			const partial = `${target}.partial`;
			const what = named(repository, digest);
			try {
				await mkdir(artifacts, {recursive: true, mode: 0o755});
				if ((await sizeOf(target)) !== undefined && (await hashFile(target)) === digest) return ok(target);
				const fetched = await download(http, urlOf(endpoint(repository), 'blobs', digest), partial, {
					what,
					size,
					progress,
					signal: AbortSignal.any([signal, AbortSignal.timeout(wholeDownloadMs)]),
				});
				if (!fetched.ok) return fetched;
				const got = await hashFile(partial);
				if (got !== digest) {
					await rm(partial, {force: true});
					return fail(wrongDigest(what, digest, got));
				}
				await rename(partial, target);
				return ok(target);
			} catch (error) {
				if (error instanceof Error && 'code' in error && error.code === 'ENOSPC')
					return fail({
						code: 'disk.full',
						what: `The disk is full: ${what} could not be stored.`,
						next: 'Free or add disk space, then try again; it goes on where it stopped.',
						retry: 'safe',
					});
				return fail({
					code: 'file.unwritable',
					what: `${what} could not be stored: ${error instanceof Error ? error.message : String(error)}.`,
					next: 'Check the disk, then try again.',
					retry: 'safe',
				});
			}
		},
	};
}

type Download = {
	readonly what: string;
	readonly size: number | undefined;
	readonly progress: (bytes: number, total: number | undefined) => void;
	readonly signal: AbortSignal;
};

/** A line that drops is taken up again this often before a person is told. */
const mostResumes = 5;

/** Appends to the partial file from where it ends; asks again with Range when the line drops on the way. */
async function download(
	http: RegistryHttp,
	url: string,
	partial: string,
	{what, size, progress, signal}: Download,
): Promise<Result<void>> {
	const most = size ?? mostBlobBytes;
	let lost: Result<void> = ok(undefined);
	for (let attempt = 0; attempt <= mostResumes; attempt++) {
		let have = (await sizeOf(partial)) ?? 0;
		if (have > most) {
			await rm(partial, {force: true});
			have = 0;
		}
		if (size !== undefined && have === size) return ok(undefined);
		const answer = await http.ask({
			method: 'GET',
			url,
			...(have > 0 && {headers: {range: `bytes=${have}-`}}),
			what,
			signal,
			accepts: [200, 206, 416],
		});
		if (!answer.ok) return answer;
		if (answer.value.statusCode === 416) {
			await answer.value.body.dump();
			await rm(partial, {force: true});
			continue;
		}
		// A server that ignores Range starts over, and so do we.
		const resumes = answer.value.statusCode === 206;
		if (!resumes) have = 0;
		const total = size ?? (Number(answer.value.headers['content-length'] ?? Number.NaN) + have || undefined);
		const file = await open(partial, resumes ? 'a' : 'w', 0o644);
		try {
			for await (const chunk of answer.value.body) {
				if (!(chunk instanceof Uint8Array)) continue;
				have += chunk.length;
				if (have > most) {
					answer.value.body.destroy();
					await file.truncate(0);
					return fail(tooLarge(what, most));
				}
				await file.write(chunk);
				progress(have, total);
			}
			await file.sync();
			if (size === undefined || have >= size) return ok(undefined);
			lost = fail({
				...networkProblem(
					Object.assign(new Error(`${have} of ${size} bytes`), {code: 'ECONNRESET'}),
					new URL(url).host,
				),
				what: `The download of ${what} ended early.`,
			});
		} catch (error) {
			if (signal.aborted || (error instanceof Error && 'code' in error && error.code === 'ENOSPC')) throw error;
			lost = fail(networkProblem(error, new URL(url).host));
		} finally {
			await file.close();
		}
	}
	return lost;
}

async function readSafely<T>(read: () => Promise<T>, what: string): Promise<Result<T>> {
	try {
		return ok(await read());
	} catch (error) {
		return fail(networkProblem(error, what));
	}
}

export const digestOf = (bytes: Uint8Array): string => `sha256:${createHash('sha256').update(bytes).digest('hex')}`;

export async function hashFile(path: string): Promise<string> {
	const hash = createHash('sha256');
	for await (const chunk of createReadStream(path, {highWaterMark: 1 << 20})) hash.update(chunk);
	return `sha256:${hash.digest('hex')}`;
}

async function sizeOf(path: string): Promise<number | undefined> {
	try {
		return (await stat(path)).size;
	} catch {
		return undefined; // Not there yet.
	}
}

/** A manifest's JSON by its schema, or what is wrong with it by path. */
export function parseManifest<T>(schema: z.ZodType<T>, bytes: Buffer, what: string): Result<T> {
	let json: unknown;
	try {
		json = JSON.parse(bytes.toString('utf8'));
	} catch (error) {
		return fail(invalidArtifact(`${what} is not valid JSON.`, error instanceof Error ? error.message : ''));
	}
	const parsed = schema.safeParse(json);
	if (parsed.success) return ok(parsed.data);
	const [issue] = parsed.error.issues;
	const path = issue?.path.join('.') ?? '';
	return fail(
		invalidArtifact(
			`${what} is not usable: ${path || 'it'} ${issue?.message ?? 'is wrong'}.`,
			z.prettifyError(parsed.error),
			path,
		),
	);
}
