/** One kind the API serves. */
export type Kind = {
	readonly group: string;
	readonly version: string;
	readonly kind: string;
	readonly plural: string;
	readonly namespaced: boolean;
};

const kind = (apiVersion: string, name: string, plural: string, scope: 'namespaced' | 'cluster'): Kind => {
	const [group, version] = apiVersion.includes('/') ? apiVersion.split('/') : ['', apiVersion];
	return {group: group ?? '', version: version ?? '', kind: name, plural, namespaced: scope === 'namespaced'};
};

/** What k3s serves without any definitions of its own added, as far as the appliance touches it. */
export const builtinKinds: readonly Kind[] = [
	kind('v1', 'Namespace', 'namespaces', 'cluster'),
	kind('v1', 'Node', 'nodes', 'cluster'),
	kind('v1', 'PersistentVolume', 'persistentvolumes', 'cluster'),
	kind('v1', 'Pod', 'pods', 'namespaced'),
	kind('v1', 'Event', 'events', 'namespaced'),
	kind('v1', 'ConfigMap', 'configmaps', 'namespaced'),
	kind('v1', 'Secret', 'secrets', 'namespaced'),
	kind('v1', 'Service', 'services', 'namespaced'),
	kind('v1', 'ServiceAccount', 'serviceaccounts', 'namespaced'),
	kind('v1', 'ResourceQuota', 'resourcequotas', 'namespaced'),
	kind('v1', 'PersistentVolumeClaim', 'persistentvolumeclaims', 'namespaced'),
	kind('apps/v1', 'Deployment', 'deployments', 'namespaced'),
	kind('apps/v1', 'StatefulSet', 'statefulsets', 'namespaced'),
	kind('apps/v1', 'DaemonSet', 'daemonsets', 'namespaced'),
	kind('apps/v1', 'ReplicaSet', 'replicasets', 'namespaced'),
	kind('batch/v1', 'Job', 'jobs', 'namespaced'),
	kind('batch/v1', 'CronJob', 'cronjobs', 'namespaced'),
	kind('storage.k8s.io/v1', 'StorageClass', 'storageclasses', 'cluster'),
	kind('networking.k8s.io/v1', 'NetworkPolicy', 'networkpolicies', 'namespaced'),
	kind('networking.k8s.io/v1', 'Ingress', 'ingresses', 'namespaced'),
	kind('policy/v1', 'PodDisruptionBudget', 'poddisruptionbudgets', 'namespaced'),
	kind('scheduling.k8s.io/v1', 'PriorityClass', 'priorityclasses', 'cluster'),
	kind('rbac.authorization.k8s.io/v1', 'ClusterRole', 'clusterroles', 'cluster'),
	kind('rbac.authorization.k8s.io/v1', 'ClusterRoleBinding', 'clusterrolebindings', 'cluster'),
	kind('rbac.authorization.k8s.io/v1', 'Role', 'roles', 'namespaced'),
	kind('rbac.authorization.k8s.io/v1', 'RoleBinding', 'rolebindings', 'namespaced'),
	kind('apiextensions.k8s.io/v1', 'CustomResourceDefinition', 'customresourcedefinitions', 'cluster'),
];

export const apiVersionOf = ({group, version}: Pick<Kind, 'group' | 'version'>): string =>
	group === '' ? version : `${group}/${version}`;
