import {createPublicKey, type KeyObject, sign, verify} from 'node:crypto';
import {ok, type Result} from '../../../shared/problem.ts';
import {digestOf, ImageManifest, imageType, parseManifest} from '../oci.ts';
import type {Puller} from '../pull.ts';
import type {Pusher} from '../push.ts';
import {signatureAnnotation, signatureTag} from '../signature.ts';

const payloadType = 'application/vnd.dev.cosign.simplesigning.v1+json';
const configType = 'application/vnd.oci.image.config.v1+json';

/**
 * Signs a digest in cosign's key-based format: the payload as a layer of an image tagged `sha256-<hex>.sig` beside it.
 * Signatures that are there stay, so that two keys can vouch while one takes over from the other.
 */
export async function signDigest(
	puller: Puller,
	pusher: Pusher,
	repository: string,
	digest: string,
	key: KeyObject,
	signal: AbortSignal,
): Promise<Result<void>> {
	const payload = Buffer.from(
		JSON.stringify({
			critical: {
				identity: {'docker-reference': repository},
				image: {'docker-manifest-digest': digest},
				type: 'cosign container image signature',
			},
			optional: null,
		}),
	);
	const tag = signatureTag(digest);
	const present = await puller.has(repository, tag, signal);
	if (!present.ok) return present;
	let layers: ImageManifest['layers'] = [];
	if (present.value) {
		const fetched = await puller.manifest(repository, tag, signal);
		if (!fetched.ok) return fetched;
		const parsed = parseManifest(ImageManifest, fetched.value.bytes, 'The signature');
		if (!parsed.ok) return parsed;
		layers = parsed.value.layers;
	}
	const again = layers.some(
		one =>
			one.digest === digestOf(payload) &&
			verify(
				'sha256',
				payload,
				createPublicKey(key),
				Buffer.from(one.annotations?.[signatureAnnotation] ?? '', 'base64'),
			),
	);
	if (again) return ok(undefined);
	const layer = {
		mediaType: payloadType,
		digest: digestOf(payload),
		size: payload.length,
		annotations: {[signatureAnnotation]: sign('sha256', payload, key).toString('base64')},
	};
	const config = Buffer.from(
		JSON.stringify({
			architecture: '',
			os: '',
			config: {},
			rootfs: {type: 'layers', diff_ids: [...layers, layer].map(one => one.digest)},
		}),
	);
	for (const body of [payload, config]) {
		const pushed = await pusher.blob(repository, {digest: digestOf(body), size: body.length, body}, signal);
		if (!pushed.ok) return pushed;
	}
	const manifest = {
		schemaVersion: 2,
		mediaType: imageType,
		config: {mediaType: configType, digest: digestOf(config), size: config.length},
		layers: [...layers, layer],
	};
	const body = Buffer.from(JSON.stringify(manifest));
	const stored = await pusher.manifest(repository, tag, {mediaType: imageType, body}, signal);
	return stored.ok ? ok(undefined) : stored;
}
