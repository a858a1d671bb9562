import type {Fact, Instant} from './fact.ts';

/** What every Kubernetes object carries, cut to what we judge by. */
export type Meta = {
	readonly name: string;
	/** Empty for cluster-scoped objects. */
	readonly namespace: string;
	readonly uid: string;
	readonly labels: Readonly<Record<string, string>>;
	readonly annotations?: Readonly<Record<string, string>>;
	readonly createdAt?: Instant;
	readonly deletedAt?: Instant;
	readonly generation?: number;
	readonly owner?: {readonly kind: string; readonly name: string};
};

export type Condition = {
	readonly type: string;
	readonly status: 'True' | 'False' | 'Unknown';
	readonly reason?: string;
	readonly message?: string;
	readonly at?: Instant;
	readonly observedGeneration?: number;
};

export type ContainerState =
	| {readonly is: 'waiting'; readonly reason: string; readonly message?: string}
	| {readonly is: 'running'; readonly startedAt?: Instant}
	| {
			readonly is: 'terminated';
			readonly exitCode: number;
			readonly signal?: number;
			readonly reason?: string;
			readonly message?: string;
			readonly finishedAt?: Instant;
	  }
	| {readonly is: 'unknown'};

export type Container = {
	readonly name: string;
	readonly image: string;
	/** What runs: `…@sha256:…`; absent until pulled. */
	readonly imageId?: string;
	readonly ready: boolean;
	readonly restarts: number;
	readonly state: ContainerState;
	readonly last?: ContainerState;
};

export type Pod = Meta & {
	readonly kind: 'Pod';
	readonly phase: 'Pending' | 'Running' | 'Succeeded' | 'Failed' | 'Unknown';
	readonly reason?: string;
	readonly message?: string;
	readonly node?: string;
	readonly conditions: readonly Condition[];
	readonly containers: readonly Container[];
	readonly initContainers: readonly Container[];
	readonly claims: readonly string[];
};

/** Deployment, StatefulSet, DaemonSet or ReplicaSet: the counts kstatus reads. Absent fields stay absent. */
export type Workload = Meta & {
	readonly kind: 'Deployment' | 'StatefulSet' | 'DaemonSet' | 'ReplicaSet';
	readonly observedGeneration?: number;
	readonly replicas?: number;
	readonly desired?: number;
	readonly updated?: number;
	readonly ready?: number;
	readonly available?: number;
	readonly current?: number;
	readonly currentRevision?: string;
	readonly updateRevision?: string;
	readonly partition?: number;
	readonly strategy?: string;
	readonly progressDeadlineSeconds?: number;
	readonly conditions: readonly Condition[];
	/** Image references of the pod template, to judge drift. */
	readonly images: readonly string[];
	readonly selector: Readonly<Record<string, string>>;
};

export type Job = Meta & {
	readonly kind: 'Job';
	readonly startedAt?: Instant;
	readonly completedAt?: Instant;
	readonly active: number;
	readonly succeeded: number;
	readonly failed: number;
	readonly suspended: boolean;
	readonly conditions: readonly Condition[];
};

export type Claim = Meta & {
	readonly kind: 'PersistentVolumeClaim';
	readonly phase: 'Pending' | 'Bound' | 'Lost';
	readonly storageClass?: string;
	readonly volume?: string;
	readonly requestBytes?: number;
};

export type Node = Meta & {
	readonly kind: 'Node';
	readonly unschedulable: boolean;
	readonly taints: readonly {readonly key: string; readonly effect: string}[];
	readonly conditions: readonly Condition[];
	readonly addresses: readonly string[];
	readonly kubeletVersion?: string;
};

export type ClusterEvent = Meta & {
	readonly kind: 'Event';
	readonly type: 'Normal' | 'Warning';
	readonly reason: string;
	readonly message: string;
	readonly count: number;
	readonly lastAt: Instant;
	readonly about: {readonly kind: string; readonly namespace: string; readonly name: string};
};

/** OCIRepository, HelmRepository, HelmChart, GitRepository, Kustomization or HelmRelease. */
export type FluxObject = Meta & {
	readonly kind: 'OCIRepository' | 'HelmRepository' | 'HelmChart' | 'Kustomization' | 'HelmRelease';
	readonly observedGeneration?: number;
	readonly suspended: boolean;
	readonly conditions: readonly Condition[];
	readonly url?: string;
	readonly revision?: string;
	readonly lastAttemptedRevision?: string;
	readonly dependsOn: readonly string[];
};

export type StorageClass = Meta & {
	readonly kind: 'StorageClass';
	readonly provisioner: string;
	readonly isDefault: boolean;
};
export type CustomDefinition = Meta & {
	readonly kind: 'CustomResourceDefinition';
	readonly conditions: readonly Condition[];
};
/** Secrets and ConfigMaps are seen by name and key names only; values never enter the facts. */
export type KeyedObject = Meta & {readonly kind: 'Secret' | 'ConfigMap'; readonly keys: readonly string[]};

/** Last lines of one container that is in trouble. */
export type LogExcerpt = {
	readonly namespace: string;
	readonly pod: string;
	readonly container: string;
	readonly previous: boolean;
	readonly lines: readonly string[];
	readonly at: Instant;
};

/** What Kubernetes says; every kind with its own age, so that one stuck watch is seen as such. */
export type ClusterFacts = {
	readonly api: Fact<{readonly version: string; readonly latencyMs: number}>;
	readonly nodes: Fact<readonly Node[]>;
	readonly pods: Fact<readonly Pod[]>;
	readonly workloads: Fact<readonly Workload[]>;
	readonly jobs: Fact<readonly Job[]>;
	readonly claims: Fact<readonly Claim[]>;
	readonly events: Fact<readonly ClusterEvent[]>;
	readonly flux: Fact<readonly FluxObject[]>;
	readonly storageClasses: Fact<readonly StorageClass[]>;
	readonly secrets: Fact<readonly KeyedObject[]>;
	readonly logs: readonly LogExcerpt[];
};
