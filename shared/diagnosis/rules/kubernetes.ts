import type {Rule} from '../rule.ts';

/** What k3s says in its journal when it cannot start or go on. */
export const k3sRules: readonly Rule[] = [
	{
		cause: 'package-lock-held',
		from: ['journal', 'probe'],
		text: /Could not get lock|dpkg\/lock|held by process|Unable to acquire the dpkg|lists\/lock|dpkg frontend lock/u,
	},
	{cause: 'package-lock-held', from: ['probe'], reason: /^(?:packageLock|aptLock|dpkgLock)/u},
	{
		cause: 'port-in-use',
		from: ['journal'],
		text: /listen \w+ \S*?:(?<key>\d+): bind: address already in use|(?:bind|listen)\S*: address already in use/u,
	},
	{cause: 'port-in-use', from: ['probe'], reason: /^ports?$/u, text: /(?:port )?(?<key>\d{2,5})?/u},
	{
		cause: 'k3s-token-mismatch',
		from: ['journal'],
		text: /encrypted with different token|bootstrap data already found|token CA hash does not match|failed to normalize (?:server )?token|invalid server token|failed to validate token|bootstrap (?:cluster )?data: cipher: message authentication failed/u,
	},
	{
		cause: 'etcd-member-mismatch',
		text: /not a member of the etcd cluster|duplicate node name found|member .* has already been bootstrapped|(?:cluster|member) ID mismatch|removed from the cluster|couldn't find local name .* in the initial cluster/iu,
	},
	{
		cause: 'cgroup-missing',
		text: /failed to find \w+ cgroup|cgroup.* (?:not (?:mounted|found|enabled)|missing|disabled)|(?:memory|cpuset|pids) controller .*(?:missing|not)/iu,
	},
	{cause: 'cgroup-missing', from: ['probe'], reason: /cgroup/iu},
	{
		cause: 'snapshotter-unsupported',
		text: /snapshotter cannot be enabled|failed to mount overlay|\bd_type\b|overlayfs.*(?:not supported|invalid argument)/u,
	},
	{cause: 'snapshotter-unsupported', from: ['probe'], reason: /^(?:filesystem|fileSystem|overlayfs|snapshotter)/u},
	{cause: 'datastore-locked', text: /database is locked|database table is locked|SQLITE_BUSY/u},
	{
		cause: 'node-password-rejected',
		text: /[Nn]ode password rejected|duplicate hostname|node-passwd|unable to verify (?:password|hash) for node/u,
	},
	{
		cause: 'inotify-limit',
		from: ['journal', 'log', 'event', 'pod', 'probe'],
		text: /fsnotify|inotify|file watchers|too many open files/iu,
	},
	{
		cause: 'node-ip-changed',
		text: /specified node ip|node ?IP\b.*(?:not found|changed|does not|not (?:on|assigned))|bind: cannot assign requested address|failed to find (?:an )?interface with|no interface .*with (?:the )?(?:node )?ip/iu,
	},
	{cause: 'node-ip-changed', from: ['probe'], reason: /^(?:nodeAddress|nodeIp|address)/iu},
	{cause: 'hostname-changed', from: ['probe'], reason: /^host-?name/iu},
	{
		cause: 'hostname-changed',
		text: /can only access node lease with the same name|User \\?"system:node:(?<object>[^"\\]+)\\?" cannot|is not allowed to modify node|node \\?"(?<node>[^"\\]+)\\?" not found.*kubelet/u,
	},
	{
		cause: 'kernel-module-missing',
		text: /[Mm]odule (?<object>\w+) not found in directory|modprobe: (?:FATAL|ERROR)|could not (?:load|insert) (?:module )?'?(?<name>\w+)|Failed to load kernel module (?<mod>\w+)|operation not supported.*vxlan|br_netfilter.*(?:missing|not)/u,
	},
	{cause: 'kernel-module-missing', from: ['probe'], reason: /module/iu},
	{
		cause: 'cni-not-ready',
		text: /cni plugin not initialized|NetworkPluginNotReady|network plugin is not ready|\/run\/flannel\/subnet\.env|flannel exited|plugin type="(?:flannel|bridge|loopback|portmap)"|failed to setup network for sandbox|no IP addresses available in range|failed to (?:find plugin|load CNI|set up sandbox)|CIDRNotAvailable|flannel .*(?:fail|error)|no networks found in \/|NetworkUnavailable/iu,
	},
	{cause: 'cni-not-ready', from: ['event'], reason: /^(?:CIDRNotAvailable|CIDRAssignmentFailed)$/u},
	{
		cause: 'apparmor-denied',
		text: /apparmor|unable to signal init: permission denied|unknown error after kill.*permission denied/iu,
	},
	{
		cause: 'apiserver-down',
		from: ['journal', 'log', 'event', 'probe'],
		text: /(?:connection to the server \S+ was refused)|(?:127\.0\.0\.1|localhost):644[34].*refused|:6443: connect: connection refused|apiserver not ready|k3s\.service: (?:Failed with|Start request repeated)|Main process exited, code=exited/u,
		unless: /oom-kill|OOM killer/u,
	},
	{cause: 'apiserver-down', from: ['probe'], reason: /^(?:api|apiserver|kubernetes|k3s)$/iu},
];

/** The node, its pressure, and where pods may run. */
export const nodeRules: readonly Rule[] = [
	{
		cause: 'none',
		reason:
			/^(?:Rebooted|InvalidDiskCapacity|Starting|NodeAllocatableEnforced|NodeHas(?:Sufficient\w*|NoDiskPressure)|NodeReady|RegisteredNode|ProbeWarning|NodePasswordValidationComplete)$/u,
	},
	{cause: 'disk-pressure', from: ['node'], reason: /^DiskPressure$/u},
	{cause: 'memory-pressure', from: ['node'], reason: /^MemoryPressure$/u},
	{cause: 'pid-pressure', from: ['node'], reason: /^PIDPressure$/u},
	{cause: 'cni-not-ready', from: ['node'], reason: /^NetworkUnavailable$/u},
	{cause: 'node-unschedulable', from: ['node'], reason: /^Unschedulable$/u},
	{cause: 'node-not-ready', from: ['node']},
	{cause: 'node-not-ready', from: ['journal'], text: /PLEG is not healthy: pleg was last seen/u},
	{
		cause: 'disk-pressure',
		from: ['journal'],
		text: /[Ee]viction manager[^\n]*(?:ephemeral-storage|nodefs|imagefs)/u,
	},
	{cause: 'memory-pressure', from: ['journal'], text: /[Ee]viction manager[^\n]*resourceName="memory"/u},
	{
		cause: 'pid-pressure',
		reason: /^(?:NodeHasInsufficientPID|Evicted|EvictionThresholdMet)$/u,
		text: /insufficient PID|low on resource: pids?|pid\.available/u,
	},
	{
		cause: 'pid-pressure',
		text: /resource temporarily unavailable.*(?:fork|clone|thread)|fork\/exec\b.*resource temporarily unavailable|pthread_create failed|can't start new thread|cgroup: fork rejected|failed to create new OS thread/u,
	},
	{
		cause: 'memory-pressure',
		from: ['event', 'pod'],
		reason: /^(?:Evicted|EvictionThresholdMet|NodeHasInsufficientMemory|SystemOOM)$/u,
	},
	{
		cause: 'oom-killed',
		from: ['kernel', 'event'],
		text: /Memory cgroup out of memory|CONSTRAINT_MEMCG|oom-kill:.*MEMCG/u,
	},
	{
		cause: 'memory-pressure',
		from: ['kernel', 'event', 'journal'],
		text: /Out of memory: Kill|oom-kill:|invoked oom-killer|Cannot allocate memory|A process of this unit has been killed by the OOM killer|System OOM/u,
	},
	{cause: 'memory-pressure', from: ['probe'], reason: /^memory/u},
	{cause: 'memory-pressure', from: ['event'], reason: /^OOMKilling$/u},
	{
		cause: 'disk-pressure',
		from: ['pod', 'event'],
		reason: /^(?:FailedScheduling|Unschedulable)$/u,
		text: /disk-pressure/u,
	},
	{
		cause: 'memory-pressure',
		reason: /^(?:FailedScheduling|Unschedulable)$/u,
		text: /node\.kubernetes\.io\/memory-pressure/u,
	},
	{cause: 'pid-pressure', reason: /^(?:FailedScheduling|Unschedulable)$/u, text: /node\.kubernetes\.io\/pid-pressure/u},
	{
		cause: 'cni-not-ready',
		reason: /^(?:FailedScheduling|Unschedulable)$/u,
		text: /node\.kubernetes\.io\/network-unavailable/u,
	},
	{
		cause: 'node-not-ready',
		reason: /^(?:FailedScheduling|Unschedulable)$/u,
		text: /node\.kubernetes\.io\/(?:not-ready|unreachable)|no nodes available/u,
	},
	{
		cause: 'node-unschedulable',
		reason: /^(?:FailedScheduling|Unschedulable)$/u,
		text: /were unschedulable|node\.kubernetes\.io\/unschedulable/u,
	},
	{cause: 'hostport-conflict', text: /free ports for the requested pod ports|hostPort .*(?:in use|conflict)/u},
	{
		cause: 'insufficient-memory',
		reason: /^(?:FailedScheduling|Unschedulable|OutOfmemory|UnexpectedAdmissionError|Preempting|Preempted)$/u,
		text: /Insufficient memory|OutOfmemory|resource: memory/u,
	},
	{
		cause: 'insufficient-cpu',
		reason: /^(?:FailedScheduling|Unschedulable|OutOfcpu|UnexpectedAdmissionError|Preempting|Preempted)$/u,
		text: /Insufficient cpu|OutOfcpu|resource: cpu/u,
	},
	{cause: 'insufficient-memory', reason: /^OutOfmemory$/u},
	{cause: 'insufficient-cpu', reason: /^OutOfcpu$/u},
	{
		cause: 'disk-pressure',
		reason: /^(?:FailedScheduling|Unschedulable|UnexpectedAdmissionError)$/u,
		text: /Insufficient ephemeral-storage/u,
	},
	{
		cause: 'pod-limit',
		reason: /^(?:FailedScheduling|Unschedulable|OutOfpods|UnexpectedAdmissionError)$/u,
		text: /Too many pods|OutOfpods|Insufficient pods|resource: pods/u,
	},
	{cause: 'pod-limit', reason: /^OutOfpods$/u},
	{
		cause: 'node-unschedulable',
		reason: /^(?:FailedScheduling|Unschedulable)$/u,
		text: /untolerated taint|didn't match Pod's node affinity/u,
	},
	{
		cause: 'node-not-ready',
		reason:
			/^(?:NodeNotReady|NodeLost|NodeNotSchedulable|TaintManagerEviction|NodeShutdown|Terminated|KubeletSetupFailed|NodeAffinity)$/u,
	},
	{cause: 'insufficient-memory', reason: /^UnexpectedAdmissionError$/u},
];

/** The runtime between the image and the process. */
export const runtimeRules: readonly Rule[] = [
	{
		cause: 'container-create-stuck',
		text: /failed to reserve container name|name \S+ is reserved for|failed to reserve sandbox name/u,
	},
	{cause: 'sandbox-failed', from: ['event'], reason: /^FailedCreatePodSandBox$/u},
	{
		cause: 'sandbox-failed',
		from: ['event'],
		reason: /^(?:FailedPodSandBoxStatus|SandboxChanged)$/u,
		text: /fail|error/u,
	},
	{cause: 'container-create-stuck', reason: /^(?:ImageInspectError|InspectFailed)$/u},
	{
		cause: 'container-create-stuck',
		from: ['pod', 'event'],
		reason: /^(?:CreateContainerError|RunContainerError|Failed|ContainerCreating|PodInitializing)$/u,
		text: /DeadlineExceeded|context deadline exceeded|being created too long/u,
		unless: /Unhealthy|probe/u,
	},
	{cause: 'pod-stuck-terminating', reason: /^(?:Terminating|FailedKillPod|ExceededGracePeriod)$/u},
];
