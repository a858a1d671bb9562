import {isIPv6} from 'node:net';

/** Whose tries are counted together: an IPv4 address, or the /64 an IPv6 site is given. */
export function addressKey(remote: string | undefined): string {
	const address = (remote ?? '').replace(/%.*$/, '').toLowerCase();
	const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/.exec(address)?.[1];
	if (mapped !== undefined) return mapped;
	if (!isIPv6(address)) return address;
	return `${expand(address).slice(0, 4).join(':')}::/64`;
}

function expand(address: string): string[] {
	const [before = '', after] = address.split('::');
	const head = before.split(':').filter(Boolean);
	const tail = (after ?? '').split(':').filter(Boolean);
	const zeros = after === undefined ? [] : Array<string>(Math.max(0, 8 - head.length - tail.length)).fill('0');
	return [...head, ...zeros, ...tail].map(part => part.replace(/^0+(?=.)/, ''));
}
