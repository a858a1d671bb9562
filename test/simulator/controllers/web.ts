import {at} from '../kube/object.ts';
import type {Cluster} from './cluster.ts';
import {isTrue, statusOf} from './shapes.ts';

/** Whether the application's web component listens: its pod passes its probe. */
export function webState({store, releaseOf}: Cluster): 'absent' | 'answers' {
	if (store.kindNamed('Kustomization') === undefined) return 'absent';
	const root = store.list('Kustomization').find(one => at(one, 'spec', 'dependsOn') === undefined);
	const profile = releaseOf(statusOf(root).lastAppliedRevision ?? '')?.profile;
	const web = profile?.components.find(one => one.name === profile.login.component);
	const pods = store
		.list('Pod', web?.workload.namespace)
		.filter(pod => pod.metadata.labels?.['app.kubernetes.io/component'] === web?.name);
	return web !== undefined && pods.some(pod => isTrue(pod, 'Ready')) ? 'answers' : 'absent';
}

/** The host name people open, as the release selection in the cluster says. */
export function webHost({store}: Cluster): string | undefined {
	const url = at(store.get('ConfigMap', 'alga-system', 'appliance-release-selection'), 'data', 'appUrl');
	return typeof url === 'string' && URL.canParse(url) ? new URL(url).hostname : undefined;
}
