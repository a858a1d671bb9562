import type {Rule} from '../rule.ts';
import type {Source} from '../signal.ts';

const outward: readonly Source[] = ['pod', 'event', 'flux', 'journal', 'probe'];
const pull =
	/^(?:ErrImagePull|ImagePullBackOff|Failed|BackOff|RegistryUnavailable|ErrImageNeverPull|InspectFailed|FailedCreatePodSandBox)$/u;
/** The way to the registry broke: that is told by its own rules. */
const transport = /TLS handshake|dial tcp|connection reset|\bEOF\b|i\/o timeout|Client\.Timeout/u;
const quoted = String.raw`[Ii]mage \\?"(?<image>[^"\\]+)`;

/** What the appliance found when it read the release itself; the words are its own checks' and the registry's. */
export const releaseCheckRules: readonly Rule[] = [
	{cause: 'signature-invalid', reason: /^(?:VerificationError|SignatureValidationFailed|signature)$/u},
	{
		cause: 'signature-invalid',
		from: ['probe', 'flux', 'event', 'pod'],
		text: /no (?:valid|matching) signatures?|signature (?:is )?(?:missing|invalid|not)|failed to verify the signature|SignatureValidationFailed|not signed|signature does not verify|signed by an unknown|unknown (?:signing )?key/iu,
	},
	{
		cause: 'upgrade-path-blocked',
		from: ['probe'],
		text: /(?<image>\S+) can (?:only )?be installed from|upgrade ?(?:path|from)|intermediate release|cannot be reached|older than the installed|needs \S+ first/iu,
	},
	{
		cause: 'artifact-invalid',
		reason: /^(?:URLInvalid|OCIArtifactLayerOperationFailed|InvalidSourceConfiguration)$/u,
		unless: /checksum|digest/u,
	},
	{
		cause: 'artifact-invalid',
		from: ['probe'],
		reason: /^release$/u,
		text: /not valid JSON|malformed|schema|media ?type|layers?|config blob|manifest .*(?:missing|required|invalid)|unsupported|missing field|newer (?:appliance )?manager|minimumManager|required|requires .*manager/iu,
		unless: /does not match|mismatch|dial tcp|ECONN|ENOTFOUND|ETIMEDOUT/u,
	},
];

/** Registries and images, read after time, names and the way there. */
export const registryRules: readonly Rule[] = [
	{
		cause: 'digest-mismatch',
		text: /unexpected commit digest|failed precondition|digests? (?:does not|do not|did not|mis)match|digest mismatch|sha256 does not match|size validation failed|checksum (?:mismatch|does not match)|computed digest|error verifying \w+ checksum|checksum did NOT match|digest \S+ differs|does not match (?:the )?(?:expected )?(?:digest|checksum)|DIGEST_INVALID/iu,
	},
	{
		cause: 'registry-rate-limited',
		from: outward,
		text: /(?:https:\/\/(?<host>[^/"\s]+).*)?(?:\b429\b|toomanyrequests|Too Many Requests|pull rate limit|rate limit exceeded|exceeded .*rate limit)/isu,
	},
	{
		cause: 'captive-portal',
		from: outward,
		reason: /^(?!appUrl|login)/u,
		text: /(?:https?:\/\/(?<host>[^/"\s]+).*)?(?:text\/html|<html|<!doctype|invalid character '<'|Unexpected token '?<|captive|NOSPLIT|HTTP 302|HTTP 307|HTTP 511)/isu,
	},
	{cause: 'registry-unavailable', reason: /^RegistryUnavailable$/u},
	// A download by hand is not tried again by itself.
	{cause: 'download-failed', from: ['journal'], text: /curl: \(\d+\)[^\n]*returned error: 5\d\d/u},
	{
		cause: 'registry-unavailable',
		from: outward,
		reason: /^(?!appUrl|login|seed|Unhealthy)/u,
		text: /(?:https:\/\/(?<host>[^/"\s]+).*)?(?:\b50[0234]\b(?: |$|;)|\bHTTP 5\d\d|Service Unavailable|Bad Gateway|Gateway Time-?out|upstream connect error|unexpected status .*: 5\d\d|returned error: 5\d\d)/su,
	},
	{
		cause: 'registry-auth-denied',
		from: outward,
		reason: /^(?!appUrl|login|seed|Unhealthy|InstallFailed|UpgradeFailed|ReconciliationFailed)/u,
		text: /(?:https:\/\/(?<host>[^/"\s]+).*)?(?:\b401\b|\b403\b|DENIED\b|\bdenied: |insufficient_scope|authorization failed|no basic auth credentials|UNAUTHORIZED|unauthorized:|pull access denied|authentication required|failed to authorize)/su,
		unless: /permission denied/u,
	},
	{
		cause: 'config-missing',
		from: ['flux'],
		text: /(?:secrets?|configmaps?) \\?"(?<object>[^"\\]+)\\?" not found/u,
		unless: /values reference|chart values|namespaces? "|decrypt|sops/u,
	},
	{
		cause: 'release-not-found',
		from: ['flux', 'event'],
		reason: /^(?:OCIArtifactPullFailed|OCIPullFailed|FetchFailed)$/u,
		text: /no match found for semver: (?<image>\S+)|MANIFEST_UNKNOWN|NAME_UNKNOWN|manifest unknown|not found|name unknown/iu,
	},
	{
		cause: 'release-not-found',
		from: ['probe'],
		reason: /^(?:registry|release|manifest)$/u,
		text: /MANIFEST_UNKNOWN|NAME_UNKNOWN|HTTP 404|manifest unknown|not found|no such (?:tag|release|channel)/iu,
	},
	{cause: 'release-not-found', from: ['journal'], text: /returned error: 404|curl: \(22\)|HTTP 404/u},
	{
		cause: 'artifact-invalid',
		from: ['flux'],
		reason: /^OCI|^FetchFailed$/u,
		text: /media ?type|layer|extract|gzip|tar|unsupported|invalid/iu,
	},
	{
		cause: 'chart-unavailable',
		from: ['flux', 'event'],
		reason:
			/^(?:ChartPullError|InvalidChartReference|ChartPackageError|ChartVerificationError|IndexationFailed|FetchFailed|ChartPullFailed)$/u,
		text: /version matching '(?<object>[^']+)'|'?oci:\/\/(?<image>[^'\s]+)|(?<detail>.)/u,
		unless: transport,
	},
	{
		cause: 'chart-unavailable',
		from: ['flux'],
		text: /HelmChart '(?<object>[^']+)' is not ready: (?!latest|does not have)|no '\S+' chart with version|chart pull error/u,
		unless: transport,
	},
];

export const imageRules: readonly Rule[] = [
	{
		cause: 'image-name-invalid',
		reason: /^InvalidImageName$/u,
		text: new RegExp(String.raw`${quoted}|(?<detail>.)?`, 'u'),
	},
	{
		cause: 'image-name-invalid',
		text: /invalid reference format|couldn't parse image name/u,
		reason: /^(?:InspectFailed|Failed|ErrImagePull|ImagePullBackOff)$/u,
	},
	{cause: 'image-not-preloaded', reason: /^ErrImageNeverPull$/u},
	{
		cause: 'image-not-preloaded',
		text: new RegExp(String.raw`${quoted}.*(?:is )?not present with pull policy of Never|ErrImageNeverPull`, 'u'),
	},
	{
		cause: 'image-not-preloaded',
		reason: /^(?:ErrImagePull|ImagePullBackOff)$/u,
		from: ['pod'],
		when: (_, {airgap}) => airgap,
	},
	{
		cause: 'image-not-preloaded',
		reason: /^(?:Failed|BackOff)$/u,
		from: ['event'],
		text: /pull(?:ing)? image/u,
		when: (_, {airgap}) => airgap,
	},
	{
		cause: 'wrong-architecture',
		from: ['journal'],
		text: /cannot execute binary file|[Ee]xec format error|[Uu]nsupported architecture/u,
	},
	{
		cause: 'image-platform-mismatch',
		text: /no match for platform|exec format error|CPU does not support|does not match the (?:specified|detected|host) platform|no matching manifest for/iu,
	},
];

/** The last word on a pull that named no other reason. */
export const pullRules: readonly Rule[] = [
	{
		cause: 'download-failed',
		from: ['journal'],
		text: /\[ERROR\]\s+Download failed|download failed|curl: \(\d+\)|failed to download|Failed to fetch/iu,
	},
	{
		cause: 'image-tag-not-found',
		from: ['pod', 'event'],
		reason: pull,
		text: new RegExp(
			String.raw`(?:${quoted}.*)?(?:: not found|code = NotFound|manifest unknown|MANIFEST_UNKNOWN|NAME_UNKNOWN|name unknown|does not exist$)`,
			'su',
		),
	},
	{
		cause: 'image-pull-interrupted',
		from: ['pod', 'event'],
		reason: pull,
		text: /context canceled|code = Canceled|operation was canceled/u,
		unless: /sandbox/iu,
	},
	{
		cause: 'image-pull-interrupted',
		from: ['pod', 'event'],
		reason: /^(?:ErrImagePull|ImagePullBackOff)$/u,
		text: /context deadline exceeded|DeadlineExceeded/u,
	},
	{cause: 'image-pull-failed', from: ['pod'], reason: /^(?:ErrImagePull|ImagePullBackOff)$/u},
	{
		cause: 'image-pull-failed',
		from: ['event'],
		reason: /^(?:Failed|BackOff)$/u,
		text: new RegExp(
			String.raw`(?:[Ff]ailed to pull|[Bb]ack-off pulling|[Pp]ulling) ${quoted}|Err?ImagePull|ErrImagePull|ImagePullBackOff`,
			'u',
		),
	},
];
