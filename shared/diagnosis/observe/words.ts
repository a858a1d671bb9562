import type {ClusterEvent, Pod} from '../../facts/cluster.ts';
import {lastSeen} from '../../facts/fact.ts';
import type {ProbeFact} from '../../facts/host.ts';
import {conditionOf, kstatus} from '../../readiness/kstatus.ts';
import {hostPart, k3sPart, releasePart} from '../part.ts';
import {benignLines} from '../rules/benign.ts';
import type {Signal} from '../signal.ts';
import {ageOf, isClusterYoung, isReadyPod, type Scene, servingFor, waitsForAnother} from './scene.ts';

/** Words older than this no longer speak of now; milliseconds. */
const counts = {event: 60 * 60_000, lonelyEvent: 10 * 60_000, log: 15 * 60_000, probe: 30 * 60_000, silentApi: 60_000};
/** A readiness or startup check fails while a program starts: this often, or this long, is normal. */
const starting = {probes: 4, startupProbes: 30, ms: 3 * 60_000, firstTries: 30_000, pageMs: 15_000};

export function observeEvents(scene: Scene): readonly Signal[] {
	return newestOfEach(lastSeen(scene.cluster.events) ?? [])
		.filter(event => telling([event.message]) !== '' && !isPast(event, scene) && !isEarly(event, scene))
		.map(event => ({
			source: 'event' as const,
			subject: {kind: event.about.kind, namespace: event.about.namespace, name: event.about.name},
			part: scene.parts.of(event.about),
			reason: event.reason,
			text: event.message,
			...imageOfPod(scene.podNamed(event.about.namespace, event.about.name)),
			at: event.lastAt,
		}));
}

/** Two kinds of bad news come as Normal. */
const isBadNews = ({type, reason, message}: ClusterEvent): boolean =>
	type === 'Warning' ||
	reason === 'FailedBinding' ||
	(reason === 'Killing' && /failed (?:liveness|startup) probe/u.test(message));

/** Of the same thing said about the same object the newest counts. */
function newestOfEach(events: readonly ClusterEvent[]): readonly ClusterEvent[] {
	const newest = new Map<string, ClusterEvent>();
	for (const event of events) {
		if (!isBadNews(event)) continue;
		// A pull fails in two voices under one reason: the registry's and the kubelet's.
		const key = [
			event.about.kind,
			event.about.namespace,
			event.about.name,
			event.reason,
			event.message.slice(0, 12),
		].join(' ');
		const before = newest.get(key);
		if (!before || before.lastAt <= event.lastAt) newest.set(key, event);
	}
	return [...newest.values()];
}

const imageOfPod = (pod: Pod | undefined): {readonly image?: string} => {
	const image = pod?.containers[0]?.image;
	return image === undefined ? {} : {image};
};

/** An event counts only while its object is there and not well, and not for ever. */
function isPast(event: ClusterEvent, scene: Scene): boolean {
	const age = scene.context.now - event.lastAt;
	if (age > counts.event || scene.isGone(event.about)) return true;
	// A job that is run again bears the name of the one that failed.
	if (event.lastAt < (scene.madeAt(event.about) ?? 0)) return true;
	if (event.about.kind === 'HelmRelease' && /^Drift/u.test(event.reason)) return false;
	if (event.about.kind === 'Pod') {
		const pod = scene.podNamed(event.about.namespace, event.about.name);
		const ready = pod ? conditionOf(pod, 'Ready') : undefined;
		if (pod && isReadyPod(pod)) return event.reason !== 'DNSConfigForming';
		if (pod && (isOvertaken(event, pod) || (pod.phase === 'Failed' && isReplaced(pod, scene)))) return true;
		return ready?.status === 'True' && (ready.at ?? 0) > event.lastAt;
	}
	if (event.about.kind === 'Node') return scene.isWell(event.about) && age > counts.lonelyEvent;
	return scene.isWell(event.about);
}

/** The pod has got further than the event tells: placed, its volumes mounted, its image there. */
function isOvertaken({reason, message}: ClusterEvent, pod: Pod): boolean {
	const containers = [...pod.initContainers, ...pod.containers];
	// Only the kubelet says this, of pods that were given to its node.
	const placed = containers.some(each => each.state.is !== 'waiting' || !/^(?:Waiting)?$/u.test(each.state.reason));
	const started = containers.some(each => each.state.is === 'running' || each.state.is === 'terminated');
	if (reason === 'FailedScheduling')
		return placed || pod.node !== undefined || conditionOf(pod, 'PodScheduled')?.status === 'True';
	if (/^Failed(?:Mount|AttachVolume|CreatePodSandBox)$/u.test(reason)) return started;
	const aboutImage = /^(?:Failed|BackOff)$/u.test(reason) && /image|ErrImagePull|ImagePullBackOff/u.test(message);
	return aboutImage && containers.length > 0 && containers.every(each => each.state.is !== 'waiting');
}

function isReplaced(pod: Pod, scene: Scene): boolean {
	const owner = scene.ownership.topOwner(pod);
	return owner !== undefined && scene.isWell({...owner, namespace: pod.namespace});
}

/** The first tries of something that is usually right a moment later. */
function isEarly(event: ClusterEvent, scene: Scene): boolean {
	const pod = scene.podNamed(event.about.namespace, event.about.name);
	const age = ageOf(pod?.createdAt, scene.context.now);
	if (event.reason === 'Unhealthy') {
		const served = pod === undefined ? age : servingFor(pod, scene.context.now);
		// Said of an earlier container, or while the part it asks is itself on its way.
		if (scene.context.now - event.lastAt > served || (pod !== undefined && waitsForAnother(pod, scene))) return true;
		const startup = /^Startup/iu.test(event.message);
		if (startup) return event.count < starting.startupProbes && served < 10 * 60_000;
		return /^Liveness/iu.test(event.message) ? event.count < 3 : event.count < starting.probes || served < starting.ms;
	}
	if (event.reason === 'Killing') return event.count < 3;
	if (isClusterYoung(scene) && /^(?:FailedScheduling|FailedCreatePodSandBox|NodeNotReady)$/u.test(event.reason))
		return true;
	const isFirstTry =
		event.count <= 2 &&
		(age < starting.firstTries || (event.count === 1 && scene.context.now - event.lastAt < starting.firstTries));
	return (
		isFirstTry &&
		/^(?:FailedScheduling|FailedMount|FailedCreatePodSandBox|BackOff|FailedAttachVolume|ProvisioningFailed|FailedBinding)$/u.test(
			event.reason,
		)
	);
}

/** Last lines of containers that are in trouble; of a ready pod's only the name server's, which serves on while it fails. */
export function observeLogs(scene: Scene): readonly Signal[] {
	return scene.cluster.logs.flatMap(log => {
		const subject = {kind: 'Pod', namespace: log.namespace, name: log.pod};
		const pod = scene.podNamed(log.namespace, log.pod);
		const part = scene.parts.of(subject);
		// Only what is in trouble now is read at all; its last words count for as long as it is.
		if (scene.isGone(subject)) return [];
		if (pod && isReadyPod(pod) && (part.tier !== 'platform' || log.previous)) return [];
		const job = pod?.owner?.kind === 'Job' ? pod.owner : undefined;
		if (job && scene.isWell({...job, namespace: log.namespace})) return [];
		const text = telling(log.lines);
		const container = [...(pod?.containers ?? []), ...(pod?.initContainers ?? [])].find(
			each => each.name === log.container,
		);
		const restarts = container?.restarts ?? 0;
		const served = pod === undefined ? Number.POSITIVE_INFINITY : servingFor(pod, scene.context.now);
		if (text === '' || isWarmingUp(text, restarts, served)) return [];
		const image = container?.image;
		return [
			{
				// What a controller of Flux logs about its objects is what it says of them.
				source: part.phase === 'flux' && /"controller":|Reconcil/u.test(text) ? ('flux' as const) : ('log' as const),
				subject,
				part,
				reason: log.previous ? 'previous log' : 'log',
				text,
				container: log.container,
				restarts,
				...(image === undefined ? {} : {image}),
				at: log.at,
			},
		];
	});
}

const telling = (lines: readonly string[]): string =>
	lines.filter(line => !benignLines.some(pattern => pattern.test(line))).join('\n');

/** Right after its start a program may look for others that are starting too. */
function isWarmingUp(text: string, restarts: number, age: number): boolean {
	return restarts < 2 && age < starting.ms && /ECONNREFUSED|ENOTFOUND|refused|UNAVAILABLE|[Ww]aiting for/u.test(text);
}

export function observeJournals(scene: Scene): readonly Signal[] {
	return scene.host.journals.flatMap(journal => {
		const kernel = journal.source === 'kernel';
		const k3s = /^k3s/u.test(journal.unit);
		const text = telling(k3s && isStarting(scene) ? journal.lines.filter(line => deadly.test(line)) : journal.lines);
		if (text === '' || scene.context.now - journal.at > counts.log) return [];
		if (k3s && isServing(scene) && !/slow|Slow|x509|forbidden|resolv/u.test(text)) return [];
		return [
			{
				source: kernel ? ('kernel' as const) : ('journal' as const),
				subject: {kind: 'Host', namespace: '', name: kernel ? 'kernel' : journal.unit},
				part: k3s ? k3sPart : hostPart,
				reason: journal.unit,
				text,
				at: journal.at,
			},
		];
	});
}

/** In its first minutes k3s complains of much that it is just about to bring up; only what ends it counts then. */
function isStarting({host, context}: Scene): boolean {
	const service = (lastSeen(host.services) ?? []).find(each => /^k3s/u.test(each.name));
	return service?.since !== undefined && service.active !== 'failed' && context.now - service.since < starting.ms;
}
const deadly = /level=fatal|FATAL|panic:|cannot execute|rejected|different token|malformed/u;

/** Kubernetes answers and a node is ready: what k3s said while it started is past. */
function isServing({cluster, context}: Scene): boolean {
	if (cluster.api.state !== 'known' || cluster.nodes.state !== 'known') return false;
	return cluster.nodes.value.some(node => kstatus(node, context.now).state === 'ready');
}

/** The newest result of each probe, when it is a bad one. */
export function observeProbes(scene: Scene): readonly Signal[] {
	const newest = new Map<string, (typeof scene.host.probes)[number]>();
	for (const probe of scene.host.probes) {
		const key = `${probe.check} ${probe.target}`;
		const before = newest.get(key);
		if (!before || before.at <= probe.at) newest.set(key, probe);
	}
	return [...newest.values()]
		.filter(probe => !(scene.context.airgap && outside.test(probe.check)))
		.filter(probe => !probe.ok && scene.context.now - probe.at <= counts.probe)
		.filter(probe => !/^(?:appUrl|login|loginPage|app)$/u.test(probe.check) || isLoginDue(probe, scene))
		.map(probe => ({
			source: 'probe' as const,
			subject: {kind: 'Host', namespace: '', name: probe.check},
			part: partOfProbe(probe.check, scene),
			reason: probe.check,
			text: [
				probe.code === undefined ? '' : `${probe.code}:`,
				probe.status === undefined ? '' : `HTTP ${probe.status}`,
				probe.outcome,
				probe.target,
			]
				.filter(Boolean)
				.join('; '),
			at: probe.at,
		}));
}

/** Without a network to the outside nothing out there is missed. */
const outside = /^(?:dns|registry\w*|release|https|egress)$/u;

/** Until the web workload says it is ready nobody expects the login page to answer. */
function isLoginDue(probe: ProbeFact, scene: Scene): boolean {
	return scene.workloads.some(workload => {
		if (workload.kind === 'ReplicaSet' || scene.parts.of(workload).tier !== 'login') return false;
		const {state, since} = kstatus(workload, scene.context.now);
		return state === 'ready' && probe.at - (since ?? 0) > starting.pageMs;
	});
}

function partOfProbe(check: string, scene: Scene) {
	if (/^(?:appUrl|login|loginPage|app|seed|users)$/u.test(check)) {
		const tier = /^(?:seed|users)$/u.test(check) ? 'bootstrap' : 'login';
		for (const object of [...scene.workloads, ...(lastSeen(scene.cluster.jobs) ?? [])]) {
			const part = scene.parts.of(object);
			if (part.tier === tier) return part;
		}
	}
	return check === 'release' ? releasePart : hostPart;
}

/** File systems that are full, out of inodes or read-only by their own numbers. */
export function observeDisks(scene: Scene): readonly Signal[] {
	return (lastSeen(scene.host.disks) ?? []).flatMap(disk => {
		const base = {
			source: 'disk' as const,
			subject: {kind: 'Host', namespace: '', name: disk.path},
			part: hostPart,
			at: scene.context.now,
		};
		const told = (reason: string, text: string): Signal => ({...base, reason, text: `${disk.path}: ${text}`});
		if (disk.readOnly) return [told('readOnly', 'mounted read-only')];
		if (disk.sizeBytes > 0 && disk.freeBytes / disk.sizeBytes < 0.01)
			return [told('disk', `${disk.freeBytes} of ${disk.sizeBytes} bytes free: no space left on device`)];
		if (disk.inodes && disk.inodes.total > 0 && disk.inodes.free / disk.inodes.total < 0.01)
			return [told('inodes', `${disk.inodes.free} of ${disk.inodes.total} inodes free`)];
		return [];
	});
}

/** k3s by its service's own word, and a Kubernetes that answered once and has stopped. */
export function observeKubernetes({host, cluster, context}: Scene): readonly Signal[] {
	const base = {
		source: 'journal' as const,
		subject: {kind: 'Host', namespace: '', name: 'k3s'},
		part: k3sPart,
		at: context.now,
	};
	const failed = (lastSeen(host.services) ?? []).find(each => /^k3s/u.test(each.name) && each.active === 'failed');
	if (failed)
		return [
			{...base, reason: failed.name, text: `k3s.service: Failed with result; the service ${failed.name} has failed`},
		];
	const {api} = cluster;
	if (api.state !== 'stale' || context.now - api.at < counts.silentApi) return [];
	return [{...base, reason: 'api', text: `apiserver not answering: ${api.why}`}];
}

/** An update that was cut off, or whose release did not prove itself, is a reason of its own. */
export function observeOperation({context}: Scene): readonly Signal[] {
	const {operation, now} = context;
	if (operation?.kind !== 'update' && operation?.kind !== 'rollback') return [];
	const told = (reason: string, text: string): readonly Signal[] => [
		{
			source: 'operation',
			subject: {kind: 'Operation', namespace: '', name: operation.kind},
			part: releasePart,
			reason,
			text,
			at: now,
		},
	];
	const {state, title, problem} = operation;
	if (state === 'interrupted') return told('interrupted', `${title} was interrupted`);
	return state === 'failed' && problem?.code === 'health-gate.failed'
		? told('unproved', `${problem.what}\n${problem.next}`)
		: [];
}
