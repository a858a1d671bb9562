import {bytes} from '../../../shared/format.ts';
import type {ReleaseManifest} from '../../../shared/release/manifest.ts';
import type {ArtifactRef} from '../../registry/registry.ts';

type Image = ReleaseManifest['images'][number];

/** Kept free beside twice what is downloaded, and assumed for a release that does not state its sizes. Bytes. */
const spare = 2 * 2 ** 30;

export const imageReference = ({repository, digest}: Pick<Image, 'repository' | 'digest'>): string =>
	`${repository}@${digest}`;

/** The images of a release that another one does not have, by digest. */
export function changedImages(from: ReleaseManifest | undefined, to: ReleaseManifest): readonly Image[] {
	const before = new Set(from?.images.map(imageReference));
	return to.images.filter(image => !before.has(imageReference(image)));
}

/** Everything of a release that a registry must hold, each by digest. */
export const artifactsOf = ({images, charts, config, flux}: ReleaseManifest): readonly ArtifactRef[] => [
	{repository: config.repository, reference: config.digest},
	{repository: flux.manifests.repository, reference: flux.manifests.digest},
	...charts.map(({repository, digest}) => ({repository, reference: digest})),
	...images.map(({repository, digest}) => ({repository, reference: digest})),
];

/** Download and need of an update, bytes; the download is unknown when the release does not state its sizes. */
export function diskNeed(
	from: ReleaseManifest,
	to: ReleaseManifest,
): {readonly download?: number; readonly need: number} {
	const sizes = changedImages(from, to).map(image => image.size);
	const stated = sizes.flatMap(size => size ?? []);
	const download = stated.reduce((sum, size) => sum + size, 0);
	// Images are kept packed and unpacked.
	return sizes.length === stated.length ? {download, need: 2 * download + spare} : {need: 2 * download + 2 * spare};
}

export function diskWords(from: ReleaseManifest, to: ReleaseManifest): string {
	const {download, need} = diskNeed(from, to);
	return `${download === undefined ? 'The release does not state its size' : `${bytes(download)} to download`}; ${bytes(need)} must be free.`;
}

/** What becomes different, a line each. */
export function changesBetween(from: ReleaseManifest, to: ReleaseManifest): readonly string[] {
	const moved = (what: string, before: string, after: string) =>
		before === after ? [] : [`${what} ${before} to ${after}`];
	const images = changedImages(from, to).map(image => image.name);
	return [
		...moved('Alga PSA', from.appVersion, to.appVersion),
		...moved('Kubernetes', from.k3s.version, to.k3s.version),
		...moved('Flux', from.flux.version, to.flux.version),
		...(images.length > 0 ? [`${images.length} new images: ${images.join(', ')}`] : []),
		...(from.config.digest === to.config.digest ? [] : ['configuration of the appliance']),
	];
}

/** How long people are kept out, as far as the two releases tell. */
export function downtimeBetween(from: ReleaseManifest, to: ReleaseManifest): string {
	if (from.k3s.version !== to.k3s.version)
		return 'People cannot log in for about 5 to 15 minutes: Kubernetes is restarted.';
	const changed = new Set(changedImages(from, to).map(image => image.name));
	const serving = to.profile.components.filter(one => one.tier !== 'background');
	return serving.some(one => one.images.some(name => changed.has(name)))
		? 'People cannot log in for about 2 to 10 minutes.'
		: 'None is expected: only background services start again.';
}
