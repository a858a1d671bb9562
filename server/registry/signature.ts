import {createPublicKey, type KeyObject, verify} from 'node:crypto';
import * as z from 'zod';
import {fail, ok, type Result} from '../../shared/problem.ts';
import {ImageManifest, parseManifest} from './oci.ts';
import type {Puller} from './pull.ts';

/** One key that releases may be signed with, under the name of its file. */
export type TrustKey = {readonly name: string; readonly pem: string};
/** `not-checked` is for those who publish: looking at a release is not trusting it. No site has it. */
export type TrustPolicy = 'require' | 'allow-unsigned' | 'not-checked';

/** cosign's "simple signing" payload (containers/image docs, atomic signature format). */
const Payload = z.object({
	critical: z.object({
		identity: z.object({'docker-reference': z.string().optional()}).optional(),
		image: z.object({'docker-manifest-digest': z.string()}),
		type: z.literal('cosign container image signature'),
	}),
});

/** cosign keeps a signature as an image beside the signed one, under this tag. */
export const signatureTag = (digest: string): string => `${digest.replace(':', '-')}.sig`;
export const signatureAnnotation = 'dev.cosignproject.cosign/signature';
const mostSignatures = 20;

/** The name of the trusted key that signed this digest; a Problem when none did and the policy requires one. */
export async function verifySignature(
	puller: Puller,
	repository: string,
	digest: string,
	keys: readonly TrustKey[],
	policy: TrustPolicy,
	signal: AbortSignal,
): Promise<Result<string | undefined>> {
	const missing = fail({
		code: 'signature.missing' as const,
		what: `${repository}@${digest.slice(0, 19)}… is not signed.`,
		next: 'Do not install this release. Report it to its publisher.',
		retry: 'never' as const,
	});
	if (policy === 'not-checked') return ok(undefined);
	const present = await puller.has(repository, signatureTag(digest), signal);
	if (!present.ok) return present;
	if (!present.value) return policy === 'require' ? missing : ok(undefined);
	const fetched = await puller.manifest(repository, signatureTag(digest), signal);
	if (!fetched.ok) return fetched;
	const manifest = parseManifest(ImageManifest, fetched.value.bytes, 'The signature');
	if (!manifest.ok) return manifest;
	let bound = false;
	const layers = manifest.value.layers.filter(layer => layer.annotations?.[signatureAnnotation] !== undefined);
	if (layers.length === 0) return policy === 'require' ? missing : ok(undefined);
	for (const layer of layers.slice(0, mostSignatures)) {
		const signature = layer.annotations?.[signatureAnnotation] ?? '';
		const payload = await puller.blob(repository, layer, signal);
		if (!payload.ok) return payload;
		if (!signs(payload.value, digest)) continue;
		bound = true;
		const signer = keys.find(key => isSignedBy(key, payload.value, signature));
		if (signer !== undefined) return ok(signer.name);
	}
	if (!bound) {
		return fail({
			code: 'signature.invalid',
			what: 'The signature belongs to another release.',
			why: 'Somebody put it beside this one.',
			next: 'Do not install this release. Report it to its publisher.',
			retry: 'never',
		});
	}
	return fail({
		code: 'signature.untrusted',
		what: 'The release is signed by a key that this appliance does not trust.',
		why:
			keys.length === 0
				? 'There is no key in /etc/alga-appliance/trust.'
				: `Trusted are: ${keys.map(key => key.name).join(', ')}.`,
		next: 'Do not install it. If the publisher has changed keys, update the alga-appliance package first.',
		retry: 'never',
	});
}

/** Whether the payload speaks about exactly this digest. */
function signs(payload: Buffer, digest: string): boolean {
	try {
		return Payload.parse(JSON.parse(payload.toString('utf8'))).critical.image['docker-manifest-digest'] === digest;
	} catch {
		return false; // Not a payload of this format; it signs nothing.
	}
}

/** Whether a file of the trust folder holds a key that can vouch. */
export function isPublicKey({pem}: TrustKey): boolean {
	const kind = publicKey(pem)?.asymmetricKeyType;
	return kind === 'ec' || kind === 'rsa';
}

function isSignedBy(key: TrustKey, payload: Buffer, signature: string): boolean {
	const parsed = publicKey(key.pem);
	// cosign's key pairs are ECDSA P-256, imported ones may be RSA; another kind signs nothing here.
	const kind = parsed?.asymmetricKeyType;
	return (
		parsed !== undefined &&
		(kind === 'ec' || kind === 'rsa') &&
		verify('sha256', payload, parsed, Buffer.from(signature, 'base64'))
	);
}

function publicKey(pem: string): KeyObject | undefined {
	try {
		return createPublicKey(pem);
	} catch {
		return undefined; // A file that is no key trusts nobody.
	}
}
