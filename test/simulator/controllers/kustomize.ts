import {posix} from 'node:path';
import {parse, parseAllDocuments} from 'yaml';
import * as z from 'zod';
import {at, type Draft, isDraft, type Stored} from '../kube/object.ts';
import {type Cluster, type Controller, emit} from './cluster.ts';
import {controllerUp, progressing, report, requestOf} from './flux.ts';
import {isCurrent, kustomizationOf, statusOf} from './shapes.ts';

type Build = {request: string; since: number; state: 'building' | 'applied' | 'failed'};

const buildMs = 3000;

/** The kustomize controller: builds a folder of the artifact and applies it, in `dependsOn` order. */
export function makeKustomizations(): Controller {
	const builds = new Map<string, Build>();
	return cluster => {
		const {store} = cluster;
		if (store.kindNamed('Kustomization') === undefined || !controllerUp(cluster, 'kustomize-controller')) return;
		for (const object of store.list('Kustomization')) reconcile(cluster, object, builds);
	};
}

function reconcile(cluster: Cluster, object: Stored, builds: Map<string, Build>): void {
	const {store, clock} = cluster;
	const spec = kustomizationOf(object);
	if (spec === undefined || spec.suspend) return;
	const namespace = object.metadata.namespace ?? 'flux-system';
	const source = store.get(spec.sourceRef.kind, spec.sourceRef.namespace ?? namespace, spec.sourceRef.name);
	const revision = statusOf(source).artifact?.revision;
	if (revision === undefined) {
		report(cluster, object, [
			{type: 'Ready', status: 'False', reason: 'ArtifactFailed', message: 'Source artifact not found, retrying in 30s'},
		]);
		return;
	}
	const waiting = spec.dependsOn.find(one => !isCurrent(store.get('Kustomization', namespace, one.name)));
	const known = builds.get(object.metadata.uid);
	const request = `${requestOf(object)}/${revision}`;
	if (known?.request === request && known.state !== 'building') return;
	if (waiting !== undefined) {
		report(cluster, object, [
			{
				type: 'Ready',
				status: 'False',
				reason: 'DependencyNotReady',
				message: `dependency '${namespace}/${waiting.name}' is not ready`,
			},
		]);
		return;
	}
	if (known?.request !== request) {
		builds.set(object.metadata.uid, {request, since: clock.now(), state: 'building'});
		progressing(cluster, object, `Building manifests for revision ${revision} with a timeout of 9m50s`);
		return;
	}
	if (clock.now() - known.since < buildMs) return;
	const built = buildFolder(cluster.bundleOf(revision), String(at(object, 'spec', 'path') ?? './'));
	if (typeof built === 'string') {
		known.state = 'failed';
		report(cluster, object, [
			{type: 'Ready', status: 'False', reason: 'BuildFailed', message: `kustomization path not found: ${built}`},
		]);
		emit(cluster, object, 'Warning', 'BuildFailed', `kustomization path not found: ${built}`, 'kustomize-controller');
		return;
	}
	const patches = patchesOf(object);
	for (const draft of built) applyOne(cluster, object, patched(draft, patches));
	known.state = 'applied';
	const message = `Applied revision: ${revision}`;
	report(cluster, object, [{type: 'Ready', status: 'True', reason: 'ReconciliationSucceeded', message}], {
		lastAppliedRevision: revision,
		lastAttemptedRevision: revision,
	});
	emit(
		cluster,
		object,
		'Normal',
		'ReconciliationSucceeded',
		`Reconciliation finished, next run in 10m0s`,
		'kustomize-controller',
	);
}

const Patches = z.array(
	z.object({
		target: z.object({kind: z.string(), name: z.string().optional()}),
		patch: z.string().transform((text): unknown => parse(text)),
	}),
);
const Operations = z.array(z.object({op: z.enum(['add', 'replace']), path: z.string(), value: z.unknown()}));

const patchesOf = (object: Stored) => Patches.safeParse(at(object, 'spec', 'patches')).data ?? [];

/** Kustomize's patches, as far as RFC 6902 operations on fields of maps go. */
function patched(draft: Draft, patches: z.infer<typeof Patches>): Draft {
	const copy = structuredClone(draft);
	for (const {target, patch} of patches) {
		if (target.kind !== draft.kind || (target.name !== undefined && target.name !== draft.metadata.name)) continue;
		for (const {path, value} of Operations.parse(patch)) {
			const keys = path.split('/').slice(1);
			const last = keys.pop() ?? '';
			const parent = at(copy, ...keys);
			if (typeof parent === 'object' && parent !== null) Object.assign(parent, {[last]: value});
		}
	}
	return copy;
}

/** The objects of a folder's kustomization, or the path that is not there. */
function buildFolder(files: ReadonlyMap<string, string>, path: string): readonly Draft[] | string {
	const folder = posix.normalize(path);
	const list: unknown = parse(files.get(posix.join(folder, 'kustomization.yaml')) ?? 'null');
	const resources = at(list, 'resources');
	if (!Array.isArray(resources)) return path;
	const drafts: Draft[] = [];
	for (const resource of resources.map(String)) {
		const text = files.get(posix.join(folder, resource));
		const built = text === undefined ? buildFolder(files, posix.join(folder, resource)) : documents(text);
		if (typeof built === 'string') return built;
		drafts.push(...built);
	}
	return drafts;
}

const documents = (text: string): readonly Draft[] =>
	parseAllDocuments(text)
		.map((document): unknown => ('toJS' in document ? document.toJS() : undefined))
		.filter(isDraft);

/** Applies what the bundle says over what is there; annotations that others set stay. */
function applyOne({store}: Cluster, owner: Stored, draft: Draft): void {
	const present = store.get(draft.kind, draft.metadata.namespace, draft.metadata.name);
	const labels = {
		...present?.metadata.labels,
		...labelsOf(draft),
		'kustomize.toolkit.fluxcd.io/name': owner.metadata.name,
		'kustomize.toolkit.fluxcd.io/namespace': owner.metadata.namespace ?? '',
	};
	store.put({
		...present,
		...draft,
		metadata: {...present?.metadata, ...draft.metadata, labels},
		...(draft.kind === 'Namespace' && {status: {phase: 'Active'}}),
	});
}

const labelsOf = (draft: Draft): Readonly<Record<string, unknown>> => {
	const labels = draft.metadata.labels;
	return typeof labels === 'object' && labels !== null ? {...labels} : {};
};
