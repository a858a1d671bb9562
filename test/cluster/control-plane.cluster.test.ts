import assert from 'node:assert/strict';
import {writeFile} from 'node:fs/promises';
import {after, before, describe, test} from 'node:test';
import {connect} from 'node:tls';
import {AppsV1Api, AuthorizationV1Api, CoreV1Api, KubeConfig, Watch} from '@kubernetes/client-node';
import {execa} from 'execa';
import {availability, type BinaryName, binaryPath} from './binaries.ts';
import {until} from './child.ts';
import {type RunningCluster, startCluster} from './cluster.ts';
import {
	claim,
	createNamespace,
	deployment,
	deploymentReady,
	job,
	jobEnded,
	outcomeAnnotations,
	volumeFor,
} from './objects.ts';
import {apply, patchStatus} from './rest.ts';

const needed: readonly BinaryName[] = [
	...(['etcd', 'kube-apiserver', 'kube-controller-manager', 'kube-scheduler', 'kwok', 'kubectl'] as const),
];
const available = await availability(needed);

describe('a real Kubernetes on loopback', {skip: available.state === 'absent' && available.why}, () => {
	let cluster: RunningCluster;
	let core: CoreV1Api;
	before(async () => {
		cluster = await startCluster({nodes: 1});
		core = cluster.kubeConfig.makeApiClient(CoreV1Api);
	});
	after(() => cluster?.stop());

	const podOf = async (namespace: string, app: string) => {
		const {items} = await core.listNamespacedPod({namespace, labelSelector: `app=${app}`});
		return items[0];
	};
	const waitingReason = async (namespace: string, app: string) => {
		const pod = await podOf(namespace, app);
		return pod?.status?.containerStatuses?.[0]?.state?.waiting?.reason;
	};

	test('an applied ConfigMap carries our field manager and a watch sees it', async () => {
		await createNamespace(cluster, 'applied');
		await using watch = await watchNames(cluster.kubeConfig, '/api/v1/namespaces/applied/configmaps');
		const applied = await apply(cluster, {
			apiVersion: 'v1',
			kind: 'ConfigMap',
			metadata: {namespace: 'applied', name: 'values'},
			data: {host: 'psa.example.com'},
		});
		const read = await core.readNamespacedConfigMap({namespace: 'applied', name: applied.metadata.name});
		const [fields] = read.metadata?.managedFields ?? [];
		assert.deepEqual([fields?.manager, fields?.operation], ['alga-appliance', 'Apply']);
		await until('the watch saw it', async () => (watch.seen.has('values') ? true : undefined));
	});

	test('a Deployment becomes ready, and its pods are bound to the node', async () => {
		await createNamespace(cluster, 'running');
		await apply(cluster, deployment('running', 'web', {replicas: 3}));
		await deploymentReady(cluster, 'running', 'web');
		const {items} = await core.listNamespacedPod({namespace: 'running'});
		assert.deepEqual(
			items.map(pod => `${pod.spec?.nodeName} ${pod.status?.phase}`),
			Array(3).fill('node-0 Running'),
		);
	});

	test('a StatefulSet starts its pods one after the other', async () => {
		await createNamespace(cluster, 'ordered');
		const {spec, ...rest} = deployment('ordered', 'db', {replicas: 2});
		await apply(cluster, {...rest, kind: 'StatefulSet', spec: {...spec, serviceName: 'db'}});
		const apps = cluster.kubeConfig.makeApiClient(AppsV1Api);
		await until('both are ready', async () => {
			const {status} = await apps.readNamespacedStatefulSet({namespace: 'ordered', name: 'db'});
			return status?.readyReplicas === 2 ? true : undefined;
		});
		const {items} = await core.listNamespacedPod({namespace: 'ordered'});
		assert.deepEqual(items.map(pod => pod.metadata?.name).sort(), ['db-0', 'db-1']);
	});

	test('a Job completes, and one whose pod fails is Failed', async () => {
		await createNamespace(cluster, 'jobs');
		await apply(cluster, job('jobs', 'bootstrap'));
		await apply(cluster, job('jobs', 'broken', {annotations: outcomeAnnotations('Failed', 'migration 41')}));
		assert.equal(await jobEnded(cluster, 'jobs', 'bootstrap'), 'Complete');
		assert.equal(await jobEnded(cluster, 'jobs', 'broken'), 'Failed');
	});

	for (const outcome of ['ImagePullBackOff', 'CreateContainerConfigError', 'CrashLoopBackOff'] as const) {
		test(`a pod driven to ${outcome} stays there, and heals when it is let go`, async () => {
			const namespace = `driven-${outcome.toLowerCase()}`;
			await createNamespace(cluster, namespace);
			await apply(cluster, deployment(namespace, 'web', {annotations: outcomeAnnotations(outcome, 'no such tag')}));
			await until(`the pod waits`, async () =>
				(await waitingReason(namespace, 'web')) === outcome ? true : undefined,
			);
			const pod = await podOf(namespace, 'web');
			assert.equal(pod?.status?.containerStatuses?.[0]?.state?.waiting?.message, 'no such tag');
			assert.equal(pod?.status?.conditions?.find(({type}) => type === 'Ready')?.status, 'False');
			await apply(cluster, deployment(namespace, 'web'));
			await deploymentReady(cluster, namespace, 'web');
		});
	}

	test('a running pod breaks when it is annotated, and a written status of a held pod stays', async () => {
		await createNamespace(cluster, 'breaking');
		await apply(cluster, deployment('breaking', 'web'));
		await deploymentReady(cluster, 'breaking', 'web');
		const name = (await podOf('breaking', 'web'))?.metadata?.name ?? '';
		const annotate = (annotations: Record<string, string>) =>
			apply(cluster, {apiVersion: 'v1', kind: 'Pod', metadata: {namespace: 'breaking', name, annotations}});
		await annotate(outcomeAnnotations('CrashLoopBackOff'));
		await until('it crashes', async () =>
			(await waitingReason('breaking', 'web')) === 'CrashLoopBackOff' ? true : undefined,
		);
		await annotate(outcomeAnnotations('hold'));
		await patchStatus(
			cluster,
			{apiVersion: 'v1', kind: 'Pod', metadata: {namespace: 'breaking', name}},
			{reason: 'Evicted'},
		);
		assert.equal((await core.readNamespacedPod({namespace: 'breaking', name})).status?.reason, 'Evicted');
	});

	test('a pod whose claim has no volume cannot be scheduled, and runs once there is one', async () => {
		await createNamespace(cluster, 'storage');
		await apply(cluster, claim('storage', 'data'));
		await apply(cluster, deployment('storage', 'db', {claim: 'data'}));
		await until('the scheduler says why', async () => {
			const unscheduled = (await podOf('storage', 'db'))?.status?.conditions?.find(({type}) => type === 'PodScheduled');
			return unscheduled?.reason === 'Unschedulable' ? true : undefined;
		});
		await apply(cluster, volumeFor('storage', 'data'));
		await deploymentReady(cluster, 'storage', 'db');
		const {status} = await core.readNamespacedPersistentVolumeClaim({namespace: 'storage', name: 'data'});
		assert.equal(status?.phase, 'Bound');
	});

	test('a node that is held keeps the status the test wrote', async () => {
		const node = {apiVersion: 'v1', kind: 'Node', metadata: {name: 'node-held'}};
		const conditions = [
			{type: 'Ready', status: 'False', reason: 'KubeletNotReady', message: 'container runtime is down'},
		];
		await apply(cluster, {...node, metadata: {...node.metadata, annotations: outcomeAnnotations('hold')}});
		await patchStatus(cluster, node, {conditions});
		await until('its controller has seen it', async () => {
			const {spec} = await core.readNode({name: 'node-held'});
			return spec?.taints?.some(({key}) => key === 'node.kubernetes.io/not-ready') ? true : undefined;
		});
		const {status} = await core.readNode({name: 'node-held'});
		assert.equal(status?.conditions?.find(({type}) => type === 'Ready')?.reason, 'KubeletNotReady');
	});

	test('container logs come through the API, the previous ones too', async () => {
		await createNamespace(cluster, 'logging');
		await apply(cluster, deployment('logging', 'web'));
		await deploymentReady(cluster, 'logging', 'web');
		await writeFile(cluster.containerLog.current, criLines('one', 'two', 'three'));
		await writeFile(cluster.containerLog.previous, criLines('died'));
		const name = (await podOf('logging', 'web'))?.metadata?.name ?? '';
		const where = {namespace: 'logging', name, insecureSkipTLSVerifyBackend: true};
		assert.equal(await core.readNamespacedPodLog({...where, tailLines: 2}), 'two\nthree\n');
		assert.equal(await core.readNamespacedPodLog({...where, previous: true}), 'died\n');
	});

	test('a deleted namespace goes away with what is in it', async () => {
		await createNamespace(cluster, 'doomed');
		await apply(cluster, deployment('doomed', 'web'));
		await deploymentReady(cluster, 'doomed', 'web');
		await core.deleteNamespace({name: 'doomed'});
		await until('it is gone', async () => {
			const {items} = await core.listNamespace();
			return items.some(({metadata}) => metadata?.name === 'doomed') ? undefined : true;
		});
	});

	test('a user without rights is refused, by RBAC', async () => {
		const kubeConfig = new KubeConfig();
		kubeConfig.loadFromFile(await cluster.kubeconfigFor('nobody-special'));
		const body = {spec: {resourceAttributes: {verb: 'list', resource: 'secrets'}}};
		const review = await kubeConfig.makeApiClient(AuthorizationV1Api).createSelfSubjectAccessReview({body});
		assert.equal(review.status?.allowed, false);
		await assert.rejects(kubeConfig.makeApiClient(CoreV1Api).listNamespacedSecret({namespace: 'default'}), {code: 403});
	});

	test('kubectl works against it', async () => {
		const kubectl = await binaryPath('kubectl');
		const {stdout} = await execa(kubectl, ['--kubeconfig', cluster.kubeconfigPath, 'get', 'nodes', '--no-headers']);
		assert.match(stdout, /^node-0 +Ready/);
	});

	test('a new serving certificate is taken up without a restart', async () => {
		const before = await servingFingerprint(cluster);
		await cluster.rotateServingCertificate();
		await until('the certificate changed', async () =>
			(await servingFingerprint(cluster)) === before ? undefined : true,
		);
	});

	test('a restarted API server answers on the same address with the same data', async () => {
		await createNamespace(cluster, 'kept');
		await cluster.stopApiServer();
		await assert.rejects(core.listNamespace());
		await cluster.restartApiServer();
		const {metadata} = await core.readNamespace({name: 'kept'});
		assert.equal(metadata?.name, 'kept');
	});

	test('while etcd is frozen writes hang, and afterwards they go on', async () => {
		cluster.freezeEtcd();
		const write = core.createNamespace({body: {metadata: {name: 'thawed'}}});
		const first = await Promise.race([write.then(() => 'written'), stalled()]);
		cluster.thawEtcd();
		assert.equal(first, 'stalled');
		assert.equal((await write).metadata?.name, 'thawed');
	});
});

/** Log lines as containerd writes them. */
function criLines(...lines: readonly string[]): string {
	return lines.map(line => `2026-01-01T00:00:00.000000000Z stdout F ${line}\n`).join('');
}

/** Half a second in which an etcd that runs would have answered many times. */
function stalled(): Promise<'stalled'> {
	return new Promise(resolve => setTimeout(() => resolve('stalled'), 500));
}

async function watchNames(
	kubeConfig: KubeConfig,
	path: string,
): Promise<AsyncDisposable & {readonly seen: Set<string>}> {
	const seen = new Set<string>();
	const see = (_phase: string, object: {readonly metadata: {readonly name: string}}) => seen.add(object.metadata.name);
	const abort = await new Watch(kubeConfig).watch(path, {}, see, () => undefined);
	return {seen, [Symbol.asyncDispose]: async () => abort.abort()};
}

function servingFingerprint({url, caPem}: RunningCluster): Promise<string> {
	const {promise, resolve, reject} = Promise.withResolvers<string>();
	const socket = connect({host: '127.0.0.1', port: Number(new URL(url).port), ca: caPem}, () => {
		resolve(socket.getPeerX509Certificate()?.fingerprint256 ?? '');
		socket.destroy();
	});
	socket.once('error', reject);
	return promise;
}
