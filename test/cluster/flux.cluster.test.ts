import assert from 'node:assert/strict';
import {copyFile, mkdir} from 'node:fs/promises';
import {join} from 'node:path';
import {after, before, describe, test} from 'node:test';
import {AppsV1Api, CustomObjectsApi} from '@kubernetes/client-node';
import {stringify} from 'yaml';
import * as z from 'zod';
import {flux as trimFlux} from '../../server/cluster/trim/flux.ts';
import {sourceObjects} from '../../server/operations/setup/source.ts';
import {readKeys} from '../../server/registry/site.ts';
import {diagnose} from '../../shared/diagnosis/diagnose.ts';
import {known} from '../../shared/facts/fact.ts';
import {ok} from '../../shared/problem.ts';
import {ReleaseManifest} from '../../shared/release/manifest.ts';
import {openPublisher, type Publisher} from '../e2e/registry/publisher.ts';
import {sampleKey, sampleRelease} from '../harness/release.ts';
import {toSituation} from '../signals/adapter.ts';
import {CaseFile} from '../signals/cases.ts';
import {availability} from './binaries.ts';
import {until} from './child.ts';
import {type RunningCluster, startCluster} from './cluster.ts';
import {fluxPrograms, startFlux} from './flux.ts';
import {createNamespace, outcomeAnnotations} from './objects.ts';
import {registryAvailable, type TestRegistry} from './registry.ts';
import {type AnyObject, apply} from './rest.ts';

const available = await availability([
	...(['etcd', 'kube-apiserver', 'kube-controller-manager', 'kube-scheduler', 'kwok'] as const),
	...fluxPrograms,
]);
const why = available.state === 'absent' ? available.why : !registryAvailable() && 'docker-registry is not installed';

const conditions = z.object({
	metadata: z.object({generation: z.number().optional()}),
	status: z
		.object({
			observedGeneration: z.number().optional(),
			conditions: z.array(z.object({type: z.string(), status: z.string(), reason: z.string(), message: z.string()})),
		})
		.optional(),
});

/** What is looked at has stood for so long: nothing is called wrong in its first moments. */
const aWhile = 10 * 60_000;

const plurals = {
	OCIRepository: {group: 'source.toolkit.fluxcd.io', version: 'v1', plural: 'ocirepositories'},
	Kustomization: {group: 'kustomize.toolkit.fluxcd.io', version: 'v1', plural: 'kustomizations'},
	HelmRelease: {group: 'helm.toolkit.fluxcd.io', version: 'v2', plural: 'helmreleases'},
	HelmChart: {group: 'source.toolkit.fluxcd.io', version: 'v1', plural: 'helmcharts'},
} as const;

describe('real Flux controllers', {skip: why}, () => {
	let cluster: RunningCluster;
	let registry: TestRegistry;
	before(async () => {
		cluster = await startCluster({nodes: 1});
		registry = await startFlux(cluster);
		await createNamespace(cluster, 'msp');
	});
	after(async () => {
		await cluster?.stop();
	});

	/** Resolves with the Ready condition once it has the wanted status and is about the latest generation. */
	const readyIs = (
		status: 'True' | 'False',
		kind: keyof typeof plurals,
		namespace: string,
		name: string,
		reason?: string,
	) => {
		const api = cluster.kubeConfig.makeApiClient(CustomObjectsApi);
		return until(
			`${kind} ${namespace}/${name} has Ready ${status} ${reason ?? ''}`,
			async () => {
				const object = conditions.parse(await api.getNamespacedCustomObject({...plurals[kind], namespace, name}));
				const found = object.status?.conditions.find(({type}) => type === 'Ready');
				if (found?.status === status && (reason === undefined || found.reason === reason)) return found;
				throw new Error(JSON.stringify(object.status));
			},
			{
				children: cluster.workspace
					.children()
					.filter(child => child.name.endsWith('ze-controller') || child.name === 'helm-controller'),
			},
		);
	};
	const put = (object: AnyObject) => apply(cluster, object);
	const read = async (kind: keyof typeof plurals, namespace: string, name: string) =>
		conditions.parse(
			await cluster.kubeConfig
				.makeApiClient(CustomObjectsApi)
				.getNamespacedCustomObject({...plurals[kind], namespace, name}),
		);
	/** What is made of an object when it is all there is to see. */
	const causes = async (kind: keyof typeof plurals, name: string, namespace = 'flux-system') => {
		const api = cluster.kubeConfig.makeApiClient(CustomObjectsApi);
		const seen = trimFlux(kind)(await api.getNamespacedCustomObject({...plurals[kind], namespace, name}));
		const now = Date.now() + aWhile;
		const {facts, ...situation} = toSituation(
			CaseFile.parse({components: {}}),
			{stage: 'install', loginReady: false},
			[],
		);
		return diagnose({
			...situation,
			facts: {...facts, cluster: {...facts.cluster, flux: known([seen], now)}},
			context: {...situation.context, now},
			previous: [],
		}).map(({cause}) => cause);
	};
	/** Puts the source of release 1.1.0 as setup does, under a name of its own, for who trusts one key. */
	const treeOf = async (desk: Publisher) => {
		const {out} = await desk.run('release', 'show', '1.1.0', '--json');
		const manifest = ReleaseManifest.parse(JSON.parse(out).manifest);
		return async (name: string, trusted: string) => {
			const folder = join(desk.folder, name);
			await mkdir(folder);
			await copyFile(join(desk.trust, `${trusted}.pub`), join(folder, `${trusted}.pub`));
			const objects = await sourceObjects(
				{
					site: {policy: 'require', mirrors: () => ({}), keys: () => readKeys(folder), ca: undefined},
					files: async () => ok(new Map()),
					signal: AbortSignal.timeout(60_000),
					log: () => undefined,
				},
				{manifest, signedBy: trusted},
			);
			assert.ok(objects.ok);
			const url = `oci://${desk.registry.host}/${manifest.config.repository.replace(/^[^/]+\//, '')}`;
			for (const {kind, metadata, spec, ...object} of objects.value)
				if (kind === 'Secret') await put({kind, ...object, metadata: {...metadata, namespace: 'flux-system', name}});
				else if (kind === 'OCIRepository')
					await put({
						...{kind, ...object, metadata: {namespace: 'flux-system', name}},
						spec: {...Object(spec), url, insecure: true, verify: {provider: 'cosign', secretRef: {name}}},
					});
		};
	};

	/** Publishes a chart with one Deployment, `values.annotations` on its pods. */
	const pushChart = (name: string) =>
		registry.push({
			kind: 'helm',
			repository: `charts/${name}`,
			tag: '1.0.0',
			config: {apiVersion: 'v2', name, version: '1.0.0'},
			files: {
				[`${name}/Chart.yaml`]: stringify({apiVersion: 'v2', name, version: '1.0.0'}),
				[`${name}/values.yaml`]: stringify({annotations: {}}),
				[`${name}/templates/deployment.yaml`]: chartTemplate,
			},
		});
	const pushConfig = (repository: string, files: Record<string, readonly object[]>) => {
		const asYaml = Object.entries(files).map(([name, objects]) => [
			name,
			objects.map(object => stringify(object)).join('---\n'),
		]);
		return registry.push({kind: 'flux', repository, tag: 'stable', files: Object.fromEntries(asYaml)});
	};
	const source = (name: string, repository: string, ref: object) => ({
		apiVersion: 'source.toolkit.fluxcd.io/v1',
		kind: 'OCIRepository',
		metadata: {namespace: 'flux-system', name},
		spec: {interval: '1m', insecure: true, url: `oci://${registry.host}/${repository}`, ref},
	});

	test('the tree OCIRepository, Kustomizations in order, HelmRelease comes up from a registry', async () => {
		const chart = await pushChart('sebastian');
		const config = await pushConfig('alga/config', {
			'root/tree.yaml': [
				kustomization('alga-platform', 'alga-release', './platform'),
				kustomization('alga-core', 'alga-release', './core', {dependsOn: [{name: 'alga-platform'}]}),
			],
			'platform/values.yaml': [
				{
					apiVersion: 'v1',
					kind: 'ConfigMap',
					metadata: {namespace: 'msp', name: 'appliance-values-alga-core'},
					data: {'values.yaml': stringify({replicas: 2})},
				},
			],
			'core/release.yaml': [
				source('sebastian', 'charts/sebastian', {digest: chart}),
				helmRelease('alga-core', 'sebastian', {valuesFrom: [{kind: 'ConfigMap', name: 'appliance-values-alga-core'}]}),
			],
		});
		await put(source('alga-release', 'alga/config', {digest: config}));
		await put(kustomization('alga-root', 'alga-release', './root'));
		assert.equal(
			(await readyIs('True', 'Kustomization', 'flux-system', 'alga-core')).reason,
			'ReconciliationSucceeded',
		);
		assert.equal((await readyIs('True', 'HelmRelease', 'msp', 'alga-core')).reason, 'InstallSucceeded');
		const apps = cluster.kubeConfig.makeApiClient(AppsV1Api);
		const {status} = await apps.readNamespacedDeployment({namespace: 'msp', name: 'alga-core'});
		assert.equal(status?.readyReplicas, 2);
	});

	test("a site's mirror reaches the charts of a tree through the Kustomizations that apply it", async () => {
		const chart = {
			...source('chart-moved', 'x', {tag: '1'}),
			spec: {interval: '1h', url: 'oci://charts.example/charts/moved'},
		};
		const tree = {
			'profiles/single-node/tiers.yaml': [kustomization('moved-core', 'alga-appliance', './base/core')],
			'base/core/chart.yaml': [chart],
		};
		const digest = await pushConfig('alga/moved', tree);
		const {manifest} = await sampleRelease('1.0.0', sampleKey());
		const files = new Map(
			Object.entries(tree).map(([path, objects]) => [path, objects.map(object => stringify(object)).join('---\n')]),
		);
		const objects = await sourceObjects(
			{
				site: {
					policy: 'allow-unsigned',
					mirrors: () => ({'charts.example': 'http://mirror.example:5000/all'}),
					keys: async () => [],
					ca: undefined,
				},
				files: async () => ok(files),
				signal: AbortSignal.timeout(60_000),
				log: () => undefined,
			},
			{
				manifest: {
					...manifest,
					config: {repository: 'charts.example/alga/moved', digest},
					charts: [{name: 'moved', repository: 'charts.example/charts/moved', version: '1.0.0', digest}],
				},
			},
		);
		assert.ok(objects.ok);
		// Its own source is the test's registry; the root is the product's, patches and all.
		await put(source('alga-appliance', 'alga/moved', {digest}));
		const root = objects.value.at(-1);
		assert.equal(root?.kind, 'Kustomization');
		if (root !== undefined) await put({...root, metadata: {namespace: 'flux-system', ...root.metadata}});
		await readyIs('True', 'Kustomization', 'flux-system', 'moved-core');
		const api = cluster.kubeConfig.makeApiClient(CustomObjectsApi);
		const moved = z
			.object({spec: z.object({url: z.string(), insecure: z.boolean().optional()})})
			.parse(
				await api.getNamespacedCustomObject({...plurals.OCIRepository, namespace: 'flux-system', name: 'chart-moved'}),
			);
		assert.deepEqual(moved.spec, {url: 'oci://mirror.example:5000/all/charts/moved', insecure: true});
	});

	test('a release whose image cannot be pulled fails its install with a deadline and no word of the image', async () => {
		await pushChart('email');
		await put(source('email', 'charts/email', {tag: '1.0.0'}));
		const values = {annotations: outcomeAnnotations('ImagePullBackOff', 'manifest unknown')};
		await put(helmRelease('email-service', 'email', {timeout: '3s', values}));
		const ready = await readyIs('False', 'HelmRelease', 'msp', 'email-service', 'InstallFailed');
		assert.match(ready.message, /deadline|timeout|not ready/i);
		assert.doesNotMatch(ready.message, /manifest unknown/);
		assert.match(String(await causes('HelmRelease', 'email-service', 'msp')), /^helm-(?:timeout|retries-exhausted)$/);
	});

	test('a missing artifact is told by its source, and by the Kustomization that waits for it', async () => {
		await put(source('lost', 'alga/lost', {tag: 'stable'}));
		await put(kustomization('lost', 'lost', './'));
		assert.equal((await readyIs('False', 'OCIRepository', 'flux-system', 'lost')).reason, 'OCIArtifactPullFailed');
		assert.deepEqual(await causes('OCIRepository', 'lost'), ['release-not-found']);
		assert.equal((await readyIs('False', 'Kustomization', 'flux-system', 'lost')).reason, 'ArtifactFailed');
	});

	test("a tree signed by a trusted key is taken; an unsigned one and a stranger's are refused, and called so", async () => {
		await using desk = await openPublisher();
		const key = await desk.key('publisher');
		await desk.key('stranger');
		const layout = join(desk.folder, 'layout');
		await desk.run('release', 'build', await desk.draft('1.1.0'), '-o', layout);
		await desk.run('release', 'push', layout);
		const checkedTree = await treeOf(desk);
		await checkedTree('unsigned', 'publisher');
		assert.equal((await readyIs('False', 'OCIRepository', 'flux-system', 'unsigned')).reason, 'VerificationError');
		assert.deepEqual(await causes('OCIRepository', 'unsigned'), ['signature-invalid']);

		assert.equal((await desk.run('release', 'sign', '1.1.0', '--key', key)).code, 0);
		await checkedTree('signed', 'publisher');
		await readyIs('True', 'OCIRepository', 'flux-system', 'signed');
		const verified = (await read('OCIRepository', 'flux-system', 'signed')).status?.conditions ?? [];
		assert.equal(verified.find(({type}) => type === 'SourceVerified')?.status, 'True');

		await checkedTree('foreign', 'stranger');
		assert.equal((await readyIs('False', 'OCIRepository', 'flux-system', 'foreign')).reason, 'VerificationError');
		assert.deepEqual(await causes('OCIRepository', 'foreign'), ['signature-invalid']);
	});

	test('a chart by version from a repository of charts is fetched, and one that is not there is called so', async () => {
		await pushChart('known');
		await put({
			apiVersion: 'source.toolkit.fluxcd.io/v1',
			kind: 'HelmRepository',
			metadata: {namespace: 'flux-system', name: 'charts'},
			spec: {type: 'oci', insecure: true, interval: '1m', url: `oci://${registry.host}/charts`},
		});
		for (const [name, version] of [
			['known', '1.0.0'],
			['unknown', '9.9.9'],
		] as const)
			await put({
				apiVersion: 'source.toolkit.fluxcd.io/v1',
				kind: 'HelmChart',
				metadata: {namespace: 'flux-system', name},
				spec: {interval: '1m', chart: name, version, sourceRef: {kind: 'HelmRepository', name: 'charts'}},
			});
		await readyIs('True', 'HelmChart', 'flux-system', 'known');
		await readyIs('False', 'HelmChart', 'flux-system', 'unknown');
		assert.deepEqual(await causes('HelmChart', 'unknown'), ['chart-unavailable']);
	});

	test('a Kustomization whose dependency is not ready waits for it by name', async () => {
		await pushConfig('alga/waiting', {
			'a/empty.yaml': [{apiVersion: 'v1', kind: 'ConfigMap', metadata: {namespace: 'msp', name: 'a'}}],
		});
		await put(source('waiting', 'alga/waiting', {tag: 'stable'}));
		await put(kustomization('waiting', 'waiting', './a', {dependsOn: [{name: 'lost-for-ever'}]}));
		const ready = await readyIs('False', 'Kustomization', 'flux-system', 'waiting', 'DependencyNotReady');
		assert.match(ready.message, /lost-for-ever/);
		assert.deepEqual(await causes('Kustomization', 'waiting'), ['flux-dependency-blocked']);
	});

	test('a manifest that the API refuses fails the Kustomization with the reason', async () => {
		const broken = {apiVersion: 'v1', kind: 'ConfigMap', metadata: {namespace: 'nowhere', name: 'a'}};
		await pushConfig('alga/broken', {'a/broken.yaml': [broken]});
		await put(source('broken', 'alga/broken', {tag: 'stable'}));
		await put(kustomization('broken', 'broken', './a'));
		const ready = await readyIs('False', 'Kustomization', 'flux-system', 'broken', 'ReconciliationFailed');
		assert.match(ready.message, /namespaces? "nowhere"|nowhere.*not found/i);
		assert.deepEqual(await causes('Kustomization', 'broken'), ['apply-rejected']);
	});
});

const chartTemplate = `apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ .Release.Name }}
spec:
  replicas: {{ .Values.replicas | default 1 }}
  selector: {matchLabels: {app: {{ .Release.Name }}}}
  template:
    metadata:
      labels: {app: {{ .Release.Name }}}
      annotations: {{ toJson .Values.annotations }}
    spec:
      containers:
        - {name: main, image: registry.local/app:1}
`;

function kustomization(name: string, sourceName: string, path: string, extra: object = {}) {
	return {
		apiVersion: 'kustomize.toolkit.fluxcd.io/v1',
		kind: 'Kustomization',
		metadata: {namespace: 'flux-system', name},
		spec: {
			interval: '1m',
			retryInterval: '2s',
			prune: false,
			path,
			sourceRef: {kind: 'OCIRepository', name: sourceName},
			...extra,
		},
	};
}

function helmRelease(name: string, chart: string, extra: object = {}) {
	return {
		apiVersion: 'helm.toolkit.fluxcd.io/v2',
		kind: 'HelmRelease',
		metadata: {namespace: 'msp', name},
		spec: {interval: '1m', chartRef: {kind: 'OCIRepository', name: chart, namespace: 'flux-system'}, ...extra},
	};
}
