/** Short ways to write observed things in the form of the signal files. */
export type Observed = {readonly kind: string} & Readonly<Record<string, unknown>>;

export const components = {
	db: 'core',
	redis: 'core',
	pgbouncer: 'core',
	bootstrap: 'bootstrap',
	web: 'login',
	temporal: 'background',
	'workflow-worker': 'background',
	'temporal-worker': 'background',
	'temporal-ui': 'background',
	'email-service': 'background',
	coredns: 'platform',
	'local-path-provisioner': 'platform',
	'source-controller': 'platform',
	'helm-controller': 'platform',
} as const;

const image = 'registry.example/acme/app:8c1f20';
const podName = (component: string): string =>
	component === 'db' || component === 'redis' ? `${component}-0` : `${component}-6d9c7b5f4d-x2k8p`;
const spaceOf = (component: string): string =>
	component === 'coredns' || component === 'local-path-provisioner'
		? 'kube-system'
		: component.endsWith('-controller')
			? 'flux-system'
			: 'msp';

/** A pod whose one container waits. */
export const waiting = (reason: string, message = '', component = 'web', ageSeconds = 240): Observed => ({
	...podOf(component, ageSeconds),
	phase: 'Pending',
	containerStatuses: [{name: 'main', image, ready: false, restartCount: 0, state: {waiting: {reason, message}}}],
});

const podOf = (component: string, ageSeconds: number) => ({
	kind: 'Pod',
	namespace: spaceOf(component),
	name: podName(component),
	component,
	owner: `${component === 'db' || component === 'redis' ? 'StatefulSet' : 'Deployment'}/${component}`,
	ageSeconds,
});

/** A pod whose container keeps ending. */
export const crashing = (exitCode: number, reason = 'Error', message = '', component = 'web'): Observed => ({
	...podOf(component, 600),
	phase: 'Running',
	containerStatuses: [
		{
			name: 'main',
			image,
			ready: false,
			restartCount: 5,
			state: {waiting: {reason: 'CrashLoopBackOff', message: 'back-off 5m0s restarting failed container'}},
			lastState: {terminated: {reason, exitCode, message}},
		},
	],
});

/** A pod that ended or hangs for a reason of its own. */
export const pod = (fields: Readonly<Record<string, unknown>>, component = 'web'): Observed => ({
	...podOf(component, 600),
	...fields,
});

export const event = (
	reason: string,
	message: string,
	component = 'web',
	fields: Readonly<Record<string, unknown>> = {},
): Observed => ({
	kind: 'Event',
	type: 'Warning',
	reason,
	message,
	count: 4,
	lastSeenSecondsAgo: 60,
	involvedObject: {kind: 'Pod', namespace: spaceOf(component), name: podName(component)},
	component,
	...fields,
});

export const nodeEvent = (reason: string, message: string): Observed =>
	event(reason, message, 'node', {involvedObject: {kind: 'Node', namespace: null, name: 'box'}});
export const claimEvent = (reason: string, message: string): Observed =>
	event(reason, message, 'db', {involvedObject: {kind: 'PersistentVolumeClaim', namespace: 'msp', name: 'data-db-0'}});

export const log = (component: string, ...lines: readonly string[]): Observed => ({
	kind: 'ContainerLog',
	namespace: spaceOf(component),
	pod: podName(component),
	container: 'main',
	component,
	previous: true,
	restartCount: 5,
	lines,
});
export const liveLog = (component: string, ...lines: readonly string[]): Observed => ({
	...log(component, ...lines),
	previous: false,
	restartCount: 0,
});

export const k3s = (...lines: readonly string[]): Observed => ({
	kind: 'Journal',
	unit: 'k3s.service',
	component: 'k3s',
	lines,
});
export const installer = (...lines: readonly string[]): Observed => ({
	kind: 'Journal',
	unit: 'install-k3s',
	component: 'host',
	lines,
});
export const kernel = (...lines: readonly string[]): Observed => ({kind: 'KernelLog', component: 'host', lines});
export const check = (name: string, target: string, fields: Readonly<Record<string, unknown>>): Observed => ({
	kind: 'HostCheck',
	check: name,
	target,
	component: 'host',
	outcome: 'fail',
	...fields,
});
export const node = (
	conditions: readonly (readonly [type: string, status: string, reason?: string, message?: string])[],
	fields = {},
): Observed => ({
	kind: 'Node',
	name: 'box',
	component: 'node',
	conditions: conditions.map(([type, status, reason, message]) => ({type, status, reason, message})),
	...fields,
});

export const flux = (
	kind: string,
	name: string,
	reason: string,
	message: string,
	fields: Readonly<Record<string, unknown>> = {},
): Observed => ({
	kind,
	namespace: kind === 'HelmRelease' ? 'msp' : 'flux-system',
	name,
	component: kind === 'HelmRelease' ? name : 'flux',
	generation: 3,
	observedGeneration: 3,
	conditions: [{type: 'Ready', status: 'False', reason, message}],
	...fields,
});
export const helm = (reason: string, message: string, name = 'web'): Observed =>
	flux('HelmRelease', name, reason, message);
export const tree = (reason: string, message: string): Observed => flux('Kustomization', 'tree-core', reason, message);
export const source = (reason: string, message: string): Observed => flux('OCIRepository', 'tree', reason, message);

export const job = (type: string, reason: string, message: string, fields = {}): Observed => ({
	kind: 'Job',
	namespace: 'msp',
	name: 'bootstrap',
	component: 'bootstrap',
	conditions: [{type, status: 'True', reason, message}],
	...fields,
});

const reference = 'registry.example/acme/app:8c1f20';
/** containerd's words for a pull that failed, around the reason. */
export const pull = (tail: string, code = 'Unknown'): string =>
	`rpc error: code = ${code} desc = failed to pull and unpack image "${reference}": failed to resolve reference "${reference}": ${tail}`;
export const head = 'failed to do request: Head "https://registry.example/v2/acme/app/manifests/8c1f20": ';
