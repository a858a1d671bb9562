import type {ClusterFacts} from '../../shared/facts/cluster.ts';
import type {Result} from '../../shared/problem.ts';

/** Any Kubernetes object as it goes over the wire; validated where fields are read. */
export type KubeObject = {
	readonly apiVersion: string;
	readonly kind: string;
	readonly metadata: {
		readonly name: string;
		readonly namespace?: string;
		readonly labels?: Record<string, string>;
		readonly annotations?: Record<string, string>;
	};
	readonly [field: string]: unknown;
};

export type ObjectId = {
	readonly apiVersion: string;
	readonly kind: string;
	readonly namespace?: string;
	readonly name: string;
};

/**
 * Kubernetes, as a handful of verbs. Reads for judgement come from the watch cache only; `get` is for operations that
 * must see the object itself. All writes are server-side apply with field manager `alga-appliance` (DESIGN §5).
 */
export type Cluster = {
	/** The cache's present content; never blocks, never throws. Before k3s exists every kind is unknown. */
	readonly facts: () => ClusterFacts;
	/** Calls back (coalesced) when the cache changed; dispose to stop. */
	readonly watch: (changed: () => void) => Disposable;
	/** Resolves when the API answers `/readyz`. */
	readonly ready: (signal: AbortSignal) => Promise<Result<{readonly version: string}>>;
	readonly apply: (object: KubeObject, signal: AbortSignal) => Promise<Result<KubeObject>>;
	readonly get: (id: ObjectId, signal: AbortSignal) => Promise<Result<KubeObject | undefined>>;
	/** Deleting what is not there is success. */
	readonly remove: (id: ObjectId, signal: AbortSignal) => Promise<Result<void>>;
	/** JSON merge patch (RFC 7396), for annotations that ask a controller to act. */
	readonly patch: (
		id: ObjectId,
		patch: Readonly<Record<string, unknown>>,
		signal: AbortSignal,
	) => Promise<Result<KubeObject>>;
	readonly podLog: (
		where: {
			readonly namespace: string;
			readonly pod: string;
			readonly container: string;
			readonly previous: boolean;
			readonly tailLines: number;
		},
		signal: AbortSignal,
	) => Promise<Result<readonly string[]>>;
};
