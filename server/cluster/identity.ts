import * as z from 'zod';
import type {Instant} from '../../shared/facts/fact.ts';
import type {KubeObject} from './cluster.ts';
import type {Transport} from './transport.ts';

const name = 'alga-appliance';
const namespace = 'alga-system';
/** Namespaces whose Secrets and ConfigMaps are looked at, for the names of their keys. */
export const keyedNamespaces = ['msp', 'alga-system'] as const;

const labels = {'app.kubernetes.io/managed-by': 'alga-appliance'};
const see = ['get', 'list', 'watch'];
const subjects = [{kind: 'ServiceAccount', name, namespace}];
const roleRef = (kind: 'ClusterRole' | 'Role') => ({apiGroup: 'rbac.authorization.k8s.io', kind, name});

/**
 * The identity the watch cache reads with once it exists: it may look at what we judge by and at nothing else, and may
 * change nothing. Apply these in order once namespaces exist; reads move over to it by themselves.
 */
export function identityObjects(): readonly KubeObject[] {
	const rbac = 'rbac.authorization.k8s.io/v1';
	return [
		{
			apiVersion: 'v1',
			kind: 'ServiceAccount',
			metadata: {name, namespace, labels},
			automountServiceAccountToken: false,
		},
		{
			apiVersion: rbac,
			kind: 'ClusterRole',
			metadata: {name, labels},
			rules: [
				{apiGroups: [''], resources: ['nodes', 'pods', 'persistentvolumeclaims', 'events'], verbs: see},
				{apiGroups: [''], resources: ['pods/log'], verbs: ['get']},
				{apiGroups: ['apps'], resources: ['deployments', 'statefulsets', 'daemonsets', 'replicasets'], verbs: see},
				{apiGroups: ['batch'], resources: ['jobs'], verbs: see},
				{apiGroups: ['storage.k8s.io'], resources: ['storageclasses'], verbs: see},
				{
					apiGroups: ['source.toolkit.fluxcd.io'],
					resources: ['ocirepositories', 'helmrepositories', 'helmcharts'],
					verbs: see,
				},
				{apiGroups: ['kustomize.toolkit.fluxcd.io'], resources: ['kustomizations'], verbs: see},
				{apiGroups: ['helm.toolkit.fluxcd.io'], resources: ['helmreleases'], verbs: see},
				{nonResourceURLs: ['/readyz', '/version'], verbs: ['get']},
			],
		},
		{apiVersion: rbac, kind: 'ClusterRoleBinding', metadata: {name, labels}, roleRef: roleRef('ClusterRole'), subjects},
		...keyedNamespaces.flatMap((where): KubeObject[] => [
			{
				apiVersion: rbac,
				kind: 'Role',
				metadata: {name, namespace: where, labels},
				rules: [{apiGroups: [''], resources: ['secrets', 'configmaps'], verbs: see}],
			},
			{
				apiVersion: rbac,
				kind: 'RoleBinding',
				metadata: {name, namespace: where, labels},
				roleRef: roleRef('Role'),
				subjects,
			},
		]),
	];
}

export type Token = {readonly token: string; readonly expiresAt: Instant};
const TokenRequest = z.object({
	status: z.object({token: z.string().min(1), expirationTimestamp: z.iso.datetime({offset: true})}),
});
const lifetimeSeconds = 3600;

/** A token of that identity, good for an hour and kept in memory only; undefined while the identity does not exist. */
export async function requestToken(admin: Transport, signal: AbortSignal): Promise<Token | undefined> {
	const answer = await admin.json(
		{
			method: 'POST',
			path: `/api/v1/namespaces/${namespace}/serviceaccounts/${name}/token`,
			asked: 'ask for a token of the appliance',
			body: {apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: {expirationSeconds: lifetimeSeconds}},
			words: 'withhold',
		},
		signal,
	);
	const parsed = TokenRequest.safeParse(answer.ok ? answer.value : undefined);
	if (!parsed.success) return undefined;
	const {token, expirationTimestamp} = parsed.data.status;
	return {token, expiresAt: Date.parse(expirationTimestamp)};
}
