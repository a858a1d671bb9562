import type {
	V1Job as ApiJob,
	V1Container,
	V1DaemonSetStatus,
	V1Deployment,
	V1DeploymentSpec,
	V1DeploymentStatus,
	V1JobSpec,
	V1JobStatus,
	V1LabelSelector,
	V1PodSpec,
	V1PodTemplateSpec,
	V1StatefulSetSpec,
	V1StatefulSetStatus,
} from '@kubernetes/client-node';
import type {Job, Workload} from '../../../shared/facts/cluster.ts';
import {conditionsOf, metaOf} from './meta.ts';
import {count, flag, instant, list, object, present, text, textMap} from './read.ts';

/** The fields of all four kinds of workload; each uses those it has. */
type Spec = V1DeploymentSpec & V1StatefulSetSpec;
type Status = V1DeploymentStatus & V1StatefulSetStatus & V1DaemonSetStatus & {fullyLabeledReplicas: number};

/**
 * Counts are taken as they are. `desired` is what is wanted: the spec's replicas (Kubernetes' default is one), or for
 * a DaemonSet the number of nodes its controller counted, which is absent until it has.
 */
export function workload(kind: Workload['kind']): (raw: unknown) => Workload {
	return raw => {
		const given = object<V1Deployment>(raw);
		const spec = object<Spec>(given.spec);
		const status = object<Status>(given.status);
		const template = object<V1PodTemplateSpec>(spec.template);
		const daemon = kind === 'DaemonSet';
		const strategy = object<{type: unknown; rollingUpdate: unknown}>(
			kind === 'Deployment' ? spec.strategy : spec.updateStrategy,
		);
		return {
			kind,
			...metaOf(raw),
			...present<Omit<Workload, 'kind' | keyof ReturnType<typeof metaOf> | 'conditions' | 'images' | 'selector'>>({
				observedGeneration: count(status.observedGeneration),
				replicas: count(daemon ? status.currentNumberScheduled : status.replicas),
				desired: daemon ? count(status.desiredNumberScheduled) : (count(spec.replicas) ?? 1),
				updated: count(daemon ? status.updatedNumberScheduled : status.updatedReplicas),
				ready: count(daemon ? status.numberReady : status.readyReplicas),
				available: count(daemon ? status.numberAvailable : status.availableReplicas),
				current: count(daemon ? status.currentNumberScheduled : status.currentReplicas),
				currentRevision: text(status.currentRevision),
				updateRevision: text(status.updateRevision),
				partition: count(object<{partition: unknown}>(strategy.rollingUpdate).partition),
				strategy: text(strategy.type),
				progressDeadlineSeconds: count(spec.progressDeadlineSeconds),
			}),
			conditions: conditionsOf(status.conditions),
			images: list<V1Container>(object<V1PodSpec>(template.spec).containers).flatMap(each => text(each.image) ?? []),
			selector: textMap(object<V1LabelSelector>(spec.selector).matchLabels),
		};
	};
}

export function job(raw: unknown): Job {
	const given = object<ApiJob>(raw);
	const status = object<V1JobStatus>(given.status);
	return {
		kind: 'Job',
		...metaOf(raw),
		...present<Pick<Job, 'startedAt' | 'completedAt'>>({
			startedAt: instant(status.startTime),
			completedAt: instant(status.completionTime),
		}),
		active: count(status.active) ?? 0,
		succeeded: count(status.succeeded) ?? 0,
		failed: count(status.failed) ?? 0,
		suspended: flag(object<V1JobSpec>(given.spec).suspend),
		conditions: conditionsOf(status.conditions),
	};
}
