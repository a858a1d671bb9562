import type {Component, ReleaseManifest} from './manifest.ts';
import {compareVersions} from './upgrade.ts';

/** One thing that makes a release unfit to be published. `field` is the path within the manifest. */
export type Finding = {readonly field: string; readonly what: string};

/** What the schema cannot say: that names meet, that nothing floats, that the way here is a way. Pure; empty is good. */
export function lintManifest(manifest: ReleaseManifest): readonly Finding[] {
	return [names, components, profile, upgrade, hosts, floating].flatMap(check => check(manifest));
}

function names({images, charts, profile}: ReleaseManifest): readonly Finding[] {
	const lists = [
		['images', images],
		['charts', charts],
		['profile.components', profile.components],
	] as const;
	return lists.flatMap(([field, list]) =>
		list
			.map(({name}) => name)
			.filter((name, index, all) => all.indexOf(name) !== index)
			.map(name => ({field, what: `"${name}" is there twice.`})),
	);
}

const order: readonly Component['tier'][] = ['core', 'bootstrap', 'login', 'background'];

function components({images, values, profile}: ReleaseManifest): readonly Finding[] {
	const byName = new Map(profile.components.map(one => [one.name, one]));
	return profile.components.flatMap(component => {
		const {name, helmRelease, tier} = component;
		const field = `profile.components.${name}`;
		const unknownImages = component.images.filter(image => !images.some(one => one.name === image));
		const after = component.dependsOn.flatMap(other => {
			const found = byName.get(other);
			if (found === undefined) return [{field: `${field}.dependsOn`, what: `There is no component "${other}".`}];
			return order.indexOf(found.tier) > order.indexOf(tier)
				? [{field: `${field}.dependsOn`, what: `"${other}" is of a later tier (${found.tier}) than ${tier}.`}]
				: [];
		});
		return [
			...unknownImages.map(image => ({field: `${field}.images`, what: `There is no image "${image}".`})),
			...after,
			...(dependsOnItself(name, byName) ? [{field: `${field}.dependsOn`, what: 'It depends on itself.'}] : []),
			...(helmRelease !== undefined && values[helmRelease] === undefined
				? [{field: `${field}.helmRelease`, what: `There are no values for "${helmRelease}".`}]
				: []),
		];
	});
}

function dependsOnItself(name: string, byName: ReadonlyMap<string, Component>): boolean {
	const seen = new Set<string>();
	const open = [...(byName.get(name)?.dependsOn ?? [])];
	for (let next = open.pop(); next !== undefined; next = open.pop()) {
		if (next === name) return true;
		if (seen.has(next)) continue;
		seen.add(next);
		open.push(...(byName.get(next)?.dependsOn ?? []));
	}
	return false;
}

function profile({profile: {components: all, bootstrap, login}}: ReleaseManifest): readonly Finding[] {
	return (['bootstrap', 'login'] as const).flatMap(tier => {
		const wanted = {bootstrap, login}[tier].component;
		const found = all.find(one => one.name === wanted);
		const field = `profile.${tier}.component`;
		if (found === undefined) return [{field, what: `There is no component "${wanted}".`}];
		if (found.tier !== tier) return [{field, what: `"${wanted}" is of tier ${found.tier}, not ${tier}.`}];
		if (tier === 'bootstrap' && found.workload.kind !== 'Job')
			return [{field, what: `"${wanted}" is a ${found.workload.kind}; only a Job can complete.`}];
		return [];
	});
}

function upgrade({version, channel, upgradeFrom}: ReleaseManifest): readonly Finding[] {
	return [
		...(channel === 'stable' && version.includes('-')
			? [{field: 'channel', what: `${version} is a pre-release and cannot be stable.`}]
			: []),
		...upgradeFrom.flatMap((pattern, index) => {
			const field = `upgradeFrom.${index}`;
			if (!/^\d+\.\d+\.(?:x|\d+(?:-[0-9A-Za-z.-]+)?)$/.test(pattern))
				return [{field, what: `"${pattern}" is neither a version nor a minor like 1.3.x.`}];
			return compareVersions(pattern.replace(/x$/, '0'), version) >= 0
				? [{field, what: `${pattern} is not older than ${version}.`}]
				: [];
		}),
	];
}

/** Every host that is fetched from must be one that the checks before installation try. */
function hosts({hosts: named, images, charts, config, flux}: ReleaseManifest): readonly Finding[] {
	const used = [...images, ...charts, config, flux.manifests].map(({repository}) => repository.split('/')[0] ?? '');
	return [...new Set(used)]
		.filter(host => !named.some(one => (one.port === 443 ? one.host : `${one.host}:${one.port}`) === host))
		.map(host => ({field: 'hosts', what: `${host} is fetched from, but not among the hosts to check.`}));
}

/** Images named by tag inside values: they would be pulled past all verification. */
function floating({values}: ReleaseManifest): readonly Finding[] {
	return Object.entries(values).flatMap(([release, value]) => floatingIn(`values.${release}`, value));
}

function floatingIn(field: string, value: unknown): readonly Finding[] {
	if (typeof value === 'string')
		return /(^|\.)image$/i.test(field) && value !== '' && !/@sha256:[0-9a-f]{64}$/.test(value)
			? [{field, what: `"${value}" names an image without its digest.`}]
			: [];
	if (typeof value !== 'object' || value === null) return [];
	const entries = Object.entries(value);
	const tag = entries.find(([key]) => key === 'tag');
	const digest = entries.find(([key]) => key === 'digest');
	const tagged =
		typeof tag?.[1] === 'string' &&
		tag[1] !== '' &&
		!(typeof digest?.[1] === 'string' && digest[1].startsWith('sha256:'));
	return [
		...(tagged ? [{field: `${field}.tag`, what: `"${tag[1]}" is a floating tag; the digest is missing.`}] : []),
		...entries.flatMap(([key, inner]) => floatingIn(`${field}.${key}`, inner)),
	];
}

/**
 * Whether a tag is moved on by habit: a branch, a channel, "the newest". What it means when a release is built is chance.
 */
export const isFloating = (tag: string): boolean =>
	/^(v?\d+(\.\d+)?[-_.])?(latest|stable|nightly|candidate|current|rolling|edge|canary|next|head|main|master|trunk|dev|devel|develop|development|snapshot|staging|production|prod|test|testing)$/i.test(
		tag,
	);
