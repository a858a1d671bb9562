import {isIP} from 'node:net';
import {isLoopback} from './agents.ts';

/** Where a repository is really fetched from, after the site's mirrors. */
export type Endpoint = {
	/** `https://ghcr.io`, without a slash at the end. */
	readonly origin: string;
	/** Path of the repository below /v2/. */
	readonly name: string;
	/** What error texts call it. */
	readonly host: string;
};

/**
 * Splits `ghcr.io/owner/name` and applies the mirrors: `{"ghcr.io": "mirror.example:5000/ghcr"}`. Plain HTTP is spoken
 * only to loopback, or where the mirror is written with `http://`.
 */
export function endpointOf(repository: string, mirrors: Readonly<Record<string, string>>): Endpoint {
	const [host = '', ...path] = repository.split('/');
	const mirror = mirrors[host];
	if (mirror === undefined) return {origin: `${schemeOf(host)}://${serverOf(host)}`, name: path.join('/'), host};
	const [, scheme, rest = ''] = /^(?:(https?):\/\/)?(.*?)\/*$/.exec(mirror) ?? [];
	const [mirrorHost = '', ...prefix] = rest.split('/');
	return {
		origin: `${scheme ?? schemeOf(mirrorHost)}://${mirrorHost}`,
		name: [...prefix, ...path].join('/'),
		host: mirrorHost,
	};
}

/** The name that has to be looked up to reach a host's repositories; undefined where a plain address or this machine is. */
export function nameOf(host: string, mirrors: Readonly<Record<string, string>>): string | undefined {
	const {hostname} = new URL(endpointOf(`${host}/-`, mirrors).origin);
	return isLoopback(hostname) || isIP(hostname.replaceAll(/[[\]]/g, '')) !== 0 ? undefined : hostname;
}

const schemeOf = (host: string) => (isLoopback(host) ? 'http' : 'https');
/** Docker Hub's images are named by one host and served by another. */
const serverOf = (host: string) => (host === 'docker.io' ? 'registry-1.docker.io' : host);
