import type {V1Condition, V1ObjectMeta, V1OwnerReference} from '@kubernetes/client-node';
import type {Condition, Meta} from '../../../shared/facts/cluster.ts';
import {count, flag, instant, list, object, oneOf, present, text, textMap} from './read.ts';

/** Annotations that say who made an object and what was asked of its controller; all others may be large and are dropped. */
const keptAnnotations =
	/^(meta\.helm\.sh|helm\.sh|reconcile\.fluxcd\.io|helm\.toolkit\.fluxcd\.io|kustomize\.toolkit\.fluxcd\.io)\//u;

/** Name, owner and ages of an object. `managedFields`, half the size of many objects, is never looked at. */
export function metaOf(raw: unknown): Meta {
	const metadata = object<V1ObjectMeta>(object<{metadata: unknown}>(raw).metadata);
	const annotations = Object.entries(textMap(metadata.annotations)).filter(([key]) => keptAnnotations.test(key));
	const owners = list<V1OwnerReference>(metadata.ownerReferences);
	const owner = owners.find(each => flag(each.controller)) ?? owners[0];
	const [kind, name] = [text(owner?.kind), text(owner?.name)];
	return {
		name: text(metadata.name) ?? '',
		namespace: text(metadata.namespace) ?? '',
		uid: text(metadata.uid) ?? '',
		labels: textMap(metadata.labels),
		...present<Pick<Meta, 'annotations' | 'createdAt' | 'deletedAt' | 'generation' | 'owner'>>({
			annotations: annotations.length > 0 ? Object.fromEntries(annotations) : undefined,
			createdAt: instant(metadata.creationTimestamp),
			deletedAt: instant(metadata.deletionTimestamp),
			generation: count(metadata.generation),
			owner: kind !== undefined && name !== undefined ? {kind, name} : undefined,
		}),
	};
}

/** Conditions of any kind; one without a type says nothing and is left out. */
export function conditionsOf(raw: unknown): readonly Condition[] {
	return list<V1Condition>(raw).flatMap(each => {
		const type = text(each.type);
		if (type === undefined) return [];
		const condition: Condition = {
			type,
			status: oneOf(each.status, ['True', 'False', 'Unknown'], 'Unknown'),
			...present<Omit<Condition, 'type' | 'status'>>({
				reason: text(each.reason),
				message: text(each.message),
				at: instant(each.lastTransitionTime),
				observedGeneration: count(each.observedGeneration),
			}),
		};
		return [condition];
	});
}
