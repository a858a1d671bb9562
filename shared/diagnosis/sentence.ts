/**
 * Fills a sentence: `{host|the registry}` becomes what was read, or the words after the bar. `{path}` alone, where a
 * path may be left out, becomes ` (/the/path)` or nothing.
 */
export function render(sentence: string, values: Readonly<Record<string, string>>): string {
	return sentence
		.replace(/\{(?<name>\w+)(?:\|(?<fallback>[^}]*))?\}/gu, (_, name: string, fallback: string | undefined) => {
			const value = values[name];
			if (name === 'path' && fallback === undefined) return value === undefined ? '' : ` (${value})`;
			return value ?? fallback ?? '';
		})
		.replace(/ {2,}/gu, ' ')
		.replace(/ (?=[.,])/gu, '');
}
