import type {ReleaseManifest} from './manifest.ts';

/** One difference between two releases; a side that does not have it is undefined. */
export type Change = {readonly what: string; readonly from: string | undefined; readonly to: string | undefined};

/** What changes from one release to another, in the order a technician asks for it. Pure. */
export function diffReleases(from: ReleaseManifest, to: ReleaseManifest): readonly Change[] {
	return [
		...changes([['Application', from.appVersion, to.appVersion]]),
		...changes([
			['k3s', from.k3s.version, to.k3s.version],
			['Flux', from.flux.version, to.flux.version],
			['Operating system', from.os.base, to.os.base],
			['Minimum manager', from.minimumManager, to.minimumManager],
			['Configuration', short(from.config.digest), short(to.config.digest)],
		]),
		...byName('Image', from.images, to.images, ({digest}) => short(digest)),
		...byName('Chart', from.charts, to.charts, ({version, digest}) => `${version} ${short(digest)}`),
		...byName('Component', from.profile.components, to.profile.components, ({tier, workload}) =>
			[tier, workload.kind, `${workload.namespace}/${workload.name}`].join(' '),
		),
		...byName('Values', valuesOf(from), valuesOf(to), ({text}) => text),
		...byName('Host', hostsOf(from), hostsOf(to), ({purpose}) => purpose),
	];
}

const short = (digest: string) => digest.slice(0, 19);
const hostsOf = ({hosts}: ReleaseManifest) =>
	hosts.map(one => ({name: `${one.host}:${one.port}`, purpose: one.purpose}));

/** Values one by one: `alga-core.server.replicas`. */
function valuesOf({values}: ReleaseManifest): readonly {name: string; text: string}[] {
	const flat = (name: string, value: unknown): readonly {name: string; text: string}[] =>
		typeof value === 'object' && value !== null && Object.keys(value).length > 0
			? Object.entries(value).flatMap(([key, inner]) => flat(`${name}.${key}`, inner))
			: [{name, text: JSON.stringify(value) ?? ''}];
	return Object.entries(values).flatMap(([name, value]) => flat(name, value));
}

function byName<T extends {readonly name: string}>(
	title: string,
	from: readonly T[],
	to: readonly T[],
	text: (one: T) => string,
): readonly Change[] {
	const all = [...new Set([...from, ...to].map(({name}) => name))];
	const of = (list: readonly T[], name: string) => {
		const found = list.find(one => one.name === name);
		return found && text(found);
	};
	return changes(all.map(name => [`${title} ${name}`, of(from, name), of(to, name)]));
}

const changes = (rows: readonly (readonly [string, string | undefined, string | undefined])[]): readonly Change[] =>
	rows.filter(([, from, to]) => from !== to).map(([what, from, to]) => ({what, from, to}));
