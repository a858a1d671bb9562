import {CoreV1Api} from '@kubernetes/client-node';
import {binaryPath} from './binaries.ts';
import type {RunningCluster} from './cluster.ts';
import {installFluxCrds} from './flux-crds.ts';
import {startRegistry, type TestRegistry} from './registry.ts';
import {startSourceStandIn} from './source-stand-in.ts';

/** Flux at work on a running cluster, and the registry it pulls from. */
export type RunningFlux = AsyncDisposable & {readonly registry: TestRegistry};

/**
 * Installs Flux' definitions and runs its real kustomize-controller and helm-controller beside the cluster, as its
 * administrator, with a stand-in for source-controller. The controllers end with the cluster; dispose ends the stand-in.
 */
export async function startFlux(cluster: RunningCluster): Promise<RunningFlux> {
	const {workspace, kubeConfig} = cluster;
	await kubeConfig.makeApiClient(CoreV1Api).createNamespace({body: {metadata: {name: 'flux-system'}}});
	await installFluxCrds(cluster);
	for (const name of ['kustomize-controller', 'helm-controller'] as const) {
		const env = {KUBECONFIG: cluster.kubeconfigPath, RUNTIME_NAMESPACE: 'flux-system'};
		workspace.start(name, await binaryPath(name), controllerArguments, env);
	}
	const registry = await startRegistry(workspace);
	const sources = await startSourceStandIn(kubeConfig);
	return {registry, [Symbol.asyncDispose]: () => sources[Symbol.asyncDispose]()};
}

const controllerArguments = [
	...['--metrics-addr=0', '--health-addr=127.0.0.1:0', '--requeue-dependency=1s', '--interval-jitter-percentage=0'],
	...['--http-retry=1', '--log-level=info'],
];
