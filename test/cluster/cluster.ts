import {writeFile} from 'node:fs/promises';
import {fileURLToPath} from 'node:url';
import {CoreV1Api, KubeConfig} from '@kubernetes/client-node';
import {binaryPath} from './binaries.ts';
import {freePort, until} from './child.ts';
import {type ControlPlane, startControlPlane} from './control-plane.ts';

/** A control plane with its controllers and scheduler, and nodes that KWOK answers for (see stages.yaml). */
export type RunningCluster = ControlPlane & {
	/** Client of the administrator. */
	readonly kubeConfig: KubeConfig;
	/** What every container's log reads, through the API: write these files. They start empty. */
	readonly containerLog: {readonly current: string; readonly previous: string};
};

const stages = fileURLToPath(new URL('stages.yaml', import.meta.url));

/** Thousands of pods should take seconds; the default is twenty requests a second. */
const unthrottled = ['--kube-api-qps=1000', '--kube-api-burst=2000'];

/** Starts all of it and resolves when `nodes` nodes are Ready. */
export async function startCluster({nodes}: {readonly nodes: number}): Promise<RunningCluster> {
	const plane = await startControlPlane();
	try {
		return await populate(plane, nodes);
	} catch (error) {
		await plane.stop();
		throw error;
	}
}

async function populate(plane: ControlPlane, nodes: number): Promise<RunningCluster> {
	const {workspace} = plane;
	const {directory} = workspace;
	const containerLog = {current: `${directory}/container.log`, previous: `${directory}/container-previous.log`};

	const controllers = await plane.kubeconfigFor('system:kube-controller-manager');
	workspace.start('kube-controller-manager', await binaryPath('kube-controller-manager'), [
		...[`--kubeconfig=${controllers}`, '--leader-elect=false', '--secure-port=0'],
		...['--use-service-account-credentials', `--service-account-private-key-file=${directory}/accounts.key`],
		...[`--root-ca-file=${directory}/ca.crt`, '--allocate-node-cidrs=false', ...unthrottled],
		'--pvclaimbinder-sync-period=1s',
	]);
	const scheduler = await plane.kubeconfigFor('system:kube-scheduler');
	workspace.start('kube-scheduler', await binaryPath('kube-scheduler'), [
		...[`--kubeconfig=${scheduler}`, '--leader-elect=false', '--secure-port=0', ...unthrottled],
	]);

	for (const file of Object.values(containerLog)) await writeFile(file, '');
	const kubeletPort = await freePort();
	await writeFile(`${directory}/logs.yaml`, JSON.stringify(logSource(containerLog)));
	workspace.start('kwok', await binaryPath('kwok'), [
		...[`--kubeconfig=${plane.kubeconfigPath}`, '--manage-all-nodes', `--config=${stages}`],
		...[`--config=${directory}/logs.yaml`, '--node-ip=127.0.0.1', '--node-lease-duration-seconds=40'],
		...[`--node-port=${kubeletPort}`, `--server-address=127.0.0.1:${kubeletPort}`],
	]);

	const kubeConfig = new KubeConfig();
	kubeConfig.loadFromFile(plane.kubeconfigPath);
	const core = kubeConfig.makeApiClient(CoreV1Api);
	for (let index = 0; index < nodes; index += 1) {
		await core.createNode({body: {metadata: {name: `node-${index}`, labels: nodeLabels(`node-${index}`)}}});
	}
	await until(
		`${nodes} nodes are Ready`,
		async () => {
			const {items} = await core.listNode();
			const ready = items.filter(node => node.status?.conditions?.some(c => c.type === 'Ready' && c.status === 'True'));
			return ready.length >= nodes ? true : undefined;
		},
		{children: workspace.children().filter(child => !child.exited())},
	);
	return {...plane, kubeConfig, containerLog};
}

function nodeLabels(name: string): Record<string, string> {
	return {'kubernetes.io/hostname': name, 'kubernetes.io/os': 'linux', 'kubernetes.io/arch': 'amd64'};
}

function logSource(files: RunningCluster['containerLog']) {
	return {
		apiVersion: 'kwok.x-k8s.io/v1alpha1',
		kind: 'ClusterLogs',
		metadata: {name: 'all'},
		spec: {logs: [{logsFile: files.current, previousLogsFile: files.previous, follow: true}]},
	};
}
