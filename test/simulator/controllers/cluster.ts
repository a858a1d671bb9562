import type {Clock} from '../../../server/engine/clock.ts';
import type {ReleaseManifest} from '../../../shared/release/manifest.ts';
import type {Conditions, Conducts} from '../conditions.ts';
import type {Stored} from '../kube/object.ts';
import {type Store, stamp} from '../kube/store.ts';
import type {ContainerLogs} from './logs.ts';

/** What every controller works with. */
export type Cluster = {
	readonly store: Store;
	readonly clock: Clock;
	readonly conditions: Conditions;
	readonly conducts: Conducts;
	readonly logs: ContainerLogs;
	/** Images on the node, by reference. */
	readonly images: Set<string>;
	readonly random: () => number;
	/** Virtual milliseconds between two lines of a running container, so that a fast clock floods nobody. */
	readonly chatterMs: number;
	/** The release a config bundle belongs to. */
	readonly releaseOf: (configDigest: string) => ReleaseManifest | undefined;
	/** The files of a config bundle; empty for one that is not known. */
	readonly bundleOf: (configDigest: string) => ReadonlyMap<string, string>;
	/** Helm actions that are to fail, by release, with what Helm says. */
	readonly helmTrouble: Map<string, {readonly afterMs: number; readonly message: string}>;
	/** The pod whose image is being pulled: the kubelet pulls one at a time. */
	readonly pull: {pod: string | undefined};
	/** Whether names of the internet can be looked up. */
	readonly resolves: () => boolean;
	/** Whether the registry has this manifest. */
	readonly inRegistry: (repository: string, reference: string) => boolean;
	/** The node's own mirror: the hosts containerd was told to ask it for, and what an imported bundle holds. */
	readonly mirror: {
		readonly serves: (host: string) => boolean;
		readonly holds: (repository: string, reference: string) => boolean;
	};
	/** cosign's signatures of an artifact, as they are stored beside it. */
	readonly signaturesOf: (
		repository: string,
		digest: string,
	) => readonly {readonly payload: Uint8Array; readonly signature: string}[];
	/** What is kept on the volumes: an installed database is not made again. */
	readonly data: {seeded: boolean};
	readonly node: {readonly name: () => string; readonly address: () => string; readonly version: () => string};
};

/** One round of one controller. */
export type Controller = (cluster: Cluster) => void;

const letters = 'bcdfghjklmnpqrstvwxz2456789';
/** A suffix as Kubernetes makes them. */
export const suffix = ({random}: Pick<Cluster, 'random'>, length: number): string =>
	Array.from({length}, () => letters[Math.floor(random() * letters.length)]).join('');

/** Records an event about an object; the same again counts up. */
export function emit(
	{store, clock}: Cluster,
	about: Stored,
	type: 'Normal' | 'Warning',
	reason: string,
	message: string,
	component: string,
): void {
	const namespace = about.metadata.namespace ?? 'default';
	const now = stamp(clock.now());
	const hash = shortHash(`${about.metadata.uid}${reason}${message}`);
	const name = `${about.metadata.name}.${hash}`;
	const before = store.get('Event', namespace, name);
	const count = Number(before?.count ?? 0) + 1;
	store.put({
		apiVersion: 'v1',
		kind: 'Event',
		metadata: {name, namespace},
		involvedObject: {
			kind: about.kind,
			namespace: about.metadata.namespace,
			name: about.metadata.name,
			uid: about.metadata.uid,
			apiVersion: about.apiVersion,
		},
		type,
		reason,
		message,
		count,
		source: {component},
		reportingComponent: component,
		firstTimestamp: before?.firstTimestamp ?? now,
		lastTimestamp: now,
	});
}

/** A short stable name for content (FNV-1a), as template hashes and event names are. */
export function shortHash(text: string): string {
	let hash = 0x811c9dc5;
	for (const byte of Buffer.from(text)) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
	return hash.toString(16).padStart(8, '0');
}

/** Replaces an object's status. */
export const setStatus = (
	{store}: Pick<Cluster, 'store'>,
	object: Stored,
	status: Readonly<Record<string, unknown>>,
): void => {
	store.change(object.kind, object.metadata.namespace, object.metadata.name, present => ({...present, status}));
};

export const ownedBy = (owner: Stored) => [
	{
		apiVersion: owner.apiVersion,
		kind: owner.kind,
		name: owner.metadata.name,
		uid: owner.metadata.uid,
		controller: true,
		blockOwnerDeletion: true,
	},
];
export const owns = (owner: Stored, object: Stored): boolean =>
	object.metadata.ownerReferences?.some(one => one.uid === owner.metadata.uid) ?? false;
