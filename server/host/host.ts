import type {HostFacts, NetworkFacts} from '../../shared/facts/host.ts';
import type {Result} from '../../shared/problem.ts';

/** argv never holds a secret: it is visible in /proc. Secrets go through `stdin`. No shell is involved. */
export type Command = {
	readonly argv: readonly [string, ...string[]];
	readonly deadlineMs: number;
	readonly stdin?: string;
	/** Lines are handed over as they come, for the operation's log. */
	readonly onLine?: (line: string) => void;
	readonly signal?: AbortSignal;
};

/** How a server is reached where that is not the machine's own way: a proxy, name servers it does not ask yet. */
export type Way = {readonly proxy?: string; readonly servers?: readonly string[]};

/** What one HTTP request met, step by step, so that the failing step can be named. */
export type HttpAnswer = {
	readonly status: number;
	readonly headers: Readonly<Record<string, string>>;
	readonly body: string;
	readonly latencyMs: number;
	readonly address?: string;
};

/**
 * The machine, as a handful of verbs. The production one is `linux.ts`; a simulated box implements the same.
 * Paths are absolute appliance paths (`/etc/…`); the port prefixes its own root.
 */
export type Host = {
	/** Everything known about the machine now; each group fails on its own and then is `unknown`. The signal ends what still runs. */
	readonly facts: (signal: AbortSignal) => Promise<HostFacts>;
	/** Calls back when addresses, routes or carrier change (coalesced); dispose to stop. */
	readonly watchNetwork: (changed: (facts: NetworkFacts) => void) => Disposable;
	readonly run: (command: Command) => Promise<Result<string>>;
	readonly readFile: (path: string) => Promise<Result<string>>;
	/** Writes whole or not at all, fsynced; `mode` is octal (default 0600). Parent directories are made. */
	readonly writeFile: (path: string, content: string | Uint8Array, mode?: number) => Promise<Result<void>>;
	/** Moves an already verified local file into place, atomically, with this mode. */
	readonly placeFile: (from: string, path: string, mode: number) => Promise<Result<void>>;
	readonly removeFile: (path: string) => Promise<Result<void>>;
	readonly exists: (path: string) => Promise<boolean>;
	/** Looks a name up on one server (or the system's when absent); fails with the dns.* codes. */
	readonly lookup: (
		name: string,
		server: string | undefined,
		signal: AbortSignal,
	) => Promise<Result<readonly string[]>>;
	/** One GET from this machine, redirects not followed, body cut at 64 KiB; dns.*, network.* and tls.* codes. */
	readonly fetch: (url: string, signal: AbortSignal, way?: Way) => Promise<Result<HttpAnswer>>;
	/** Whether something listens on, or may bind, these TCP ports: the owners found. */
	readonly portOwners: (
		ports: readonly number[],
	) => Promise<Result<readonly {readonly port: number; readonly process: string}[]>>;
	readonly power: (action: 'reboot' | 'shutdown') => Promise<Result<void>>;
};
