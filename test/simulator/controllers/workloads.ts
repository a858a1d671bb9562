import type {Stored} from '../kube/object.ts';
import {stamp} from '../kube/store.ts';
import {type Cluster, type Controller, emit, ownedBy, owns, setStatus, shortHash, suffix} from './cluster.ts';
import {conditions, isTrue, jobOf, statusOf, type Template, workloadOf} from './shapes.ts';

const hashOf = (template: Template) => shortHash(JSON.stringify(template));
const isReady = (pod: Stored) => isTrue(pod, 'Ready');

const podFrom = (owner: Stored, template: Template, name: string, labels: Readonly<Record<string, string>>) => ({
	apiVersion: 'v1',
	kind: 'Pod',
	metadata: {
		name,
		namespace: owner.metadata.namespace ?? 'default',
		labels: {...template.metadata.labels, ...labels},
		annotations: template.metadata.annotations,
		ownerReferences: ownedBy(owner),
	},
	spec: template.spec,
	status: {phase: 'Pending'},
});

/** Deployments through ReplicaSets: the new one comes up before the old one goes. */
export const deployments: Controller = cluster => {
	const {store, clock} = cluster;
	for (const deployment of store.list('Deployment')) {
		const spec = workloadOf(deployment);
		if (spec === undefined) continue;
		const namespace = deployment.metadata.namespace ?? 'default';
		const hash = hashOf(spec.template);
		const sets = store.list('ReplicaSet', namespace).filter(one => owns(deployment, one));
		const labels = {'pod-template-hash': hash};
		const current =
			sets.find(one => one.metadata.labels?.['pod-template-hash'] === hash) ??
			store.put({
				apiVersion: 'apps/v1',
				kind: 'ReplicaSet',
				metadata: {
					name: `${deployment.metadata.name}-${hash}`,
					namespace,
					labels: {...spec.template.metadata.labels, ...labels},
					ownerReferences: ownedBy(deployment),
				},
				spec: {
					replicas: spec.replicas,
					selector: {matchLabels: {...spec.selector.matchLabels, ...labels}},
					template: {
						...spec.template,
						metadata: {...spec.template.metadata, labels: {...spec.template.metadata.labels, ...labels}},
					},
				},
			});
		const podsOf = (set: Stored) => store.list('Pod', namespace).filter(one => owns(set, one));
		const started = podsOf(current).length;
		for (let missing = spec.replicas - started; missing > 0; missing -= 1) {
			const pod = store.put(podFrom(current, spec.template, `${current.metadata.name}-${suffix(cluster, 5)}`, labels));
			emit(
				cluster,
				current,
				'Normal',
				'SuccessfulCreate',
				`Created pod: ${pod.metadata.name}`,
				'replicaset-controller',
			);
		}
		for (const pod of podsOf(current).slice(spec.replicas)) store.remove('Pod', namespace, pod.metadata.name);
		const fresh = podsOf(current);
		const enough = fresh.filter(isReady).length >= spec.replicas;
		const old = sets.filter(one => one !== current && one.metadata.uid !== current.metadata.uid);
		for (const set of old) {
			if (enough) for (const pod of podsOf(set)) store.remove('Pod', namespace, pod.metadata.name);
			const left = podsOf(set);
			store.change('ReplicaSet', namespace, set.metadata.name, one => ({
				...one,
				spec: {...(typeof one.spec === 'object' && one.spec), replicas: left.length},
				status: {...replicaCounts(one, left)},
			}));
		}
		setStatus(cluster, current, replicaCounts(current, fresh));

		const all = [...fresh, ...old.flatMap(podsOf)];
		const readyCount = all.filter(isReady).length;
		const age =
			(clock.now() -
				Date.parse(store.get('ReplicaSet', namespace, current.metadata.name)?.metadata.creationTimestamp ?? '')) /
			1000;
		const was = statusOf(deployment).conditions.find(one => one.type === 'Progressing');
		const late = !enough && age > spec.progressDeadlineSeconds;
		const progress = enough
			? {
					status: 'True' as const,
					reason: 'NewReplicaSetAvailable',
					message: `ReplicaSet "${current.metadata.name}" has successfully progressed.`,
				}
			: late && was?.reason !== 'NewReplicaSetAvailable'
				? {
						status: 'False' as const,
						reason: 'ProgressDeadlineExceeded',
						message: `ReplicaSet "${current.metadata.name}" has timed out progressing.`,
					}
				: was?.reason === 'NewReplicaSetAvailable' && was.message?.includes(current.metadata.name)
					? {status: 'True' as const, reason: 'NewReplicaSetAvailable', message: was.message}
					: {
							status: 'True' as const,
							reason: 'ReplicaSetUpdated',
							message: `ReplicaSet "${current.metadata.name}" is progressing.`,
						};
		const available = readyCount >= spec.replicas;
		setStatus(cluster, deployment, {
			observedGeneration: deployment.metadata.generation,
			replicas: all.length,
			updatedReplicas: fresh.length,
			...(readyCount > 0 && {readyReplicas: readyCount, availableReplicas: readyCount}),
			...(all.length > readyCount && {unavailableReplicas: all.length - readyCount}),
			conditions: conditions(
				deployment,
				[
					{
						type: 'Available',
						status: available ? 'True' : 'False',
						reason: available ? 'MinimumReplicasAvailable' : 'MinimumReplicasUnavailable',
						message: available
							? 'Deployment has minimum availability.'
							: 'Deployment does not have minimum availability.',
					},
					{type: 'Progressing', ...progress},
				],
				stamp(clock.now()),
			),
		});
	}
};

const replicaCounts = (set: Stored, pods: readonly Stored[]) => {
	const ready = pods.filter(isReady).length;
	return {
		observedGeneration: set.metadata.generation,
		replicas: pods.length,
		fullyLabeledReplicas: pods.length,
		...(ready > 0 && {readyReplicas: ready, availableReplicas: ready}),
	};
};

/** StatefulSets and DaemonSets: one pod at a time, the old one goes before the new one comes. */
export const sets: Controller = cluster => {
	for (const kind of ['StatefulSet', 'DaemonSet'] as const) {
		for (const set of cluster.store.list(kind)) runSet(cluster, set, kind);
	}
};

function runSet(cluster: Cluster, set: Stored, kind: 'StatefulSet' | 'DaemonSet'): void {
	const {store} = cluster;
	const spec = workloadOf(set);
	if (spec === undefined) return;
	const namespace = set.metadata.namespace ?? 'default';
	const revision = `${set.metadata.name}-${hashOf(spec.template)}`;
	const wanted = kind === 'DaemonSet' ? 1 : spec.replicas;
	const podsNow = () => store.list('Pod', namespace).filter(one => owns(set, one));
	const isUpdated = (pod: Stored) => pod.metadata.labels?.['controller-revision-hash'] === revision;
	const outdated = podsNow().find(pod => !isUpdated(pod));
	if (outdated !== undefined) {
		store.remove('Pod', namespace, outdated.metadata.name);
		emit(
			cluster,
			set,
			'Normal',
			'SuccessfulDelete',
			`delete Pod ${outdated.metadata.name} in ${kind} ${set.metadata.name} successful`,
			`${kind.toLowerCase()}-controller`,
		);
	} else if (podsNow().length < wanted && podsNow().every(isReady)) {
		const name =
			kind === 'StatefulSet'
				? `${set.metadata.name}-${podsNow().length}`
				: `${set.metadata.name}-${suffix(cluster, 5)}`;
		store.put(
			podFrom(set, spec.template, name, {
				'controller-revision-hash': revision,
				...(kind === 'StatefulSet' && {'statefulset.kubernetes.io/pod-name': name}),
			}),
		);
		emit(
			cluster,
			set,
			'Normal',
			'SuccessfulCreate',
			`create Pod ${name} in ${kind} ${set.metadata.name} successful`,
			`${kind.toLowerCase()}-controller`,
		);
	}
	const pods = podsNow();
	const ready = pods.filter(isReady).length;
	const updated = pods.filter(isUpdated).length;
	if (kind === 'DaemonSet') {
		setStatus(cluster, set, {
			observedGeneration: set.metadata.generation,
			desiredNumberScheduled: wanted,
			currentNumberScheduled: pods.length,
			updatedNumberScheduled: updated,
			numberReady: ready,
			numberAvailable: ready,
			numberMisscheduled: 0,
			readyReplicas: ready,
			updatedReplicas: updated,
		});
		return;
	}
	setStatus(cluster, set, {
		observedGeneration: set.metadata.generation,
		replicas: pods.length,
		...(ready > 0 && {readyReplicas: ready, availableReplicas: ready}),
		...(updated > 0 && {currentReplicas: updated}),
		updatedReplicas: updated,
		currentRevision: updated === wanted && ready === wanted ? revision : (revisionOf(set) ?? revision),
		updateRevision: revision,
		collisionCount: 0,
	});
}

const revisionOf = (set: Stored): string | undefined => {
	const status = set.status;
	const revision: unknown =
		typeof status === 'object' && status !== null ? Reflect.get(status, 'currentRevision') : undefined;
	return typeof revision === 'string' ? revision : undefined;
};

const firstRetryMs = 10_000;

/** Jobs: a pod; after a failure another one, later each time, until the limit. */
export const jobs: Controller = cluster => {
	const {store, clock} = cluster;
	for (const job of store.list('Job')) {
		const spec = jobOf(job);
		if (spec === undefined || spec.suspend || isTrue(job, 'Complete') || isTrue(job, 'Failed')) continue;
		const namespace = job.metadata.namespace ?? 'default';
		const pods = store.list('Pod', namespace).filter(one => owns(job, one));
		const phased = (phase: string) => pods.filter(one => statusOf(one).phase === phase);
		const failed = phased('Failed').length;
		const succeeded = phased('Succeeded').length;
		const active = pods.length - failed - succeeded;
		const now = stamp(clock.now());
		const startTime = statusOf(job).startTime ?? now;
		const counts = {
			startTime,
			...(active > 0 && {active, ready: phased('Running').length}),
			...(failed > 0 && {failed}),
			...(succeeded > 0 && {succeeded}),
		};
		const ended = (type: 'Complete' | 'Failed', reason: string, message: string) =>
			setStatus(cluster, job, {
				...counts,
				...(type === 'Complete' && {completionTime: now}),
				conditions: conditions(
					job,
					[
						{type: type === 'Complete' ? 'SuccessCriteriaMet' : 'FailureTarget', status: 'True', reason, message},
						{type, status: 'True', reason, message},
					],
					now,
				),
			});
		if (succeeded > 0) {
			ended('Complete', 'CompletionsReached', 'Reached expected number of succeeded pods');
			emit(cluster, job, 'Normal', 'Completed', 'Job completed', 'job-controller');
			continue;
		}
		if (failed > spec.backoffLimit) {
			ended('Failed', 'BackoffLimitExceeded', 'Job has reached the specified backoff limit');
			emit(
				cluster,
				job,
				'Warning',
				'BackoffLimitExceeded',
				'Job has reached the specified backoff limit',
				'job-controller',
			);
			continue;
		}
		const newest = Math.max(0, ...pods.map(one => Date.parse(one.metadata.creationTimestamp)));
		const due = failed === 0 ? 0 : newest + firstRetryMs * 2 ** failed;
		if (active === 0 && clock.now() >= due) {
			const pod = store.put(
				podFrom(job, spec.template, `${job.metadata.name}-${suffix(cluster, 5)}`, {
					'batch.kubernetes.io/job-name': job.metadata.name,
					'job-name': job.metadata.name,
				}),
			);
			emit(cluster, job, 'Normal', 'SuccessfulCreate', `Created pod: ${pod.metadata.name}`, 'job-controller');
		}
		setStatus(cluster, job, counts);
	}
};
