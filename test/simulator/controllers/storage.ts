import {type Controller, emit, setStatus} from './cluster.ts';
import {claimOf, podOf, statusOf} from './shapes.ts';

/** k3s's local-path class provisions when a pod wants the claim, after a helper pod has made the folder. */
const provisionMs = 4000;

/** Claims of the default class bind once a pod uses them (WaitForFirstConsumer). */
export function makeStorage(): Controller {
	const wantedSince = new Map<string, number>();
	return cluster => {
		const {store, clock} = cluster;
		const standard = store
			.list('StorageClass')
			.find(one => one.metadata.annotations?.['storageclass.kubernetes.io/is-default-class'] === 'true');
		for (const claim of store.list('PersistentVolumeClaim')) {
			const spec = claimOf(claim);
			if (spec === undefined || statusOf(claim).phase === 'Bound') continue;
			if (spec.storageClassName === undefined) {
				if (standard !== undefined)
					store.put({...claim, spec: {...spec, storageClassName: standard.metadata.name, volumeMode: 'Filesystem'}});
				continue;
			}
			if (store.get('StorageClass', undefined, spec.storageClassName) === undefined) continue;
			const {name, namespace, uid} = claim.metadata;
			const consumer = store
				.list('Pod', namespace)
				.find(pod => podOf(pod)?.volumes.some(one => one.persistentVolumeClaim?.claimName === name));
			if (consumer === undefined) {
				emitOnce(wantedSince, uid, () =>
					emit(
						cluster,
						claim,
						'Normal',
						'WaitForFirstConsumer',
						'waiting for first consumer to be created before binding',
						'persistentvolume-controller',
					),
				);
				continue;
			}
			const since = wantedSince.get(`${uid}/pod`) ?? clock.now();
			wantedSince.set(`${uid}/pod`, since);
			const provisioner = store.get('Deployment', 'kube-system', 'local-path-provisioner');
			if (clock.now() - since < provisionMs || (statusOf(provisioner).availableReplicas ?? 0) < 1) continue;
			const volume = `pvc-${uid}`;
			store.put({
				apiVersion: 'v1',
				kind: 'PersistentVolume',
				metadata: {name: volume, annotations: {'pv.kubernetes.io/provisioned-by': 'rancher.io/local-path'}},
				spec: {
					capacity: spec.resources.requests,
					accessModes: ['ReadWriteOnce'],
					persistentVolumeReclaimPolicy: 'Delete',
					storageClassName: spec.storageClassName,
					claimRef: {kind: 'PersistentVolumeClaim', namespace, name, uid},
					hostPath: {
						path: `/var/lib/rancher/k3s/storage/${volume}_${namespace ?? ''}_${name}`,
						type: 'DirectoryOrCreate',
					},
				},
				status: {phase: 'Bound'},
			});
			const bound = store.put({...claim, spec: {...spec, volumeName: volume}});
			setStatus(cluster, bound, {phase: 'Bound', accessModes: ['ReadWriteOnce'], capacity: spec.resources.requests});
			emit(
				cluster,
				claim,
				'Normal',
				'ProvisioningSucceeded',
				`Successfully provisioned volume ${volume}`,
				'rancher.io/local-path',
			);
		}
	};
}

function emitOnce(seen: Map<string, number>, key: string, tell: () => void): void {
	if (seen.has(key)) return;
	seen.set(key, 1);
	tell();
}
