import {isDeepStrictEqual} from 'node:util';
import {type Draft, type Fields, isFields, type Stored} from './object.ts';

/**
 * Server-side apply: fields are owned by managers; applying sets what is given, takes away what the same manager
 * gave before and no longer does, and conflicts where another manager owns a field with another value.
 * https://kubernetes.io/docs/reference/using-api/server-side-apply/
 */
export type Ownership = ReadonlyMap<string, ReadonlySet<string>>;

/** A path in the spelling of `fieldsV1`: `f:spec`, `k:{"name":"web"}`. */
type Path = readonly string[];
type Leaf = {readonly path: Path; readonly value: unknown};

export type Conflict = {readonly manager: string; readonly field: string};
export type Applied =
	| {readonly ok: true; readonly object: Draft; readonly owners: Ownership}
	| {readonly ok: false; readonly conflicts: readonly Conflict[]};

/** Lists whose items are merged by a key; every other list is replaced whole. */
const mergeKeys: Readonly<Record<string, readonly string[]>> = {
	containers: ['name'],
	initContainers: ['name'],
	env: ['name'],
	volumes: ['name'],
	volumeMounts: ['mountPath'],
	ports: ['containerPort', 'port'],
	conditions: ['type'],
	imagePullSecrets: ['name'],
	ownerReferences: ['uid'],
	versions: ['name'],
};

function keyOf(list: string, item: unknown): string | undefined {
	if (!isFields(item)) return undefined;
	const key = mergeKeys[list]?.find(one => item[one] !== undefined);
	return key === undefined ? undefined : `k:${JSON.stringify({[key]: item[key]})}`;
}

const isKeyed = (list: string, value: unknown): value is readonly Fields[] =>
	Array.isArray(value) && value.length > 0 && value.every(item => keyOf(list, item) !== undefined);

/** Every field a configuration sets, down to what is replaced whole. */
export function leaves(value: unknown, path: Path = []): readonly Leaf[] {
	const field = path.at(-1)?.slice(2) ?? '';
	if (isFields(value) && Object.keys(value).length > 0) {
		return Object.entries(value).flatMap(([name, inner]) => leaves(inner, [...path, `f:${name}`]));
	}
	if (isKeyed(field, value)) {
		return value.flatMap(item => leaves(item, [...path, keyOf(field, item) ?? '']));
	}
	return [{path, value}];
}

const identity = new Set(['f:apiVersion', 'f:kind', 'f:metadata/f:name', 'f:metadata/f:namespace']);
const serverOwned = new Set(['uid', 'resourceVersion', 'generation', 'creationTimestamp', 'managedFields']);

/** The fields of a configuration that can be owned. */
export const ownable = (object: unknown): readonly Leaf[] =>
	leaves(object).filter(
		({path}) =>
			!identity.has(path.join('/')) && !(path[0] === 'f:metadata' && serverOwned.has(path[1]?.slice(2) ?? '')),
	);

const spell = (path: Path) => JSON.stringify(path);

/** Applies a configuration for a manager over what is there. */
export function apply(
	live: Stored | undefined,
	owners: Ownership,
	applied: Draft,
	manager: string,
	onConflict: 'fail' | 'force',
): Applied {
	const wanted = ownable(applied);
	const paths = new Set(wanted.map(leaf => spell(leaf.path)));
	const conflicts: Conflict[] = [];
	for (const [other, owned] of owners) {
		if (other === manager) continue;
		for (const {path, value} of wanted) {
			if (owned.has(spell(path)) && !isDeepStrictEqual(read(live, path), value)) {
				conflicts.push({manager: other, field: `.${path.map(step => step.slice(2)).join('.')}`});
			}
		}
	}
	if (conflicts.length > 0 && onConflict === 'fail') return {ok: false, conflicts};

	const lost = new Set(conflicts.map(one => one.field));
	const next = new Map<string, ReadonlySet<string>>();
	for (const [other, owned] of owners) {
		if (other === manager) continue;
		const kept = [...owned].filter(path => !(paths.has(path) && lost.has(dotted(path))));
		if (kept.length > 0) next.set(other, new Set(kept));
	}
	const others = new Set([...next.values()].flatMap(owned => [...owned]));
	const given = [...(owners.get(manager) ?? [])].filter(path => !paths.has(path) && !others.has(path));
	next.set(manager, paths);

	let object: unknown = live ?? {};
	for (const path of given) object = without(object, parse(path));
	for (const {path, value} of wanted) object = written(object, path, value);
	const base = isFields(object) ? object : {};
	const metadata = isFields(base.metadata) ? base.metadata : {};
	const {apiVersion, kind} = applied;
	const named = {...metadata, name: applied.metadata.name, namespace: applied.metadata.namespace};
	return {ok: true, object: {...base, apiVersion, kind, metadata: named}, owners: next};
}

const parse = (path: string): Path => {
	const steps: unknown = JSON.parse(path);
	return Array.isArray(steps) ? steps.map(String) : [];
};
const dotted = (path: string) =>
	`.${parse(path)
		.map(step => step.slice(2))
		.join('.')}`;

function find(list: readonly unknown[], step: string): number {
	const key: unknown = JSON.parse(step.slice(2));
	const [name, value] = Object.entries(isFields(key) ? key : {})[0] ?? ['', undefined];
	return list.findIndex(item => isFields(item) && item[name] === value);
}

function read(value: unknown, path: Path): unknown {
	let here = value;
	for (const step of path) {
		if (step.startsWith('k:')) here = Array.isArray(here) ? here[find(here, step)] : undefined;
		else here = isFields(here) ? here[step.slice(2)] : undefined;
	}
	return here;
}

function written(value: unknown, [step, ...rest]: Path, leaf: unknown): unknown {
	// An empty map says that it is there, not that it is empty.
	if (step === undefined) return isFields(leaf) && Object.keys(leaf).length === 0 && isFields(value) ? value : leaf;
	if (step.startsWith('k:')) {
		const list = Array.isArray(value) ? value : [];
		const index = find(list, step);
		// The key may come after other fields of its item.
		const item = written(list[index] ?? JSON.parse(step.slice(2)), rest, leaf);
		return index < 0 ? [...list, item] : list.with(index, item);
	}
	const fields = isFields(value) ? value : {};
	return {...fields, [step.slice(2)]: written(fields[step.slice(2)], rest, leaf)};
}

/** The value without one field; containers that become empty go with it. */
function without(value: unknown, [step, ...rest]: Path): unknown {
	if (step === undefined) return undefined;
	if (step.startsWith('k:')) {
		if (!Array.isArray(value)) return value;
		const index = find(value, step);
		if (index < 0) return value;
		// An item lives until only its key is left; the key itself goes with the item.
		const key = Object.keys(JSON.parse(step.slice(2)))[0] ?? '';
		const item = rest.length === 1 && rest[0] === `f:${key}` ? value[index] : without(value[index], rest);
		const left = isFields(item) ? Object.keys(item).filter(name => name !== key) : [];
		return left.length === 0 ? value.toSpliced(index, 1) : value.with(index, item);
	}
	if (!isFields(value)) return value;
	const {[step.slice(2)]: inner, ...others} = value;
	const left = without(inner, rest);
	const empty =
		left === undefined ||
		(Array.isArray(left) && left.length === 0) ||
		(isFields(left) && Object.keys(left).length === 0);
	return empty ? others : {...others, [step.slice(2)]: left};
}

/** Ownership as `metadata.managedFields` shows it. */
export function managedFields(owners: Ownership, apiVersion: string, time: string): readonly Fields[] {
	return [...owners].map(([manager, paths]) => {
		let fieldsV1: unknown = {};
		for (const path of paths)
			fieldsV1 = written(
				fieldsV1,
				parse(path).map(step => `f:${step}`),
				{},
			);
		return {manager, operation: 'Apply', apiVersion, time, fieldsType: 'FieldsV1', fieldsV1};
	});
}
