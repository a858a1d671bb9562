import assert from 'node:assert/strict';
import {test} from 'node:test';
import {diagnose} from '../../../shared/diagnosis/diagnose.ts';
import {toSituation} from '../../signals/adapter.ts';
import {CaseFile} from '../../signals/cases.ts';
import {
	check,
	components,
	event,
	flux,
	head,
	helm,
	installer,
	k3s,
	kernel,
	log,
	node,
	nodeEvent,
	type Observed,
	pod,
	pull,
	source,
	tree,
	waiting,
} from './observed.ts';

/** The same causes in other programs' and other versions' words. */
const rows: readonly (readonly [wanted: string, observed: Observed, context?: Readonly<Record<string, unknown>>])[] = [
	[
		'none',
		event('Unhealthy', 'Readiness probe failed: HTTP probe failed with statuscode: 503', 'web', {
			count: 2,
			lastSeenSecondsAgo: 10,
		}),
	],
	['image-pull-failed', event('Failed', 'Error: ErrImagePull', 'email-service')],
	['image-pull-failed', event('Failed', 'Error: ImagePullBackOff', 'email-service')],
	[
		'connection-interrupted',
		waiting('ErrImagePull', pull('failed to copy: httpReadSeeker: failed open: unexpected EOF')),
	],
	[
		'image-tag-not-found',
		event(
			'Failed',
			'Failed to pull image "ghcr.io/a/b:1": failed to pull and unpack image "ghcr.io/a/b:1": failed to resolve reference "ghcr.io/a/b:1": unexpected status from HEAD request: manifest unknown',
		),
	],
	[
		'registry-auth-denied',
		waiting(
			'ErrImagePull',
			pull('unexpected status from HEAD request to https://ghcr.io/v2/a/b/manifests/1: 401 Unauthorized'),
		),
	],
	[
		'registry-auth-denied',
		waiting(
			'ErrImagePull',
			pull('unexpected status from HEAD request to https://ghcr.io/v2/a/b/manifests/1: 403 Forbidden'),
		),
	],
	[
		'disk-full',
		waiting(
			'CreateContainerError',
			'failed to create containerd container: mkdir /var/lib/rancher/x: no space left on device',
		),
	],
	[
		'cni-not-ready',
		event(
			'FailedCreatePodSandBox',
			'Failed to create pod sandbox: rpc error: code = Unknown desc = failed to setup network for sandbox "x": plugin type="flannel" failed (add): failed to delegate add: failed to allocate for range 0: no IP addresses available in range set: 10.42.0.1-10.42.0.254',
		),
	],
	[
		'name-not-found',
		event(
			'FailedCreatePodSandBox',
			'Failed to create pod sandbox: rpc error: code = Unknown desc = failed to get sandbox image "rancher/mirrored-pause:3.6": failed to pull image "rancher/mirrored-pause:3.6": failed to resolve reference "docker.io/rancher/mirrored-pause:3.6": failed to do request: Head "https://registry-1.docker.io/v2/rancher/mirrored-pause/manifests/3.6": dial tcp: lookup registry-1.docker.io on 10.20.0.53:53: no such host',
			'db',
		),
	],
	['host-rebooted|none', nodeEvent('Rebooted', 'Node box has been rebooted')],
	[
		'node-not-ready',
		node([
			[
				'Ready',
				'False',
				'KubeletNotReady',
				'PLEG is not healthy: pleg was last seen active 4m0s ago; threshold is 3m0s',
			],
		]),
	],
	[
		'node-not-ready',
		node([
			[
				'Ready',
				'False',
				'KubeletNotReady',
				'[container runtime is down, container runtime status check may not have completed yet]',
			],
		]),
	],
	[
		'cni-not-ready|node-not-ready',
		node([['Ready', 'False', 'KubeletNotReady', 'Node not ready: networking not available']]),
	],
	['redis-unreachable', log('web', '[ioredis] Unhandled error event: Error: connect ECONNREFUSED 10.43.1.1:6379')],
	['redis-unreachable|cluster-dns-down', log('web', 'Error: getaddrinfo ENOTFOUND redis')],
	[
		'db-unreachable',
		log('web', 'error: Connection terminated due to connection timeout: connect ETIMEDOUT 10.43.5.5:6432'),
	],
	['db-credentials-mismatch', log('web', 'error: SASL authentication failed')],
	[
		'db-credentials-mismatch',
		log('pgbouncer', 'WARNING server login failed: FATAL password authentication failed for user "app_user"'),
	],
	[
		'db-unreachable',
		log('pgbouncer', 'ERROR: connect failed: server conn crashed? db/10.43.1.2:5432 Connection refused'),
	],
	['schema-not-initialized', log('temporal', 'unable to initialize SQL: pq: database "temporal" does not exist')],
	['schema-not-initialized', log('temporal', 'error: relation "schema_version" does not exist')],
	['db-unreachable', log('temporal', 'dial tcp 10.43.1.2:5432: connect: connection refused')],
	[
		'service-link-collision',
		log('temporal', 'Unable to parse config: strconv.Atoi: parsing "tcp://10.43.1.2:7233": invalid syntax'),
	],
	[
		'dependency-unreachable',
		log('temporal-ui', 'transport: Error while dialing: dial tcp 10.43.1.1:7233: connect: connection refused'),
	],
	['smtp-auth-failed', log('email-service', 'Error: 534-5.7.9 Application-specific password required')],
	['egress-blocked|dependency-unreachable', log('email-service', 'Error: connect ETIMEDOUT 203.0.113.25:587')],
	['name-not-found|dependency-unreachable', log('email-service', 'Error: getaddrinfo ENOTFOUND smtp.corp.example')],
	['env-missing', log('web', 'ZodError: [{"path":["NEXTAUTH_URL"],"message":"Required"}]')],
	[
		'env-missing',
		log(
			'db',
			'Error: Database is uninitialized and superuser password is not specified.',
			'You must specify POSTGRES_PASSWORD to a non-empty value',
		),
	],
	['exec-missing', log('web', "Error: Cannot find module '/app/server.js'")],
	[
		'oom-killed',
		pod({
			phase: 'Running',
			containerStatuses: [
				{
					name: 'm',
					image: 'x',
					ready: false,
					restartCount: 2,
					state: {running: {}},
					lastState: {terminated: {reason: 'OOMKilled', exitCode: 137}},
				},
			],
		}),
	],
	[
		'oom-killed',
		log(
			'web',
			'<--- Last few GCs --->',
			'FATAL ERROR: Ineffective mark-compacts near heap limit Allocation failed - JavaScript heap out of memory',
		),
	],
	['disk-full', check('disk', '/var/lib/rancher', {freeBytes: 1000, usedPercent: 99.9})],
	[
		'memory-pressure|oom-killed|insufficient-memory',
		check('memory', 'host', {freeBytes: 1000, error: 'below minimum'}),
	],
	['resolver-unreachable', check('dns', 'ghcr.io', {error: 'queryA ETIMEOUT ghcr.io', server: '10.20.0.53'})],
	['resolver-refused', check('dns', 'ghcr.io', {error: 'queryA EREFUSED ghcr.io', server: '10.20.0.53'})],
	['name-not-found', check('dns', 'ghcr.io', {error: 'queryA ENODATA ghcr.io', server: '10.20.0.53'})],
	[
		'egress-blocked',
		check('registry', 'https://ghcr.io/v2/', {
			error: 'fetch failed: Connect Timeout Error (attempted addresses: 140.82.121.33:443, timeout: 10000ms)',
			errorCode: 'UND_ERR_CONNECT_TIMEOUT',
		}),
	],
	[
		'connection-interrupted',
		check('registry', 'https://ghcr.io/v2/', {error: 'fetch failed: other side closed', errorCode: 'UND_ERR_SOCKET'}),
	],
	['captive-portal', check('registry', 'https://ghcr.io/v2/', {status: 302, location: 'http://portal.example/login'})],
	[
		'registry-auth-denied',
		check('registry', 'https://ghcr.io/v2/a/manifests/stable', {
			status: 403,
			body: '{"errors":[{"code":"DENIED","message":"denied"}]}',
		}),
	],
	[
		'registry-cdn-blocked',
		check('registryBlob', 'https://pkg-containers.githubusercontent.com/x', {
			error: 'connect ETIMEDOUT 185.199.108.154:443',
		}),
	],
	[
		'registry-cdn-blocked|egress-blocked',
		check('registry', 'https://pkg-containers.githubusercontent.com/ghcr1/blobs/sha256:aa', {
			error: 'connect ETIMEDOUT 185.199.108.154:443',
		}),
	],
	['clock-skew', check('time', 'ntp', {outcome: 'fail', synchronized: false, ntpActive: false, offsetSeconds: 7200})],
	['app-url-unreachable', check('appUrl', 'http://127.0.0.1:3000/auth/signin', {status: 500})],
	[
		'app-url-unreachable',
		check('appUrl', 'http://127.0.0.1:3000/auth/signin', {error: 'connect ETIMEDOUT 127.0.0.1:3000'}),
	],
	[
		'app-url-unreachable',
		check('appUrl', 'http://127.0.0.1:3000/auth/signin', {status: 302, location: 'https://wrong.example/'}),
	],
	[
		'release-not-found',
		source(
			'OCIArtifactPullFailed',
			'failed to determine artifact digest: GET https://ghcr.io/v2/a/manifests/9.9.9: MANIFEST_UNKNOWN: manifest unknown; unknown tag=9.9.9',
		),
	],
	[
		'registry-rate-limited',
		source(
			'OCIArtifactPullFailed',
			'failed to determine artifact digest: GET https://ghcr.io/v2/: unexpected status code 429 Too Many Requests',
		),
	],
	[
		'registry-unavailable',
		source(
			'OCIArtifactPullFailed',
			'failed to determine artifact digest: GET https://ghcr.io/v2/: unexpected status code 502 Bad Gateway',
		),
	],
	[
		'proxy-unreachable',
		source(
			'OCIArtifactPullFailed',
			'failed to determine artifact digest: Get "https://ghcr.io/v2/": proxyconnect tcp: dial tcp 10.20.0.9:3128: i/o timeout',
		),
	],
	[
		'clock-skew',
		source(
			'OCIArtifactPullFailed',
			'Get "https://ghcr.io/v2/": tls: failed to verify certificate: x509: certificate has expired or is not yet valid: current time 2024-01-01T00:00:00Z is before 2026-01-01T00:00:00Z',
		),
	],
	[
		'registry-cert-expired',
		source(
			'OCIArtifactPullFailed',
			'Get "https://ghcr.io/v2/": tls: failed to verify certificate: x509: certificate has expired or is not yet valid: current time 2026-08-20T00:00:00Z is after 2026-01-01T00:00:00Z',
		),
	],
	['disk-full', source('StorageOperationFailed', 'failed to create directory: mkdir /data/x: no space left on device')],
	[
		'artifact-invalid',
		source('OCIArtifactLayerOperationFailed', 'failed to extract layer contents from artifact: tar: invalid header'),
	],
	[
		'signature-invalid',
		source('VerificationError', "failed to verify the signature using provider 'cosign': no signatures found"),
	],
	['flux-manifests-invalid', tree('BuildFailed', 'kustomization.yaml: yaml: line 3: mapping values are not allowed')],
	[
		'apply-rejected',
		tree('ReconciliationFailed', 'Deployment/msp/x dry-run failed (Forbidden): pods "x" is forbidden: exceeded quota'),
	],
	[
		'apply-rejected',
		tree(
			'ReconciliationFailed',
			'Deployment/msp/x dry-run failed (Invalid): Deployment.apps "x" is invalid: spec.template.spec.containers[0].image: Required value',
		),
	],
	[
		'immutable-field',
		tree(
			'ReconciliationFailed',
			'Deployment/msp/x dry-run failed (Invalid): Deployment.apps "x" is invalid: spec.selector: Invalid value: {}: field is immutable',
		),
	],
	[
		'flux-source-missing',
		flux(
			'HelmRelease',
			'web',
			'SourceNotReady',
			"HelmChart 'flux-system/msp-web' is not ready: latest generation of object has not been reconciled",
		),
	],
	[
		'chart-unavailable',
		flux(
			'HelmChart',
			'msp-web',
			'ChartPullError',
			'chart pull error: failed to download chart for remote reference: ghcr.io/x:1.2.3: not found',
		),
	],
	[
		'name-not-found',
		flux(
			'HelmChart',
			'msp-web',
			'ChartPullError',
			'chart pull error: failed to get chart: Get "https://ghcr.io/v2/": dial tcp: lookup ghcr.io on 10.20.0.53:53: no such host',
		),
	],
	[
		'helm-hook-failed',
		helm(
			'InstallFailed',
			'Helm install failed for release msp/web with chart a@1: failed post-install: 1 error occurred:\n\t* timed out waiting for the condition',
		),
	],
	[
		'helm-hook-failed',
		helm(
			'InstallFailed',
			'Helm install failed for release msp/web with chart a@1: failed pre-install: 1 error occurred: * job failed: BackoffLimitExceeded',
		),
	],
	[
		'helm-template-error',
		helm(
			'UpgradeFailed',
			'Helm upgrade failed for release msp/web: execution error at (a/templates/x.yaml:3:4): image.tag is required',
		),
	],
	['helm-values-invalid', helm('ValuesError', 'could not resolve ConfigMap chart values reference: key not found')],
	['helm-release-locked', helm('InstallFailed', 'Helm install failed: cannot re-use a name that is still in use')],
	[
		'helm-timeout',
		helm(
			'UpgradeFailed',
			'Helm upgrade failed for release msp/web with chart a@1: client rate limiter Wait returned an error: context deadline exceeded',
		),
	],
	[
		'helm-retries-exhausted',
		{
			...helm('RetriesExceeded', 'Failed to upgrade after 4 attempt(s)'),
			conditions: [
				{type: 'Ready', status: 'False', reason: 'RetriesExceeded', message: 'Failed to upgrade after 4 attempt(s)'},
				{type: 'Stalled', status: 'True', reason: 'RetriesExceeded', message: 'Failed to upgrade after 4 attempt(s)'},
				{
					type: 'Released',
					status: 'False',
					reason: 'UpgradeFailed',
					message: 'Helm upgrade failed: context deadline exceeded',
				},
			],
		},
	],
	[
		'helm-api-missing|flux-crds-missing',
		helm(
			'InstallFailed',
			'Helm install failed: unable to build kubernetes objects from release manifest: resource mapping not found for name: "x" namespace: "" from "": no matches for kind "PodSecurityPolicy" in version "policy/v1beta1"',
		),
	],
	[
		'etcd-member-mismatch',
		k3s(
			'level=fatal msg="etcd cluster join failed: duplicate node name found, please use a unique name for this node"',
		),
	],
	[
		'k3s-token-mismatch',
		k3s('level=fatal msg="starting kubernetes: preparing server: failed to validate token: not authorized"'),
	],
	[
		'k3s-cert-expired',
		k3s(
			'level=error msg="Remotedialer proxy error" error="x509: certificate has expired or is not yet valid: current time 2027-09-02T08:00:00Z is after 2027-08-20T10:00:00Z"',
		),
	],
	[
		'disk-full',
		k3s(
			'level=fatal msg="starting kubernetes: preparing server: mkdir /var/lib/rancher/k3s/server: no space left on device"',
		),
	],
	[
		'disk-slow',
		k3s(
			'{"level":"warn","msg":"leader failed to send out heartbeat on time; took too long, leader is overloaded likely from slow disk"}',
		),
	],
	['datastore-corrupt', k3s('panic: freepages: failed to get all reachable pages')],
	[
		'node-ip-changed',
		k3s(
			'level=fatal msg="failed to start networking: node IP 10.0.0.1 not found on any interface: bind: cannot assign requested address"',
		),
	],
	['filesystem-read-only', kernel('blk_update_request: I/O error, dev sda, sector 1234 op 0x1:(WRITE)')],
	[
		'memory-pressure',
		kernel('k3s-server invoked oom-killer: gfp_mask=0xcc0', 'Out of memory: Killed process 1 (node)'),
	],
	['host-firewall-blocks-pods', kernel('[UFW BLOCK] IN=cni0 OUT=ens160 SRC=10.42.0.5 DST=10.20.0.53 PROTO=UDP DPT=53')],
	['disk-slow', check('diskLatency', '/var/lib/rancher', {outcome: 'fail', p99Ms: 180, thresholdMs: 10})],
	[
		'registry-unavailable|egress-blocked',
		waiting('ErrImagePull', pull(`${head}dial tcp 140.82.121.33:443: connect: connection refused`)),
	],
	[
		'migration-failed',
		log(
			'bootstrap',
			'error: alter table "x" add column "y" - column "y" of relation "x" already exists',
			'migration failed with error',
		),
	],
	[
		'bootstrap-job-failed|crash-loop|db-unreachable|bootstrap-job-timeout',
		log('bootstrap', 'Waiting for database db:5432 ... timed out'),
	],
	['container-create-stuck', waiting('CreateContainerError', 'context deadline exceeded', 'web')],
	[
		'hostport-conflict',
		waiting(
			'RunContainerError',
			'failed to create containerd task: listen tcp 0.0.0.0:3000: bind: address already in use',
		),
	],
	[
		'volume-path-missing|mount-failed',
		waiting(
			'CreateContainerError',
			'failed to generate container spec: failed to mount "/data": no such file or directory',
		),
	],
	[
		'apply-rejected',
		event('FailedCreate', 'Error creating: pods "x" is forbidden: exceeded quota: q', 'web', {
			involvedObject: {kind: 'ReplicaSet', namespace: 'msp', name: 'web-6d9c7b5f4d'},
		}),
	],
	['wrong-architecture', installer('[ERROR]  Unsupported architecture armv7l')],
	['proxy-auth-required', source('OCIArtifactPullFailed', 'Get "https://ghcr.io/v2/": Proxy Authentication Required')],
	['tls-interception', log('source-controller', 'x509: certificate signed by unknown authority')],
	['none|crash-loop', log('redis', 'LOADING Redis is loading the dataset in memory')],
	['permission-denied', log('redis', "Can't open the append-only file: Permission denied")],
	['db-data-corrupt', log('redis', 'Bad file format reading the append only file: make a backup of your AOF file')],
	[
		'pvc-unbound',
		pod(
			{
				phase: 'Pending',
				ageSeconds: 300,
				conditions: [
					{
						type: 'PodScheduled',
						status: 'False',
						reason: 'Unschedulable',
						message: '0/1 nodes are available: pod has unbound immediate PersistentVolumeClaims.',
					},
				],
			},
			'db',
		),
	],
	[
		'image-not-preloaded',
		event('Failed', `Failed to pull image "x/y:1": ${pull(`${head}dial tcp: lookup ghcr.io: no such host`)}`),
		{airgap: true},
	],
	['none', check('registry', 'https://ghcr.io/v2/', {error: 'getaddrinfo ENOTFOUND ghcr.io'}), {airgap: true}],
];

const file = CaseFile.parse({components});

for (const [index, [wanted, observed, context]] of rows.entries())
	test(`${wanted} in other words (${index}: ${observed.kind})`, () => {
		const situation = toSituation(file, {stage: 'install', loginReady: false, ...context}, [{...observed}]);
		const named =
			diagnose({...situation, previous: []})
				.map(blocker => blocker.cause)
				.join(' + ') || 'none';
		assert.ok(wanted.split('|').includes(named), `got ${named} for ${JSON.stringify(observed)}`);
	});
