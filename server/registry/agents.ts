import {getCACertificates} from 'node:tls';
import {Agent, type Dispatcher, ProxyAgent} from 'undici';

/** Until the first byte of an answer. */
export const headersMs = 20_000;
/** A body may take long; silence may not. */
const silenceMs = 30_000;

export type Route = {
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
export function openAgents({proxy, noProxy, ca}: Route): Agents {
	const limits = {headersTimeout: headersMs, bodyTimeout: silenceMs, connections: 8};
	// Node knows Mozilla's authorities; a site's own is the operating system's to know.
	const known = (['bundled', 'system', 'extra'] as const).flatMap(kind => getCACertificates(kind));
	const authorities = [...known, ...(ca ? [ca] : [])];
	const tls = {ca: authorities, timeout: headersMs};
	const direct = new Agent({...limits, connect: tls});
	const through =
		proxy === undefined ? undefined : new ProxyAgent({...limits, uri: proxy, requestTls: tls, proxyTls: tls});
	return {
		to: url =>
			through === undefined || proxy === undefined || isDirect(url.hostname, noProxy)
				? {dispatcher: direct, proxy: undefined}
				: {dispatcher: through, proxy: new URL(proxy).host},
		[Symbol.asyncDispose]: async () => {
			await Promise.all([direct.destroy(), through?.destroy()]);
		},
	};
}

export const isLoopback = (host: string): boolean => /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])(:\d+)?$/.test(host);

const isDirect = (host: string, noProxy: readonly string[]) =>
	isLoopback(host) || noProxy.some(entry => host === entry || (entry.startsWith('.') && host.endsWith(entry)));
