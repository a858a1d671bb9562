import {AppsV1Api, BatchV1Api, CoreV1Api} from '@kubernetes/client-node';
import {until} from './child.ts';
import type {RunningCluster} from './cluster.ts';

/** What a container of a driven pod does, in the words of stages.yaml. */
export type Outcome =
	| 'hold'
	| 'ContainerCreating'
	| 'ErrImagePull'
	| 'ImagePullBackOff'
	| 'CreateContainerConfigError'
	| 'CreateContainerError'
	| 'InvalidImageName'
	| 'CrashLoopBackOff'
	| 'Failed';

/** Pod template annotations that make KWOK bring its pods to `outcome`. */
export function outcomeAnnotations(outcome: Outcome, message = ''): Record<string, string> {
	return {'test.alga/outcome': outcome, 'test.alga/message': message};
}

/** A Deployment of `replicas` pods of one container, as small as the API takes it. */
export function deployment(namespace: string, name: string, options: PodOptions & {readonly replicas?: number} = {}) {
	return {
		apiVersion: 'apps/v1',
		kind: 'Deployment',
		metadata: {namespace, name},
		spec: {replicas: options.replicas ?? 1, selector: {matchLabels: {app: name}}, template: podTemplate(name, options)},
	};
}

/** A Job of one pod that is not tried again. */
export function job(namespace: string, name: string, options: PodOptions = {}) {
	const template = podTemplate(name, options);
	return {
		apiVersion: 'batch/v1',
		kind: 'Job',
		metadata: {namespace, name},
		spec: {backoffLimit: 0, template: {...template, spec: {...template.spec, restartPolicy: 'Never'}}},
	};
}

export type PodOptions = {
	readonly image?: string;
	readonly annotations?: Record<string, string>;
	/** Claim mounted at /data. */
	readonly claim?: string;
};

function podTemplate(app: string, {image = 'registry.local/app:1', annotations = {}, claim}: PodOptions) {
	const mounted = claim !== undefined && {volumeMounts: [{name: 'data', mountPath: '/data'}]};
	const volumes = claim !== undefined && {volumes: [{name: 'data', persistentVolumeClaim: {claimName: claim}}]};
	return {
		metadata: {labels: {app}, annotations},
		spec: {containers: [{name: 'main', image, ...mounted}], terminationGracePeriodSeconds: 1, ...volumes},
	};
}
/** A claim of the storage class that the appliance uses. There is no provisioner: it stays Pending without a volume. */
export function claim(namespace: string, name: string) {
	return {
		apiVersion: 'v1',
		kind: 'PersistentVolumeClaim',
		metadata: {namespace, name},
		spec: {
			accessModes: ['ReadWriteOnce'],
			storageClassName: 'local-path',
			resources: {requests: {storage: '1Gi'}},
		},
	};
}

/** A volume that only the claim of this name can have, and gets. */
export function volumeFor(namespace: string, name: string) {
	return {
		apiVersion: 'v1',
		kind: 'PersistentVolume',
		metadata: {name: `${namespace}-${name}`},
		spec: {
			accessModes: ['ReadWriteOnce'],
			storageClassName: 'local-path',
			capacity: {storage: '1Gi'},
			hostPath: {path: '/nowhere'},
			claimRef: {namespace, name},
		},
	};
}

/** Creates a namespace and waits until its default service account exists, without which no pod can be made. */
export async function createNamespace(cluster: RunningCluster, name: string): Promise<void> {
	const core = cluster.kubeConfig.makeApiClient(CoreV1Api);
	await core.createNamespace({body: {metadata: {name}}});
	await until(`namespace ${name} has a service account`, () =>
		core.readNamespacedServiceAccount({namespace: name, name: 'default'}),
	);
}

/** Resolves when every replica of the Deployment is ready and its controller has seen the latest spec. */
export async function deploymentReady(cluster: RunningCluster, namespace: string, name: string): Promise<void> {
	const apps = cluster.kubeConfig.makeApiClient(AppsV1Api);
	await until(`Deployment ${namespace}/${name} is ready`, async () => {
		const {metadata, spec, status} = await apps.readNamespacedDeployment({namespace, name});
		const seen = status?.observedGeneration === metadata?.generation;
		return seen && status?.readyReplicas === spec?.replicas ? true : undefined;
	});
}

/** Resolves with the type of the Job's final condition. */
export function jobEnded(cluster: RunningCluster, namespace: string, name: string): Promise<'Complete' | 'Failed'> {
	const batch = cluster.kubeConfig.makeApiClient(BatchV1Api);
	return until(`Job ${namespace}/${name} ends`, async () => {
		const {status} = await batch.readNamespacedJob({namespace, name});
		const type = status?.conditions?.find(
			({type, status}) => status === 'True' && (type === 'Complete' || type === 'Failed'),
		);
		return type === undefined ? undefined : type.type === 'Complete' ? 'Complete' : 'Failed';
	});
}
