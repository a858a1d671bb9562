import {isDeepStrictEqual} from 'node:util';
import {parse as parseYaml} from 'yaml';
import {notFound, Refusal} from './answer.ts';
import {apply, managedFields, type Ownership, ownable} from './apply.ts';
import {apiVersionOf, type Kind} from './kinds.ts';
import {at, type Draft, type Fields, isDraft, isFields, type Stored} from './object.ts';
import {type Store, stamp} from './store.ts';

/** One write as the server understood it, for the ledger. */
export type Write = {
	readonly verb: 'create' | 'update' | 'apply' | 'patch' | 'delete';
	readonly kind: string;
	readonly namespace: string | undefined;
	readonly name: string;
	readonly manager: string;
	readonly changed: boolean;
};

export type Target = {
	readonly kind: Kind;
	readonly namespace: string | undefined;
	readonly name: string | undefined;
	readonly subresource: string | undefined;
};

const validName = /^[a-z0-9]([-a-z0-9.:]*[a-z0-9])?$/;

export type Writer = ReturnType<typeof makeWriter>;

/** Create, replace, patch, apply and delete with the API server's rules. */
export function makeWriter(store: Store, now: () => number, recorded: (write: Write) => void) {
	const owners = new Map<string, Ownership>();

	const parseBody = (text: string): unknown => {
		try {
			return parseYaml(text);
		} catch (error) {
			throw new Refusal(400, 'BadRequest', `error decoding the body: ${String(error).split('\n')[0] ?? ''}`);
		}
	};

	/** The body as an object of the kind and place that the address names. */
	const bodyFor = ({kind, namespace, name}: Target, body: unknown): Draft => {
		if (!isFields(body) || body.kind !== kind.kind || body.apiVersion !== apiVersionOf(kind)) {
			throw new Refusal(
				400,
				'BadRequest',
				`the object provided is unrecognized: expected ${apiVersionOf(kind)}, Kind=${kind.kind}`,
			);
		}
		const metadata = isFields(body.metadata) ? body.metadata : {};
		const generated =
			typeof metadata.generateName === 'string'
				? `${metadata.generateName}${store.revision().toString(36)}`
				: undefined;
		const named: unknown = {
			...body,
			metadata: {
				...metadata,
				name: metadata.name ?? name ?? generated,
				...(kind.namespaced && {namespace: metadata.namespace ?? namespace}),
			},
		};
		if (!isDraft(named))
			throw new Refusal(
				422,
				'Invalid',
				`${kind.kind} is invalid: metadata.name: Required value: name or generateName is required`,
			);
		if (name !== undefined && named.metadata.name !== name)
			throw new Refusal(
				400,
				'BadRequest',
				`the name of the object (${named.metadata.name}) does not match the name on the URL (${name})`,
			);
		if (kind.namespaced && named.metadata.namespace !== namespace)
			throw new Refusal(
				400,
				'BadRequest',
				`the namespace of the provided object does not match the namespace sent on the request`,
			);
		if (!validName.test(named.metadata.name))
			throw new Refusal(
				422,
				'Invalid',
				`${kind.kind} "${named.metadata.name}" is invalid: metadata.name: Invalid value: a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.'`,
			);
		if (kind.namespaced && store.get('Namespace', undefined, namespace ?? '') === undefined)
			throw notFound('namespaces', '', namespace ?? '');
		return completed(named);
	};

	const record = (
		verb: Write['verb'],
		target: Target,
		name: string,
		manager: string,
		before: Stored | undefined,
		after: Stored | undefined,
	) =>
		recorded({
			verb,
			kind: target.kind.kind,
			namespace: target.namespace,
			name,
			manager,
			changed: before?.metadata.resourceVersion !== after?.metadata.resourceVersion,
		});

	const immutable = (before: Stored | undefined, after: Draft) => {
		if (before?.kind === 'Job' && !isDeepStrictEqual(at(before, 'spec', 'template'), at(after, 'spec', 'template'))) {
			throw new Refusal(
				422,
				'Invalid',
				`Job.batch "${after.metadata.name}" is invalid: spec.template: field is immutable`,
			);
		}
	};

	/** Own what a plain write sets, so that a later apply by another manager conflicts as it would. */
	const own = (object: Stored, manager: string, given: unknown) => {
		const before = owners.get(object.metadata.uid) ?? new Map<string, ReadonlySet<string>>();
		const paths = new Set([...(before.get(manager) ?? []), ...ownable(given).map(leaf => JSON.stringify(leaf.path))]);
		owners.set(object.metadata.uid, new Map([...before, [manager, paths]]));
	};

	const create = (target: Target, text: string, query: URLSearchParams): Stored => {
		const draft = bodyFor(target, parseBody(text));
		const {kind, namespace} = target;
		if (store.get(kind.kind, namespace, draft.metadata.name) !== undefined) {
			throw new Refusal(409, 'AlreadyExists', `${kind.plural} "${draft.metadata.name}" already exists`, {
				name: draft.metadata.name,
				kind: kind.plural,
			});
		}
		if (query.get('dryRun') === 'All') return preview(draft, undefined);
		const stored = store.put(draft);
		const manager = query.get('fieldManager') ?? 'unknown';
		own(stored, manager, draft);
		record('create', target, draft.metadata.name, manager, undefined, stored);
		return stored;
	};

	const replace = (target: Target, text: string, query: URLSearchParams): Stored => {
		const draft = bodyFor(target, parseBody(text));
		const before = existing(target);
		const version = at(draft, 'metadata', 'resourceVersion');
		if (version !== undefined && version !== before.metadata.resourceVersion) throw stale(target);
		immutable(before, draft);
		const next =
			target.subresource === 'status'
				? {...before, status: draft.status}
				: {...draft, status: before.status ?? draft.status};
		return finish('update', target, before, next, draft, query);
	};

	const merge = (target: Target, text: string, query: URLSearchParams): Stored => {
		const before = existing(target);
		const patch = parseBody(text);
		if (!isFields(patch)) throw new Refusal(400, 'BadRequest', 'a merge patch must be an object');
		const version = at(patch, 'metadata', 'resourceVersion');
		if (version !== undefined && version !== before.metadata.resourceVersion) throw stale(target);
		const part =
			target.subresource === 'status'
				? {status: patch.status}
				: Object.fromEntries(Object.entries(patch).filter(([field]) => field !== 'status'));
		const merged = mergePatch(before, part);
		if (!isDraft(merged)) throw new Refusal(422, 'Invalid', `${target.kind.kind} is invalid after the patch`);
		immutable(before, merged);
		return finish('patch', target, before, merged, part, query);
	};

	const finish = (
		verb: Write['verb'],
		target: Target,
		before: Stored,
		next: Draft,
		given: unknown,
		query: URLSearchParams,
	): Stored => {
		if (query.get('dryRun') === 'All') return preview(completed(next), before);
		const stored = store.put(completed(next));
		const manager = query.get('fieldManager') ?? 'unknown';
		own(stored, manager, given);
		record(verb, target, stored.metadata.name, manager, before, stored);
		return stored;
	};

	const serverSideApply = (
		target: Target,
		text: string,
		query: URLSearchParams,
	): {readonly object: Stored; readonly created: boolean} => {
		const manager = query.get('fieldManager');
		if (manager === null || manager === '')
			throw new Refusal(
				422,
				'Invalid',
				'PatchOptions.meta.k8s.io "" is invalid: fieldManager: Required value: is required for apply patch',
			);
		const draft = bodyFor(target, parseBody(text));
		if (at(draft, 'metadata', 'managedFields') !== undefined)
			throw new Refusal(400, 'BadRequest', 'metadata.managedFields must be nil');
		const before = store.get(target.kind.kind, target.namespace, draft.metadata.name);
		const owned = before === undefined ? new Map() : (owners.get(before.metadata.uid) ?? new Map());
		const result = apply(before, owned, draft, manager, query.get('force') === 'true' ? 'force' : 'fail');
		if (!result.ok) {
			const causes = result.conflicts.map(({manager: other, field}) => ({
				reason: 'FieldManagerConflict',
				message: `conflict with ${JSON.stringify(other)}`,
				field,
			}));
			throw new Refusal(
				409,
				'Conflict',
				`Apply failed with ${causes.length} conflict${causes.length === 1 ? '' : 's'}: ${causes.map(({message, field}) => `${message}: ${field}`).join(', ')}`,
				{causes},
			);
		}
		immutable(before, result.object);
		const same =
			before !== undefined &&
			isDeepStrictEqual(plain(before), plain(completed(result.object))) &&
			isDeepStrictEqual(result.owners, owned);
		if (query.get('dryRun') === 'All') return {object: preview(result.object, before), created: before === undefined};
		const stored = same
			? before
			: store.put(withManagers(completed(result.object), managedFields(result.owners, draft.apiVersion, stamp(now()))));
		owners.set(stored.metadata.uid, result.owners);
		record('apply', target, draft.metadata.name, manager, before, stored);
		return {object: stored, created: before === undefined};
	};

	const remove = (target: Target, query: URLSearchParams): Stored => {
		const before = existing(target);
		if (query.get('dryRun') === 'All') return before;
		store.remove(target.kind.kind, target.namespace, before.metadata.name);
		owners.delete(before.metadata.uid);
		record('delete', target, before.metadata.name, 'delete', before, undefined);
		return before;
	};

	const existing = ({kind, namespace, name}: Target): Stored => {
		const found = store.get(kind.kind, namespace, name ?? '');
		if (found === undefined) throw notFound(kind.plural, kind.group, name ?? '');
		return found;
	};

	return {create, replace, merge, apply: serverSideApply, remove, existing};
}

const stale = ({kind, name}: Target) =>
	new Refusal(
		409,
		'Conflict',
		`Operation cannot be fulfilled on ${kind.plural} "${name}": the object has been modified; please apply your changes to the latest version and try again`,
	);

const preview = (draft: Draft, before: Stored | undefined): Stored => ({
	...draft,
	metadata: {
		uid: '',
		creationTimestamp: '',
		resourceVersion: before?.metadata.resourceVersion ?? '',
		...draft.metadata,
	},
});

const plain = ({
	metadata: {
		managedFields: _managedFields,
		resourceVersion: _version,
		uid: _uid,
		creationTimestamp: _created,
		generation: _generation,
		...metadata
	},
	...rest
}: Stored | Draft): Fields => ({...rest, metadata});

const withManagers = (draft: Draft, managers: readonly Fields[]): Draft => ({
	...draft,
	metadata: {...draft.metadata, managedFields: managers},
});

/** RFC 7396. */
export function mergePatch(target: unknown, patch: unknown): unknown {
	if (!isFields(patch)) return patch;
	const result: Record<string, unknown> = {...(isFields(target) ? target : {})};
	for (const [name, value] of Object.entries(patch)) {
		if (value === null) delete result[name];
		else result[name] = mergePatch(result[name], value);
	}
	return result;
}

/** What the server fills in by itself. */
function completed(draft: Draft): Draft {
	if (draft.kind === 'Secret') return completedSecret(draft);
	if (draft.kind === 'Namespace') {
		const labels = {
			...(isFields(draft.metadata.labels) && draft.metadata.labels),
			'kubernetes.io/metadata.name': draft.metadata.name,
		};
		return {...draft, metadata: {...draft.metadata, labels}, status: draft.status ?? {phase: 'Active'}};
	}
	if (draft.kind === 'Pod' || draft.kind === 'PersistentVolumeClaim')
		return {...draft, status: draft.status ?? {phase: 'Pending'}};
	return draft;
}

function completedSecret({stringData, ...draft}: Draft): Draft {
	const data = isFields(draft.data) ? draft.data : {};
	for (const [key, value] of Object.entries(data)) {
		if (typeof value !== 'string' || Buffer.from(value, 'base64').toString('base64') !== value) {
			throw new Refusal(
				400,
				'BadRequest',
				`Secret in version "v1" cannot be handled as a Secret: illegal base64 data in ${key}`,
			);
		}
	}
	const given = isFields(stringData) ? stringData : {};
	const encoded = Object.fromEntries(
		Object.entries(given).map(([key, value]) => [key, Buffer.from(String(value)).toString('base64')]),
	);
	return {...draft, type: draft.type ?? 'Opaque', data: {...data, ...encoded}};
}
