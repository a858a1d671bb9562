import type {Rule} from '../rule.ts';

const path = String.raw`(?<path>\/[^\s:'"\\,]+)`;

/** Disks and volumes: their words are specific wherever they turn up, so they are read before everything but time. */
export const storageRules: readonly Rule[] = [
	{cause: 'inodes-exhausted', from: ['probe', 'disk'], reason: /inode/iu},
	{
		cause: 'filesystem-read-only',
		text: new RegExp(String.raw`(?:${path}[^\n]*)?(?:[Rr]ead-only file ?system|EROFS)`, 'u'),
	},
	{cause: 'filesystem-read-only', from: ['disk', 'probe'], reason: /readOnly|readonly/u},
	{
		cause: 'filesystem-read-only',
		from: ['kernel'],
		text: /(?:EXT4-fs|XFS|BTRFS)[^\n]*(?:error|abort|corrupt|Remounting|shutting down|Shutting down|forced shutdown)|Remounting filesystem read-only|(?:Buffer )?I\/O error|blk_update_request|critical medium error|Detected aborted journal/u,
	},
	{
		cause: 'redis-writes-blocked',
		text: /MISCONF|unable to persist to disk|Can't save in background|Background saving error|Write error saving DB/u,
		unless: /Permission denied/u,
	},
	{
		cause: 'inodes-exhausted',
		from: ['event', 'pod'],
		reason: /^(?:Evicted|EvictionThresholdMet)$/u,
		text: /inodes/iu,
	},
	{
		cause: 'disk-pressure',
		from: ['event', 'pod'],
		reason: /^(?:Evicted|EvictionThresholdMet)$/u,
		text: /ephemeral|imagefs|nodefs|disk/iu,
	},
	{
		cause: 'disk-full',
		text: new RegExp(
			String.raw`(?:${path}[^\n]*?)?(?:[Nn]o space left on device|ENOSPC|[Dd]isk quota exceeded|write error: No space|curl: \(23\)|Failure writing output)`,
			'u',
		),
		// The kernel says "no space" of its watches as well.
		unless: /inotify|file watchers/u,
	},
	{cause: 'disk-full', from: ['disk', 'probe'], reason: /^(?:disk|diskSpace|diskFree)$/u},
	// Above 50 ms at the 99th percentile a datastore stalls (etcd hardware guide); below it is only slow.
	{
		cause: 'disk-slow',
		from: ['probe'],
		reason: /latency|fsync/iu,
		text: /p99\w* (?:5[1-9]|[6-9]\d|\d{3,})\b/iu,
		unless: /\bwarn/u,
	},
	{cause: 'disk-latency-warning', from: ['probe'], reason: /latency|fsync/iu},
	{
		cause: 'disk-pressure',
		from: ['event'],
		reason: /^(?:NodeHasDiskPressure|FreeDiskSpaceFailed|ImageGCFailed|ContainerGCFailed)$/u,
	},
	{
		cause: 'pvc-subpath-failed',
		text: /subPath directory for volumeMount \\?"(?<object>[^"\\]+)|failed to prepare subPath|subPath for volume|subpath/iu,
		unless: /configmap|secret/iu,
	},
	{
		cause: 'pvc-subpath-failed',
		text: new RegExp(
			String.raw`initdb: error: directory "${path}" exists but is not empty|could not create directory "${path.replace('<path>', '<dir>')}": Not a directory|lost\+found`,
			'u',
		),
	},
	{cause: 'pvc-lost', from: ['claim', 'event'], reason: /^(?:Lost|ClaimLost)$/u},
	{
		cause: 'pvc-lost',
		text: /[Bb]ound claim has lost|lost its PersistentVolume|bound to non-?existent persistentvolume/u,
	},
	{
		cause: 'volume-node-conflict',
		text: /volume node affinity conflict|didn't match PersistentVolume's node affinity|NodeAffinity check failed|no matching NodeSelectorTerms/u,
	},
	{
		cause: 'storageclass-missing',
		text: /storageclass(?:\.storage\.k8s\.io)?s? \\?"(?<object>[^"\\]+)\\?" not found|no default storage ?class|no storage class is set/iu,
	},
	{
		cause: 'volume-path-missing',
		text: new RegExp(
			String.raw`hostPath type check failed: ${path}|error mounting \\?"(?<stat>[^"\\]+)\\?" to rootfs[^\n]*stat \S+: no such file|^stat (?<file>\/var\/lib\/(?:rancher\/k3s\/storage|kubelet)\/\S+): no such file|(?:path|volume) \\?"?${path.replace('<path>', '<dir>')}\\?"? (?:does not exist|is not a directory)`,
			'u',
		),
	},
	{
		cause: 'apiserver-down',
		from: ['event'],
		reason: /^Failed(?:Mount|AttachVolume)/u,
		text: /dial tcp (?:127\.0\.0\.1|\[::1\]|10\.43\.0\.1):\d+: connect: connection refused/u,
	},
	{
		cause: 'config-missing',
		from: ['journal'],
		text: /MountVolume\.SetUp failed[^\n]*(?:secret|configmap) \\?"(?<object>[^"\\]+)\\?" not found/u,
	},
	{
		cause: 'config-missing',
		from: ['event', 'pod'],
		reason: /^FailedMount/u,
		text: /(?:secret|configmap) \\?"(?<object>[^"\\]+)\\?" not found/u,
	},
	{
		cause: 'config-key-missing',
		from: ['event', 'pod'],
		reason: /^FailedMount/u,
		text: /references non-existent (?:secret|config) key:? ?(?<key>[^\s"]+)?/u,
	},
	{
		cause: 'mount-failed',
		from: ['pod', 'event'],
		text: /error mounting|failed to mount|trying to mount a directory onto a file/u,
		unless: /overlay|snapshot|no space/u,
	},
	{cause: 'mount-failed', from: ['event'], reason: /^Failed(?:Mount|AttachVolume|MapVolume|Detach\w*)|^VolumeFailed/u},
	{
		cause: 'provisioner-failed',
		from: ['event'],
		reason: /^(?:ProvisioningFailed|VolumeFailedDelete|ProvisioningCleanupFailed)$/u,
		text: new RegExp(String.raw`(?:contain path ${path})?`, 'u'),
	},
	{
		cause: 'provisioner-failed',
		text: new RegExp(
			String.raw`failed to provision volume|create process timeout|config doesn't contain path ${path}`,
			'u',
		),
	},
	{
		cause: 'pvc-unbound',
		from: ['event', 'pod'],
		reason: /^(?:FailedScheduling|Unschedulable)$/u,
		text: /unbound immediate PersistentVolumeClaims|persistentvolumeclaim \\?"(?<object>[^"\\]+)\\?" (?:not found|is being deleted|bound to non)|didn't find available persistent volumes|binding volumes: /u,
	},
	{cause: 'pvc-unbound', from: ['claim']},
	{cause: 'pvc-unbound', from: ['event'], reason: /^FailedBinding$/u},
	{
		cause: 'disk-slow',
		from: ['journal', 'log', 'kernel'],
		text: /slow fdatasync|slow fsync|leader failed to send out heartbeat|wal: sync duration|blocked for more than \d+ seconds|apply request took too long/u,
	},
	{
		cause: 'datastore-slow',
		text: /Slow SQL|Trace\[\d+\][^\n]*total time: (?:[2-9]\d{3}|\d{5,})ms|took too long .*(?:etcd|range)|etcdserver: request timed out/u,
	},
];

/** The database's own words about its files. */
export const databaseRules: readonly Rule[] = [
	{
		cause: 'db-version-incompatible',
		text: /database files are incompatible|initialized by PostgreSQL version|(?:is )?not compatible with this version|there appears to be PostgreSQL data in|major-version-specific directory/u,
	},
	{
		cause: 'datastore-corrupt',
		from: ['journal'],
		text: /database disk image is malformed|file is not a database|failed to (?:recover|load) v3 ?(?:snapshot|backend)|failed to find database snapshot|wal: (?:crc mismatch|max entry size)|failed to open database|"invalid database"|walpb: crc|panic: freepages|snap(?:shot)?: .*corrupt|page \d+ already freed|etcdserver: .*corrupt/u,
	},
	{
		cause: 'db-data-corrupt',
		from: ['log'],
		text: /valid checkpoint record|invalid page in block|could not read block|invalid primary checkpoint|PANIC: .*(?:checkpoint|WAL|xlog|wal|redo)|contains corrupted|unexpected data beyond EOF|invalid record length .*PANIC|checksum (?:mismatch|verification failed)|Bad file format reading the append only file|Short read or OOM loading DB|Wrong signature trying to load DB|could not open file "(?:base|global|pg_)|incorrect checksum in control file|could not access (?:the )?status of transaction|Could not read from file "pg_/iu,
	},
];
