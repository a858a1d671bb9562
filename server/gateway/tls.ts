import {execFile} from 'node:child_process';
import {X509Certificate} from 'node:crypto';
import {mkdtemp, readFile, rename, rm} from 'node:fs/promises';
import {join} from 'node:path';
import {promisify} from 'node:util';

const run = promisify(execFile);

export type Certificate = {
	readonly key: string;
	readonly cert: string;
	/** SHA-256 as browsers show it: upper-case pairs with colons. */
	readonly fingerprint: string;
};

/** The gateway's own certificate, made on first start and kept: its fingerprint is what people compare. */
export async function openCertificate(stateDir: string, hostName: string, now: number): Promise<Certificate> {
	return (await keptCertificate(stateDir, now)) ?? (await makeCertificate(stateDir, hostName));
}

async function keptCertificate(stateDir: string, now: number): Promise<Certificate | undefined> {
	try {
		const [key, cert] = await Promise.all([
			readFile(join(stateDir, 'tls.key'), 'utf8'),
			readFile(join(stateDir, 'tls.crt'), 'utf8'),
		]);
		const parsed = new X509Certificate(cert);
		return parsed.validToDate.getTime() > now ? {key, cert, fingerprint: parsed.fingerprint256} : undefined;
	} catch {
		return undefined; // Not there, or not a certificate: a new one is made either way.
	}
}

async function makeCertificate(stateDir: string, hostName: string): Promise<Certificate> {
	const name = /^[A-Za-z0-9-]{1,63}$/.test(hostName) ? hostName : 'alga-appliance';
	const folder = await mkdtemp(join(stateDir, 'tls-'));
	try {
		const key = join(folder, 'tls.key');
		const cert = join(folder, 'tls.crt');
		// openssl creates the key 0600; only file names are in its arguments.
		const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
		const subject = [
			'-subj',
			`/O=Alga Appliance/CN=${name}`,
			'-addext',
			`subjectAltName=DNS:${name},DNS:${name}.local`,
		];
		// Not execa: it would cost the gateway 12 MB for this one call.
		await run('openssl', ['req', '-x509', ...curve, '-days', '3650', ...subject, '-keyout', key, '-out', cert], {
			timeout: 30_000,
		});
		await rename(key, join(stateDir, 'tls.key'));
		await rename(cert, join(stateDir, 'tls.crt'));
	} finally {
		await rm(folder, {recursive: true, force: true});
	}
	const [key, cert] = await Promise.all([
		readFile(join(stateDir, 'tls.key'), 'utf8'),
		readFile(join(stateDir, 'tls.crt'), 'utf8'),
	]);
	return {key, cert, fingerprint: new X509Certificate(cert).fingerprint256};
}
