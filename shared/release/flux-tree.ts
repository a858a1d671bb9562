import type {ReleaseManifest} from './manifest.ts';

/** What stands in the tree where a release puts the digest of a chart. */
const placeholder = 'tag: pinned-by-release';

/** The Flux tree of one release: every chart pinned by the digest its manifest names. Throws when one has none. */
export function pinCharts(
	files: ReadonlyMap<string, string>,
	charts: ReleaseManifest['charts'],
): ReadonlyMap<string, string> {
	return new Map([...files].map(([path, text]) => [path, text.includes(placeholder) ? pin(path, text, charts) : text]));
}

function pin(path: string, text: string, charts: ReleaseManifest['charts']): string {
	const repository = /url: oci:\/\/(\S+)/.exec(text)?.[1];
	const chart = charts.find(one => one.repository === repository);
	if (chart === undefined)
		throw new Error(`${path} takes a chart from ${repository ?? 'nowhere'}, which the release does not name`);
	return text.replace(placeholder, `digest: ${chart.digest}`).replace(/\n\s*# Replaced by the digest[^\n]*/, '');
}
