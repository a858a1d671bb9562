import * as z from 'zod';
import {fail, ok} from '../../shared/problem.ts';
import type {ObjectId} from './cluster.ts';
import type {Answer, Transport} from './transport.ts';

/** How the API names a kind in its paths. */
type Resource = {readonly plural: string; readonly namespaced: boolean};

const namespaced = (plural: string): Resource => ({plural, namespaced: true});
const clusterWide = (plural: string): Resource => ({plural, namespaced: false});

/** The kinds the appliance itself writes; all others are asked for once (kubernetes.io, "API Discovery"). */
const knownResources: Readonly<Record<string, Resource>> = {
	'v1/Namespace': clusterWide('namespaces'),
	'v1/ServiceAccount': namespaced('serviceaccounts'),
	'v1/Secret': namespaced('secrets'),
	'v1/ConfigMap': namespaced('configmaps'),
	'v1/Service': namespaced('services'),
	'v1/Pod': namespaced('pods'),
	'v1/PersistentVolumeClaim': namespaced('persistentvolumeclaims'),
	'v1/ResourceQuota': namespaced('resourcequotas'),
	'v1/Node': clusterWide('nodes'),
	'apps/v1/Deployment': namespaced('deployments'),
	'apps/v1/StatefulSet': namespaced('statefulsets'),
	'apps/v1/DaemonSet': namespaced('daemonsets'),
	'batch/v1/Job': namespaced('jobs'),
	'networking.k8s.io/v1/NetworkPolicy': namespaced('networkpolicies'),
	'rbac.authorization.k8s.io/v1/Role': namespaced('roles'),
	'rbac.authorization.k8s.io/v1/RoleBinding': namespaced('rolebindings'),
	'rbac.authorization.k8s.io/v1/ClusterRole': clusterWide('clusterroles'),
	'rbac.authorization.k8s.io/v1/ClusterRoleBinding': clusterWide('clusterrolebindings'),
	'apiextensions.k8s.io/v1/CustomResourceDefinition': clusterWide('customresourcedefinitions'),
	'source.toolkit.fluxcd.io/v1/OCIRepository': namespaced('ocirepositories'),
	'source.toolkit.fluxcd.io/v1/HelmRepository': namespaced('helmrepositories'),
	'kustomize.toolkit.fluxcd.io/v1/Kustomization': namespaced('kustomizations'),
	'helm.toolkit.fluxcd.io/v2/HelmRelease': namespaced('helmreleases'),
};

const ResourceList = z.object({
	resources: z.array(z.object({name: z.string(), kind: z.string(), namespaced: z.boolean().default(false)})),
});

/** Finds paths; what was discovered is remembered as long as this lives. */
export type PathFinder = (id: ObjectId, transport: Transport, signal: AbortSignal) => Promise<Answer<string>>;

export function makePathFinder(): PathFinder {
	const discovered = new Map<string, Resource>();
	return async (id, transport, signal) => {
		const key = `${id.apiVersion}/${id.kind}`;
		const base = id.apiVersion.includes('/') ? `/apis/${id.apiVersion}` : `/api/${id.apiVersion}`;
		let resource = knownResources[key] ?? discovered.get(key);
		if (resource === undefined) {
			const answer = await transport.json({method: 'GET', path: base, asked: `look up ${id.kind}`}, signal);
			if (!answer.ok) return answer;
			for (const {name, kind, namespaced: within} of ResourceList.safeParse(answer.value).data?.resources ?? []) {
				// Names with a slash are parts of an object (`deployments/scale`), not kinds.
				if (!name.includes('/')) discovered.set(`${id.apiVersion}/${kind}`, {plural: name, namespaced: within});
			}
			resource = discovered.get(key);
		}
		if (resource === undefined)
			return {
				...fail({
					code: 'cluster.not-found',
					what: `Kubernetes does not know the kind ${id.kind} (${id.apiVersion}).`,
					next: 'Retry: what defines it may not be installed yet.',
					retry: 'safe',
				}),
				status: 404,
			};
		const where = resource.namespaced ? `/namespaces/${encodeURIComponent(id.namespace ?? 'default')}` : '';
		return ok(`${base}${where}/${resource.plural}/${encodeURIComponent(id.name)}`);
	};
}
