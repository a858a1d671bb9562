import {fail, ok, type Result} from '../../../shared/problem.ts';
import type {ReleaseManifest} from '../../../shared/release/manifest.ts';
import {upgradePath} from '../../../shared/release/path.ts';
import {compareVersions} from '../../../shared/release/upgrade.ts';
import type {Registry} from '../../registry/registry.ts';

/** Releases that are looked at for a way; a site that is further behind is told the part that is known. */
const mostBetween = 40;

/**
 * The versions to install one after the other, the last being the one asked for; empty when no way over published,
 * trusted releases leads there. A release that cannot be read or is not vouched for is no step of a way.
 */
export async function wayTo(
	registry: Pick<Registry, 'versions' | 'resolveRelease'>,
	from: ReleaseManifest,
	to: ReleaseManifest,
	signal: AbortSignal,
): Promise<Result<readonly string[]>> {
	const versions = await registry.versions(signal);
	if (!versions.ok) return versions;
	const between = versions.value
		.filter(one => compareVersions(one, from.version) > 0 && compareVersions(one, to.version) < 0)
		.sort((a, b) => compareVersions(b, a))
		.slice(0, mostBetween);
	const releases: ReleaseManifest[] = [];
	for (const version of between) {
		const found = await registry.resolveRelease(version, signal);
		if (found.ok) releases.push(found.value.manifest);
		else if (signal.aborted) return fail(found.problem);
	}
	return ok(upgradePath(from, to, releases) ?? []);
}
