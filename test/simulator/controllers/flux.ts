import type {Stored} from '../kube/object.ts';
import {stamp} from '../kube/store.ts';
import {type Cluster, type Controller, emit, setStatus} from './cluster.ts';
import {type ConditionDraft, conditions, sourceOf, statusOf} from './shapes.ts';
import {unverified} from './verify.ts';

const fetchMs = 5000;
const retryMs = 60_000;

/** Whether a Flux controller is there to act. */
export const controllerUp = ({store}: Pick<Cluster, 'store'>, name: string): boolean =>
	(statusOf(store.get('Deployment', 'flux-system', name)).availableReplicas ?? 0) > 0;

/** What a controller was last asked for: its own spec, or an annotation that asks again. */
export const requestOf = (object: Stored): string =>
	`${object.metadata.generation ?? 1}/${object.metadata.annotations?.['reconcile.fluxcd.io/requestedAt'] ?? ''}/${object.metadata.annotations?.['reconcile.fluxcd.io/forceAt'] ?? ''}`;

/** Writes conditions of a Flux object with the generation they are about. */
export function report(
	cluster: Cluster,
	object: Stored,
	wanted: readonly ConditionDraft[],
	more: Readonly<Record<string, unknown>> = {},
): void {
	const requested = object.metadata.annotations?.['reconcile.fluxcd.io/requestedAt'];
	const isDone = wanted.some(({type, status}) => status === 'True' && (type === 'Ready' || type === 'Stalled'));
	setStatus(cluster, object, {
		...(typeof object.status === 'object' && object.status),
		// Flux counts a generation as observed once it is done with it, for good or for bad: -1 until then.
		observedGeneration: isDone ? object.metadata.generation : (statusOf(object).observedGeneration ?? -1),
		...(requested !== undefined && {lastHandledReconcileAt: requested}),
		...more,
		conditions: conditions(object, wanted, stamp(cluster.clock.now()), object.metadata.generation),
	});
}

/** Custom definitions are established a moment after they are applied. */
export const definitions: Controller = cluster => {
	for (const definition of cluster.store.list('CustomResourceDefinition')) {
		if (statusOf(definition).conditions.length > 0) continue;
		const wanted = [
			{type: 'NamesAccepted', status: 'True' as const, reason: 'NoConflicts', message: 'no conflicts found'},
			{
				type: 'Established',
				status: 'True' as const,
				reason: 'InitialNamesAccepted',
				message: 'the initial names have been accepted',
			},
		];
		setStatus(cluster, definition, {conditions: conditions(definition, wanted, stamp(cluster.clock.now()))});
	}
};

type Fetch = {request: string; since: number; state: 'fetching' | 'stored' | 'failed'};

/** The source controller: artifacts out of the registry, by digest or tag. */
export function makeSources(): Controller {
	const fetches = new Map<string, Fetch>();
	return cluster => {
		if (cluster.store.kindNamed('OCIRepository') === undefined || !controllerUp(cluster, 'source-controller')) return;
		const now = cluster.clock.now();
		for (const source of cluster.store.list('OCIRepository')) {
			const spec = sourceOf(source);
			if (spec === undefined || spec.suspend) continue;
			const fetch = fetches.get(source.metadata.uid);
			if (
				fetch === undefined ||
				fetch.request !== requestOf(source) ||
				(fetch.state === 'failed' && now - fetch.since > retryMs)
			) {
				fetches.set(source.metadata.uid, {request: requestOf(source), since: now, state: 'fetching'});
				report(cluster, source, [
					{type: 'Reconciling', status: 'True', reason: 'ProgressingWithRetry', message: 'building artifact'},
					{type: 'Ready', status: 'Unknown', reason: 'Progressing', message: 'building artifact'},
				]);
				continue;
			}
			if (fetch.state !== 'fetching' || now - fetch.since < fetchMs) continue;
			const repository = spec.url.replace(/^oci:\/\/[^/]+\//, '').replace(/^ghcr\.io\//, '');
			const reference = spec.ref.digest ?? spec.ref.tag ?? 'latest';
			const url = `${spec.url}${spec.ref.digest ? '@' : ':'}${reference}`;
			const failure =
				sourceFailure(cluster, url, repository, reference) ?? unverified(cluster, source, repository, reference);
			if (failure !== undefined) {
				Object.assign(fetch, {state: 'failed', since: now});
				report(cluster, source, [
					{type: 'FetchFailed', status: 'True', reason: 'OCIArtifactPullFailed', message: failure},
					{type: 'Ready', status: 'False', reason: 'OCIArtifactPullFailed', message: failure},
				]);
				emit(cluster, source, 'Warning', 'OCIArtifactPullFailed', failure, 'source-controller');
				continue;
			}
			fetch.state = 'stored';
			const revision = reference.startsWith('sha256:') ? reference : `${reference}@sha256:0`;
			const message = `stored artifact for digest '${revision}'`;
			report(
				cluster,
				source,
				[
					{type: 'Ready', status: 'True', reason: 'Succeeded', message},
					{type: 'ArtifactInStorage', status: 'True', reason: 'Succeeded', message},
				],
				{artifact: {revision, digest: reference, lastUpdateTime: stamp(now)}},
			);
			emit(
				cluster,
				source,
				'Normal',
				'NewArtifact',
				`stored artifact with revision '${revision}' from '${spec.url}'`,
				'source-controller',
			);
		}
	};
}

/** Where pods reach the node's own mirror. */
const nodeForPods = '10.42.0.1';

function sourceFailure(
	{conditions: world, resolves, inRegistry, mirror}: Cluster,
	url: string,
	repository: string,
	reference: string,
): string | undefined {
	const host = new URL(url.replace(/^oci:/, 'https:')).hostname;
	const prefix = `failed to determine artifact digest: Get "https://${host}/v2/"`;
	if (host === nodeForPods)
		return mirror.holds(`ghcr.io/${repository}`, reference)
			? undefined
			: `failed to pull artifact from '${url}': MANIFEST_UNKNOWN`;
	if (!resolves()) return `${prefix}: dial tcp: lookup ${host} on 10.43.0.10:53: server misbehaving`;
	if (world.registry === 'unreachable') return `${prefix}: dial tcp 140.82.121.33:443: i/o timeout`;
	if (!inRegistry(repository, reference))
		return `failed to pull artifact from '${url}': GET https://${host}/v2/${repository}/manifests/${reference}: MANIFEST_UNKNOWN: manifest unknown`;
	return undefined;
}

/** Says that a controller is at it. */
export function progressing(cluster: Cluster, object: Stored, message: string): void {
	report(cluster, object, [
		{type: 'Reconciling', status: 'True', reason: 'Progressing', message},
		{type: 'Ready', status: 'Unknown', reason: 'Progressing', message},
	]);
}
