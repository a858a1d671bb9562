import {fail, ok, type Result} from '../../shared/problem.ts';
import {networkProblem} from '../host/network-problem.ts';
import {downloadTo} from './download.ts';
import {type Endpoint, endpointOf} from './endpoint.ts';
import {type Ask, drain, isPage, type RegistryHttp, readBytes} from './http.ts';
import {digestOf, type ImageManifest, ManifestOrIndex, manifestTypes, parseManifest, TagList} from './oci.ts';
import {cancelled, invalidArtifact, notARegistry, tooLarge, unsupportedPlatform, wrongDigest} from './problems.ts';

const mostManifestBytes = 4 << 20;
const mostConfigBytes = 8 << 20;
/** Manifests and configs are small: a registry that takes longer over one only pretends to send. */
const smallMs = 120_000;
const mostReads = 3;
const mostPages = 50;

export type Architecture = 'amd64' | 'arm64';
export type Fetched = {readonly digest: string; readonly bytes: Buffer; readonly mediaType: string};
export type BlobRef = {readonly digest: string; readonly size?: number | undefined};
export type Progress = (bytes: number, total: number | undefined) => void;

/** Fetches by the distribution specification; nothing is handed on before its digest was computed and compared. */
export type Puller = {
	readonly endpoint: (repository: string) => Endpoint;
	/** A manifest or index by tag or digest, as its bytes. */
	readonly manifest: (repository: string, reference: string, signal: AbortSignal) => Promise<Result<Fetched>>;
	/** The image manifest for this machine: of an index the one of its platform. `digest` is that of what was asked for. */
	readonly image: (
		repository: string,
		reference: string,
		signal: AbortSignal,
	) => Promise<Result<{readonly digest: string; readonly image: ImageManifest}>>;
	/** Every tag of a repository, in the registry's order; many pages are read, an unending list is not. */
	readonly tags: (repository: string, signal: AbortSignal) => Promise<Result<readonly string[]>>;
	/** Whether the registry says that it has a manifest. */
	readonly has: (repository: string, reference: string, signal: AbortSignal) => Promise<Result<boolean>>;
	readonly hasBlob: (repository: string, digest: string, signal: AbortSignal) => Promise<Result<boolean>>;
	/** A small blob into memory. */
	readonly blob: (repository: string, blob: BlobRef, signal: AbortSignal) => Promise<Result<Buffer>>;
	/** A blob of any size to a file named by its digest; goes on where an earlier try stopped. */
	readonly file: (
		repository: string,
		blob: BlobRef,
		progress: Progress,
		signal: AbortSignal,
	) => Promise<Result<string>>;
};

export type PullSettings = {
	readonly mirrors: Readonly<Record<string, string>>;
	/** Folder for downloaded blobs. */
	readonly artifacts: string;
	readonly architecture: Architecture;
};

export function makePuller(http: RegistryHttp, {mirrors, artifacts, architecture}: PullSettings): Puller {
	const endpoint = (repository: string) => endpointOf(repository, mirrors);
	const urlOf = (repository: string, kind: 'manifests' | 'blobs', reference: string) => {
		const {origin, name} = endpoint(repository);
		return `${origin}/v2/${name}/${kind}/${reference}`;
	};
	const has = async (repository: string, kind: 'manifests' | 'blobs', reference: string, signal: AbortSignal) => {
		const answer = await http.ask({
			method: 'HEAD',
			url: urlOf(repository, kind, reference),
			headers: {accept: manifestTypes},
			what: named(repository, reference),
			signal,
			accepts: [200, 404],
		});
		if (!answer.ok) return answer;
		await drain(answer.value);
		return ok(answer.value.statusCode === 200);
	};

	const manifest: Puller['manifest'] = async (repository, reference, signal) => {
		const what = named(repository, reference);
		const read = await readSmall(http, mostManifestBytes, {
			method: 'GET',
			url: urlOf(repository, 'manifests', reference),
			headers: {accept: manifestTypes},
			what,
			signal,
			accepts: [200],
		});
		if (!read.ok) return read;
		const {bytes, headers, page} = read.value;
		const digest = digestOf(bytes);
		if (isDigest(reference) && digest !== reference) return fail(wrongDigest(what, reference, digest));
		if (page) return fail(notARegistry(endpoint(repository).host));
		const claimed = headers['docker-content-digest'];
		// A header that names another digest than the bytes have is an altered answer, whichever of the two is right.
		if (typeof claimed === 'string' && claimed.startsWith('sha256:') && claimed !== digest)
			return fail(wrongDigest(what, claimed, digest));
		return ok({digest, bytes, mediaType: String(headers['content-type'] ?? '')});
	};

	return {
		endpoint,
		manifest,
		image: async (repository, reference, signal) => {
			const what = named(repository, reference);
			const fetched = await manifest(repository, reference, signal);
			if (!fetched.ok) return fetched;
			const {digest, bytes} = fetched.value;
			const parsed = parseManifest(ManifestOrIndex, bytes, what);
			if (!parsed.ok) return parsed;
			if (!('manifests' in parsed.value)) return ok({digest, image: parsed.value});
			const ours = parsed.value.manifests.find(
				({platform}) => platform?.os === 'linux' && platform.architecture === architecture,
			);
			if (ours === undefined) return fail(unsupportedPlatform(what, architecture, parsed.value));
			const inner = await manifest(repository, ours.digest, signal);
			if (!inner.ok) return inner;
			const image = parseManifest(ManifestOrIndex, inner.value.bytes, named(repository, ours.digest));
			if (!image.ok) return image;
			if ('manifests' in image.value)
				return fail(invalidArtifact(`${what} is a list of lists.`, `index within an index: ${ours.digest}`));
			return ok({digest, image: image.value});
		},
		tags: async (repository, signal) => {
			const {origin, name} = endpoint(repository);
			const what = `the tags of ${repository}`;
			const found: string[] = [];
			let url: string | undefined = `${origin}/v2/${name}/tags/list?n=1000`;
			for (let page = 0; url !== undefined && page < mostPages; page++) {
				const read = await readSmall(http, mostManifestBytes, {method: 'GET', url, what, signal, accepts: [200]});
				if (!read.ok) return read;
				const list = parseManifest(TagList, read.value.bytes, what);
				if (!list.ok) return list;
				found.push(...(list.value.tags ?? []));
				// RFC 8288: the next page, on the same registry.
				const link: string | undefined = /<([^>]+)>;\s*rel="?next"?/.exec(String(read.value.headers.link ?? ''))?.[1];
				url = link === undefined ? undefined : `${origin}${link.replace(/^https?:\/\/[^/]+/, '')}`;
			}
			return ok(found);
		},
		has: (repository, reference, signal) => has(repository, 'manifests', reference, signal),
		hasBlob: (repository, digest, signal) => has(repository, 'blobs', digest, signal),
		blob: async (repository, {digest, size}, signal) => {
			const what = named(repository, digest);
			const most = size ?? mostConfigBytes;
			if (most > mostConfigBytes) return fail(tooLarge(what, mostConfigBytes));
			const url = urlOf(repository, 'blobs', digest);
			const read = await readSmall(http, most, {method: 'GET', url, what, signal, accepts: [200]});
			if (!read.ok) return read;
			const {bytes} = read.value;
			const got = digestOf(bytes);
			if (got !== digest) return fail(wrongDigest(what, digest, got));
			if (size !== undefined && bytes.length !== size)
				return fail(invalidArtifact(`${what} has another size than its release says.`, `${bytes.length}, not ${size}`));
			return ok(bytes);
		},
		file: (repository, blob, progress, signal) =>
			downloadTo(artifacts, http, urlOf(repository, 'blobs', blob.digest), {
				...blob,
				what: named(repository, blob.digest),
				progress,
				signal,
			}),
	};
}

const isDigest = (reference: string) => reference.startsWith('sha256:');
const named = (repository: string, reference: string) =>
	`${repository}${isDigest(reference) ? '@' : ':'}${isDigest(reference) ? reference.slice(0, 19) : reference}`;

/** A whole small body; one that breaks off is asked for again. */
async function readSmall(http: RegistryHttp, most: number, ask: Ask) {
	const signal = AbortSignal.any([ask.signal, AbortSignal.timeout(smallMs)]);
	for (let reads = 1; ; reads++) {
		const answer = await http.ask({...ask, signal});
		if (!answer.ok) return answer;
		try {
			const bytes = await readBytes(answer.value, most);
			if (bytes === undefined) return fail(tooLarge(ask.what, most));
			return ok({bytes, headers: answer.value.headers, page: isPage(answer.value)});
		} catch (error) {
			if (signal.aborted) return fail(cancelled(signal, ask.what));
			if (reads === mostReads) return fail(networkProblem(error, new URL(ask.url).host));
		}
	}
}
