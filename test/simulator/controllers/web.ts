import {at} from '../kube/object.ts';
import type {Cluster} from './cluster.ts';
import {isWorking, statusOf} from './shapes.ts';

/** Whether the application's web component answers: its pod serves, and there is a database to serve from. */
export function webState(cluster: Cluster): 'absent' | 'starting' | 'answers' {
	const {store, data, releaseOf} = cluster;
	if (store.kindNamed('Kustomization') === undefined) return 'absent';
	const root = store.list('Kustomization').find(one => at(one, 'spec', 'dependsOn') === undefined);
	const profile = releaseOf(statusOf(root).lastAppliedRevision ?? '')?.profile;
	const workload = profile?.components.find(one => one.name === profile.login.component)?.workload;
	if (workload === undefined) return 'absent';
	if (isWorking(store.get(workload.kind, workload.namespace, workload.name)))
		return data.seeded ? 'answers' : 'starting';
	const pods = store
		.list('Pod', workload.namespace)
		.filter(pod => pod.metadata.labels?.['app.kubernetes.io/component'] === profile?.login.component);
	if (pods.some(pod => statusOf(pod).conditions.some(one => one.type === 'Ready' && one.status === 'True')))
		return data.seeded ? 'answers' : 'starting';
	return pods.some(pod => statusOf(pod).phase === 'Running') ? 'starting' : 'absent';
}

/** The host name people open, as the release selection in the cluster says. */
export function webHost({store}: Cluster): string | undefined {
	const url = at(store.get('ConfigMap', 'alga-system', 'appliance-release-selection'), 'data', 'appUrl');
	return typeof url === 'string' && URL.canParse(url) ? new URL(url).hostname : undefined;
}
