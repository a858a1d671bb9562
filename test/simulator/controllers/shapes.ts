import * as z from 'zod';
import type {Stored} from '../kube/object.ts';

/** The parts of objects that the controllers act on; whoever applied them, they are read with these. */
const env = z.looseObject({
	name: z.string(),
	valueFrom: z
		.looseObject({
			secretKeyRef: z.looseObject({name: z.string(), key: z.string(), optional: z.boolean().optional()}).optional(),
		})
		.optional(),
});
const container = z.looseObject({name: z.string(), image: z.string().default(''), env: z.array(env).default([])});
const podSpec = z.looseObject({
	nodeName: z.string().optional(),
	restartPolicy: z.enum(['Always', 'OnFailure', 'Never']).default('Always'),
	containers: z.array(container).default([]),
	initContainers: z.array(container).default([]),
	volumes: z
		.array(
			z.looseObject({
				name: z.string(),
				persistentVolumeClaim: z.looseObject({claimName: z.string()}).optional(),
			}),
		)
		.default([]),
});
const labels = z.record(z.string(), z.string()).default({});
const template = z.looseObject({
	metadata: z.looseObject({labels, annotations: z.record(z.string(), z.string()).default({})}),
	spec: podSpec,
});

const PodShape = z.looseObject({spec: podSpec});
const WorkloadShape = z.looseObject({
	spec: z.looseObject({
		replicas: z.int().default(1),
		progressDeadlineSeconds: z.int().default(600),
		selector: z.looseObject({matchLabels: labels}),
		template,
	}),
});
const JobShape = z.looseObject({
	spec: z.looseObject({backoffLimit: z.int().default(6), suspend: z.boolean().default(false), template}),
});
const ClaimShape = z.looseObject({
	spec: z.looseObject({
		storageClassName: z.string().optional(),
		volumeName: z.string().optional(),
		resources: z.looseObject({requests: z.looseObject({storage: z.string()})}),
	}),
});
const ref = z.looseObject({kind: z.string(), name: z.string(), namespace: z.string().optional()});
const SourceShape = z.looseObject({
	spec: z.looseObject({
		url: z.string(),
		suspend: z.boolean().default(false),
		ref: z.looseObject({digest: z.string().optional(), tag: z.string().optional()}).default({}),
	}),
});
const KustomizationShape = z.looseObject({
	spec: z.looseObject({
		suspend: z.boolean().default(false),
		sourceRef: ref,
		dependsOn: z.array(z.looseObject({name: z.string()})).default([]),
	}),
});
const HelmReleaseShape = z.looseObject({
	spec: z.looseObject({
		suspend: z.boolean().default(false),
		timeout: z.string().optional(),
		targetNamespace: z.string().default('msp'),
		valuesFrom: z.array(z.looseObject({kind: z.string(), name: z.string()})).default([]),
	}),
});

export type Template = z.infer<typeof template>;
export type PodSpec = z.infer<typeof podSpec>;

/** An object with its spec read; undefined when somebody applied one that no controller could use. */
const reading =
	<T>(shape: z.ZodType<{spec: T}>) =>
	(object: Stored): T | undefined =>
		shape.safeParse(object).data?.spec;

export const podOf = reading(PodShape);
export const workloadOf = reading(WorkloadShape);
export const jobOf = reading(JobShape);
export const claimOf = reading(ClaimShape);
export const sourceOf = reading(SourceShape);
export const kustomizationOf = reading(KustomizationShape);
export const helmReleaseOf = reading(HelmReleaseShape);

const StatusShape = z.looseObject({
	status: z
		.looseObject({
			phase: z.string().optional(),
			observedGeneration: z.number().optional(),
			readyReplicas: z.number().optional(),
			availableReplicas: z.number().optional(),
			updatedReplicas: z.number().optional(),
			conditions: z
				.array(
					z.looseObject({
						type: z.string(),
						status: z.string(),
						reason: z.string().optional(),
						message: z.string().optional(),
						lastTransitionTime: z.string().optional(),
					}),
				)
				.default([]),
			artifact: z.looseObject({revision: z.string(), digest: z.string()}).optional(),
			failed: z.number().optional(),
			startTime: z.string().optional(),
			lastHandledReconcileAt: z.string().optional(),
			lastAppliedRevision: z.string().optional(),
		})
		.default({conditions: []}),
});

export const statusOf = (object: Stored | undefined) =>
	StatusShape.safeParse(object ?? {}).data?.status ?? {conditions: []};

export type ConditionDraft = {
	readonly type: string;
	readonly status: 'True' | 'False' | 'Unknown';
	readonly reason: string;
	readonly message: string;
};

/** Conditions with the time of their last change kept where their status is the same. */
export function conditions(
	object: Stored | undefined,
	wanted: readonly ConditionDraft[],
	now: string,
	observedGeneration?: number,
) {
	const before = statusOf(object).conditions;
	return wanted.map(one => {
		const same = before.find(old => old.type === one.type && old.status === one.status);
		return {
			...one,
			lastTransitionTime: same?.lastTransitionTime ?? now,
			...(observedGeneration !== undefined && {observedGeneration}),
		};
	});
}

export const isTrue = (object: Stored | undefined, type: string): boolean =>
	object !== undefined && statusOf(object).conditions.some(one => one.type === type && one.status === 'True');

/** Ready, and about the generation that is there now. */
export const isCurrent = (object: Stored | undefined): boolean =>
	isTrue(object, 'Ready') && statusOf(object).observedGeneration === object?.metadata.generation;

/** Whether a Deployment, StatefulSet, DaemonSet or Job does what it is for. */
export function isWorking(object: Stored | undefined): boolean {
	if (object === undefined) return false;
	if (object.kind === 'Job') return isTrue(object, 'Complete');
	const wanted = workloadOf(object)?.replicas ?? 1;
	const {observedGeneration, readyReplicas = 0, updatedReplicas = 0} = statusOf(object);
	return observedGeneration === object.metadata.generation && readyReplicas >= wanted && updatedReplicas >= wanted;
}
