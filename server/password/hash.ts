import {randomBytes, type ScryptOptions, scrypt, timingSafeEqual} from 'node:crypto';

/** OWASP's scrypt setting of least memory (16 MiB): the gateway shares a small machine. */
const cost = {N: 16_384, r: 8, p: 5};
const keyLength = 32;

/** Hashes off the event loop: `scrypt$N$r$p$salt$hash`, so that stronger settings can come later. */
export async function hashPassword(password: string): Promise<string> {
	const salt = randomBytes(16);
	const key = await derive(password, salt, cost);
	return ['scrypt', cost.N, cost.r, cost.p, salt.toString('base64url'), key.toString('base64url')].join('$');
}

/** Whether the password is the one; false for a hash of a form this program does not know. */
export async function verifyPassword(password: string, hash: string): Promise<boolean> {
	const [scheme, N, r, p, salt, key] = hash.split('$');
	const options = {N: Number(N), r: Number(r), p: Number(p)};
	const expected = Buffer.from(key ?? '', 'base64url');
	if (scheme !== 'scrypt' || salt === undefined || expected.length !== keyLength || !affordable(options)) return false;
	return timingSafeEqual(await derive(password, Buffer.from(salt, 'base64url'), options), expected);
}

type Cost = {readonly N: number; readonly r: number; readonly p: number};

/** A hash is data from a file: its cost must not be able to stop the gateway. */
function affordable({N, r, p}: Cost): boolean {
	return Number.isInteger(Math.log2(N)) && N >= 1024 && N <= 2 ** 17 && r >= 1 && r <= 16 && p >= 1 && p <= 16;
}

function derive(password: string, salt: Buffer, options: Cost): Promise<Buffer> {
	const limits: ScryptOptions = {...options, maxmem: 130 * options.N * options.r + 1024 * options.p * options.r};
	return new Promise((resolve, reject) => {
		// One password typed on two keyboards may differ in how accents are composed.
		scrypt(password.normalize('NFKC'), salt, keyLength, limits, (error, key) => (error ? reject(error) : resolve(key)));
	});
}
