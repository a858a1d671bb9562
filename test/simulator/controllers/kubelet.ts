import type {Conduct} from '../conditions.ts';
import {at, type Stored} from '../kube/object.ts';
import {type Cluster, type Controller, emit, setStatus} from './cluster.ts';
import {podStatus} from './pod-status.ts';
import {bootstrapMark, dependsMark, type Run, waitContainer} from './run.ts';
import {isTrue, isWorking, type PodSpec, podOf, statusOf} from './shapes.ts';

const kubelet = 'kubelet';
const firstBackoff = 10_000;
const longestBackoff = 300_000;
/** How long containerd tries before it gives a pull up, and how soon a missing tag is known. */
const refusedAfterMs = 8000;

/** Runs the pods of one node: images, containers, probes, restarts. */
export function makeKubelet(kept: readonly (readonly [string, Run])[] = []): {
	readonly tick: Controller;
	readonly reboot: () => void;
	readonly runs: () => readonly (readonly [string, Run])[];
} {
	const runs = new Map<string, Run>(kept);
	return {
		runs: () => [...runs],
		tick: cluster => {
			// Images are pulled one at a time, in the order in which the components are needed.
			const rank = (pod: Stored) => cluster.conducts.rank(conductName(pod));
			const pods = cluster.store.list('Pod').toSorted((a, b) => rank(a) - rank(b));
			const alive = new Set(pods.map(pod => pod.metadata.uid));
			for (const uid of runs.keys()) if (!alive.has(uid)) runs.delete(uid);
			if (cluster.pull.pod !== undefined && !alive.has(cluster.pull.pod)) cluster.pull.pod = undefined;
			const runOf = (pod: Stored): Run => {
				const run = runs.get(pod.metadata.uid) ?? newRun(cluster.clock.now());
				runs.set(pod.metadata.uid, run);
				return run;
			};
			cluster.pull.pod ??= nextPull(cluster, pods, runOf);
			for (const pod of pods) {
				const run = runOf(pod);
				const spec = podOf(pod);
				if (spec !== undefined) advance(cluster, pod, spec, run);
			}
		},
		/** Every process is gone; the pods are started again with the machine. */
		reboot: () => {
			for (const run of runs.values()) {
				if (run.stage === 'succeeded' || run.stage === 'failed' || run.stage === 'pending') continue;
				if (run.stage === 'running') run.restarts += 1;
				Object.assign(run, {stage: 'creating', ready: false, said: 0, startedAt: undefined});
			}
		},
	};
}

/** How long the queue for images waits for a pod that is needed sooner but has no volume yet. */
const patienceMs = 60_000;

/** Whose image comes next: the first in order that waits for one, unless an earlier one is about to. */
function nextPull({clock, images}: Cluster, pods: readonly Stored[], runOf: (pod: Stored) => Run): string | undefined {
	for (const pod of pods) {
		const {stage, since} = runOf(pod);
		const soon = (stage === 'pending' || stage === 'creating') && clock.now() - since < patienceMs;
		const image = podOf(pod)?.containers[0]?.image ?? '';
		if (soon && !images.has(image)) return undefined;
		if (stage === 'pulling' && !images.has(image)) return pod.metadata.uid;
	}
	return undefined;
}

const newRun = (now: number): Run => ({
	stage: 'pending',
	since: now,
	restarts: 0,
	backoffMs: firstBackoff,
	startedAt: undefined,
	message: '',
	said: 0,
	chattedAt: now,
	ready: false,
	last: undefined,
});

/** The name a pod's conduct is kept under. */
export const conductName = (pod: Stored): string =>
	pod.metadata.labels?.['app.kubernetes.io/component'] ??
	pod.metadata.labels?.app ??
	pod.metadata.labels?.['k8s-app'] ??
	pod.metadata.name;

function advance(cluster: Cluster, pod: Stored, spec: PodSpec, run: Run): void {
	const conduct = cluster.conducts.of(conductName(pod));
	// Several stages may fall into one round when the clock is fast.
	for (let before = ''; before !== run.stage; ) {
		before = run.stage;
		step(cluster, pod, spec, run, conduct);
	}
	const present = cluster.store.get('Pod', pod.metadata.namespace, pod.metadata.name);
	if (present !== undefined) setStatus(cluster, present, podStatus(cluster, present, spec, run));
}

function step(cluster: Cluster, pod: Stored, spec: PodSpec, run: Run, conduct: Conduct): void {
	const now = cluster.clock.now();
	const waited = now - run.since;
	const image = spec.containers[0]?.image ?? '';
	const go = (stage: Run['stage'], message = '') => Object.assign(run, {stage, since: now, message});
	const tell = (type: 'Normal' | 'Warning', reason: string, text: string) =>
		emit(cluster, pod, type, reason, text, kubelet);
	const {trouble} = conduct;

	switch (run.stage) {
		case 'pending':
			if (waited < 1000 || !schedulable(cluster, pod, spec)) return;
			cluster.store.change('Pod', pod.metadata.namespace, pod.metadata.name, one => ({
				...one,
				spec: {...spec, nodeName: cluster.node.name()},
			}));
			emit(
				cluster,
				pod,
				'Normal',
				'Scheduled',
				`Successfully assigned ${pod.metadata.namespace ?? ''}/${pod.metadata.name} to ${cluster.node.name()}`,
				'default-scheduler',
			);
			go('creating');
			return;
		case 'creating':
			if (waited < 1500) return;
			if (cluster.images.has(image)) {
				tell('Normal', 'Pulled', `Container image "${image}" already present on machine`);
				go('starting');
				return;
			}
			tell('Normal', 'Pulling', `Pulling image "${image}"`);
			go('pulling');
			return;
		case 'pulling': {
			if (cluster.images.has(image)) {
				go('starting');
				return;
			}
			if (cluster.pull.pod !== pod.metadata.uid) {
				run.since = now;
				return;
			}
			const failure = pullFailure(cluster, image);
			if (failure !== undefined) {
				if (waited < refusedAfterMs) return;
				cluster.pull.pod = undefined;
				tell('Warning', 'Failed', `Failed to pull image "${image}": ${failure}`);
				tell('Warning', 'Failed', 'Error: ErrImagePull');
				go('pull-failed', failure);
				return;
			}
			if (waited < (conduct.pullMs ?? 0)) return;
			cluster.images.add(image);
			cluster.pull.pod = undefined;
			tell(
				'Normal',
				'Pulled',
				`Successfully pulled image "${image}" in ${(waited / 1000).toFixed(3)}s (${(waited / 1000).toFixed(3)}s including waiting). Image size: ${conduct.imageBytes ?? 0} bytes.`,
			);
			go('starting');
			return;
		}
		case 'pull-failed':
			if (waited < run.backoffMs) return;
			tell('Normal', 'BackOff', `Back-off pulling image "${image}"`);
			run.backoffMs = Math.min(longestBackoff, run.backoffMs * 2);
			go('pulling');
			return;
		case 'config-failed':
			if (waited < 10_000) return;
			go('starting');
			return;
		case 'starting': {
			const missing = trouble?.is === 'config' ? trouble.message : missingSecret(cluster, pod, spec);
			if (missing !== undefined) {
				tell('Warning', 'Failed', `Error: ${missing}`);
				go('config-failed', missing);
				return;
			}
			if (!supplied(cluster, pod)) {
				cluster.logs.write(
					logTarget(pod, waitContainer),
					`waiting for ${pod.metadata.annotations?.[dependsMark] ?? ''}`,
				);
				go('initializing');
				return;
			}
			const name = spec.containers[0]?.name ?? '';
			tell('Normal', 'Created', `Created container: ${name}`);
			tell('Normal', 'Started', `Started container ${name}`);
			if (run.last !== undefined || run.restarts > 0) cluster.logs.restart(logTarget(pod, name));
			Object.assign(run, {startedAt: now, said: 0, ready: false});
			go('running');
			return;
		}
		case 'initializing':
			if (supplied(cluster, pod)) go('starting');
			return;
		case 'running':
			work(cluster, pod, spec, run, conduct);
			return;
		case 'crashed':
			if (waited < run.backoffMs) return;
			tell(
				'Warning',
				'BackOff',
				`Back-off restarting failed container ${spec.containers[0]?.name ?? ''} in pod ${pod.metadata.name}_${pod.metadata.namespace ?? ''}(${pod.metadata.uid})`,
			);
			run.backoffMs = Math.min(longestBackoff, run.backoffMs * 2);
			run.restarts += 1;
			go('starting');
			return;
		case 'succeeded':
		case 'failed':
			return;
	}
}

/** A running container: it prints, becomes ready, finishes or falls over. */
function work(cluster: Cluster, pod: Stored, spec: PodSpec, run: Run, conduct: Conduct): void {
	const now = cluster.clock.now();
	const startedAt = run.startedAt ?? now;
	const name = spec.containers[0]?.name ?? '';
	const say = (line: string) => cluster.logs.write(logTarget(pod, name), line);
	const end = (exitCode: number, stage: 'crashed' | 'succeeded' | 'failed') => {
		run.last = {exitCode, startedAt, finishedAt: now};
		Object.assign(run, {
			stage,
			since: now,
			ready: false,
			message: `back-off ${run.backoffMs / 1000}s restarting failed container=${name} pod=${pod.metadata.name}_${pod.metadata.namespace ?? ''}(${pod.metadata.uid})`,
		});
	};
	const once = spec.restartPolicy !== 'Always';

	const orphan = lacksTenant(cluster, pod)
		? {
				is: 'crash' as const,
				exitCode: 1,
				log: ['Error: Fresh bootstrap needs the initial tenant: secret msp/appliance-initial-tenant not found'],
			}
		: undefined;
	const trouble = conduct.trouble ?? orphan;
	if (trouble?.is === 'crash') {
		if (now - startedAt < Math.min(conduct.startMs ?? 6000, 6000)) return;
		for (const line of trouble.log) say(line);
		end(trouble.exitCode, once ? 'failed' : 'crashed');
		return;
	}

	const needed = once ? (conduct.workMs ?? 0) : (conduct.startMs ?? 0);
	const begun = now - startedAt;
	const says = conduct.says ?? [];
	// The first line comes at once, the rest as the work goes on.
	const due = needed === 0 ? says.length : Math.max(1, Math.ceil((says.length * Math.min(begun, needed)) / needed));
	for (const line of says.slice(run.said, due)) say(line);
	run.said = Math.max(run.said, due);
	// Nothing probes a job: it counts as ready while it runs.
	run.ready = once;
	if (begun < needed) return;
	if (once) {
		if (isBootstrap(pod)) cluster.data.seeded = true;
		end(0, 'succeeded');
		return;
	}
	run.ready = true;
	run.backoffMs = firstBackoff;
	const chatter = conduct.chatter ?? [];
	if (chatter.length > 0 && now - run.chattedAt > cluster.chatterMs) {
		run.chattedAt = now;
		say(chatter[Math.floor(cluster.random() * chatter.length)] ?? '');
	}
}

const logTarget = (pod: Stored, container: string) => ({
	namespace: pod.metadata.namespace ?? '',
	pod: pod.metadata.name,
	uid: pod.metadata.uid,
	container,
});

const isBootstrap = (pod: Stored) => pod.metadata.annotations?.[bootstrapMark] !== undefined;
const lacksTenant = (cluster: Cluster, pod: Stored) =>
	isBootstrap(pod) &&
	!cluster.data.seeded &&
	cluster.store.get('Secret', pod.metadata.namespace, 'appliance-initial-tenant') === undefined;

function supplied({store}: Cluster, pod: Stored): boolean {
	const names = (pod.metadata.annotations?.[dependsMark] ?? '').split(',').filter(Boolean);
	const workloads = ['Deployment', 'StatefulSet', 'DaemonSet', 'Job'].flatMap(kind => store.list(kind));
	return names.every(name =>
		workloads.some(one => one.metadata.labels?.['app.kubernetes.io/component'] === name && isWorking(one)),
	);
}

function schedulable({store, node}: Cluster, pod: Stored, spec: PodSpec): boolean {
	if (!isTrue(store.get('Node', undefined, node.name()), 'Ready')) return false;
	const claims = spec.volumes.flatMap(one => (one.persistentVolumeClaim ? [one.persistentVolumeClaim.claimName] : []));
	return claims.every(
		name => statusOf(store.get('PersistentVolumeClaim', pod.metadata.namespace, name)).phase === 'Bound',
	);
}

/** The first secret or key the containers name that is not there, in the kubelet's words. */
function missingSecret({store}: Cluster, pod: Stored, spec: PodSpec): string | undefined {
	for (const {valueFrom} of spec.containers.flatMap(one => one.env)) {
		const ref = valueFrom?.secretKeyRef;
		if (ref === undefined || ref.optional === true) continue;
		const secret = store.get('Secret', pod.metadata.namespace, ref.name);
		if (secret === undefined) return `secret "${ref.name}" not found`;
		if (at(secret, 'data', ref.key) === undefined)
			return `couldn't find key ${ref.key} in Secret ${pod.metadata.namespace ?? ''}/${ref.name}`;
	}
	return undefined;
}

/** Why an image cannot be pulled at present, as containerd says it. */
export function pullFailure({resolves, conditions, inRegistry, mirror}: Cluster, image: string): string | undefined {
	const [, host = 'docker.io', repository = '', digest] =
		/^([^/]+)\/([^@]+?)(?::[\w.-]+)?(?:@(sha256:\w+))?$/.exec(image) ?? [];
	const unresolved = `failed to pull and unpack image "${image}": failed to resolve reference "${image}":`;
	const request = `failed to do request: Head "https://${host}/v2/${repository}/manifests/${digest ?? 'latest'}"`;
	if (mirror.serves(host) && mirror.holds(`${host}/${repository}`, digest ?? 'latest')) return undefined;
	if (!resolves())
		return `${unresolved} ${request}: dial tcp: lookup ${host} on 192.168.64.1:53: read udp 192.168.64.8:52811->192.168.64.1:53: read: connection refused`;
	if (conditions.registry === 'unreachable') return `${unresolved} ${request}: dial tcp 140.82.121.33:443: i/o timeout`;
	// Images of a release are named by digest and are in the registry with it; others come from elsewhere.
	if (digest !== undefined && !inRegistry(repository, digest))
		return `rpc error: code = NotFound desc = ${unresolved} ${image}: not found`;
	return undefined;
}
