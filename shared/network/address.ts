/** Ranges k3s uses inside the machine: pods and services (k3s documentation, defaults of --cluster-cidr and --service-cidr). */
export const reservedNetworks = ['10.42.0.0/16', '10.43.0.0/16'] as const;

/** Whether an IPv4 address lies in a range like 10.42.0.0/16; anything else lies in none. */
export function within(address: string, range: string): boolean {
	const [base, bits] = range.split('/');
	const host = toNumber(address);
	const network = toNumber(base ?? '');
	const prefix = Number(bits);
	if (host === undefined || network === undefined || !(prefix >= 0 && prefix <= 32)) return false;
	const shift = 2 ** (32 - prefix);
	return Math.floor(host / shift) === Math.floor(network / shift);
}

function toNumber(address: string): number | undefined {
	const parts = address.split('.').map(Number);
	if (parts.length !== 4 || parts.some(part => !Number.isInteger(part) || part < 0 || part > 255)) return undefined;
	return parts.reduce((number, part) => number * 256 + part, 0);
}

/** The range of k3s that this address with its prefix lies in or covers; undefined when they are apart. */
export const sameNetwork = (address: string): string | undefined =>
	reservedNetworks.find(
		range => within(address.split('/')[0] ?? '', range) || within(range.split('/')[0] ?? '', address),
	);
