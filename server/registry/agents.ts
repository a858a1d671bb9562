import {createSecureContext, getCACertificates, type SecureContext} from 'node:tls';
import {Agent, type Dispatcher, ProxyAgent} from 'undici';
import {lookupAt} from '../host/name-servers.ts';

/** Until the first byte of an answer. */
export const headersMs = 20_000;
/** A body may take long; silence may not. */
const silenceMs = 30_000;

export type Route = {
	/** The name servers to ask; the machine's own when empty. */
	readonly servers?: readonly string[] | undefined;
	readonly proxy?: string | undefined;
	readonly noProxy: readonly string[];
	/** A certificate authority (PEM) trusted beside the machine's own. */
	readonly ca?: string | undefined;
};

export type Agents = AsyncDisposable & {
	/** The connections that lead to this address, and the proxy's host where they go through one. */
	readonly to: (url: URL) => {readonly dispatcher: Dispatcher; readonly proxy: string | undefined};
};

/** Connections, kept open between requests: straight, and through the site's proxy. */
export function openAgents({proxy, noProxy, ca, servers = []}: Route): Agents {
	const limits = {headersTimeout: headersMs, bodyTimeout: silenceMs, connections: 8};
	const names = {timeout: headersMs, ...(servers.length > 0 && {lookup: lookupAt(servers)})};
	const plain = new Agent({...limits, connect: names});
	// Made when first needed, and once: reading some hundred authorities takes tens of milliseconds.
	let encrypted: Agent | undefined;
	let proxied: ProxyAgent | undefined;
	let tls: (typeof names & {readonly secureContext: SecureContext}) | undefined;
	const trusting = () => {
		tls ??= {...names, secureContext: trust(ca)};
		return tls;
	};
	return {
		to: url => {
			if (proxy !== undefined && !isDirect(url.hostname, noProxy)) {
				proxied ??= new ProxyAgent({...limits, uri: proxy, requestTls: trusting(), proxyTls: trusting()});
				return {dispatcher: proxied, proxy: new URL(proxy).host};
			}
			if (url.protocol === 'http:') return {dispatcher: plain, proxy: undefined};
			encrypted ??= new Agent({...limits, connect: trusting()});
			return {dispatcher: encrypted, proxy: undefined};
		},
		[Symbol.asyncDispose]: async () => {
			await Promise.all([plain.destroy(), encrypted?.destroy(), proxied?.destroy()]);
		},
	};
}

/** Node knows Mozilla's authorities; a site's own is the operating system's to know, or given. */
function trust(ca: string | undefined): SecureContext {
	const known = (['bundled', 'system', 'extra'] as const).flatMap(kind => getCACertificates(kind));
	return createSecureContext({ca: [...new Set([...known, ...(ca ? [ca] : [])])]});
}

export const isLoopback = (host: string): boolean => /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])(:\d+)?$/.test(host);

const isDirect = (host: string, noProxy: readonly string[]) =>
	isLoopback(host) || noProxy.some(entry => host === entry || (entry.startsWith('.') && host.endsWith(entry)));
