import type {ClusterFacts, FluxObject, Pod} from '../facts/cluster.ts';
import {lastSeen} from '../facts/fact.ts';
import type {ObjectHealth} from '../readiness/kstatus.ts';
import {kstatus} from '../readiness/kstatus.ts';
import type {Mark, View} from './view.ts';

/** A screen of lists is for a person; beyond this the counts say what was cut. */
const shownPods = 200;
const shownEvents = 200;

const markOf: Readonly<Record<ObjectHealth['state'], Mark>> = {
	ready: 'good',
	progressing: 'working',
	failed: 'failed',
	unknown: 'unknown',
	suspended: 'waiting',
};

/** Pods, events and the Flux tree as lists; what is in trouble first. */
export function workloadsView(cluster: ClusterFacts): View['workloads'] {
	const pods = lastSeen(cluster.pods) ?? [];
	const events = lastSeen(cluster.events) ?? [];
	const told = pods
		.map(podRow)
		.sort(
			(a, b) => order(a.mark) - order(b.mark) || a.namespace.localeCompare(b.namespace) || a.name.localeCompare(b.name),
		);
	const cut = [
		told.length > shownPods ? `${told.length - shownPods} more pods` : '',
		events.length > shownEvents ? `${events.length - shownEvents} older events` : '',
	]
		.filter(Boolean)
		.join(', ');
	return {
		pods: told.slice(0, shownPods),
		events: [...events]
			.sort((a, b) => b.lastAt - a.lastAt)
			.slice(0, shownEvents)
			.map(event => ({
				at: event.lastAt,
				mark: event.type === 'Warning' ? 'attention' : 'good',
				about: `${event.about.kind} ${event.about.name}`,
				text: `${event.reason}: ${event.message}${event.count > 1 ? ` (${event.count} times)` : ''}`.slice(0, 400),
			})),
		flux: fluxTree(lastSeen(cluster.flux) ?? []),
		cut,
	};
}

const order = (mark: Mark) => ['failed', 'attention', 'unknown', 'working', 'waiting', 'good'].indexOf(mark);

function podRow(pod: Pod): View['workloads']['pods'][number] {
	// Age-dependent judgement belongs to diagnosis; the list only tells the state.
	const health = kstatus(pod, pod.createdAt ?? 0);
	const ready = pod.containers.filter(one => one.ready).length;
	return {
		namespace: pod.namespace,
		name: pod.name,
		mark: markOf[health.state],
		word: health.reason.slice(0, 200),
		ready: `${ready}/${pod.containers.length}`,
		restarts: pod.containers.reduce((sum, one) => sum + one.restarts, 0),
		node: pod.node ?? '',
		image: pod.containers[0]?.image ?? '',
		...(pod.createdAt !== undefined && {since: pod.createdAt}),
	};
}

const depthOf: Readonly<Record<FluxObject['kind'], number>> = {
	OCIRepository: 0,
	HelmRepository: 0,
	Kustomization: 1,
	HelmChart: 3,
	HelmRelease: 2,
};

/** Sources → kustomizations → releases, as they depend on each other. */
function fluxTree(objects: readonly FluxObject[]): View['workloads']['flux'] {
	return [...objects]
		.filter(object => object.kind !== 'HelmChart')
		.sort(
			(a, b) =>
				depthOf[a.kind] - depthOf[b.kind] || a.dependsOn.length - b.dependsOn.length || a.name.localeCompare(b.name),
		)
		.map(object => {
			const health = kstatus(object, 0);
			return {
				kind: object.kind,
				name: object.name,
				depth: depthOf[object.kind],
				mark: markOf[health.state],
				word: health.state,
				revision: object.revision ?? object.lastAttemptedRevision ?? '',
				reason: health.reason.slice(0, 300),
			};
		});
}
