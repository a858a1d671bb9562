import type {ReleaseManifest} from './manifest.ts';
import {compareVersions, judgeUpgrade} from './upgrade.ts';

type Step = Pick<ReleaseManifest, 'version' | 'upgradeFrom' | 'k3s'>;

/**
 * The shortest way from an installed release to another over those published: the versions to install, in order, the
 * last being the one asked for. Undefined when no way leads there. Pure; the order of `releases` does not matter.
 */
export function upgradePath(from: Step, to: Step, releases: readonly Step[]): readonly string[] | undefined {
	const between = releases.filter(
		({version}) => compareVersions(version, from.version) > 0 && compareVersions(version, to.version) < 0,
	);
	// Of ways of the same length the one over the newest releases.
	const candidates = [to, ...between.toSorted((a, b) => compareVersions(b.version, a.version))];
	let reached: readonly {readonly at: Step; readonly path: readonly string[]}[] = [{at: from, path: []}];
	const seen = new Set([from.version]);
	while (reached.length > 0) {
		const next: {at: Step; path: readonly string[]}[] = [];
		for (const {at, path} of reached)
			for (const candidate of candidates) {
				if (seen.has(candidate.version) || !judgeUpgrade(at, candidate).allowed) continue;
				const longer = [...path, candidate.version];
				if (candidate.version === to.version) return longer;
				seen.add(candidate.version);
				next.push({at: candidate, path: longer});
			}
		reached = next;
	}
	return undefined;
}

/** "1.4.2, then 1.5.3, then 1.6.0", and which of them is next; what to do where no way is known. */
export function wayWords(from: string, to: string, way: readonly string[]): string {
	const [next] = way;
	return next === undefined
		? `No published release leads from ${from} to ${to}: ask its publisher for one.`
		: `The way is ${[from, ...way].join(', then ')}: install ${next} first (Updates, or: alga-appliance update --to ${next}).`;
}

/** How an installed release stands to the support window of the newest three minor versions (N, N-1, N-2). */
export type Support =
	| {readonly state: 'supported'; readonly minorsBehind: 0 | 1 | 2}
	| {readonly state: 'ended'; readonly oldestSupported: string};

/** Judges by the minor versions that were released, not by counting numbers: a minor that was never published does not count. */
export function supportOf(version: string, published: readonly string[]): Support {
	const minorOf = (one: string) => one.split('.').slice(0, 2).join('.');
	const final = published.filter(one => !one.includes('-'));
	const minors = [...new Set([...final, version].map(minorOf))].sort((a, b) => compareVersions(`${b}.0`, `${a}.0`));
	const behind = minors.indexOf(minorOf(version));
	if (behind === 0 || behind === 1 || behind === 2) return {state: 'supported', minorsBehind: behind};
	return {state: 'ended', oldestSupported: `${minors[2] ?? minorOf(version)}.x`};
}
