import {fail, ok, type Problem, type Result} from '../../../shared/problem.ts';
import {type Finding, lintManifest} from '../../../shared/release/lint.ts';
import type {ReleaseManifest} from '../../../shared/release/manifest.ts';
import {compareVersions, covers} from '../../../shared/release/upgrade.ts';
import type {Layout} from '../layout.ts';
import type {Puller} from '../pull.ts';
import {findInTrees} from './lint-trees.ts';

const atOnce = 6;

export type LintSite = {
	readonly puller: Puller;
	readonly repository: string;
	/** What is about to be pushed and need not be there yet. */
	readonly layout: Layout | undefined;
	readonly signal: AbortSignal;
};

/**
 * Everything that speaks against publishing: what the manifest itself shows, every artifact that is not in the registry
 * at its digest, a way here that begins nowhere, and what the Flux trees lack. A registry that does not answer is a Problem, not a finding.
 */
export async function lintRelease(manifest: ReleaseManifest, site: LintSite): Promise<Result<readonly Finding[]>> {
	const missing = await findMissing(manifest, site);
	if (!missing.ok) return missing;
	const way = await findGaps(manifest, site);
	if (!way.ok) return way;
	const trees = await findInTrees(manifest, site);
	if (!trees.ok) return trees;
	return ok([...lintManifest(manifest), ...missing.value, ...way.value, ...trees.value]);
}

/** Findings as one Problem, for whoever must refuse. */
export const lintProblem = (version: string, findings: readonly Finding[]): Problem => ({
	code: 'release.lint',
	what: `Release ${version} is not fit to be published: ${findings.length} ${findings.length === 1 ? 'finding' : 'findings'}.`,
	next: 'Correct each of them and build it again.',
	detail: findings
		.map(({field, what}) => `${field}: ${what}`)
		.join('\n')
		.slice(0, 2000),
	retry: 'after-fix',
});

async function findMissing(manifest: ReleaseManifest, site: LintSite): Promise<Result<readonly Finding[]>> {
	const {puller, signal, layout, repository} = site;
	const named = [
		...manifest.images.map(one => ({field: `images.${one.name}`, ...one})),
		...manifest.charts.map(one => ({field: `charts.${one.name}`, ...one})),
		{field: 'config', ...manifest.config},
		{field: 'flux.manifests', ...manifest.flux.manifests},
	].map(one => ({...one, look: () => puller.has(one.repository, one.digest, signal)}));
	const {binary, airgapImages} = manifest.k3s;
	const blobs = [
		{field: 'k3s.binary.amd64', digest: binary.amd64.digest},
		{field: 'k3s.binary.arm64', digest: binary.arm64?.digest},
		{field: 'k3s.airgapImages.amd64', digest: airgapImages?.amd64.digest},
		{field: 'k3s.airgapImages.arm64', digest: airgapImages?.arm64?.digest},
	]
		.flatMap(({field, digest}) => (digest === undefined ? [] : [{field, digest}]))
		.map(one => ({...one, repository, look: () => puller.hasBlob(repository, one.digest, signal)}));
	const open = [...named, ...blobs];
	const findings: Finding[] = [];
	let problem: Problem | undefined;
	await Promise.all(
		Array.from({length: atOnce}, async () => {
			for (let next = open.shift(); next !== undefined && problem === undefined; next = open.shift()) {
				if (await layout?.hasBlob(next.digest)) continue;
				const found = await next.look();
				if (!found.ok) problem = found.problem;
				else if (!found.value)
					findings.push({field: next.field, what: `${next.repository} does not have ${next.digest}.`});
			}
		}),
	);
	return problem === undefined ? ok(findings.sort((a, b) => a.field.localeCompare(b.field))) : fail(problem);
}

/** The way here must begin at releases that exist, and none that exists may be left without a way on. */
async function findGaps(
	{version, upgradeFrom}: ReleaseManifest,
	{puller, repository, signal}: LintSite,
): Promise<Result<readonly Finding[]>> {
	const tags = await puller.tags(repository, signal);
	if (!tags.ok && tags.problem.code !== 'registry.not-found') return tags;
	const published = (tags.ok ? tags.value : []).filter(tag => /^\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?$/.test(tag));
	const older = published.filter(one => compareVersions(one, version) < 0);
	if (older.length === 0)
		return ok(
			upgradeFrom.length === 0
				? []
				: [{field: 'upgradeFrom', what: 'No release is published that this one could follow.'}],
		);
	if (upgradeFrom.length === 0)
		return ok([{field: 'upgradeFrom', what: `It is empty, but ${older.length} older releases are published.`}]);
	const dead = upgradeFrom.flatMap((pattern, index) =>
		older.some(one => covers(pattern, one))
			? []
			: [{field: `upgradeFrom.${index}`, what: `${pattern} covers no published release.`}],
	);
	const newest = older
		.filter(one => !one.includes('-'))
		.toSorted(compareVersions)
		.at(-1);
	const stranded = newest !== undefined && !upgradeFrom.some(pattern => covers(pattern, newest));
	return ok([
		...dead,
		...(stranded
			? [{field: 'upgradeFrom', what: `${newest}, the newest before it, could not follow: nobody could get here.`}]
			: []),
	]);
}
