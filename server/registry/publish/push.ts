import {fail, ok, type Result} from '../../../shared/problem.ts';
import {type Layout, streamOf} from '../layout.ts';
import {ImageManifest, parseManifest} from '../oci.ts';
import type {Puller} from '../pull.ts';
import type {Pusher} from '../push.ts';
import {type Built, releaseOf} from './build.ts';
import {lintProblem, lintRelease} from './lint.ts';

export type PublishSite = {
	readonly puller: Puller;
	readonly pusher: Pusher;
	readonly repository: string;
	readonly signal: AbortSignal;
};

/** Uploads a built release under its version. Refuses what lint refuses, and a version that is another release already. */
export async function pushRelease(
	layout: Layout,
	site: PublishSite,
	log: (line: string) => void,
): Promise<Result<Built>> {
	const {puller, pusher, repository, signal} = site;
	const release = await releaseOf(layout);
	if (!release.ok) return release;
	const {manifest, digest} = release.value;
	const findings = await lintRelease(manifest, {puller, repository, layout, signal});
	if (!findings.ok) return findings;
	if (findings.value.length > 0) return fail(lintProblem(manifest.version, findings.value));
	const present = await puller.has(repository, manifest.version, signal);
	if (!present.ok) return present;
	if (present.value) {
		const existing = await puller.manifest(repository, manifest.version, signal);
		if (!existing.ok) return existing;
		if (existing.value.digest !== digest)
			return fail({
				code: 'release.lint',
				what: `Release ${manifest.version} is published already, with other contents.`,
				why: 'Sites may have installed it: a version never changes.',
				next: 'Build it under the next version.',
				detail: `published ${existing.value.digest}, built ${digest}`,
				retry: 'never',
			});
	}
	// The release comes last: nobody may see one whose parts are not there yet.
	const entries = (await layout.entries()).toSorted(
		(a, b) => Number(a.digest === digest) - Number(b.digest === digest),
	);
	for (const entry of entries) {
		const body = await layout.read(entry.digest);
		const image = parseManifest(ImageManifest, body, `${entry.repository}:${entry.reference}`);
		if (!image.ok) return image;
		for (const blob of [image.value.config, ...image.value.layers]) {
			log(`${entry.repository} ${blob.digest.slice(0, 19)} ${blob.size} bytes`);
			const pushed = await pusher.blob(
				entry.repository,
				{...blob, body: streamOf(layout.blobPath(blob.digest))},
				signal,
			);
			if (!pushed.ok) return pushed;
		}
		const stored = await pusher.manifest(entry.repository, entry.reference, {mediaType: entry.mediaType, body}, signal);
		if (!stored.ok) return stored;
		log(`${entry.repository}:${entry.reference} is ${stored.value}`);
	}
	return ok(release.value);
}
