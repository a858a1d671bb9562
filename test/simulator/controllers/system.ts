import {stamp} from '../kube/store.ts';
import {type Cluster, type Controller, setStatus} from './cluster.ts';
import {conditions} from './shapes.ts';

/** After the API is up: the node registers, then the bundled manifests are applied, then the node is Ready. */
const registersMs = 4000;
const addonsMs = 6000;
const readyMs = 15_000;

/** The node and what k3s brings with itself: CoreDNS, local-path storage, metrics. */
export function makeSystem(): {readonly tick: Controller; readonly started: (at: number) => void} {
	let startedAt: number | undefined;
	return {
		started: moment => {
			startedAt = moment;
		},
		tick: cluster => {
			if (startedAt === undefined) return;
			const up = cluster.clock.now() - startedAt;
			if (up < registersMs) return;
			node(cluster, up >= readyMs ? 'ready' : 'starting');
			if (up >= addonsMs) addons(cluster);
		},
	};
}

function node(cluster: Cluster, state: 'ready' | 'starting'): void {
	const {store, clock, node: self, conditions: world} = cluster;
	const name = self.name();
	const version = self.version();
	const present =
		store.get('Node', undefined, name) ??
		store.put({
			apiVersion: 'v1',
			kind: 'Node',
			metadata: {
				name,
				labels: {
					'kubernetes.io/hostname': name,
					'kubernetes.io/arch': 'amd64',
					'kubernetes.io/os': 'linux',
					'node-role.kubernetes.io/control-plane': 'true',
					'node-role.kubernetes.io/etcd': 'true',
				},
			},
			spec: {podCIDR: '10.42.0.0/24', providerID: `k3s://${name}`},
		});
	const usual = (type: string, reason: string, message: string) => ({type, status: 'False' as const, reason, message});
	setStatus(cluster, present, {
		capacity: {cpu: String(world.cpuCores), memory: `${Math.round(world.memoryBytes / 1024)}Ki`, pods: '110'},
		addresses: [
			{type: 'InternalIP', address: self.address()},
			{type: 'Hostname', address: name},
		],
		nodeInfo: {
			kubeletVersion: version,
			osImage: 'Ubuntu 24.04.2 LTS',
			kernelVersion: '6.8.0-57-generic',
			architecture: 'amd64',
			operatingSystem: 'linux',
			containerRuntimeVersion: 'containerd://2.0.5-k3s1',
		},
		conditions: conditions(
			present,
			[
				usual('MemoryPressure', 'KubeletHasSufficientMemory', 'kubelet has sufficient memory available'),
				usual('DiskPressure', 'KubeletHasNoDiskPressure', 'kubelet has no disk pressure'),
				usual('PIDPressure', 'KubeletHasSufficientPID', 'kubelet has sufficient PID available'),
				state === 'ready'
					? {type: 'Ready', status: 'True', reason: 'KubeletReady', message: 'kubelet is posting ready status'}
					: {
							type: 'Ready',
							status: 'False',
							reason: 'KubeletNotReady',
							message: 'container runtime network not ready: cni plugin not initialized',
						},
			],
			stamp(clock.now()),
		),
	});
}

const bundled = [
	{name: 'coredns', image: 'rancher/mirrored-coredns-coredns:1.12.1'},
	{name: 'local-path-provisioner', image: 'rancher/local-path-provisioner:v0.0.31'},
	{name: 'metrics-server', image: 'rancher/mirrored-metrics-server:v0.7.2'},
];

/** What k3s's own image archive holds. */
export const bundledImages: readonly string[] = [
	...bundled.map(one => one.image),
	'rancher/mirrored-library-busybox:1.37.0',
];

function addons(cluster: Cluster): void {
	const {store} = cluster;
	if (store.get('StorageClass', undefined, 'local-path') === undefined) {
		store.put({
			apiVersion: 'storage.k8s.io/v1',
			kind: 'StorageClass',
			metadata: {name: 'local-path', annotations: {'storageclass.kubernetes.io/is-default-class': 'true'}},
			provisioner: 'rancher.io/local-path',
			reclaimPolicy: 'Delete',
			volumeBindingMode: 'WaitForFirstConsumer',
		});
	}
	for (const {name, image} of bundled) {
		if (store.get('Deployment', 'kube-system', name) !== undefined) continue;
		const labels = {app: name, 'k8s-app': name === 'coredns' ? 'kube-dns' : name};
		store.put({
			apiVersion: 'apps/v1',
			kind: 'Deployment',
			metadata: {name, namespace: 'kube-system', labels, annotations: {'objectset.rio.cattle.io/owner-name': name}},
			spec: {
				replicas: 1,
				selector: {matchLabels: labels},
				template: {metadata: {labels}, spec: {containers: [{name, image}]}},
			},
		});
	}
}

/** Namespaces that every cluster has from its first moment. */
export function firstObjects({store}: Pick<Cluster, 'store'>): void {
	for (const name of ['default', 'kube-system', 'kube-public', 'kube-node-lease']) {
		if (store.get('Namespace', undefined, name) !== undefined) continue;
		store.put({
			apiVersion: 'v1',
			kind: 'Namespace',
			metadata: {name, labels: {'kubernetes.io/metadata.name': name}},
			status: {phase: 'Active'},
		});
	}
}
