import assert from 'node:assert/strict';
import {readFile, writeFile} from 'node:fs/promises';
import {after, before, describe, test} from 'node:test';
import type {Cluster, KubeObject} from '../../server/cluster/cluster.ts';
import {identityObjects} from '../../server/cluster/identity.ts';
import {type ClusterOptions, openCluster} from '../../server/cluster/open.ts';
import {systemClock} from '../../server/engine/clock.ts';
import type {ClusterFacts} from '../../shared/facts/cluster.ts';
import {lastSeen} from '../../shared/facts/fact.ts';
import type {Result} from '../../shared/problem.ts';
import {availability, type BinaryName} from './binaries.ts';
import {type RunningCluster, startCluster} from './cluster.ts';
import {createNamespace, deployment, outcomeAnnotations} from './objects.ts';
import {startRelay} from './proxy.ts';

const needed: readonly BinaryName[] = ['etcd', 'kube-apiserver', 'kube-controller-manager', 'kube-scheduler', 'kwok'];
const available = await availability(needed);

const fluxKinds = [
	['source.toolkit.fluxcd.io', 'v1', 'OCIRepository', 'ocirepositories'],
	['kustomize.toolkit.fluxcd.io', 'v1', 'Kustomization', 'kustomizations'],
	['helm.toolkit.fluxcd.io', 'v2', 'HelmRelease', 'helmreleases'],
] as const;

function definition([group, name, kind, plural]: (typeof fluxKinds)[number]): KubeObject {
	const schema = {openAPIV3Schema: {type: 'object', 'x-kubernetes-preserve-unknown-fields': true}};
	return {
		apiVersion: 'apiextensions.k8s.io/v1',
		kind: 'CustomResourceDefinition',
		metadata: {name: `${plural}.${group}`},
		spec: {
			group,
			scope: 'Namespaced',
			names: {kind, plural, singular: kind.toLowerCase(), listKind: `${kind}List`},
			versions: [{name, served: true, storage: true, schema}],
		},
	};
}

/** Waits until the facts are so, told by the watch alone; fails with what they were. */
async function until(
	cluster: Cluster,
	what: string,
	holds: (facts: ClusterFacts) => boolean,
	ms = 60_000,
): Promise<ClusterFacts> {
	const {promise, resolve, reject} = Promise.withResolvers<void>();
	const summary = () =>
		Object.entries(cluster.facts())
			.map(([name, fact]) => `${name}: ${JSON.stringify(fact).slice(0, 300)}`)
			.join('\n');
	const deadline = setTimeout(() => reject(new Error(`${what}: not within ${ms} ms\n${summary()}`)), ms);
	const look = () => holds(cluster.facts()) && resolve();
	using _ = cluster.watch(look);
	look();
	await promise.finally(() => clearTimeout(deadline));
	return cluster.facts();
}

function must<T>(result: Result<T>): T {
	if (!result.ok) throw new Error(JSON.stringify(result.problem));
	return result.value;
}

describe('the Cluster port on a real Kubernetes', {skip: available.state === 'absent' && available.why}, () => {
	let plane: RunningCluster;
	const signal = AbortSignal.timeout(300_000);
	before(async () => {
		plane = await startCluster({nodes: 1});
		for (const name of ['msp', 'alga-system']) await createNamespace(plane, name);
	});
	after(() => plane?.stop());

	const open = (options: Partial<ClusterOptions> = {}) =>
		openCluster({readKubeconfig: () => readFile(plane.kubeconfigPath, 'utf8'), clock: systemClock, signal, ...options});
	const podsNamed = (facts: ClusterFacts, app: string) =>
		(lastSeen(facts.pods) ?? []).filter(each => each.labels.app === app);

	test('what is applied appears, becomes ready and goes', async () => {
		await using cluster = open();
		assert.match(must(await cluster.ready(signal)).version, /^v1\./u);
		const web = deployment('msp', 'appears', {replicas: 2});
		must(await cluster.apply(web, signal));
		const facts = await until(
			cluster,
			'two ready pods and their deployment',
			given =>
				podsNamed(given, 'appears').filter(pod => pod.containers[0]?.ready).length === 2 &&
				lastSeen(given.workloads)?.some(
					each => each.kind === 'Deployment' && each.name === 'appears' && each.available === 2,
				) === true,
		);
		const [pod] = podsNamed(facts, 'appears');
		assert.equal(pod?.owner?.kind, 'ReplicaSet');
		assert.equal(pod?.node, 'node-0');
		const id = {apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'msp', name: 'appears'};
		assert.equal(
			must(await cluster.patch(id, {metadata: {annotations: {'reconcile.fluxcd.io/requestedAt': '1'}}}, signal))
				.metadata.annotations?.['reconcile.fluxcd.io/requestedAt'],
			'1',
		);
		const managers = JSON.stringify(must(await cluster.get(id, signal))?.metadata);
		assert.match(managers, /"manager":"alga-appliance","operation":"Apply"/u);
		must(await cluster.remove(id, signal));
		must(await cluster.remove(id, signal));
		await until(cluster, 'its pods are gone', given => podsNamed(given, 'appears').length === 0);
		assert.equal(must(await cluster.get(id, signal)), undefined);
	});

	test('a restart of the API server shows as stale and heals, and what changed meanwhile is there', async () => {
		await using cluster = open();
		await until(cluster, 'known', ({pods, api}) => pods.state === 'known' && api.state === 'known');
		await plane.stopApiServer();
		const down = await until(cluster, 'stale', ({pods, nodes, api}) =>
			[pods, nodes, api].every(fact => fact.state === 'stale'),
		);
		assert.equal(lastSeen(down.nodes)?.length, 1);
		await plane.restartApiServer();
		await until(cluster, 'known again', ({pods, nodes, api}) =>
			[pods, nodes, api].every(fact => fact.state === 'known'),
		);
		must(await cluster.apply(deployment('msp', 'after-restart'), signal));
		await until(cluster, 'a pod made after it', facts => podsNamed(facts, 'after-restart').length === 1);
	});

	test('a frozen etcd makes the facts stale though every connection stands', async () => {
		await using cluster = open();
		await until(cluster, 'known', ({pods, api}) => pods.state === 'known' && api.state === 'known');
		plane.freezeEtcd();
		try {
			await until(cluster, 'stale', ({pods, api}) => pods.state === 'stale' && api.state === 'stale');
		} finally {
			plane.thawEtcd();
		}
		await until(cluster, 'known again', ({pods, api}) => pods.state === 'known' && api.state === 'known');
	});

	test('connections cut in the middle of an answer lose nothing', async () => {
		await using relay = await startRelay(plane.url);
		const text = (await readFile(plane.kubeconfigPath, 'utf8')).replace(plane.url, relay.url);
		await using cluster = open({readKubeconfig: async () => text});
		await until(cluster, 'known', ({pods}) => pods.state === 'known');
		await using direct = open();
		for (const [index, bytes] of [40_000, 3000, 9000].entries()) {
			relay.cutAfter(bytes);
			must(await direct.apply(deployment('msp', `cut-${index}`, {replicas: 3}), signal));
			await until(direct, 'the pods are there', facts => podsNamed(facts, `cut-${index}`).length === 3);
			relay.cutAfter(Number.POSITIVE_INFINITY);
		}
		const wanted = lastSeen(direct.facts().pods)
			?.map(each => each.name)
			.sort();
		await until(
			cluster,
			'the same pods through the relay',
			({pods}) =>
				pods.state === 'known' && JSON.stringify(pods.value.map(each => each.name).sort()) === JSON.stringify(wanted),
		);
	});

	test('Flux is unknown until its kinds are defined, and unknown again once they are taken away', async () => {
		await using cluster = open();
		await until(cluster, 'unknown with a reason', ({flux, pods}) => pods.state === 'known' && flux.state === 'unknown');
		for (const each of fluxKinds) must(await cluster.apply(definition(each), signal));
		// At once: the kind may not be served yet, which is the port's business and not the caller's.
		must(
			await cluster.apply(
				{
					apiVersion: 'helm.toolkit.fluxcd.io/v2',
					kind: 'HelmRelease',
					metadata: {name: 'temporal', namespace: 'alga-system'},
					spec: {suspend: true, dependsOn: [{name: 'core'}]},
				},
				signal,
			),
		);
		const {flux} = await until(
			cluster,
			'the release',
			facts => lastSeen(facts.flux)?.some(each => each.name === 'temporal') === true && facts.flux.state === 'known',
		);
		assert.partialDeepStrictEqual(lastSeen(flux), [
			{kind: 'HelmRelease', namespace: 'alga-system', name: 'temporal', suspended: true, dependsOn: ['core']},
		]);
		for (const each of fluxKinds)
			must(
				await cluster.remove(
					{
						apiVersion: 'apiextensions.k8s.io/v1',
						kind: 'CustomResourceDefinition',
						name: definition(each).metadata.name,
					},
					signal,
				),
			);
		await until(cluster, 'unknown', facts => facts.flux.state === 'unknown');
	});

	test('a namespace deleted under us takes its objects along', async () => {
		await using cluster = open({namespaces: ['msp', 'doomed']});
		await createNamespace(plane, 'doomed');
		must(await cluster.apply(deployment('doomed', 'web', {replicas: 3}), signal));
		await until(cluster, 'its pods', facts => podsNamed(facts, 'web').length === 3);
		must(await cluster.remove({apiVersion: 'v1', kind: 'Namespace', name: 'doomed'}, signal));
		const left = ({pods, workloads, events}: ClusterFacts) =>
			[...(lastSeen(pods) ?? []), ...(lastSeen(workloads) ?? []), ...(lastSeen(events) ?? [])].filter(
				each => each.namespace === 'doomed',
			);
		await until(cluster, 'nothing of it', facts => left(facts).length === 0);
	});

	test('the last lines of a crashing container are in the facts', async () => {
		await writeFile(
			plane.containerLog.previous,
			'2026-01-01T00:00:00.000000000Z stdout F connecting\n2026-01-01T00:00:01.000000000Z stderr F fatal: no such database\n',
		);
		await using cluster = open();
		must(
			await cluster.apply(deployment('msp', 'crashing', {annotations: outcomeAnnotations('CrashLoopBackOff')}), signal),
		);
		const {logs} = await until(cluster, 'an excerpt', facts =>
			facts.logs.some(each => each.previous && each.pod.startsWith('crashing')),
		);
		assert.match(
			logs.find(each => each.pod.startsWith('crashing'))?.lines.join('\n') ?? '',
			/fatal: no such database/u,
		);
		must(await cluster.remove({apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'msp', name: 'crashing'}, signal));
	});

	test('once our own identity exists it is what reads, and it may do no more than that', async () => {
		await using admin = open();
		for (const object of identityObjects()) must(await admin.apply(object, signal));
		await using cluster = open();
		const facts = await until(cluster, 'every kind but Flux known', given =>
			(['nodes', 'pods', 'workloads', 'jobs', 'claims', 'events', 'storageClasses', 'secrets', 'api'] as const).every(
				kind => given[kind].state === 'known',
			),
		);
		assert.ok(!JSON.stringify(facts).includes(plane.adminToken));
		// Taken away, reading goes on as the administrator.
		must(
			await admin.remove(
				{apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRoleBinding', name: 'alga-appliance'},
				signal,
			),
		);
		await using later = open();
		await until(later, 'known all the same', ({pods}) => pods.state === 'known');
	});

	test('a refusal says what was asked, never a value of a secret', async () => {
		await using cluster = open();
		const refused = await cluster.apply(
			{
				apiVersion: 'v1',
				kind: 'Secret',
				metadata: {name: 'Bad_Name', namespace: 'msp'},
				stringData: {password: 'hunter2'},
			},
			signal,
		);
		assert.equal(!refused.ok && refused.problem.code, 'cluster.rejected');
		assert.doesNotMatch(JSON.stringify(refused), /hunter2|aHVudGVyMg/u);
	});
});
