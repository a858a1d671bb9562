import type {Problem} from '../../shared/problem.ts';
import type {ImageIndex} from './oci.ts';

/** What a registry's status means for a technician. */
export function statusProblem(status: number, what: string, host: string): Problem {
	if (status === 401 || status === 403)
		return {
			code: 'registry.denied',
			what: `${host} refused access to ${what} (${status}).`,
			why: 'It is private, or a filter on the way answers instead.',
			next: 'Check that the repository is public, or give this site access.',
			retry: 'after-fix',
		};
	if (status === 404)
		return {
			code: 'registry.not-found',
			what: `${host} does not have ${what}.`,
			next: 'Choose another channel or release, and report the missing one to its publisher.',
			retry: 'after-fix',
		};
	if (status === 407)
		return {
			code: 'network.proxy-auth',
			what: 'The proxy asks for a user and password.',
			next: 'Have this machine exempted from the proxy’s login.',
			retry: 'after-fix',
		};
	if (status === 429)
		return {
			code: 'registry.rate-limited',
			what: `${host} limits how often it may be asked.`,
			next: 'Wait an hour and try again, or use a mirror.',
			retry: 'safe',
		};
	return {
		code: 'registry.unavailable',
		what: `${host} answered with an error of its own (${status}).`,
		next: 'Wait and try again; the provider’s status page may say more.',
		retry: 'safe',
	};
}

export const notARegistry = (host: string): Problem => ({
	code: 'registry.not-a-registry',
	what: `What answers at ${host} is a web page, not a registry.`,
	why: 'A captive portal or web filter stands in between.',
	next: 'Have this host exempted from the filter.',
	retry: 'after-fix',
});

export const wrongDigest = (what: string, wanted: string, got: string): Problem => ({
	code: 'digest.mismatch',
	what: `${what} is not what was asked for.`,
	why: 'The bytes received have another digest; a cache or proxy may have altered them.',
	next: 'Try again; if it stays, bypass the cache or proxy and report it.',
	detail: `wanted ${wanted}, got ${got}`,
	retry: 'safe',
});

export const tooLarge = (what: string, most: number): Problem => ({
	code: 'registry.too-large',
	what: `${what} is larger than it may be (${most} bytes).`,
	next: 'Do not use this release; report it to its publisher.',
	retry: 'never',
});

export const redirectLoop = (host: string): Problem => ({
	code: 'registry.redirect-loop',
	what: `${host} sends requests in a circle.`,
	next: 'Check the mirror or proxy settings.',
	retry: 'after-fix',
});

export const invalidArtifact = (what: string, detail: string, field?: string): Problem => ({
	code: 'artifact.invalid',
	what,
	next: 'Choose another release and report this one to its publisher.',
	detail: detail.slice(0, 2000),
	retry: 'after-fix',
	...(field !== undefined && {field}),
});

export const unsafeRedirect = (host: string, to: string): Problem => ({
	code: 'tls.failed',
	what: `${host} sends the request on to ${to} without encryption.`,
	why: 'It was not followed: anybody on the way could read or change the answer.',
	next: 'Check the mirror or proxy settings.',
	retry: 'after-fix',
});

/** Stopped from outside: by a person, or because its time was up. */
export const cancelled = ({reason}: AbortSignal, what: string): Problem =>
	reason instanceof Error && reason.name === 'TimeoutError'
		? {
				code: 'network.timed-out',
				what: `Fetching ${what} took too long.`,
				next: 'Try again; if it stays, look at the speed of the connection.',
				retry: 'safe',
			}
		: {code: 'operation.cancelled', what: `Fetching ${what} was stopped.`, next: 'Start it again.', retry: 'safe'};

export const unsupportedPlatform = (what: string, architecture: string, {manifests}: ImageIndex): Problem => ({
	code: 'platform.unsupported',
	what: `${what} is not made for this kind of machine (linux/${architecture}).`,
	next: 'Choose a release that is, or run the appliance on a machine that it is made for.',
	detail: `made for ${manifests
		.map(({platform}) => (platform ? `${platform.os}/${platform.architecture}` : 'unknown'))
		.join(', ')
		.slice(0, 500)}`,
	retry: 'after-fix',
});
