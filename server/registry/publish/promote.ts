import {fail, ok, type Result} from '../../../shared/problem.ts';
import {type Channel, ReleaseManifest, releaseMediaType} from '../../../shared/release/manifest.ts';
import {compareVersions} from '../../../shared/release/upgrade.ts';
import {parseManifest} from '../oci.ts';
import type {OpenRegistry} from '../open.ts';
import {lintProblem, lintRelease} from './lint.ts';
import type {PublishSite} from './push.ts';

/**
 * Lets a channel point to a published release. It must be signed by a trusted key and pass lint as it stands in the
 * registry; a channel does not go back to an older release, since sites would be offered a downgrade.
 */
export async function promoteRelease(
	registry: Pick<OpenRegistry, 'resolveRelease'>,
	site: PublishSite,
	version: string,
	channel: Channel,
): Promise<Result<{readonly digest: string; readonly before: string | undefined}>> {
	const {puller, pusher, repository, signal} = site;
	const release = await registry.resolveRelease(version, signal);
	if (!release.ok) return release;
	const {manifest, digest} = release.value;
	const findings = await lintRelease(manifest, {puller, repository, layout: undefined, signal});
	if (!findings.ok) return findings;
	const prerelease = channel === 'stable' && manifest.version.includes('-');
	const all = [
		...findings.value,
		...(prerelease ? [{field: 'version', what: `${manifest.version} is a pre-release and cannot be stable.`}] : []),
	];
	if (all.length > 0) return fail(lintProblem(manifest.version, all));
	const current = await versionAt(site, channel);
	if (!current.ok) return current;
	const before = current.value;
	if (before !== undefined && compareVersions(before, manifest.version) > 0)
		return fail({
			code: 'release.downgrade',
			what: `${channel} is at ${before}, which is newer than ${manifest.version}.`,
			why: 'Sites on this channel would be offered a downgrade, which they refuse.',
			next: 'Publish what is in the older one as a newer version.',
			retry: 'never',
		});
	const stored = await puller.manifest(repository, digest, signal);
	if (!stored.ok) return stored;
	const {bytes, mediaType} = stored.value;
	const tagged = await pusher.manifest(repository, channel, {mediaType, body: bytes}, signal);
	return tagged.ok ? ok({digest, before}) : tagged;
}

/**
 * The version a channel is at, whoever signed it: the number only keeps the channel from going back, and a key that was
 * retired since must not let it. Undefined where the channel is new or holds a release of the first format.
 */
async function versionAt(
	{puller, repository, signal}: PublishSite,
	channel: Channel,
): Promise<Result<string | undefined>> {
	const present = await puller.has(repository, channel, signal);
	if (!present.ok) return present;
	if (!present.value) return ok(undefined);
	const fetched = await puller.image(repository, channel, signal);
	if (!fetched.ok) return fetched;
	const {config} = fetched.value.image;
	if (config.mediaType !== releaseMediaType) return ok(undefined);
	const bytes = await puller.blob(repository, config, signal);
	if (!bytes.ok) return bytes;
	const manifest = parseManifest(ReleaseManifest, bytes.value, `The release in ${channel}`);
	return manifest.ok ? ok(manifest.value.version) : manifest;
}
