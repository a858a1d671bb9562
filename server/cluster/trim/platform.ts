import type {
	V1Node,
	V1NodeAddress,
	V1NodeSpec,
	V1NodeStatus,
	V1NodeSystemInfo,
	V1ObjectMeta,
	V1PersistentVolumeClaim,
	V1PersistentVolumeClaimSpec,
	V1PersistentVolumeClaimStatus,
	V1Secret,
	V1StorageClass,
	V1Taint,
	V1VolumeResourceRequirements,
} from '@kubernetes/client-node';
import type {Claim, KeyedObject, Node, StorageClass} from '../../../shared/facts/cluster.ts';
import {conditionsOf, metaOf} from './meta.ts';
import {flag, list, object, oneOf, present, text, textMap} from './read.ts';

/** A node's heartbeat writes its conditions every few minutes; times that only say "still so" are not kept. */
export function node(raw: unknown): Node {
	const given = object<V1Node>(raw);
	const spec = object<V1NodeSpec>(given.spec);
	const status = object<V1NodeStatus>(given.status);
	const kubeletVersion = text(object<V1NodeSystemInfo>(status.nodeInfo).kubeletVersion);
	return {
		kind: 'Node',
		...metaOf(raw),
		unschedulable: flag(spec.unschedulable),
		taints: list<V1Taint>(spec.taints).map(each => ({key: text(each.key) ?? '', effect: text(each.effect) ?? ''})),
		conditions: conditionsOf(status.conditions),
		addresses: list<V1NodeAddress>(status.addresses).flatMap(each => text(each.address) ?? []),
		...(kubeletVersion !== undefined && {kubeletVersion}),
	};
}

export function claim(raw: unknown): Claim {
	const given = object<V1PersistentVolumeClaim>(raw);
	const spec = object<V1PersistentVolumeClaimSpec>(given.spec);
	const requests = textMap(object<V1VolumeResourceRequirements>(spec.resources).requests);
	return {
		kind: 'PersistentVolumeClaim',
		...metaOf(raw),
		phase: oneOf(object<V1PersistentVolumeClaimStatus>(given.status).phase, ['Pending', 'Bound', 'Lost'], 'Pending'),
		...present<Pick<Claim, 'storageClass' | 'volume' | 'requestBytes'>>({
			storageClass: text(spec.storageClassName),
			volume: text(spec.volumeName),
			requestBytes: quantity(requests.storage),
		}),
	};
}

const units: Readonly<Record<string, number>> = {
	'': 1,
	k: 1e3,
	M: 1e6,
	G: 1e9,
	T: 1e12,
	P: 1e15,
	Ki: 2 ** 10,
	Mi: 2 ** 20,
	Gi: 2 ** 30,
	Ti: 2 ** 40,
	Pi: 2 ** 50,
};

/** Bytes of a Kubernetes quantity such as `10Gi`; undefined for what is none. */
export function quantity(value: string | undefined): number | undefined {
	const [, digits, unit] = /^(\d+(?:\.\d+)?(?:[eE]\d+)?)([kMGTP]i?|Ki)?$/u.exec(value ?? '') ?? [];
	const factor = units[unit ?? ''];
	return digits === undefined || factor === undefined ? undefined : Number(digits) * factor;
}

export function storageClass(raw: unknown): StorageClass {
	const given = object<V1StorageClass>(raw);
	const annotations = textMap(object<V1ObjectMeta>(given.metadata).annotations);
	return {
		kind: 'StorageClass',
		...metaOf(raw),
		provisioner: text(given.provisioner) ?? '',
		isDefault: annotations['storageclass.kubernetes.io/is-default-class'] === 'true',
	};
}

/** Key names only: the values are dropped here, before anything else sees them. */
export function keyed(kind: KeyedObject['kind']): (raw: unknown) => KeyedObject {
	return raw => ({kind, ...metaOf(raw), keys: Object.keys(object(object<V1Secret>(raw).data)).sort()});
}
