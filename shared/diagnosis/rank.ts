import {type Layer, layers} from './blocker.ts';
import {type CauseId, causes} from './causes.ts';
import type {Finding} from './rule.ts';
import {siteWide} from './site.ts';

/** A finding with those it explains. */
export type Explained = {readonly finding: Finding; readonly explains: readonly Finding[]};

/** Which parts a HelmRelease brings: its failure is explained by theirs. */
export type Releases = (helmRelease: string) => ReadonlySet<string>;

/**
 * Leaves the findings that nothing else explains, each with what it explains. One thing explains another when its
 * cause says so, or when the other is only a symptom, stands higher, and both share an object, an owner, an image, a
 * node or a dependency.
 */
export function rankCauses(findings: readonly Finding[], releases: Releases): readonly Explained[] {
	const ordered = [...findings].sort((a, b) => order(a) - order(b));
	const hiddenBy = new Map<Finding, Finding>();
	const explained = new Set(
		[...new Set(findings.map(finding => finding.cause))].flatMap(cause => causes[cause].explains ?? []),
	);
	for (const finding of ordered) {
		// Nothing here could explain it: the usual case, and the one that comes in thousands.
		const {cause} = finding;
		if (!causes[cause].symptom && !explained.has(cause) && servedBy[cause] === undefined) continue;
		const reason = ordered.find(other => other !== finding && explains(other, finding, releases));
		if (reason) hiddenBy.set(finding, reason);
	}
	const root = (finding: Finding): Finding => {
		const seen = new Set<Finding>();
		let at = finding;
		for (let next = hiddenBy.get(at); next && !seen.has(next); next = hiddenBy.get(at)) {
			seen.add(next);
			at = next;
		}
		return at;
	};
	return ordered
		.filter(finding => !hiddenBy.has(finding))
		.map(finding => ({
			finding,
			explains: ordered.filter(other => other !== finding && hiddenBy.has(other) && root(other) === finding),
		}));
}

/** What stops when one part of the platform does. */
const servedBy: Readonly<Partial<Record<CauseId, string>>> = {
	'cluster-dns-down': 'coredns',
	'provisioner-failed': 'local-path-provisioner',
};

const layerRank = (layer: Layer): number => layers.indexOf(layer);

/** Real causes before symptoms, warnings last, and each by layer from below. */
const order = ({cause}: Finding): number =>
	heightOf(cause) + (causes[cause].symptom ? 100 : 0) + (causes[cause].warning ? 1000 : 0);

/** That a container keeps ending says least of all that can be known below Helm, whatever layer it happens in. */
const heightOf = (cause: CauseId): number =>
	cause === 'crash-loop' || cause === 'probe-failing' ? layerRank('helm') - 0.5 : layerRank(causes[cause].layer);

function explains(a: Finding, b: Finding, releases: Releases): boolean {
	if (a.cause === b.cause) return false;
	const [cause, effect] = [causes[a.cause], causes[b.cause]];
	if (cause.explains?.includes(b.cause)) return cause.per === 'site' || cause.per === 'host' || related(a, b, releases);
	// Whoever serves it is in trouble of its own: that is the reason.
	if (servedBy[b.cause] === a.signal.part.name && !cause.symptom && servedBy[a.cause] === undefined) return true;
	if (!effect.symptom || cause.warning || order(a) >= order(b)) return false;
	return related(a, b, releases);
}

/** Whether two findings have anything to do with each other. */
function related(a: Finding, b: Finding, releases: Releases): boolean {
	const [from, to] = [a.signal, b.signal];
	if (from.part.name === to.part.name && from.part.tier !== 'platform') return true;
	if (
		from.subject.kind === to.subject.kind &&
		from.subject.name === to.subject.name &&
		from.subject.namespace === to.subject.namespace
	)
		return true;
	if (from.image && from.image === to.image && layerRank(causes[a.cause].layer) <= layerRank('image')) return true;
	if (to.part.needs.has(from.part.name)) return true;
	if (to.subject.kind === 'HelmRelease' && releases(to.subject.name).has(from.part.name)) return true;
	if (siteWide(a)) return true;
	if (isPull(b)) return layerRank(causes[a.cause].layer) <= layerRank('registry');
	return to.part.tier === 'platform' && isFlux(b) && waitsForAll(b, a);
}

const isPull = ({cause}: Finding): boolean =>
	cause === 'image-pull-failed' || cause === 'chart-unavailable' || cause === 'flux-source-missing';
const isFlux = ({signal}: Finding): boolean => signal.source === 'flux' || signal.source === 'event';

/** A Kustomization waits for all it applied. It names what it waited for; a background part alone never holds another. */
function waitsForAll(waiting: Finding, other: Finding): boolean {
	const named = /(?<kind>[A-Z]\w+)\/[\w.-]+\/(?<name>[\w.-]+)/u.exec(waiting.signal.text)?.groups;
	if (!named) return other.signal.part.tier !== 'background';
	const {name = ''} = named;
	return (
		[other.signal.part.name, other.signal.subject.name].some(
			each => each === name || each.startsWith(name) || name.startsWith(each),
		) || other.signal.part.tier !== 'background'
	);
}
