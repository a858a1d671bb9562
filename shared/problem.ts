/**
 * Everything that can go wrong, as a closed list. The code is given at the place that fails; nothing is ever
 * classified by matching our own prose.
 */
export const problemCodes = [
	// commands and files on the host
	'command.failed',
	'command.timed-out',
	'command.missing',
	'file.unreadable',
	'file.unwritable',
	'disk.full',
	'answer.malformed',
	// name lookup and network
	'dns.no-servers',
	'dns.refused',
	'dns.timed-out',
	'dns.not-found',
	'dns.failed',
	'network.refused',
	'network.timed-out',
	'network.unreachable',
	'network.reset',
	'network.proxy-refused',
	'network.proxy-auth',
	'network.address-taken',
	'network.unmanaged',
	'network.not-read',
	'tls.untrusted',
	'tls.expired',
	'tls.failed',
	// the registry and what comes out of it
	'registry.denied',
	'registry.not-found',
	'registry.rate-limited',
	'registry.unavailable',
	'registry.not-a-registry',
	'registry.too-large',
	'registry.redirect-loop',
	'registry.refused-write',
	'digest.mismatch',
	'artifact.invalid',
	'artifact.unsafe',
	'platform.unsupported',
	'signature.missing',
	'signature.untrusted',
	'signature.invalid',
	'release.manager-too-old',
	'release.path-blocked',
	'release.downgrade',
	'release.lint',
	// preflight
	'preflight.failed',
	'preflight.needs-acceptance',
	// Kubernetes
	'cluster.unreachable',
	'cluster.denied',
	'cluster.rejected',
	'cluster.not-found',
	'cluster.conflict',
	'cluster.timed-out',
	'k3s.not-started',
	'storage.smoke-failed',
	'flux.not-ready',
	'core.not-ready',
	'bootstrap.failed',
	'login.no-answer',
	'health-gate.failed',
	// operations and input
	'input.invalid',
	'input.secret-needed',
	'operation.busy',
	'operation.unknown',
	'operation.not-allowed',
	'operation.interrupted',
	'operation.cancelled',
	'operation.undone',
	'journal.unwritable',
	// doors
	'engine.unreachable',
	'auth.required',
	'auth.denied',
	'auth.locked',
	'route.unknown',
	'log.not-found',
	'internal',
] as const;
export type ProblemCode = (typeof problemCodes)[number];

/** What went wrong, in the technician's words. Never holds a secret: `detail` is redacted where it is made. */
export type Problem = {
	readonly code: ProblemCode;
	/** One sentence: what happened, with the measured value or the name of the thing. */
	readonly what: string;
	/** Why, as far as it is known; absent when `what` says it all. */
	readonly why?: string;
	/** What to do now, as an instruction. */
	readonly next: string;
	/** Proof for support: the command's own words, a status line. At most 2,000 characters. */
	readonly detail?: string;
	/** The form field or manifest path this is about. */
	readonly field?: string;
	/** Whether doing the same again can do harm. Absent means it is safe. */
	readonly retry?: 'safe' | 'after-fix' | 'never';
};

/** The outcome of anything that can fail for a reason a technician should read. */
export type Result<T> = {readonly ok: true; readonly value: T} | {readonly ok: false; readonly problem: Problem};

export const ok = <T>(value: T): Result<T> => ({ok: true, value});
export const fail = (problem: Problem): {readonly ok: false; readonly problem: Problem} => ({ok: false, problem});
