import {isDeepStrictEqual} from 'node:util';
import * as z from 'zod';
import type {Clock} from '../../../server/engine/clock.ts';
import {builtinKinds, type Kind} from './kinds.ts';
import type {Draft, Stored} from './object.ts';

export type Change = {
	readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
	readonly kind: Kind;
	readonly object: Stored;
	readonly revision: number;
};

/** Changes kept for watchers that come back; older resource versions are answered with 410. */
const historyLength = 4000;

const Definition = z.looseObject({
	spec: z.looseObject({
		group: z.string(),
		scope: z.string(),
		names: z.looseObject({kind: z.string(), plural: z.string()}),
		versions: z.array(z.looseObject({name: z.string(), served: z.boolean().optional()})),
	}),
});

export type Store = ReturnType<typeof makeStore>;

/** What etcd and the API server's registry hold: objects by kind, one revision counter, a bounded history. */
export function makeStore(clock: Clock, uid: () => string) {
	const objects = new Map<string, Map<string, Stored>>();
	const custom = new Map<string, readonly Kind[]>();
	const listeners = new Set<(change: Change) => void>();
	let history: readonly Change[] = [];
	let revision = 100;
	let oldest = revision;

	const keyOf = (namespace: string | undefined, name: string) => `${namespace ?? ''}/${name}`;
	const kinds = (): readonly Kind[] => [...builtinKinds, ...[...custom.values()].flat()];
	const kindNamed = (name: string): Kind | undefined => kinds().find(one => one.kind === name);
	const table = (kind: string) => {
		const found = objects.get(kind) ?? new Map<string, Stored>();
		objects.set(kind, found);
		return found;
	};

	const publish = (type: Change['type'], kind: Kind, object: Stored) => {
		const change: Change = {type, kind, object, revision};
		history = [...history.slice(-historyLength), change];
		oldest = Math.max(oldest, (history[0]?.revision ?? revision) - 1);
		if (kind.kind === 'CustomResourceDefinition') register(type, object);
		for (const listener of [...listeners]) listener(change);
	};

	const register = (type: Change['type'], definition: Stored) => {
		const parsed = Definition.safeParse(definition);
		if (!parsed.success) return;
		if (type === 'DELETED') {
			custom.delete(definition.metadata.name);
			return;
		}
		const {group, scope, names, versions} = parsed.data.spec;
		const served = versions.filter(one => one.served !== false);
		custom.set(
			definition.metadata.name,
			served.map(one => ({
				group,
				version: one.name,
				kind: names.kind,
				plural: names.plural,
				namespaced: scope === 'Namespaced',
			})),
		);
	};

	const get = (kind: string, namespace: string | undefined, name: string): Stored | undefined =>
		table(kind).get(keyOf(namespace, name));

	/** Objects of a kind in name order, of one namespace when given. */
	const list = (kind: string, namespace?: string): readonly Stored[] =>
		[...table(kind).entries()]
			.sort(([a], [b]) => (a < b ? -1 : 1))
			.map(([, object]) => object)
			.filter(object => namespace === undefined || object.metadata.namespace === namespace);

	/** Creates or replaces; what the server owns is filled in. An equal object changes nothing and tells nobody. */
	const put = (draft: Draft | Stored): Stored => {
		const kind = kindNamed(draft.kind);
		if (kind === undefined) throw new Error(`no such kind: ${draft.kind}`);
		const namespace = kind.namespaced ? (draft.metadata.namespace ?? 'default') : undefined;
		const before = get(kind.kind, namespace, draft.metadata.name);
		const {resourceVersion: _resourceVersion, generation: _generation, ...metadata} = draft.metadata;
		const made: Stored = {
			...draft,
			apiVersion: draft.apiVersion,
			metadata: {
				...metadata,
				...(namespace !== undefined && {namespace}),
				uid: before?.metadata.uid ?? uid(),
				creationTimestamp: before?.metadata.creationTimestamp ?? stamp(clock.now()),
				resourceVersion: before?.metadata.resourceVersion ?? '0',
				generation: before?.metadata.generation ?? 1,
			},
		};
		if (before !== undefined && isDeepStrictEqual(before, made)) return before;
		revision += 1;
		const respecified = before !== undefined && !isDeepStrictEqual(intent(before), intent(made));
		const stored: Stored = {
			...made,
			metadata: {
				...made.metadata,
				resourceVersion: String(revision),
				generation: (before?.metadata.generation ?? 1) + (respecified ? 1 : 0),
			},
		};
		table(kind.kind).set(keyOf(namespace, stored.metadata.name), stored);
		publish(before === undefined ? 'ADDED' : 'MODIFIED', kind, stored);
		return stored;
	};

	/** Deletes an object, and after it what it owned. */
	const remove = (kindName: string, namespace: string | undefined, name: string): Stored | undefined => {
		const kind = kindNamed(kindName);
		const present = get(kindName, namespace, name);
		if (kind === undefined || present === undefined) return undefined;
		revision += 1;
		table(kindName).delete(keyOf(namespace, name));
		const last = {...present, metadata: {...present.metadata, resourceVersion: String(revision)}};
		publish('DELETED', kind, last);
		for (const [owned, rows] of objects) {
			for (const row of [...rows.values()]) {
				const mine = row.metadata.ownerReferences?.some(owner => owner.uid === present.metadata.uid);
				if (mine || (kindName === 'Namespace' && row.metadata.namespace === name)) {
					remove(owned, row.metadata.namespace, row.metadata.name);
				}
			}
		}
		return last;
	};

	return {
		kinds,
		kindNamed,
		resource: (group: string, version: string, plural: string): Kind | undefined =>
			kinds().find(one => one.group === group && one.version === version && one.plural === plural),
		get,
		list,
		put,
		remove,
		/** Rewrites one object if it is there. */
		change: (kind: string, namespace: string | undefined, name: string, edit: (object: Stored) => Stored) => {
			const present = get(kind, namespace, name);
			return present === undefined ? undefined : put(edit(present));
		},
		all: (): readonly Stored[] => [...objects.values()].flatMap(rows => [...rows.values()]),
		/** Takes up what an earlier store held; nobody watches yet. */
		restore: (stored: readonly Stored[], at: number) => {
			for (const object of stored) {
				table(object.kind).set(keyOf(object.metadata.namespace, object.metadata.name), object);
				if (object.kind === 'CustomResourceDefinition') register('ADDED', object);
			}
			revision = at;
			oldest = at;
		},
		revision: () => revision,
		/** Changes after a resource version, or undefined when they are no longer kept (410). */
		since: (after: number): readonly Change[] | undefined =>
			after < oldest ? undefined : history.filter(change => change.revision > after),
		/** Forgets the history, as etcd's compaction does: every older resource version is gone. */
		compact: () => {
			history = [];
			oldest = revision;
		},
		subscribe: (listener: (change: Change) => void): Disposable => {
			listeners.add(listener);
			return {[Symbol.dispose]: () => listeners.delete(listener)};
		},
	};
}

/** The part of an object whose change makes a new generation. */
function intent({metadata: _metadata, status: _status, ...rest}: Stored): unknown {
	return rest;
}

/** A time as Kubernetes writes it: whole seconds, UTC. */
export const stamp = (instant: number): string => `${new Date(instant).toISOString().slice(0, 19)}Z`;
