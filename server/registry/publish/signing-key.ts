import {createPrivateKey, createPublicKey, type KeyObject} from 'node:crypto';
import {readFile} from 'node:fs/promises';
import {fail, ok, type Problem, type Result} from '../../../shared/problem.ts';
import type {ReleaseRun} from '../release-cli.ts';

/** The key of `--key`, opened with the passphrase of a file or of the terminal. Nothing is pushed before this has worked. */
export async function openSigningKey({
	options: {key: file = '', 'passphrase-file': passphraseFile},
	passphrase,
}: Pick<ReleaseRun, 'options' | 'passphrase'>): Promise<Result<KeyObject>> {
	const pem = await readFile(file, 'utf8').catch(unreadable('signing key', file));
	if (typeof pem !== 'string') return pem;
	if (!isLocked(pem)) return readSigningKey(pem, undefined);
	const secret = await passphrase(passphraseFile).catch(unreadable('passphrase', passphraseFile ?? 'the terminal'));
	if (typeof secret === 'object') return secret;
	if (secret === undefined)
		return fail({
			code: 'input.secret-needed',
			what: `The signing key ${file} has a passphrase, and there is no terminal to ask for it.`,
			next: 'Give --passphrase-file FILE.',
			field: 'passphrase-file',
			retry: 'after-fix',
		});
	return readSigningKey(pem, secret);
}

/** A publisher's private key from PEM text (PKCS#8 or SEC1; ECDSA P-256), opened with its passphrase where it has one. */
export function readSigningKey(pem: string, passphrase: string | undefined): Result<KeyObject> {
	if (/BEGIN ENCRYPTED (SIGSTORE|COSIGN) PRIVATE KEY/.test(pem))
		return fail(
			unusableKey(
				'It is in cosign’s own encryption. Make one with "openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -aes256".',
			),
		);
	try {
		const key = createPrivateKey({key: pem, ...(passphrase !== undefined && {passphrase})});
		if (key.asymmetricKeyType === 'ec' && key.asymmetricKeyDetails?.namedCurve === 'prime256v1') return ok(key);
		return fail(unusableKey('It is not an ECDSA key on curve P-256.'));
	} catch (error) {
		const said = error instanceof Error ? error.message : String(error);
		// What a wrong passphrase decrypts to is noise, and OpenSSL complains of the noise in more than one way.
		const isWhole = /-----BEGIN [^-]+-----\s[\s\S]+\s-----END /.test(pem);
		return fail(isLocked(pem) && isWhole ? wrongPassphrase(said) : unusableKey(said));
	}
}

/** The public half, as it is put into the trust folder. */
export const publicPem = (key: KeyObject): string =>
	createPublicKey(key).export({type: 'spki', format: 'pem'}).toString();

const isLocked = (pem: string) => /ENCRYPTED/.test(pem);

/** A file that was named and cannot be read; its content is never quoted. */
const unreadable = (what: string, file: string) => (error: unknown) =>
	fail({
		code: 'file.unreadable' as const,
		what: `The ${what} cannot be read from ${file}.`,
		next: 'Check the path and who may read it, then try again. Nothing was pushed or signed.',
		detail: error instanceof Error && 'code' in error ? String(error.code) : 'unknown',
	});

const wrongPassphrase = (detail: string): Problem => ({
	code: 'input.invalid',
	what: 'The passphrase is wrong: it does not open the signing key.',
	next: 'Try again with the right one. Nothing was pushed or signed.',
	detail,
	retry: 'after-fix',
});

const unusableKey = (why: string): Problem => ({
	code: 'input.invalid',
	what: 'The signing key cannot be used.',
	why,
	next: 'Give a private key in PEM form and its passphrase.',
	retry: 'after-fix',
});
