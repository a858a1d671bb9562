/** What stands where a secret was. */
const marker = '***REDACTED***';

/** Replaces every known secret, also in its JSON, URL and base64 spelling, in anything a person may read. */
export function masker(secrets: readonly string[]): <T>(value: T) => T {
	const spellings = secrets
		.filter(secret => secret.length >= 4)
		.flatMap(secret => [
			secret,
			JSON.stringify(secret).slice(1, -1),
			encodeURIComponent(secret),
			Buffer.from(secret).toString('base64'),
		]);
	const known = [...new Set(spellings)].sort((a, b) => b.length - a.length);
	const text = (value: string) => known.reduce((masked, secret) => masked.replaceAll(secret, marker), value);
	const deep = (value: unknown): unknown => {
		if (typeof value === 'string') return text(value);
		if (Array.isArray(value)) return value.map(deep);
		if (value !== null && typeof value === 'object')
			return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, deep(inner)]));
		return value;
	};
	return <T>(value: T): T => (known.length === 0 ? value : (deep(value) as T));
}
