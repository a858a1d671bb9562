import type {ProblemCode} from '../../problem.ts';
import type {CauseId} from '../causes.ts';
import type {Rule} from '../rule.ts';

/** What the appliance's own checks found: they give a code where they fail, so their prose is never read. */
const causeOf: Readonly<Partial<Record<ProblemCode, CauseId>>> = {
	'disk.full': 'disk-full',
	'dns.no-servers': 'resolver-unreachable',
	'dns.refused': 'resolver-refused',
	'dns.timed-out': 'resolver-unreachable',
	'dns.not-found': 'name-not-found',
	'dns.failed': 'resolver-failing',
	'network.refused': 'egress-blocked',
	'network.timed-out': 'egress-blocked',
	'network.unreachable': 'no-default-route',
	'network.reset': 'connection-interrupted',
	'network.proxy-refused': 'proxy-unreachable',
	'network.proxy-auth': 'proxy-auth-required',
	'tls.untrusted': 'tls-interception',
	'tls.expired': 'registry-cert-expired',
	'tls.failed': 'connection-interrupted',
	'registry.denied': 'registry-auth-denied',
	'registry.not-found': 'release-not-found',
	'registry.rate-limited': 'registry-rate-limited',
	'registry.unavailable': 'registry-unavailable',
	'registry.not-a-registry': 'captive-portal',
	'digest.mismatch': 'digest-mismatch',
	'artifact.invalid': 'artifact-invalid',
	'artifact.unsafe': 'artifact-invalid',
	'platform.unsupported': 'wrong-architecture',
	'signature.missing': 'signature-invalid',
	'signature.untrusted': 'signature-invalid',
	'signature.invalid': 'signature-invalid',
	'release.manager-too-old': 'artifact-invalid',
	'release.path-blocked': 'upgrade-path-blocked',
	'release.downgrade': 'upgrade-path-blocked',
	'cluster.unreachable': 'apiserver-down',
	'storage.smoke-failed': 'provisioner-failed',
};

/** A probe is told with the code of the problem it met first: `dns.refused: …`. */
export const codeRules: readonly Rule[] = Object.entries(causeOf).map(([code, cause]) => ({
	cause,
	from: ['probe'],
	reason: /^(?!appUrl$|login|seed$)/u,
	text: new RegExp(`^(?:HTTP \\d+; )?${code.replace('.', '\\.')}(?=[:;\\s]|$)(?:[^;]*; (?<host>[^;\\s]+)$)?`, 'u'),
}));
