/**
 * A real cluster for a person to look at, until Ctrl-C.
 * `scripts/run node test/cluster/up.ts [NODES]`
 */
import {binaryPath, build, whyNoGo} from './binaries.ts';
import {startCluster} from './cluster.ts';

const nodes = Number(process.argv[2] ?? '1');
const noGo = await whyNoGo();
if (noGo !== undefined) {
	console.error(noGo);
	process.exit(1);
}
for (const name of [
	'etcd',
	'kube-apiserver',
	'kube-controller-manager',
	'kube-scheduler',
	'kwok',
	'kubectl',
] as const) {
	await build(name, AbortSignal.timeout(40 * 60_000));
}
const cluster = await startCluster({nodes});
console.log(`Kubernetes answers at ${cluster.url}. Look at it with\n`);
console.log(`  ${await binaryPath('kubectl')} --kubeconfig ${cluster.kubeconfigPath} get nodes\n`);
console.log(`Logs and data: ${cluster.workspace.directory}. Ctrl-C stops everything.`);
await new Promise<never>(() => setInterval(() => undefined, 60_000));
