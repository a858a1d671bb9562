import type {Phase} from '../operations/operation.ts';
import type {Component} from '../release/manifest.ts';

/** A workload every appliance has, whatever the release: k3s and Flux bring it, so no profile names it. */
export type PlatformComponent = {
	readonly name: string;
	readonly title: string;
	readonly workload: Readonly<Component['workload']>;
	/** Where a failure of it belongs when its cause has no phase of its own. */
	readonly phase: Phase;
	/** Whether PLATFORM waits for it. */
	readonly required: boolean;
};

const deployment = (namespace: string, name: string) => ({kind: 'Deployment', namespace, name}) as const;

export const platformComponents: readonly PlatformComponent[] = [
	{
		name: 'coredns',
		title: 'Cluster name lookup',
		workload: deployment('kube-system', 'coredns'),
		phase: 'k3s',
		required: true,
	},
	{
		name: 'local-path-provisioner',
		title: 'Storage provisioner',
		workload: deployment('kube-system', 'local-path-provisioner'),
		phase: 'k3s',
		required: false,
	},
	...['source', 'kustomize', 'helm'].map(
		kind =>
			({
				name: `${kind}-controller`,
				title: `Flux ${kind} controller`,
				workload: deployment('flux-system', `${kind}-controller`),
				phase: 'flux',
				required: true,
			}) as const,
	),
];
