import type {Rule} from '../rule.ts';
import type {Source} from '../signal.ts';

const from: readonly Source[] = ['flux', 'event'];
const object = String.raw`(?<object>[A-Z][A-Za-z]+\/[\w.-]+\/[\w.-]+)`;
const helmFailure =
	/^(?:InstallFailed|UpgradeFailed|RollbackFailed|UninstallFailed|TestFailed|ReconciliationFailed|HealthCheckFailed|BuildFailed|DryRunFailed|PruneFailed)$/u;

/** Flux and Helm objects, the specific before the general. */
export const fluxRules: readonly Rule[] = [
	{
		cause: 'flux-dependency-blocked',
		from,
		reason: /^DependencyNotReady$/u,
		text: /dependency '(?<object>[^']+)'|'(?<name>[^']+)' dependency|(?<detail>.)/u,
	},
	{cause: 'decryption-key-missing', from, text: /sops|decrypt|age identity|data key/iu},
	{cause: 'flux-controller-down', from, reason: /^Stale$/u},
	{
		cause: 'helm-values-invalid',
		from,
		reason: /^ValuesError$/u,
		text: /'?(?<object>[a-z0-9-]+\/[a-z0-9.-]+)'?|"(?<name>[^"]+)" not found|(?<detail>.)/u,
	},
	{
		cause: 'helm-values-invalid',
		from,
		text: /values don't meet the specifications|could not resolve \w+ chart values|schema(?:\(s\))? in the following|values\.schema\.json|additional properties .* not allowed|cannot (?:merge|unmarshal) values/iu,
	},
	{cause: 'upgrade-remediated', from, reason: /^RollbackSucceeded$/u},
	{cause: 'helm-no-rollback-target', from, reason: /^(?:MissingRollbackTarget|UninstallFailed|RollbackFailed)$/u},
	{cause: 'drift-detected', from, reason: /^Drift(?:Detected|Corrected|CorrectionFailed)$/u},
	{cause: 'drift-detected', from: ['flux'], text: /detected changes in cluster state/u},
	{cause: 'prune-failed', from, reason: /^PruneFailed$/u, text: new RegExp(String.raw`${object}|(?<detail>.)`, 'u')},
	{
		cause: 'helm-release-locked',
		from,
		text: /another operation \(install\/upgrade\/rollback\) is in progress|pending-(?:install|upgrade|rollback)|release is in a pending state|has no deployed releases|cannot re-use a name that is still in use/u,
	},
	{
		cause: 'helm-ownership-conflict',
		from,
		text: /invalid ownership metadata|cannot be imported into the current release|already exists and (?:cannot|is not)|conflict with ".*" using|already exists$/u,
	},
	{cause: 'flux-manifests-invalid', from, text: /kustomize build failed|invalid Kustomization: /u},
	{cause: 'flux-version-mismatch', from, text: /field not declared in schema|strict decoding error|unknown field/u},
	{
		cause: 'flux-crds-missing',
		from,
		text: /no matches for kind "(?:HelmRelease|Kustomization|OCIRepository|HelmRepository|HelmChart|GitRepository|Bucket)"|toolkit\.fluxcd\.io.*could not find the requested resource|no matches .*toolkit\.fluxcd\.io/u,
	},
	{
		cause: 'flux-crds-missing',
		from: ['log', 'journal'],
		text: /if kind is a CRD, it should be installed|doesn't have a resource type "(?:kustomization|helmrelease|ocirepositor|helmchart)/u,
	},
	{
		cause: 'helm-api-missing',
		from,
		text: /no matches for kind "(?<object>[^"]+)"|resource mapping not found|ensure CRDs are installed|could not find the requested resource|chart requires kubeVersion/u,
	},
	{
		cause: 'helm-release-too-large',
		from,
		text: /Too long: (?:may not be more than|must have at most)|request (?:entity )?(?:is )?too large|exceeds the maximum/iu,
	},
	{
		cause: 'immutable-field',
		from,
		text: new RegExp(
			String.raw`(?:${object}[^\n]*)?(?:field is immutable|may not change|(?:updates? to statefulset spec|updates to \w+ spec)[^\n]*forbidden|only dynamically provisioned pvc can be resized|cannot be changed|immutable after creation|Forbidden: (?:updates|field can not be less))|are forbidden$`,
			'iu',
		),
	},
	{
		cause: 'helm-hook-failed',
		from,
		text: /(?:pre|post)-(?:install|upgrade|rollback|delete) hooks? failed|failed (?:pre|post)-(?:install|upgrade|rollback|delete)|\bhook \S+ failed|job (?<object>\S+) failed: \w+/u,
	},
	{
		cause: 'helm-template-error',
		from,
		text: /YAML parse error|error converting YAML|nil pointer evaluating|error calling |execution error at|template: |parse error at|function "\w+" not defined|render error|failed to (?:render|parse)|can't evaluate field/u,
		reason: helmFailure,
		unless: /kustomiz/u,
	},
	{
		cause: 'flux-manifests-invalid',
		from,
		reason: /^(?:BuildFailed|InvalidCELExpression|FeatureGateDisabled|PostBuildFailed)$/u,
	},
	{
		cause: 'flux-manifests-invalid',
		from,
		text: /kustomization path not found|kustomize build failed|accumulating resources|kustomization\.yaml|invalid (?:kustomization|Kubernetes) (?:file|object)/iu,
	},
	{
		cause: 'flux-source-missing',
		from,
		text: /Source artifact not found|Source is not ready|artifact not found|(?:OCIRepository|GitRepository|Bucket|HelmRepository|Source)\S* .*not found/u,
	},
	{cause: 'apply-rejected', from, text: /failed calling webhook|admission webhook|exceeded quota/u},
	{
		cause: 'helm-no-rollback-target',
		from,
		text: /missing target release for rollback|failed to delete release|cannot remediate/u,
	},
	{
		cause: 'health-check-failed',
		from,
		reason: /^(?:HealthCheckFailed|HealthCheckCanceled)$/u,
		text: new RegExp(String.raw`${object}|(?<detail>.)`, 'u'),
	},
	{cause: 'helm-retries-exhausted', from, text: /(?:install|upgrade) retries exhausted|exceeded maximum retries/u},
	{
		cause: 'helm-timeout',
		from,
		reason: /^(?:InstallFailed|UpgradeFailed|RollbackFailed|TestFailed)$/u,
		text: /(?:name: (?<object>[^\s,]+))?.*(?:context deadline exceeded|timed out waiting|resource \S* ?not ready|Progress deadline exceeded|client rate limiter|context canceled)/su,
	},
	{
		cause: 'health-check-failed',
		from,
		text: new RegExp(
			String.raw`(?:timeout waiting for|stalled resources): \[${object}|health check failed|timeout waiting for`,
			'u',
		),
	},
	{
		cause: 'apply-rejected',
		from,
		text: /(?<object>\b(?:[A-Z][A-Za-z]+\/[\w.-]+\/[\w.-]+|namespaces "[^"]+"))|(?:is )?forbidden|is invalid|denied the request|dry-run failed|server-side apply|failed to (?:create|patch|apply)|cannot patch|namespaces? .*not found|Unauthorized/u,
		reason: helmFailure,
	},
	{cause: 'helm-retries-exhausted', from, reason: /^(?:RetriesExceeded|Stalled|UninstallSucceeded)$/u},
	{cause: 'helm-retries-exhausted', from, text: /Failed to (?:install|upgrade) after \d+ attempt/u},
	{cause: 'flux-source-missing', from, reason: /^(?:ArtifactFailed|SourceNotReady|NoSourceArtifact|ChartNotReady)$/u},
	{
		cause: 'artifact-invalid',
		from: ['flux'],
		reason: /^(?:StorageOperationFailed|SymlinkUpdateFailed|PatchOperationFailed)$/u,
	},
	{cause: 'registry-unavailable', from: ['flux'], reason: /^OCIArtifactPullFailed$/u},
	{cause: 'health-check-failed', from: ['flux'], reason: /^ReconciliationFailed$/u},
	{cause: 'helm-timeout', from: ['flux'], reason: /^(?:InstallFailed|UpgradeFailed|TestFailed)$/u},
	{
		cause: 'update-unproved',
		from: ['operation'],
		reason: /^unproved$/u,
		text: /^Release (?<object>\S+) did not prove itself: (?<detail>[^\n]+?)\.?\n(?<next>[^\n]+?)\.?$/u,
	},
	{cause: 'update-interrupted', from: ['operation']},
];
