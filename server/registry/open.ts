import {fail, ok, type Result} from '../../shared/problem.ts';
import {ReleaseManifest, releaseMediaType, releaseRepository} from '../../shared/release/manifest.ts';
import {ReleaseV1, releaseV1MediaType, unverifiedOf} from '../../shared/release/v1.ts';
import type {Clock} from '../engine/clock.ts';
import {drain, isPage, type RegistryHttp, registryHttp} from './http.ts';
import {unpack} from './layer.ts';
import {parseManifest} from './oci.ts';
import {invalidArtifact, notARegistry, statusProblem} from './problems.ts';
import {type Architecture, type BlobRef, makePuller, type Puller} from './pull.ts';
import type {Registry, ResolvedRelease} from './registry.ts';
import {type TrustKey, type TrustPolicy, verifySignature} from './signature.ts';
import type {Credentials} from './tokens.ts';

/** How this site reaches its registry and whom it trusts. */
export type RegistryConfig = {
	readonly repository: string;
	readonly artifacts: string;
	readonly mirrors: Readonly<Record<string, string>>;
	readonly proxy?: string | undefined;
	/** Name servers the site has chosen, asked before the machine itself asks them. */
	readonly servers?: readonly string[] | undefined;
	readonly noProxy: readonly string[];
	readonly ca?: string | undefined;
	readonly credentials: (host: string) => Credentials | undefined;
	/** Read anew at each use, so that a key can be added or retired without a restart. */
	readonly keys: () => Promise<readonly TrustKey[]>;
	readonly policy: TrustPolicy;
	/** Of several the image made for this one is taken; this machine's where none is given. */
	readonly architecture?: Architecture;
	readonly clock: Clock;
};

export type OpenRegistry = Registry & AsyncDisposable & {readonly http: RegistryHttp; readonly puller: Puller};

export function openRegistry(config: RegistryConfig): OpenRegistry {
	const http = registryHttp(config);
	const {mirrors, artifacts, architecture = process.arch === 'arm64' ? 'arm64' : 'amd64'} = config;
	const puller = makePuller(http, {mirrors, artifacts, architecture});
	// A manifest names the product's repository; a site may keep releases elsewhere.
	const real = (repository: string) => (repository === releaseRepository ? config.repository : repository);
	return {
		http,
		puller,
		ping: async (host, signal) => {
			const began = config.clock.elapsed();
			const {origin, host: asked} = puller.endpoint(`${host}/x`);
			const answer = await http.ask({
				method: 'GET',
				url: `${origin}/v2/`,
				what: 'its API',
				signal,
				accepts: [200, 401],
			});
			if (!answer.ok) {
				// A registry that wants a login has answered; only what is no registry has not.
				return answer.problem.code === 'registry.denied' ? ok({latencyMs: config.clock.elapsed() - began}) : answer;
			}
			await drain(answer.value);
			if (isPage(answer.value)) return fail(notARegistry(asked));
			return ok({latencyMs: config.clock.elapsed() - began});
		},
		resolveRelease: (reference, signal) => resolve(config, puller, reference, signal),
		versions: async signal => {
			const tags = await puller.tags(config.repository, signal);
			return tags.ok ? ok(tags.value.filter(isVersion)) : tags;
		},
		exists: ({repository, reference}, signal) => puller.has(real(repository), reference, signal),
		download: ({repository, digest, size}, progress, signal) =>
			puller.file(real(repository), {digest, size}, progress, signal),
		files: async ({repository, reference}, signal) => {
			const fetched = await puller.image(real(repository), reference, signal);
			if (!fetched.ok) return fetched;
			const {layers} = fetched.value.image;
			const [layer] = layers;
			if (layer === undefined || layers.length !== 1)
				return fail(
					invalidArtifact(`${repository}@${reference} is not an artifact of one layer.`, `${layers.length} layers`),
				);
			const bytes = await puller.blob(real(repository), layer, signal);
			return bytes.ok ? unpack(bytes.value) : bytes;
		},
		[Symbol.asyncDispose]: () => http[Symbol.asyncDispose](),
	};
}

const isVersion = (tag: string) => /^\d+\.\d+\.\d+(?:-[0-9A-Za-z.-]+)?$/.test(tag);

/** Channel, version or digest → the manifest, its digest verified, its signature by a trusted key. */
async function resolve(
	config: RegistryConfig,
	puller: Puller,
	reference: string,
	signal: AbortSignal,
): Promise<Result<ResolvedRelease>> {
	const {repository} = config;
	const fetched = await puller.image(repository, reference, signal);
	if (!fetched.ok) {
		const gone = fetched.problem.code === 'registry.not-found';
		return gone
			? fail({
					...statusProblem(404, `release "${reference}"`, puller.endpoint(repository).host),
					next: 'Choose another channel or release (Release), or report the missing one to its publisher.',
				})
			: fetched;
	}
	const signed = await verifySignature(
		puller,
		repository,
		fetched.value.digest,
		await config.keys(),
		config.policy,
		signal,
	);
	if (!signed.ok) return signed;
	const {config: blob} = fetched.value.image;
	if (blob.mediaType === releaseV1MediaType) return refuseV1(puller, repository, reference, blob, signal);
	if (blob.mediaType !== releaseMediaType)
		return fail(
			invalidArtifact(
				`Release "${reference}" is not of a format this appliance knows.`,
				`config media type ${blob.mediaType}`,
			),
		);
	const bytes = await puller.blob(repository, blob, signal);
	if (!bytes.ok) return bytes;
	const manifest = parseManifest(ReleaseManifest, bytes.value, `Release "${reference}"`);
	if (!manifest.ok) return manifest;
	// Flux checks the tree again, by itself: what it would refuse is refused before anything is changed.
	if (config.policy === 'require') {
		const {config: tree} = manifest.value;
		const from = tree.repository === releaseRepository ? repository : tree.repository;
		const vouched = await verifySignature(puller, from, tree.digest, await config.keys(), config.policy, signal);
		if (!vouched.ok)
			return fail({...vouched.problem, what: `The Flux tree of release "${reference}": ${vouched.problem.what}`});
	}
	return ok({manifest: manifest.value, digest: fetched.value.digest, signedBy: signed.value, unverified: []});
}

/** A release of the first format can be read, but what it installs is not named by digest: it is not installed. */
async function refuseV1(
	puller: Puller,
	repository: string,
	reference: string,
	blob: BlobRef,
	signal: AbortSignal,
): Promise<Result<ResolvedRelease>> {
	const bytes = await puller.blob(repository, blob, signal);
	if (!bytes.ok) return bytes;
	const release = parseManifest(ReleaseV1, bytes.value, `Release "${reference}"`);
	if (!release.ok) return release;
	return fail({
		code: 'artifact.invalid',
		what: `Release "${reference}" (${release.value.version}) is of the first format, which names its parts by tags.`,
		why: 'What it would install cannot be verified.',
		next: 'Choose another release, or ask its publisher for one of the present format.',
		detail: unverifiedOf(release.value).join(' ').slice(0, 2000),
		retry: 'never',
	});
}
