import assert from 'node:assert/strict';
import {test} from 'node:test';
import {type CauseId, causeIds} from '../../../shared/diagnosis/causes.ts';
import {diagnose} from '../../../shared/diagnosis/diagnose.ts';
import {toSituation} from '../../signals/adapter.ts';
import {CaseFile} from '../../signals/cases.ts';
import {
	check,
	claimEvent,
	components,
	crashing,
	event,
	flux,
	head,
	helm,
	installer,
	job,
	k3s,
	kernel,
	liveLog,
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

type Row = readonly [
	cause: CauseId | readonly CauseId[],
	observed: Observed,
	context?: Readonly<Record<string, unknown>>,
];

/** Every cause, in the words of each program that can report it. */
const rows: readonly Row[] = [
	// time, trust, proxy
	[
		'tls-interception',
		waiting(
			'ErrImagePull',
			pull(`${head}tls: failed to verify certificate: x509: certificate signed by unknown authority`),
		),
	],
	[
		'tls-interception',
		check('registry', 'https://registry.example/v2/', {
			error: 'self-signed certificate in certificate chain',
			errorCode: 'SELF_SIGNED_CERT_IN_CHAIN',
		}),
	],
	[
		'tls-interception',
		source(
			'OCIArtifactPullFailed',
			'failed to determine artifact digest: Get "https://registry.example/v2/": tls: failed to verify certificate: x509: certificate signed by unknown authority',
		),
	],
	[
		'clock-skew',
		waiting(
			'ErrImagePull',
			pull(
				`${head}tls: failed to verify certificate: x509: certificate has expired or is not yet valid: current time 2024-01-01T00:03:11Z is before 2026-02-11T00:00:00Z`,
			),
		),
	],
	['clock-skew', check('time', 'ntp', {synchronized: false, offsetSeconds: -9000})],
	[
		'clock-skew',
		check('registry', 'https://registry.example/v2/', {
			error: 'fetch failed: certificate is not yet valid',
			errorCode: 'CERT_NOT_YET_VALID',
		}),
	],
	[
		'registry-cert-expired',
		waiting(
			'ErrImagePull',
			pull(
				`${head}tls: failed to verify certificate: x509: certificate has expired or is not yet valid: current time 2026-08-20T10:11:12Z is after 2026-08-01T12:00:00Z`,
			),
		),
	],
	[
		'registry-cert-expired',
		check('registry', 'https://registry.example/v2/', {
			error: 'fetch failed: certificate has expired',
			errorCode: 'CERT_HAS_EXPIRED',
		}),
	],
	[
		'k3s-cert-expired',
		k3s(
			'E0820 10:05:01.113 1423 authentication.go:73] "Unable to authenticate the request" err="[x509: certificate has expired or is not yet valid: current time 2027-09-02T08:00:00Z is after 2027-08-20T10:00:00Z, verifying certificate SN=12, SKID=, AKID= failed]"',
		),
	],
	[
		'proxy-unreachable',
		waiting('ErrImagePull', pull(`${head}proxyconnect tcp: dial tcp 10.20.0.9:3128: connect: connection refused`)),
	],
	[
		'proxy-unreachable',
		check('registry', 'https://registry.example/v2/', {
			error: 'connect ETIMEDOUT 10.20.0.9:3128',
			proxy: 'http://10.20.0.9:3128',
		}),
	],
	['proxy-auth-required', waiting('ErrImagePull', pull(`${head}Proxy Authentication Required`))],
	['proxy-auth-required', check('registry', 'https://registry.example/v2/', {status: 407})],
	[
		'proxy-bypass-missing',
		k3s(
			'level=fatal msg="starting kubernetes: preparing server: failed to get CA certs: Get \\"https://10.20.0.87:6443/cacerts\\": proxyconnect tcp: dial tcp 10.20.0.9:3128: i/o timeout"',
		),
	],
	[
		'proxy-bypass-missing',
		log(
			'coredns',
			'Failed to watch: failed to list *v1.Service: Get "https://10.43.0.1:443/api/v1/services": proxyconnect tcp: dial tcp 10.20.0.9:3128: connect: connection refused',
		),
	],
	// the way out
	['connection-interrupted', waiting('ErrImagePull', pull(`${head}net/http: TLS handshake timeout`))],
	[
		'connection-interrupted',
		event(
			'Failed',
			`Failed to pull image "registry.example/acme/app:8c1f20": ${pull('failed to copy: httpReadSeeker: failed open: unexpected EOF')}`,
		),
	],
	[
		'connection-interrupted',
		check('registry', 'https://registry.example/v2/', {error: 'read ECONNRESET', errorCode: 'ECONNRESET'}),
	],
	[
		'connection-interrupted',
		source('OCIArtifactPullFailed', 'failed to determine artifact digest: Get "https://registry.example/v2/": EOF'),
	],
	['egress-blocked', waiting('ErrImagePull', pull(`${head}dial tcp 140.82.121.33:443: i/o timeout`))],
	[
		'egress-blocked',
		check('registry', 'https://registry.example/v2/', {
			error: 'connect ETIMEDOUT 140.82.121.33:443',
			errorCode: 'ETIMEDOUT',
		}),
	],
	[
		'egress-blocked',
		check('registry', 'https://registry.example/v2/', {error: 'connect EHOSTUNREACH 140.82.121.33:443'}),
	],
	[
		'egress-blocked',
		source(
			'OCIArtifactPullFailed',
			'failed to determine artifact digest: Get "https://registry.example/v2/": dial tcp 140.82.121.33:443: i/o timeout',
		),
	],
	[
		'no-default-route',
		waiting('ErrImagePull', pull(`${head}dial tcp 140.82.121.33:443: connect: network is unreachable`)),
	],
	[
		'no-default-route',
		check('registry', 'https://registry.example/v2/', {error: 'connect ENETUNREACH 140.82.121.33:443'}),
	],
	[
		'registry-cdn-blocked',
		waiting(
			'ErrImagePull',
			`rpc error: code = Unknown desc = failed to pull and unpack image "registry.example/acme/app:8c1f20": failed to copy: httpReadSeeker: failed open: failed to do request: Get "https://files.cdn.example/registry1/blobs/sha256:aa11bb22cc33?se=2026-08-20T10%3A15%3A00Z": dial tcp 185.199.108.154:443: i/o timeout`,
		),
	],
	[
		'captive-portal',
		waiting('ErrImagePull', pull('unexpected media type text/html for sha256:0f00: not found', 'NotFound')),
	],
	[
		'captive-portal',
		source(
			'OCIArtifactPullFailed',
			"failed to determine artifact digest: invalid character '<' looking for beginning of value",
		),
	],
	[
		'host-firewall-blocks-pods',
		log(
			'coredns',
			'[ERROR] plugin/kubernetes: Failed to watch: failed to list *v1.Service: Get "https://10.43.0.1:443/api/v1/services?limit=500&resourceVersion=0": dial tcp 10.43.0.1:443: i/o timeout',
		),
	],
	[
		'host-firewall-blocks-pods',
		log(
			'source-controller',
			'unable to start manager: failed to get server groups: Get "https://10.43.0.1:443/api": dial tcp 10.43.0.1:443: connect: no route to host',
		),
	],
	[
		'overlay-corrupt',
		check('overlay', '10.43.0.10:53', {
			error:
				'node to service address over UDP: 0 of 20 answers; node to pod address: 20 of 20; NIC driver vmxnet3, tx-udp_tnl-csum-segmentation on',
		}),
	],
	[
		'iptables-flushed',
		check('packetFilter', 'KUBE-SERVICES', {
			error: 'cluster chains absent from nat table; were present at 02:10; process falcon-sensor loaded',
		}),
	],
	// names
	[
		'resolver-failing',
		event(
			'Failed',
			`Failed to pull image "x": ${pull(`${head}dial tcp: lookup registry.example on 127.0.0.53:53: server misbehaving`)}`,
		),
	],
	[
		'resolver-unreachable',
		waiting(
			'ErrImagePull',
			pull(
				`${head}dial tcp: lookup registry.example on 10.20.0.53:53: read udp 10.20.0.87:41255->10.20.0.53:53: i/o timeout`,
			),
		),
	],
	[
		'resolver-unreachable',
		check('dns', 'registry.example', {error: 'queryA ETIMEOUT registry.example', server: '10.20.0.53'}),
	],
	['resolver-unreachable', installer('curl: (28) Resolving timed out after 10000 milliseconds')],
	[
		'name-not-found',
		waiting(
			'ImagePullBackOff',
			`Back-off pulling image "postgres:16": ErrImagePull: ${pull('failed to do request: Head "https://registry-1.docker.io/v2/library/postgres/manifests/16": dial tcp: lookup registry-1.docker.io: no such host')}`,
		),
	],
	[
		'name-not-found',
		check('dns', 'registry.example', {error: 'queryA ENOTFOUND registry.example', server: '10.20.0.53'}),
	],
	[
		'name-not-found',
		check('registry', 'https://registry.example/v2/', {
			error: 'getaddrinfo ENOTFOUND registry.example',
			errorCode: 'ENOTFOUND',
		}),
	],
	[
		'resolver-refused',
		event(
			'Failed',
			`Failed to pull image "x": ${pull(`${head}dial tcp: lookup registry.example on 192.168.64.1:53: read udp 192.168.64.8:52811->192.168.64.1:53: read: connection refused`)}`,
			'email-service',
		),
	],
	[
		'resolver-refused',
		log(
			'coredns',
			'[ERROR] plugin/errors: 2 registry.example. A: read udp 10.42.0.5:34538->192.168.64.1:53: read: connection refused',
		),
	],
	[
		'resolver-refused',
		source(
			'OCIArtifactPullFailed',
			'failed to determine artifact digest: Get "https://registry.example/v2/": dial tcp: lookup registry.example on 192.168.64.1:53: read udp 10.0.0.2:1->192.168.64.1:53: read: connection refused',
		),
	],
	[
		'cluster-dns-down',
		log(
			'web',
			'Error: getaddrinfo EAI_AGAIN db',
			'    at GetAddrInfoReqWrap.onlookup [as oncomplete] (node:dns:109:26)',
		),
	],
	[
		'cluster-dns-down',
		tree(
			'ArtifactFailed',
			'failed to download archive: GET http://source-controller.flux-system.svc.cluster.local./x.tar.gz: dial tcp: lookup source-controller.flux-system.svc.cluster.local. on 10.43.0.10:53: read udp 10.42.0.9:1->10.43.0.10:53: read: connection refused',
		),
	],
	[
		'resolver-limit',
		event('DNSConfigForming', 'Search Line limits were exceeded, some search paths have been omitted', 'coredns'),
	],
	[
		'dns-loop',
		log(
			'coredns',
			'[FATAL] plugin/loop: Loop (127.0.0.1:41399 -> :53) detected for zone ".", see https://coredns.io/plugins/loop#troubleshooting. Query: "HINFO 4547991504243258144.3688648895315093531."',
		),
	],
	[
		'dns-wildcard-search',
		check('dnsWildcard', 'no-such-host-1.corp.example', {
			outcome: 'warn',
			addresses: ['10.20.0.200'],
			search: ['corp.example'],
		}),
	],
	[
		'cluster-dns-public-fallback',
		k3s(
			'level=warning msg="Host resolv.conf includes loopback, multicast, or link-local nameservers - kubelet will use autogenerated resolv.conf with nameservers 8.8.8.8 2001:4860:4860::8888"',
		),
	],
	// registry and release
	[
		'registry-auth-denied',
		event(
			'Failed',
			`Failed to pull image "x": ${pull('failed to authorize: failed to fetch anonymous token: unexpected status from GET request to https://registry.example/token?scope=repository%3Aacme%2Fapp%3Apull&service=registry.example: 403 Forbidden')}`,
		),
	],
	[
		'registry-auth-denied',
		waiting(
			'ErrImagePull',
			pull(
				'pull access denied, repository does not exist or may require authorization: server message: insufficient_scope: authorization failed',
			),
		),
	],
	[
		'registry-auth-denied',
		check('registry', 'https://registry.example/v2/acme/tree/manifests/stable', {
			status: 401,
			body: '{"errors":[{"code":"UNAUTHORIZED"}]}',
		}),
	],
	[
		'registry-rate-limited',
		waiting(
			'ErrImagePull',
			pull(
				'failed to copy: httpReadSeeker: failed open: unexpected status code https://registry-1.docker.io/v2/x/manifests/1: 429 Too Many Requests - Server message: toomanyrequests: You have reached your unauthenticated pull rate limit. https://www.docker.com/increase-rate-limit',
			),
		),
	],
	[
		'registry-rate-limited',
		source(
			'OCIArtifactPullFailed',
			'failed to determine artifact digest: GET https://registry.example/v2/: TOOMANYREQUESTS: retry-after: 1ms',
		),
	],
	[
		'registry-unavailable',
		waiting(
			'ErrImagePull',
			pull(
				'unexpected status from HEAD request to https://registry.example/v2/acme/app/manifests/8c1f20: 503 Service Unavailable',
			),
		),
	],
	['registry-unavailable', waiting('RegistryUnavailable', 'registry is not available')],
	['registry-unavailable', check('registry', 'https://registry.example/v2/', {status: 502, body: 'Bad Gateway'})],
	[
		'digest-mismatch',
		waiting(
			'ErrImagePull',
			pull(
				'failed commit on ref "layer-sha256:77ab": unexpected commit digest sha256:19c0de, expected sha256:77ab01: failed precondition',
			),
		),
	],
	[
		'digest-mismatch',
		check('release', 'stable', {error: 'downloaded layer sha256:aa does not match digest sha256:bb'}),
	],
	['download-failed', installer('[ERROR]  Download failed')],
	['release-not-found', installer('curl: (22) The requested URL returned error: 404', '[ERROR]  Download failed')],
	[
		'release-not-found',
		source(
			'OCIArtifactPullFailed',
			'failed to determine artifact digest: GET https://registry.example/v2/acme/tree/manifests/9.9.9: MANIFEST_UNKNOWN: manifest unknown',
		),
	],
	[
		'artifact-invalid',
		check('release', 'stable', {error: "config blob is not valid JSON: Unexpected token '<' at position 0"}),
	],
	[
		'artifact-invalid',
		source(
			'OCIArtifactLayerOperationFailed',
			'failed to extract layer contents from artifact: no layer found with media type application/vnd.x',
		),
	],
	['artifact-invalid', check('release', 'stable', {error: 'missing field images[0].digest'})],
	[
		'upgrade-path-blocked',
		check('release', '2026.9.0', {
			error: 'release 2026.9.0 can be installed from 2026.8.x only; installed is 2026.6.2',
		}),
	],
	['signature-invalid', check('release', 'stable', {error: 'no valid signature from the pinned release key'})],
	['signature-invalid', waiting('SignatureValidationFailed', 'image signature validation failed')],
	[
		'chart-unavailable',
		flux(
			'HelmChart',
			'msp-web',
			'ChartPullError',
			"chart pull error: failed to get 'oci://registry.example/acme/charts/app:1.2.3': registry.example/acme/charts/app:1.2.3: not found",
		),
	],
	// images
	[
		'image-tag-not-found',
		waiting('ErrImagePull', pull('registry.example/acme/app:8c1f20: not found', 'NotFound'), 'workflow-worker'),
	],
	[
		'image-tag-not-found',
		event(
			'Failed',
			`Failed to pull image "registry.example/acme/app:8c1f20": ${pull('registry.example/acme/app:8c1f20: not found', 'NotFound')}`,
			'temporal',
		),
	],
	[
		'image-pull-failed',
		waiting('ImagePullBackOff', 'Back-off pulling image "registry.example/acme/app:8c1f20"', 'email-service'),
	],
	['image-pull-failed', event('BackOff', 'Back-off pulling image "registry.example/acme/app:8c1f20"', 'email-service')],
	[
		'image-pull-interrupted',
		waiting(
			'ErrImagePull',
			'rpc error: code = Canceled desc = failed to pull and unpack image "registry.example/acme/app:8c1f20": context canceled',
		),
	],
	[
		'image-name-invalid',
		waiting(
			'InvalidImageName',
			'Failed to apply default image tag "X": couldn\'t parse image name "X": invalid reference format: repository name must be lowercase',
		),
	],
	[
		'image-not-preloaded',
		waiting(
			'ErrImageNeverPull',
			'Container image "registry.example/acme/app:8c1f20" is not present with pull policy of Never',
		),
	],
	[
		'image-not-preloaded',
		waiting('ErrImagePull', pull(`${head}dial tcp: lookup registry.example: no such host`)),
		{airgap: true},
	],
	[
		'image-platform-mismatch',
		waiting('ErrImagePull', pull('no match for platform in manifest: not found', 'NotFound')),
	],
	['image-platform-mismatch', log('web', 'exec /usr/local/bin/docker-entrypoint.sh: exec format error')],
	[
		'exec-missing',
		waiting(
			'RunContainerError',
			'failed to create containerd task: failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: error during container init: exec: "/app/start-worker.sh": stat /app/start-worker.sh: no such file or directory',
			'temporal-worker',
		),
	],
	['exec-missing', crashing(127, 'ContainerCannotRun', 'exec: "server": executable file not found in $PATH')],
	[
		'exec-missing',
		crashing(
			128,
			'StartError',
			'failed to create containerd task: exec: "node": executable file not found in $PATH: unknown',
		),
	],
	// disks and volumes
	[
		'disk-full',
		waiting(
			'ErrImagePull',
			pull(
				'failed to extract layer sha256:7c9d1f: write /var/lib/rancher/k3s/agent/containerd/io.containerd.snapshotter.v1.overlayfs/snapshots/58/fs/app/bundle5.js: no space left on device',
			),
		),
	],
	['disk-full', k3s('level=error msg="error in txn: database or disk is full: no space left on device"')],
	[
		'inodes-exhausted',
		check('inodes', '/var/lib/rancher', {freeInodes: 0, error: 'ENOSPC: no space left on device, mkdir'}),
	],
	[
		'disk-pressure',
		event(
			'FailedScheduling',
			'0/1 nodes are available: 1 node(s) had untolerated taint {node.kubernetes.io/disk-pressure: }. preemption: 0/1 nodes are available: 1 Preemption is not helpful for scheduling.',
		),
	],
	['disk-pressure', nodeEvent('EvictionThresholdMet', 'Attempting to reclaim ephemeral-storage')],
	['disk-pressure', nodeEvent('ImageGCFailed', 'failed to garbage collect required amount of images')],
	[
		'disk-pressure',
		pod({phase: 'Failed', reason: 'Evicted', message: 'The node was low on resource: ephemeral-storage.'}),
	],
	['disk-pressure', nodeEvent('NodeHasDiskPressure', 'Node box status is now: NodeHasDiskPressure')],
	[
		'filesystem-read-only',
		kernel(
			'[ 9120.4411] EXT4-fs error (device sda3): ext4_journal_check_start:83: comm postgres: Detected aborted journal',
			'[ 9120.4420] EXT4-fs (sda3): Remounting filesystem read-only',
		),
	],
	['filesystem-read-only', log('db', 'PANIC:  could not open file "global/pg_control": Read-only file system')],
	['disk-slow', k3s('{"level":"warn","msg":"slow fdatasync","took":"3.918s","expected-duration":"1s"}')],
	['disk-latency-warning', check('diskLatency', '/var/lib/rancher', {outcome: 'warn', p99Ms: 41, thresholdMs: 10})],
	[
		'datastore-slow',
		k3s('level=info msg="Slow SQL (started: 2026-08-20 10:05:01.11 UTC) (total time: 4.211s): SELECT *"'),
	],
	[
		'pvc-subpath-failed',
		waiting(
			'CreateContainerConfigError',
			'failed to create subPath directory for volumeMount "db-data" of container "db"',
			'db',
		),
	],
	[
		'pvc-unbound',
		event(
			'FailedScheduling',
			'0/1 nodes are available: pod has unbound immediate PersistentVolumeClaims. preemption: 0/1 nodes are available: 1 Preemption is not helpful for scheduling.',
			'db',
		),
	],
	[
		'pvc-unbound',
		{
			kind: 'PersistentVolumeClaim',
			namespace: 'msp',
			name: 'data-db-0',
			component: 'db',
			phase: 'Pending',
			ageSeconds: 900,
			events: [{type: 'Normal', reason: 'ExternalProvisioning', message: 'waiting for a volume to be created'}],
		},
	],
	[
		'pvc-lost',
		{
			kind: 'PersistentVolumeClaim',
			namespace: 'msp',
			name: 'data-db-0',
			component: 'db',
			phase: 'Lost',
			ageSeconds: 80000,
			events: [
				{
					type: 'Warning',
					reason: 'ClaimLost',
					message: 'Bound claim has lost its PersistentVolume. Data on the volume is lost!',
				},
			],
		},
	],
	['pvc-lost', claimEvent('ClaimLost', 'Bound claim has lost its PersistentVolume. Data on the volume is lost!')],
	[
		'volume-node-conflict',
		event(
			'FailedScheduling',
			'0/1 nodes are available: 1 node(s) had volume node affinity conflict. preemption: 0/1 nodes are available: 1 Preemption is not helpful for scheduling.',
			'db',
		),
	],
	[
		'volume-path-missing',
		event(
			'FailedMount',
			'MountVolume.SetUp failed for volume "tenant-secrets" : hostPath type check failed: /var/lib/alga-appliance/tenant-secrets is not a directory',
			'bootstrap',
		),
	],
	[
		'provisioner-failed',
		claimEvent(
			'ProvisioningFailed',
			'failed to provision volume with StorageClass "local-path": failed to create volume pvc-3f1c: create process timeout after 120 seconds',
		),
	],
	['storageclass-missing', claimEvent('ProvisioningFailed', 'storageclass.storage.k8s.io "fast" not found')],
	[
		'mount-failed',
		event(
			'FailedMount',
			'MountVolume.SetUp failed for volume "nfs-share" : mount failed: exit status 32 Mounting command: mount Output: mount.nfs: Connection timed out',
			'email-service',
		),
	],
	[
		'mount-failed',
		event(
			'FailedMount',
			'Unable to attach or mount volumes: unmounted volumes=[data], unattached volumes=[data]: timed out waiting for the condition',
			'db',
		),
	],
	[
		'mount-failed',
		event(
			'FailedAttachVolume',
			'AttachVolume.Attach failed for volume "pv-1" : volume attachment is being deleted',
			'db',
		),
	],
	[
		'config-missing',
		event('FailedMount', 'MountVolume.SetUp failed for volume "config" : configmap "web-config" not found'),
	],
	['db-data-corrupt', log('db', '2026-08-20 10:05:01.114 UTC [29] PANIC:  could not locate a valid checkpoint record')],
	['db-data-corrupt', log('db', 'ERROR:  invalid page in block 12 of relation base/16384/16397')],
	[
		'db-version-incompatible',
		log(
			'db',
			'FATAL:  database files are incompatible with server',
			'DETAIL:  The data directory was initialized by PostgreSQL version 15, which is not compatible with this version 16.4.',
		),
	],
	[
		'redis-writes-blocked',
		log(
			'web',
			"ReplyError: MISCONF Redis is configured to save RDB snapshots, but it's currently unable to persist to disk.",
		),
	],
	// k3s and the node
	[
		'apiserver-down',
		event(
			'FailedMount',
			'MountVolume.SetUp failed for volume "kube-api-access-x" : failed to fetch token: Post "https://127.0.0.1:6444/api/v1/namespaces/msp/serviceaccounts/default/token": dial tcp 127.0.0.1:6444: connect: connection refused',
		),
	],
	[
		'port-in-use',
		k3s(
			'level=fatal msg="starting kubernetes: preparing server: init cluster datastore and https: listen tcp :6443: bind: address already in use"',
		),
	],
	[
		'k3s-token-mismatch',
		k3s(
			'level=fatal msg="starting kubernetes: preparing server: bootstrap data already found and encrypted with different token"',
		),
	],
	[
		'etcd-member-mismatch',
		k3s(
			'level=fatal msg="Failed to test data store connection: this server is a not a member of the etcd cluster. Found [box=https://10.20.0.80:2380], expect: box=https://10.20.0.87:2380"',
		),
	],
	['cgroup-missing', k3s('level=fatal msg="failed to find memory cgroup (v2)"')],
	[
		'snapshotter-unsupported',
		k3s(
			'level=fatal msg="\\"overlayfs\\" snapshotter cannot be enabled for \\"/var/lib/rancher/k3s/agent/containerd\\", try using \\"fuse-overlayfs\\" or \\"native\\": failed to mount overlay: invalid argument"',
		),
	],
	[
		'datastore-locked',
		k3s('level=error msg="error while range on /registry/leases/kube-system/kube-scheduler: database is locked"'),
	],
	[
		'datastore-corrupt',
		k3s(
			'level=fatal msg="starting kubernetes: preparing server: creating storage endpoint: building kine: database disk image is malformed"',
		),
	],
	[
		'node-password-rejected',
		k3s(
			'level=info msg="Waiting to retrieve agent configuration; server is not ready: Node password rejected, duplicate hostname or contents of \'/etc/rancher/node/password\' may not match server node-passwd entry"',
		),
	],
	['inotify-limit', k3s('level=fatal msg="failed to create fsnotify watcher: too many open files"')],
	['node-ip-changed', k3s('level=fatal msg="flannel exited: failed to find interface with specified node ip"')],
	[
		'kernel-module-missing',
		k3s('modprobe: FATAL: Module br_netfilter not found in directory /lib/modules/6.8.0-45-generic'),
	],
	[
		'hostname-changed',
		k3s(
			'"Failed to update lease" err="leases.coordination.k8s.io \\"new\\" is forbidden: User \\"system:node:old\\" cannot get resource \\"leases\\": can only access node lease with the same name as the requesting node"',
		),
	],
	['wrong-architecture', k3s('/usr/local/bin/k3s: cannot execute binary file: Exec format error')],
	[
		'package-lock-held',
		{
			kind: 'Journal',
			unit: 'alga-bootstrap',
			component: 'host',
			lines: ['E: Could not get lock /var/lib/dpkg/lock-frontend. It is held by process 2211 (unattended-upgr)'],
		},
	],
	[
		'cni-not-ready',
		node([
			[
				'Ready',
				'False',
				'KubeletNotReady',
				'container runtime network not ready: NetworkReady=false reason:NetworkPluginNotReady message:Network plugin returns error: cni plugin not initialized',
			],
		]),
	],
	['cni-not-ready', nodeEvent('CIDRNotAvailable', 'Node box status is now: CIDRNotAvailable')],
	[
		'node-not-ready',
		event(
			'FailedScheduling',
			'0/1 nodes are available: 1 node(s) had untolerated taint {node.kubernetes.io/not-ready: }. preemption: 0/1 nodes are available: 1 Preemption is not helpful for scheduling.',
		),
	],
	['node-not-ready', nodeEvent('NodeNotReady', 'Node box status is now: NodeNotReady')],
	[
		'node-not-ready',
		pod({phase: 'Failed', reason: 'NodeLost', message: 'Node box which was running pod is unresponsive'}),
	],
	[
		'memory-pressure',
		node([
			['Ready', 'True'],
			['MemoryPressure', 'True', 'KubeletHasInsufficientMemory', 'kubelet has insufficient memory available'],
		]),
	],
	['memory-pressure', kernel('Out of memory: Killed process 4411 (k3s-server) total-vm:2211000kB')],
	['memory-pressure', nodeEvent('SystemOOM', 'System OOM encountered, victim process: node, pid: 4411')],
	[
		'pid-pressure',
		node([
			['Ready', 'True'],
			['PIDPressure', 'True', 'KubeletHasInsufficientPID', 'kubelet has insufficient PID available'],
		]),
	],
	[
		'disk-pressure',
		node([
			['Ready', 'True'],
			['DiskPressure', 'True', 'KubeletHasDiskPressure', 'kubelet has disk pressure'],
		]),
	],
	[
		'node-unschedulable',
		event(
			'FailedScheduling',
			'0/1 nodes are available: 1 node(s) were unschedulable. preemption: 0/1 nodes are available: 1 Preemption is not helpful for scheduling.',
		),
	],
	['flux-unexplained', tree('SomethingNew', 'words that nobody has written yet')],
	['flux-source-missing', source('SomethingNew', 'words that nobody has written yet')],
	['registry-auth-denied', source('AuthenticationFailed', 'words that nobody has written yet')],
	['start-unexplained', event('FailedScheduling', '0/1 nodes are available: 1 words that nobody has written yet.')],
	[
		'insufficient-memory',
		event(
			'FailedScheduling',
			'0/1 nodes are available: 1 Insufficient memory. no new claims to deallocate, preemption: 0/1 nodes are available: 1 No preemption victims found for incoming pod.',
		),
	],
	[
		'insufficient-cpu',
		event(
			'FailedScheduling',
			'0/1 nodes are available: 1 Insufficient cpu. preemption: 0/1 nodes are available: 1 No preemption victims found for incoming pod.',
			'temporal',
		),
	],
	[
		'pod-limit',
		event(
			'FailedScheduling',
			'0/1 nodes are available: 1 Too many pods. preemption: 0/1 nodes are available: 1 No preemption victims found for incoming pod.',
			'temporal',
		),
	],
	[
		'pod-limit',
		pod(
			{
				phase: 'Failed',
				reason: 'OutOfpods',
				message: "Node didn't have enough resource: pods, requested: 1, used: 110, capacity: 110",
			},
			'temporal',
		),
	],
	[
		'insufficient-memory',
		pod({phase: 'Failed', reason: 'OutOfmemory', message: "Node didn't have enough resource: memory"}),
	],
	['hostport-conflict', log('web', 'Error: listen EADDRINUSE: address already in use :::3000')],
	[
		'apparmor-denied',
		waiting(
			'RunContainerError',
			'failed to create containerd task: runc create failed: unable to start container process: error during container init: unable to apply apparmor profile: apparmor failed to apply profile: write /proc/thread-self/attr/apparmor/exec: no such file or directory',
		),
	],
	[
		'apparmor-denied',
		kernel(
			'audit: type=1400 apparmor="DENIED" operation="signal" class="signal" profile="runc" pid=991 comm="runc" requested_mask="receive"',
		),
	],
	[
		'container-create-stuck',
		waiting(
			'CreateContainerError',
			'failed to reserve container name "temporal_x_0": name "temporal_x_0" is reserved for "9c41be"',
			'temporal',
		),
	],
	['container-create-stuck', waiting('CreateContainerError', 'context deadline exceeded', 'temporal')],
	['container-create-stuck', waiting('ContainerCreating', '', 'temporal', 1800)],
	[
		'sandbox-failed',
		event(
			'FailedCreatePodSandBox',
			'Failed to create pod sandbox: rpc error: code = DeadlineExceeded desc = context deadline exceeded',
			'temporal',
		),
	],
	[
		'egress-blocked',
		event(
			'FailedCreatePodSandBox',
			'Failed to create pod sandbox: rpc error: code = Unknown desc = failed to get sandbox image "docker.io/rancher/mirrored-pause:3.6": failed to pull image: failed to do request: Head "https://registry-1.docker.io/v2/rancher/mirrored-pause/manifests/3.6": dial tcp 44.1.2.3:443: i/o timeout',
		),
	],
	['pod-stuck-terminating', pod({phase: 'Running', deletionSecondsAgo: 1800})],
	// containers and applications
	['config-missing', waiting('CreateContainerConfigError', 'secret "web-secrets" not found')],
	[
		'config-key-missing',
		waiting('CreateContainerConfigError', "couldn't find key DB_PASSWORD in Secret msp/db-credentials", 'db'),
	],
	[
		'permission-denied',
		waiting(
			'RunContainerError',
			'runc create failed: unable to start container process: error during container init: exec: "/app/entrypoint.sh": permission denied',
			'email-service',
		),
	],
	['permission-denied', crashing(126, 'Error', '')],
	['permission-denied', log('web', "Error: EACCES: permission denied, mkdir '/app/uploads'")],
	[
		'permission-denied',
		waiting(
			'CreateContainerConfigError',
			'container has runAsNonRoot and image will run as root (pod: "x", container: main)',
		),
	],
	['oom-killed', crashing(137, 'OOMKilled')],
	['oom-killed', log('web', 'FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory')],
	['oom-killed', kernel('Memory cgroup out of memory: Killed process 4411 (node) total-vm:2211000kB')],
	['crash-loop', crashing(1)],
	['crash-loop', crashing(0, 'Completed')],
	['crash-loop', crashing(139)],
	['crash-loop', crashing(137)],
	['crash-loop', event('BackOff', 'Back-off restarting failed container main in pod web-6d9c7b5f4d-x2k8p_msp(77)')],
	['crash-loop', waiting('PostStartHookError', 'PostStartHook failed: command exited with 1')],
	[
		'db-credentials-mismatch',
		log(
			'bootstrap',
			'psql: error: connection to server at "db" (10.43.71.9), port 5432 failed: FATAL:  password authentication failed for user "postgres"',
		),
	],
	['db-unreachable', log('web', 'Error: getaddrinfo ENOTFOUND pgbouncer.msp.svc.cluster.local')],
	['db-unreachable', log('web', 'Error: connect ECONNREFUSED 10.43.18.77:5432')],
	[
		'db-unreachable',
		log(
			'bootstrap',
			'psql: error: connection to server at "db" (10.43.71.9), port 5432 failed: Connection refused',
			'\tIs the server running on that host and accepting TCP/IP connections?',
		),
	],
	['redis-unreachable', log('web', 'Error: connect ETIMEDOUT 10.43.18.77:6379')],
	['redis-unreachable', log('web', 'Error: getaddrinfo ENOTFOUND redis.msp.svc.cluster.local')],
	['redis-auth-failed', log('web', 'WRONGPASS invalid username-password pair or user is disabled.')],
	['redis-auth-failed', log('web', 'ReplyError: NOAUTH Authentication required.')],
	[
		'db-connections-exhausted',
		log(
			'web',
			'KnexTimeoutError: Knex: Timeout acquiring a connection. The pool is probably full. Are you missing a .transacting(trx) call?',
		),
	],
	['env-missing', log('web', 'Error: NEXTAUTH_SECRET environment variable is not set. Aborting.')],
	['env-missing', log('email-service', 'Missing required environment variable: SMTP_HOST')],
	[
		'schema-not-initialized',
		log(
			'temporal',
			'2026-08-20T10:05:01.113Z ERROR sql schema version compatibility check failed {"error": "version mismatch for keyspace/database: \\"temporal\\". Expected version: 1.14 cannot be greater than Actual version: 0.0"}',
		),
	],
	[
		'service-link-collision',
		log('temporal-ui', 'yaml: unmarshal errors:', "  line 6: cannot unmarshal !!str 'tcp://1...' into int"),
	],
	[
		'dependency-unreachable',
		log(
			'workflow-worker',
			'Error: 14 UNAVAILABLE: No connection established. Last error: connect ECONNREFUSED 10.43.112.4:7233.',
		),
	],
	[
		'dependency-unreachable',
		log('temporal-worker', 'Failed to connect to temporal-frontend:7233: context deadline exceeded'),
	],
	['smtp-auth-failed', log('email-service', 'Error: Invalid login: 535 5.7.8 Authentication credentials invalid')],
	[
		'probe-failing',
		event(
			'Unhealthy',
			'Readiness probe failed: Get "http://10.42.0.31:3000/api/health": dial tcp 10.42.0.31:3000: connect: connection refused',
		),
	],
	['probe-failing', event('Unhealthy', 'Readiness probe failed: HTTP probe failed with statuscode: 503')],
	[
		'probe-failing',
		event(
			'Unhealthy',
			'Liveness probe failed: Get "http://10.42.0.31:3000/api/health": context deadline exceeded (Client.Timeout exceeded while awaiting headers)',
		),
	],
	['app-url-unreachable', check('appUrl', 'http://127.0.0.1:3000/auth/signin', {status: 502})],
	['login-seed-missing', check('seed', 'select count(*) from users', {value: 0})],
	['bootstrap-job-failed', job('Failed', 'BackoffLimitExceeded', 'Job has reached the specified backoff limit')],
	['bootstrap-job-timeout', job('Failed', 'DeadlineExceeded', 'Job was active longer than specified deadline')],
	[
		'migration-failed',
		log(
			'bootstrap',
			'migration file "20260812090000_add_sla_policies.cjs" failed',
			'migration failed with error: alter table "x" - column "y" already exists',
		),
	],
	['migration-locked', log('bootstrap', "Can't take lock to run migrations: Migration table is already locked")],
	[
		'migration-mismatch',
		log(
			'bootstrap',
			'Error: The migration directory is corrupt, the following files are missing: 20260901120000_new_table.cjs',
		),
	],
	[
		'bootstrap-refused-existing-data',
		log('bootstrap', "Error: Fresh bootstrap refused: existing data found in database 'server'"),
	],
	// Flux and Helm
	['flux-source-missing', tree('ArtifactFailed', 'Source artifact not found, retrying in 30s')],
	[
		'flux-controller-down',
		tree(
			'ArtifactFailed',
			'failed to download archive: GET http://source-controller.flux-system.svc.cluster.local./ocirepository/flux-system/tree/9d2f.tar.gz giving up after 10 attempt(s): connection refused',
		),
	],
	[
		'flux-manifests-invalid',
		tree(
			'BuildFailed',
			"kustomize build failed: accumulating resources: accumulation err='evalsymlink failure on '/tmp/kustomization-1/base/core/helmrelease.yaml' : lstat: no such file or directory'",
		),
	],
	[
		'apply-rejected',
		tree('ReconciliationFailed', 'HelmRelease/msp/web dry-run failed (NotFound): namespaces "msp" not found'),
	],
	[
		'apply-rejected',
		tree(
			'ReconciliationFailed',
			'ConfigMap/msp/x dry-run failed: failed calling webhook "v.example": failed to call webhook: Post "https://w.msp.svc:443/": dial tcp 10.43.9.9:443: connect: connection refused',
		),
	],
	[
		'flux-crds-missing',
		tree(
			'ReconciliationFailed',
			'HelmRelease/msp/web dry-run failed: no matches for kind "HelmRelease" in version "helm.toolkit.fluxcd.io/v2beta1"',
		),
	],
	[
		'immutable-field',
		tree(
			'ReconciliationFailed',
			"StatefulSet/msp/db dry-run failed (Invalid): StatefulSet.apps \"db\" is invalid: spec: Forbidden: updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden",
		),
	],
	[
		'flux-dependency-blocked',
		tree('DependencyNotReady', "dependency 'flux-system/tree-platform' is not ready"),
		{dependencyFailed: true},
	],
	[
		'health-check-failed',
		tree(
			'HealthCheckFailed',
			"health check failed after 5m0.012s: timeout waiting for: [HelmRelease/msp/web status: 'InProgress']",
		),
	],
	['prune-failed', tree('PruneFailed', 'ConfigMap/msp/old-values delete failed: admission webhook denied the request')],
	[
		'decryption-key-missing',
		tree(
			'BuildFailed',
			'kustomize build failed: cannot get sops data key: error getting data key: 0 successful groups required, got 0',
		),
	],
	[
		'flux-version-mismatch',
		tree(
			'ReconciliationFailed',
			'HelmRelease/msp/web dry-run failed: failed to create typed patch object (msp/web; helm.toolkit.fluxcd.io/v2, Kind=HelmRelease): .spec.commonMetadata: field not declared in schema',
		),
	],
	[
		'helm-timeout',
		helm('InstallFailed', 'Helm install failed for release msp/web with chart app@1.2.3: context deadline exceeded'),
	],
	['helm-retries-exhausted', helm('RetriesExceeded', 'Failed to install after 1 attempt(s)')],
	[
		'helm-no-rollback-target',
		helm(
			'MissingRollbackTarget',
			'Failed to perform remediation: missing target release for rollback: cannot remediate failed release',
		),
	],
	[
		'helm-values-invalid',
		helm(
			'ValuesError',
			"could not resolve ConfigMap chart values reference 'msp/values-web' with key 'web.yaml': configmaps \"values-web\" not found",
		),
	],
	[
		'helm-values-invalid',
		helm(
			'InstallFailed',
			"Helm install failed for release msp/web with chart app@1.2.3: values don't meet the specifications of the schema(s) in the following chart(s): app: - replicas: Invalid type",
		),
	],
	[
		'helm-template-error',
		helm(
			'InstallFailed',
			'Helm install failed for release msp/web with chart app@1.2.3: template: app/templates/deployment.yaml:12:20: executing "app/templates/deployment.yaml" at <.Values.server.image.tag>: nil pointer evaluating interface {}.tag',
		),
	],
	[
		'helm-release-locked',
		helm(
			'UpgradeFailed',
			'Helm upgrade failed for release msp/web with chart app@1.3.0: another operation (install/upgrade/rollback) is in progress',
		),
	],
	[
		'helm-ownership-conflict',
		helm(
			'InstallFailed',
			'Helm install failed for release msp/web with chart app@1.2.3: unable to continue with install: Service "web" in namespace "msp" exists and cannot be imported into the current release: invalid ownership metadata; annotation validation error: missing key "meta.helm.sh/release-name": must be set to "web"',
		),
	],
	[
		'helm-api-missing',
		helm(
			'InstallFailed',
			'Helm install failed for release msp/web with chart app@1.2.3: resource mapping not found for name: "web" namespace: "msp" from "": no matches for kind "ServiceMonitor" in version "monitoring.coreos.com/v1"\nensure CRDs are installed first',
		),
	],
	[
		'helm-release-too-large',
		helm(
			'InstallFailed',
			'Helm install failed for release msp/web with chart app@1.2.3: create: failed to create: Secret "sh.helm.release.v1.web.v1" is invalid: data: Too long: may not be more than 1048576 bytes',
		),
	],
	[
		'helm-hook-failed',
		helm(
			'UpgradeFailed',
			'Helm upgrade failed for release msp/web with chart app@1.3.0: pre-upgrade hooks failed: 1 error occurred:\n\t* job web-migrate failed: BackoffLimitExceeded\n\n',
		),
	],
	[
		'upgrade-remediated',
		helm('RollbackSucceeded', 'Helm rollback to previous release msp/web.v4 with chart app@1.2.3 succeeded'),
	],
	[
		'drift-detected',
		event(
			'DriftDetected',
			'Cluster state of release msp/web.v5 has drifted from the desired state: Deployment/msp/web changed (0 additions, 1 changes, 0 removals)',
			'flux',
			{involvedObject: {kind: 'HelmRelease', namespace: 'msp', name: 'web'}},
		),
	],
	['update-interrupted', {kind: 'InstallState', operation: 'update', state: 'running'}, {stage: 'update'}],
];

const file = CaseFile.parse({components});
const contextOf = (fields: Readonly<Record<string, unknown>> | undefined) => ({
	stage: 'install' as const,
	loginReady: false,
	...fields,
});
const judge = (observed: readonly Observed[], context?: Readonly<Record<string, unknown>>) =>
	diagnose({
		...toSituation(
			file,
			contextOf(context),
			observed.map(each => ({...each})),
		),
		previous: [],
	});

for (const [index, [wanted, observed, context]] of rows.entries()) {
	const accepted: readonly string[] = typeof wanted === 'string' ? [wanted] : wanted;
	const name = JSON.stringify(observed).slice(0, 60);
	test(`${accepted.join(' or ')} is named (${index}: ${observed.kind} ${name})`, () => {
		const blockers = judge([observed], context);
		assert.ok(
			accepted.includes(blockers[0]?.cause ?? 'nothing'),
			`got ${blockers.map(each => each.cause).join(' + ') || 'nothing'} for ${JSON.stringify(observed)}`,
		);
		assert.equal(blockers.length, 1, `more than one: ${blockers.map(each => each.cause).join(' + ')}`);
		const [top] = blockers;
		assert.ok(
			top && top.proof.length > 0 && top.nextStep !== '' && !/[{}|]/u.test(top.summary + top.why + top.nextStep),
			JSON.stringify(top),
		);
	});
}

test('every cause is reached by at least one row', () => {
	// The one that only an operation of ours can cause has a test of its own.
	const reached = new Set(['update-unproved', ...rows.flatMap(([wanted]) => wanted)]);
	assert.deepEqual(
		causeIds.filter(id => !reached.has(id)),
		[],
	);
});

const fine: readonly (readonly [why: string, observed: Observed, context?: Readonly<Record<string, unknown>>])[] = [
	['a young pod is being made', waiting('ContainerCreating', '', 'web', 20)],
	['a pull has run for four and a half minutes', waiting('ContainerCreating', '', 'web', 275)],
	['a pod waits for its init container', waiting('PodInitializing', '', 'web', 400)],
	[
		'readiness fails in the first half minute',
		event('Unhealthy', 'Readiness probe failed: connection refused', 'web', {count: 3, lastSeenSecondsAgo: 5}),
	],
	[
		'a completed job pod is 0/1',
		pod(
			{
				phase: 'Succeeded',
				containerStatuses: [
					{
						name: 'main',
						image: 'x',
						ready: false,
						restartCount: 0,
						state: {terminated: {exitCode: 0, reason: 'Completed'}},
					},
				],
			},
			'bootstrap',
		),
	],
	[
		'one restart hours ago',
		pod({
			phase: 'Running',
			ageSeconds: 90000,
			containerStatuses: [
				{
					name: 'main',
					image: 'x',
					ready: true,
					restartCount: 1,
					state: {running: {}},
					lastState: {terminated: {exitCode: 1, reason: 'Error'}},
				},
			],
		}),
	],
	['the database is starting', liveLog('db', 'FATAL:  the database system is starting up')],
	[
		'the name server has no custom zones',
		liveLog('coredns', '[WARNING] No files matching import glob pattern: /etc/coredns/custom/*.server'),
	],
	[
		'a claim waits for its first pod',
		{
			kind: 'PersistentVolumeClaim',
			namespace: 'msp',
			name: 'data-db-0',
			component: 'db',
			phase: 'Pending',
			ageSeconds: 700,
			events: [{type: 'Normal', reason: 'WaitForFirstConsumer', message: 'waiting for first consumer'}],
		},
	],
	[
		'the kubelet counts its disks at every start',
		nodeEvent('InvalidDiskCapacity', 'invalid capacity 0 on image filesystem'),
	],
	['the machine was restarted', nodeEvent('Rebooted', 'Node box has been rebooted, boot id: 5a0c')],
	[
		'a part waits for one that is on its way',
		tree('DependencyNotReady', "dependency 'flux-system/tree-platform' is not ready"),
	],
	[
		'an old ReplicaSet has no pods',
		{
			kind: 'ReplicaSet',
			namespace: 'msp',
			name: 'web-5d4f',
			component: 'web',
			owner: 'Deployment/web',
			spec: {replicas: 0},
			status: {replicas: 0},
		},
	],
	[
		'k3s says at error level that it is starting',
		k3s('level=error msg="Sending HTTP 503 response to 127.0.0.1:41222: runtime core not ready"'),
	],
	['a probe passed', check('dns', 'registry.example', {outcome: 'ok', addresses: ['1.2.3.4']})],
	['a job runs', job('Suspended', 'JobResumed', 'Job resumed', {active: 1})],
	['a normal event', event('Pulled', 'Successfully pulled image', 'web', {type: 'Normal'})],
	['a suspended release', {...helm('InstallFailed', 'Helm install failed'), spec: {suspend: true}}],
	[
		'a release whose new generation has just been written',
		{...helm('InstallFailed', 'Helm install failed'), generation: 4},
	],
];

for (const [why, observed, context] of fine)
	test(`no blocker: ${why}`, () => {
		assert.deepEqual(
			judge([observed], context).map(each => `${each.cause}: ${each.proof[0]?.text}`),
			[],
		);
	});

const together: readonly (readonly [
	why: string,
	top: CauseId,
	count: number,
	observed: readonly Observed[],
	context?: Readonly<Record<string, unknown>>,
])[] = [
	[
		'the refused resolver explains everything above it',
		'resolver-refused',
		1,
		[
			check('dns', 'registry.example', {error: 'queryA ECONNREFUSED registry.example', server: '192.168.64.1'}),
			source(
				'OCIArtifactPullFailed',
				'failed to determine artifact digest: Get "https://registry.example/v2/": dial tcp: lookup registry.example on 192.168.64.1:53: read udp 10.0.0.2:1->192.168.64.1:53: read: connection refused',
			),
			tree('ArtifactFailed', 'Source artifact not found, retrying in 30s'),
		],
	],
	[
		'a firewall on the machine: it resolves, its pods do not',
		'host-firewall-blocks-pods',
		1,
		[
			check('dns', 'registry.example', {outcome: 'ok', server: '10.20.0.53'}),
			liveLog('coredns', '[ERROR] plugin/errors: 2 x. HINFO: read udp 10.42.0.5:34538->10.20.0.53:53: i/o timeout'),
			log(
				'local-path-provisioner',
				'failed to get Kubernetes server version: Get "https://10.43.0.1:443/version?timeout=32s": dial tcp 10.43.0.1:443: i/o timeout',
			),
		],
	],
	[
		'the wrong clock explains the certificate',
		'clock-skew',
		1,
		[
			check('time', 'ntp', {synchronized: false, offsetSeconds: -9000000}),
			waiting(
				'ErrImagePull',
				pull(
					`${head}tls: failed to verify certificate: x509: certificate has expired or is not yet valid: current time 2030-01-01T00:00:00Z is after 2026-02-11T00:00:00Z`,
				),
			),
		],
	],
	[
		'a database without its volume explains the application and its release',
		'provisioner-failed',
		1,
		[
			claimEvent(
				'ProvisioningFailed',
				'failed to provision volume with StorageClass "local-path": create process timeout after 120 seconds',
			),
			event('FailedScheduling', '0/1 nodes are available: pod has unbound immediate PersistentVolumeClaims.', 'db'),
			log('web', 'Error: connect ECONNREFUSED 10.43.18.77:5432'),
			crashing(1),
			helm('InstallFailed', 'Helm install failed for release msp/web with chart app@1.2.3: context deadline exceeded'),
			tree(
				'HealthCheckFailed',
				"health check failed after 5m0.012s: timeout waiting for: [HelmRelease/msp/web status: 'InProgress']",
			),
		],
	],
	[
		'a missing Temporal image explains its workers',
		'image-tag-not-found',
		1,
		[
			waiting('ErrImagePull', pull('registry.example/acme/app:8c1f20: not found', 'NotFound'), 'temporal'),
			log(
				'workflow-worker',
				'Error: 14 UNAVAILABLE: No connection established. Last error: connect ECONNREFUSED 10.43.112.4:7233.',
			),
			crashing(1, 'Error', '', 'workflow-worker'),
		],
		{loginReady: true},
	],
	[
		'two troubles that have nothing to do with each other are two',
		'image-tag-not-found',
		2,
		[
			waiting('ErrImagePull', pull('registry.example/acme/app:8c1f20: not found', 'NotFound'), 'temporal'),
			log('email-service', 'Error: Invalid login: 535 5.7.8 Authentication credentials invalid'),
		],
		{loginReady: true},
	],
	[
		'a migration explains its job and the release that waited',
		'migration-failed',
		1,
		[
			log('bootstrap', 'migration file "2026_x.cjs" failed'),
			job('Failed', 'BackoffLimitExceeded', 'Job has reached the specified backoff limit'),
			helm('InstallFailed', 'Helm install failed for release msp/web with chart app@1.2.3: context deadline exceeded'),
		],
	],
	[
		'a cut-off update explains the locked release',
		'update-interrupted',
		1,
		[
			{kind: 'InstallState', operation: 'update', state: 'running', step: 'apply'},
			helm(
				'UpgradeFailed',
				'Helm upgrade failed for release msp/web with chart app@1.3.0: another operation (install/upgrade/rollback) is in progress',
			),
		],
		{stage: 'update', loginReady: true},
	],
	[
		'a node without its network explains the pods',
		'cni-not-ready',
		1,
		[
			node([['Ready', 'False', 'KubeletNotReady', 'container runtime network not ready: cni plugin not initialized']]),
			event(
				'FailedScheduling',
				'0/1 nodes are available: 1 node(s) had untolerated taint {node.kubernetes.io/not-ready: }.',
			),
			event(
				'FailedCreatePodSandBox',
				'Failed to create pod sandbox: open /run/flannel/subnet.env: no such file or directory',
				'db',
			),
		],
	],
	[
		'a down API explains what could not be read',
		'port-in-use',
		1,
		[
			k3s('level=fatal msg="starting kubernetes: listen tcp :6443: bind: address already in use"'),
			check('api', 'https://127.0.0.1:6443/readyz', {error: 'connect ECONNREFUSED 127.0.0.1:6443'}),
		],
	],
];

for (const [why, top, count, observed, context] of together)
	test(`together: ${why}`, () => {
		const blockers = judge(observed, context);
		assert.deepEqual(
			[blockers[0]?.cause, blockers.length],
			[top, count],
			blockers.map(each => `${each.cause} (${each.component}) explains ${each.explains.length}`).join('\n'),
		);
	});
