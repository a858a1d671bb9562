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

/** Every image that containers of some object name, at any depth. */
export function imagesIn(object: unknown): readonly string[] {
	if (Array.isArray(object)) return object.flatMap(imagesIn);
	if (typeof object !== 'object' || object === null) return [];
	return Object.entries(object).flatMap(([key, value]) =>
		(key === 'containers' || key === 'initContainers') && Array.isArray(value)
			? value.flatMap(container => (typeof container?.image === 'string' ? [container.image] : []))
			: imagesIn(value),
	);
}

/**
 * The reference that a release names for an image, by digest; the image as it is where the release names none. Flux's
 * manifests leave the registry's host away, so only the path counts.
 */
export function pinnedImage(image: string, images: ReleaseManifest['images']): string {
	const found = images.find(({repository}) => pathOf(repository) === pathOf(image));
	return found === undefined ? image : `${found.repository}@${found.digest}`;
}

/** `ghcr.io/fluxcd/source-controller:v1.6.2` and `fluxcd/source-controller` are both `fluxcd/source-controller`. */
function pathOf(image: string): string {
	const [bare = ''] = image.split('@');
	const [first = '', ...rest] = bare.replace(/:[^/:]+$/, '').split('/');
	return rest.length > 0 && /[.:]|^localhost$/.test(first) ? rest.join('/') : [first, ...rest].join('/');
}
