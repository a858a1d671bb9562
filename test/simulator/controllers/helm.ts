import {parse} from 'yaml';
import type {Component, ReleaseManifest} from '../../../shared/release/manifest.ts';
import {at, type Stored} from '../kube/object.ts';
import {type Cluster, type Controller, emit, shortHash} from './cluster.ts';
import {controllerUp, report, requestOf} from './flux.ts';
import {componentsOf, imagesIn, render} from './render.ts';
import {helmReleaseOf, isWorking, statusOf} from './shapes.ts';

type Action = {
	request: string;
	since: number;
	state: 'running' | 'done' | 'failed';
	version: number;
	verb: 'install' | 'upgrade';
	checkedAt: number;
	/** Whether any action has succeeded: until then a retry installs again. */
	installed: boolean;
};

/** Rendering and applying a chart, when Helm does not wait for what it made. */
const appliesMs = 4000;
const waitsMs = 20 * 60_000;
const retryMs = 5 * 60_000;
const driftMs = 60_000;

/** The helm controller: values, charts, and waiting for what they make. */
export function makeHelm(): Controller {
	const actions = new Map<string, Action>();
	return cluster => {
		if (cluster.store.kindNamed('HelmRelease') === undefined || !controllerUp(cluster, 'helm-controller')) return;
		const manifest = selectedRelease(cluster);
		if (manifest === undefined) return;
		for (const release of cluster.store.list('HelmRelease')) reconcile(cluster, release, manifest, actions);
	};
}

/** The release whose tree Flux applied last. */
function selectedRelease({store, releaseOf}: Cluster): ReleaseManifest | undefined {
	const root = store.list('Kustomization').find(one => at(one, 'spec', 'dependsOn') === undefined);
	return releaseOf(statusOf(root).lastAppliedRevision ?? '');
}

function reconcile(cluster: Cluster, release: Stored, manifest: ReleaseManifest, actions: Map<string, Action>): void {
	const {store, clock} = cluster;
	const spec = helmReleaseOf(release);
	if (spec === undefined || spec.suspend) return;
	const now = clock.now();
	const {name} = release.metadata;
	const texts = spec.valuesFrom.map(one => ({
		name: one.name,
		text: at(store.get(one.kind, release.metadata.namespace, one.name), 'data', 'values.yaml'),
	}));
	const missing = texts.find(one => typeof one.text !== 'string');
	if (missing !== undefined) {
		report(cluster, release, [
			{
				type: 'Ready',
				status: 'False',
				reason: 'ValuesError',
				message: `could not resolve ConfigMap chart values reference 'alga-system/${missing.name}' with key 'values.yaml': configmaps "${missing.name}" not found`,
			},
		]);
		return;
	}
	const values: unknown = parse(String(texts[0]?.text ?? '{}'));
	const components = componentsOf(manifest, name);
	const request = `${requestOf(release)}/${manifest.version}/${shortHash(JSON.stringify(values))}`;
	const source = store.get(
		'OCIRepository',
		at(release, 'spec', 'chartRef', 'namespace') === undefined
			? release.metadata.namespace
			: String(at(release, 'spec', 'chartRef', 'namespace')),
		String(at(release, 'spec', 'chartRef', 'name')),
	);
	if (statusOf(source).artifact === undefined) {
		report(cluster, release, [
			{
				type: 'Ready',
				status: 'False',
				reason: 'SourceNotReady',
				message: `OCIRepository '${release.metadata.namespace ?? ''}/${String(at(release, 'spec', 'chartRef', 'name'))}' is not ready`,
			},
		]);
		return;
	}
	const charts = manifest.charts.find(one => one.digest === statusOf(source).artifact?.digest);
	const chart = `${charts?.name ?? name}@${charts?.version ?? manifest.version}`;
	const before = actions.get(release.metadata.uid);
	const again = before?.state === 'failed' && now - before.since > retryMs;
	const lost =
		before !== undefined &&
		before.state !== 'running' &&
		now - before.checkedAt > driftMs &&
		hasDrifted(cluster, components, manifest, values);
	if (before !== undefined && before.state !== 'running')
		before.checkedAt = lost || now - before.checkedAt > driftMs ? now : before.checkedAt;
	let action = before;
	if (action === undefined || action.request !== request || again || lost) {
		action = {
			request,
			since: now,
			state: 'running',
			version: (before?.version ?? 0) + 1,
			verb: before?.installed === true ? 'upgrade' : 'install',
			installed: before?.installed === true,
			checkedAt: now,
		};
		actions.set(release.metadata.uid, action);
		for (const component of components) applyComponent(cluster, component, manifest, values);
		const message = `Running '${action.verb}' action with timeout of ${spec.timeout ?? '5m'}`;
		// What the last action came to is said until the next one ends.
		const released = statusOf(release).conditions.find(one => one.type === 'Released');
		report(
			cluster,
			release,
			[
				{type: 'Reconciling', status: 'True', reason: 'Progressing', message},
				{type: 'Ready', status: 'Unknown', reason: 'Progressing', message},
				...(released === undefined
					? []
					: [
							{
								type: 'Released',
								status: released.status === 'True' ? ('True' as const) : ('False' as const),
								reason: released.reason ?? '',
								message: released.message ?? '',
							},
						]),
			],
			{lastAttemptedRevision: manifest.version},
		);
		return;
	}
	if (action.state !== 'running') return;
	const subject = `release msp/${name}${action.verb === 'install' ? '' : `.v${action.version}`} with chart ${chart}`;
	const word = action.verb === 'install' ? 'Install' : 'Upgrade';
	const trouble = cluster.helmTrouble.get(name);
	const disablesWait = at(release, 'spec', action.verb, 'disableWait') === true && now - action.since > appliesMs;
	if (
		trouble === undefined &&
		(disablesWait ||
			components.every(one => isWorking(store.get(one.workload.kind, one.workload.namespace, one.workload.name))))
	) {
		Object.assign(action, {state: 'done', installed: true});
		const message = `Helm ${action.verb} succeeded for release msp/${name}.v${action.version} with chart ${chart}`;
		report(
			cluster,
			release,
			[
				{type: 'Ready', status: 'True', reason: `${word}Succeeded`, message},
				{type: 'Released', status: 'True', reason: `${word}Succeeded`, message},
			],
			{
				lastAppliedRevision: manifest.version,
				history: [
					{name, namespace: 'msp', version: action.version, chartVersion: manifest.version, status: 'deployed'},
				],
			},
		);
		emit(cluster, release, 'Normal', `${word}Succeeded`, message, 'helm-controller');
		return;
	}
	if (now - action.since < (trouble?.afterMs ?? waitsMs)) return;
	Object.assign(action, {state: 'failed', since: now});
	const message = `Helm ${action.verb} failed for ${subject}: ${trouble?.message ?? 'context deadline exceeded'}`;
	report(cluster, release, [
		{type: 'Ready', status: 'False', reason: `${word}Failed`, message},
		{type: 'Released', status: 'False', reason: `${word}Failed`, message},
	]);
	emit(cluster, release, 'Warning', `${word}Failed`, message, 'helm-controller');
}

const hasDrifted = (
	{store}: Cluster,
	components: readonly Component[],
	manifest: ReleaseManifest,
	values: unknown,
): boolean =>
	components.some(one =>
		render(one, manifest, imagesIn(values, manifest)).some(
			draft => store.get(draft.kind, draft.metadata.namespace, draft.metadata.name) === undefined,
		),
	);

/** What the chart renders, over what is there; a Job of another version is replaced, claims are kept as they are. */
function applyComponent(cluster: Cluster, component: Component, manifest: ReleaseManifest, values: unknown): void {
	const {store} = cluster;
	for (const draft of render(component, manifest, imagesIn(values, manifest))) {
		const {namespace, name} = draft.metadata;
		let present = store.get(draft.kind, namespace, name);
		if (draft.kind === 'PersistentVolumeClaim' && present !== undefined) continue;
		const template = (object: unknown) => JSON.stringify(at(object, 'spec', 'template', 'spec', 'containers'));
		if (draft.kind === 'Job' && present !== undefined && template(present) !== template(draft)) {
			store.remove('Job', namespace, name);
			present = undefined;
		}
		store.put({...present, ...draft, metadata: {...present?.metadata, ...draft.metadata}});
	}
}
