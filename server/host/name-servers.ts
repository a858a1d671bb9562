import {lookup as systemLookup} from 'node:dns';
import {Resolver} from 'node:dns/promises';
import {isIPv6, type LookupFunction} from 'node:net';

/** Asks these name servers: at most two tries, `timeoutMs` each. */
export function resolverAt(servers: readonly string[], timeoutMs: number): Resolver {
	const resolver = new Resolver({timeout: timeoutMs, tries: 2});
	resolver.setServers(servers.map(server => (isIPv6(server) ? `[${server}]` : server)));
	return resolver;
}

/**
 * How connections look names up where a site has named its own servers and the machine does not ask them yet. Names only
 * this machine knows (/etc/hosts) are asked of the system.
 */
export function lookupAt(servers: readonly string[]): LookupFunction {
	const resolver = resolverAt(servers, 2500);
	return (name, options, callback) => {
		resolver.resolve4(name).then(
			addresses =>
				options.all
					? callback(
							null,
							addresses.map(address => ({address, family: 4})),
						)
					: callback(null, addresses[0] ?? '', 4),
			(error: unknown) =>
				systemLookup(name, options, (systemError, ...found) =>
					systemError ? callback(asLookup(error), '') : callback(null, ...found),
				),
		);
	};
}

/** The same code means another thing on port 53 than on the port that was asked for. */
export const asLookup = (error: unknown): Error =>
	error instanceof Error && 'code' in error && error.code === 'ECONNREFUSED'
		? Object.assign(new Error(error.message), {code: 'DNS_ECONNREFUSED'})
		: error instanceof Error
			? error
			: new Error(String(error));
