/** Reads fields of loose records: what is not there, or of another kind, is left out. */
export type Loose = Readonly<Record<string, unknown>>;

export const text = (record: Loose, field: string): string | undefined => {
	const value = record[field];
	return typeof value === 'string' ? value : undefined;
};
export const number = (record: Loose, field: string): number | undefined => {
	const value = record[field];
	return typeof value === 'number' ? value : undefined;
};
export const isRecord = (value: unknown): value is Loose =>
	typeof value === 'object' && value !== null && !Array.isArray(value);
export const record = (from: Loose, field: string): Loose => {
	const value = from[field];
	return isRecord(value) ? value : {};
};
export const records = (from: Loose, field: string): readonly Loose[] => {
	const value = from[field];
	return Array.isArray(value) ? value.filter(isRecord) : [];
};
export const texts = (from: Loose, field: string): readonly string[] => {
	const value = from[field];
	return Array.isArray(value) ? value.filter(each => typeof each === 'string') : [];
};
