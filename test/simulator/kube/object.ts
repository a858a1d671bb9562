/** Any JSON object read over the wire or from the store. */
export type Fields = {readonly [field: string]: unknown};

export type Owner = {
	readonly apiVersion: string;
	readonly kind: string;
	readonly name: string;
	readonly uid: string;
	readonly controller?: boolean;
};

/** Metadata as the server fills it in. */
export type StoredMeta = {
	readonly name: string;
	readonly namespace?: string;
	readonly uid: string;
	readonly resourceVersion: string;
	readonly creationTimestamp: string;
	readonly generation?: number;
	readonly labels?: Readonly<Record<string, string>>;
	readonly annotations?: Readonly<Record<string, string>>;
	readonly ownerReferences?: readonly Owner[];
	readonly [field: string]: unknown;
};

/** One object in the store: never changed in place. */
export type Stored = {
	readonly apiVersion: string;
	readonly kind: string;
	readonly metadata: StoredMeta;
	readonly [field: string]: unknown;
};

/** An object on its way in, before the server filled in the rest. */
export type Draft = {
	readonly apiVersion: string;
	readonly kind: string;
	readonly metadata: {readonly name: string; readonly namespace?: string; readonly [field: string]: unknown};
	readonly [field: string]: unknown;
};

export const isFields = (value: unknown): value is Fields =>
	typeof value === 'object' && value !== null && !Array.isArray(value);

/** Whether an unknown body has what every Kubernetes object must. */
export const isDraft = (value: unknown): value is Draft =>
	isFields(value) &&
	typeof value.apiVersion === 'string' &&
	typeof value.kind === 'string' &&
	isFields(value.metadata) &&
	typeof value.metadata.name === 'string';

/** A nested field, or undefined where the path leaves the object. */
export function at(value: unknown, ...path: readonly string[]): unknown {
	let here = value;
	for (const step of path) here = isFields(here) ? here[step] : undefined;
	return here;
}
