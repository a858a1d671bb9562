import type {Instant} from '../../../shared/facts/fact.ts';

/**
 * An API object as it really comes: the documented field names, none of them promised. Reading gives undefined or an
 * empty value for whatever is missing or of another type, so no object of any cluster can throw.
 */
export type Raw<T> = {readonly [Field in keyof T]?: unknown};

const isObject = <T>(value: unknown): value is Raw<T> =>
	typeof value === 'object' && value !== null && !Array.isArray(value);

export const object = <T>(value: unknown): Raw<T> => (isObject<T>(value) ? value : {});
export const list = <T>(value: unknown): readonly Raw<T>[] =>
	Array.isArray(value) ? value.filter(each => isObject<T>(each)) : [];
export const has = <T>(value: unknown): boolean => isObject<T>(value);

/** Longest text kept of any field: Helm and kubelet messages can hold whole manifests. The cause stands at the end. */
const maxText = 4096;

export function text(value: unknown): string | undefined {
	if (typeof value !== 'string' || value === '') return undefined;
	return value.length <= maxText ? value : `${value.slice(0, maxText / 4)} … ${value.slice(-(maxText / 4) * 3)}`;
}

export const count = (value: unknown): number | undefined =>
	typeof value === 'number' && Number.isFinite(value) ? value : undefined;
export const flag = (value: unknown): boolean => value === true;

/** RFC 3339 time, with or without microseconds. */
export function instant(value: unknown): Instant | undefined {
	if (typeof value !== 'string') return undefined;
	const at = Date.parse(value);
	return Number.isNaN(at) ? undefined : at;
}

export function textMap(value: unknown): Readonly<Record<string, string>> {
	const map: Record<string, string> = {};
	for (const [key, inner] of Object.entries(object(value))) if (typeof inner === 'string') map[key] = inner;
	return map;
}

/** The value when it is one of these, else the fallback. */
export function oneOf<const Value extends string>(value: unknown, allowed: readonly Value[], fallback: Value): Value {
	return allowed.find(each => each === value) ?? fallback;
}

/** Leaves out the fields that are undefined, so that absent stays absent (exactOptionalPropertyTypes). */
export function present<T extends object>(fields: {readonly [K in keyof T]: T[K] | undefined}): Partial<T>;
export function present(fields: object): object {
	return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}
