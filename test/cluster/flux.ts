import {mkdir} from 'node:fs/promises';
import {CoreV1Api} from '@kubernetes/client-node';
import {binaryPath} from './binaries.ts';
import {freePort} from './child.ts';
import type {RunningCluster} from './cluster.ts';
import {installFluxCrds} from './flux-crds.ts';
import {startRegistry, type TestRegistry} from './registry.ts';

/** Programs of the Flux suite beside those of the cluster. */
export const fluxPrograms = ['source-controller', 'kustomize-controller', 'helm-controller'] as const;

/**
 * Installs Flux' definitions and runs its real controllers beside the cluster, as its administrator; answers the
 * registry they pull from. Everything ends with the cluster.
 */
export async function startFlux(cluster: RunningCluster): Promise<TestRegistry> {
	const {workspace, kubeConfig} = cluster;
	await kubeConfig.makeApiClient(CoreV1Api).createNamespace({body: {metadata: {name: 'flux-system'}}});
	await installFluxCrds(cluster);
	const artifacts = `${workspace.directory}/artifacts`;
	await mkdir(artifacts);
	const own = {
		'source-controller': [`--storage-path=${artifacts}`, `--storage-addr=127.0.0.1:${await freePort()}`],
		'kustomize-controller': ['--http-retry=1'],
		'helm-controller': ['--http-retry=1'],
	};
	const env = {KUBECONFIG: cluster.kubeconfigPath, RUNTIME_NAMESPACE: 'flux-system'};
	for (const name of fluxPrograms)
		workspace.start(name, await binaryPath(name), [...commonArguments, ...own[name]], env);
	return startRegistry(workspace);
}

const commonArguments = [
	...['--metrics-addr=0', '--health-addr=127.0.0.1:0', '--requeue-dependency=1s', '--interval-jitter-percentage=0'],
	'--log-level=info',
];
