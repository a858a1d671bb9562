import type {ReleaseManifest} from './manifest.ts';

/** Whether one release may follow another, and if not, why and which way leads there. */
export type UpgradeJudgement =
	| {readonly allowed: true}
	| {readonly allowed: false; readonly why: string; readonly path: string};

type Named = Pick<ReleaseManifest, 'version' | 'upgradeFrom' | 'k3s'>;

/** Judges the way from an installed release to another by what the newer one says it can follow. Pure. */
export function judgeUpgrade(from: Named, to: Named): UpgradeJudgement {
	if (compareVersions(to.version, from.version) < 0)
		return refuse(
			`${to.version} is older than ${from.version}, and a downgrade would meet data it does not understand.`,
			`Return to the previous release instead (Updates), or wait until the channel has passed ${from.version}.`,
		);
	const isSame = to.version === from.version;
	if (!isSame && !to.upgradeFrom.some(pattern => covers(pattern, from.version)))
		return to.upgradeFrom.length === 0
			? refuse(`${to.version} is a first release and follows none.`, 'It can only be installed on a new machine.')
			: refuse(
					`it follows ${to.upgradeFrom.join(' or ')} only, and no release may be skipped.`,
					`Install a release of ${to.upgradeFrom.at(-1) ?? ''} first (alga-appliance update --to VERSION).`,
				);
	const [before, after] = [minorOf(from.k3s.version), minorOf(to.k3s.version)];
	if (before !== undefined && after !== undefined && (after < before || after > before + 1))
		return refuse(
			`Kubernetes would go from ${from.k3s.version} to ${to.k3s.version}, and a minor version can be neither skipped nor taken back.`,
			'Install a release between the two first.',
		);
	return {allowed: true};
}

const refuse = (why: string, path: string): UpgradeJudgement => ({allowed: false, why, path});

/** `1.3.x` covers every release of a minor, `1.4.2` itself alone. */
export const covers = (pattern: string, version: string): boolean =>
	pattern.endsWith('.x') ? version.startsWith(pattern.slice(0, -1)) : pattern === version;

const minorOf = (k3s: string): number | undefined => {
	const minor = /^v?\d+\.(\d+)\./u.exec(k3s)?.[1];
	return minor === undefined ? undefined : Number(minor);
};

/** Orders versions as semver 2.0.0 section 11 does: below zero when the first is older. */
export function compareVersions(a: string, b: string): number {
	const [coreA = '', preA] = split(a);
	const [coreB = '', preB] = split(b);
	const byCore = compareParts(coreA.split('.'), coreB.split('.'));
	if (byCore !== 0) return byCore;
	if (preA === undefined || preB === undefined) return preA === preB ? 0 : preA === undefined ? 1 : -1;
	return compareParts(preA.split('.'), preB.split('.'));
}

const split = (version: string): readonly [string, string | undefined] => {
	const [bare = ''] = version.split('+');
	const at = bare.indexOf('-');
	return at < 0 ? [bare, undefined] : [bare.slice(0, at), bare.slice(at + 1)];
};

function compareParts(a: readonly string[], b: readonly string[]): number {
	for (let index = 0; index < Math.max(a.length, b.length); index++) {
		const [left, right] = [a[index], b[index]];
		if (left === right) continue;
		if (left === undefined) return -1;
		if (right === undefined) return 1;
		const numbers = [/^\d+$/u.test(left), /^\d+$/u.test(right)];
		if (numbers[0] && numbers[1]) return Number(left) - Number(right);
		if (numbers[0] !== numbers[1]) return numbers[0] ? -1 : 1;
		return left < right ? -1 : 1;
	}
	return 0;
}
