import type {ClusterEvent, FluxObject, KeyedObject, Meta, Workload} from '../../shared/facts/cluster.ts';
import {event} from './trim/event.ts';
import {flux} from './trim/flux.ts';
import {claim, keyed, node, storageClass} from './trim/platform.ts';
import {pod} from './trim/pod.ts';
import {job, workload} from './trim/workload.ts';

/** One kind of object that is listed and watched, and how it is cut down. */
export type WatchedKind<T extends Meta> = {
	/** In words, for problems. */
	readonly title: string;
	/** `/apis/apps/v1` and `deployments`. */
	readonly group: string;
	readonly plural: string;
	/** Listed in this namespace only; absent: all namespaces in one watch, cut to the chosen ones here. */
	readonly namespace?: string;
	readonly fieldSelector?: string;
	readonly trim: (raw: unknown) => T;
	/** Keeps the newest so many by this time; absent: all. */
	readonly newest?: {readonly limit: number; readonly at: (item: T) => number};
};

/** Newest events kept. A busy appliance makes some hundreds an hour; they live an hour on the server. */
const maxEvents = 2000;

export const nodes = {title: 'nodes', group: '/api/v1', plural: 'nodes', trim: node};
export const pods = {title: 'pods', group: '/api/v1', plural: 'pods', trim: pod};
export const jobs = {title: 'jobs', group: '/apis/batch/v1', plural: 'jobs', trim: job};
export const claims = {title: 'volume claims', group: '/api/v1', plural: 'persistentvolumeclaims', trim: claim};
export const storageClasses = {
	title: 'storage classes',
	group: '/apis/storage.k8s.io/v1',
	plural: 'storageclasses',
	trim: storageClass,
};
export const events: WatchedKind<ClusterEvent> = {
	title: 'events',
	group: '/api/v1',
	plural: 'events',
	trim: event,
	newest: {limit: maxEvents, at: item => item.lastAt},
};

const apps = (kind: Workload['kind'], plural: string): WatchedKind<Workload> => ({
	title: plural,
	group: '/apis/apps/v1',
	plural,
	trim: workload(kind),
});
export const workloads = [
	apps('Deployment', 'deployments'),
	apps('StatefulSet', 'statefulsets'),
	apps('DaemonSet', 'daemonsets'),
	apps('ReplicaSet', 'replicasets'),
] as const;

const fluxKind = (kind: FluxObject['kind'], group: string, plural: string): WatchedKind<FluxObject> => ({
	title: `${kind} objects of Flux`,
	group: `/apis/${group}`,
	plural,
	trim: flux(kind),
});
/** The kinds without which nothing can be said of Flux. */
export const fluxNeeded = [
	fluxKind('OCIRepository', 'source.toolkit.fluxcd.io/v1', 'ocirepositories'),
	fluxKind('Kustomization', 'kustomize.toolkit.fluxcd.io/v1', 'kustomizations'),
	fluxKind('HelmRelease', 'helm.toolkit.fluxcd.io/v2', 'helmreleases'),
] as const;
/** Kinds a release may do without: where their definition is absent there are none. */
export const fluxOptional = [
	fluxKind('HelmRepository', 'source.toolkit.fluxcd.io/v1', 'helmrepositories'),
	fluxKind('HelmChart', 'source.toolkit.fluxcd.io/v1', 'helmcharts'),
] as const;

/** Helm keeps whole releases in Secrets, which would be fetched only to be dropped: the server leaves them out. */
export const keyedIn = (namespace: string): readonly WatchedKind<KeyedObject>[] => [
	{
		title: `secrets of ${namespace}`,
		group: '/api/v1',
		plural: 'secrets',
		namespace,
		fieldSelector: 'type!=helm.sh/release.v1',
		trim: keyed('Secret'),
	},
	{title: `config maps of ${namespace}`, group: '/api/v1', plural: 'configmaps', namespace, trim: keyed('ConfigMap')},
];
