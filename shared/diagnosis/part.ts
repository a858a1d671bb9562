import type {ClusterFacts, Pod} from '../facts/cluster.ts';
import {lastSeen} from '../facts/fact.ts';
import type {Phase} from '../operations/operation.ts';
import type {Expected} from '../readiness/components.ts';
import type {Ownership} from '../readiness/ownership.ts';
import {platformComponents} from '../readiness/platform.ts';
import type {Component} from '../release/manifest.ts';
import type {BlockerTier, Subject} from './blocker.ts';

/** The part of the appliance an object belongs to. */
export type Part = {
	readonly name: string;
	readonly title: string;
	readonly tier: BlockerTier;
	/** Where its own failures belong when the cause has no phase. */
	readonly phase: Phase;
	/** Names of the parts it cannot work without, all the way down. */
	readonly needs: ReadonlySet<string>;
};

const none: ReadonlySet<string> = new Set();
const platformPart = (name: string, title: string, phase: Phase): Part => ({
	name,
	title,
	tier: 'platform',
	phase,
	needs: none,
});
export const hostPart = platformPart('host', 'This machine', 'k3s');
export const k3sPart = platformPart('k3s', 'Kubernetes', 'k3s');
export const nodePart = platformPart('node', 'Node', 'k3s');
export const fluxPart = platformPart('flux', 'Flux', 'flux');
export const releasePart = platformPart('release', 'Release', 'release-source');
const storagePart = platformPart('local-path-provisioner', 'Storage provisioner', 'k3s');

const tierPhase: Readonly<Record<Component['tier'], Phase>> = {
	core: 'app-bootstrap',
	bootstrap: 'app-bootstrap',
	login: 'app-readiness',
	background: 'background-services',
};

/** The tiers below each tier: what everything of the tier rests on. */
const below: Readonly<Record<Component['tier'], readonly Component['tier'][]>> = {
	core: [],
	bootstrap: ['core'],
	login: ['core', 'bootstrap'],
	background: ['core'],
};

/** Finds the part for any object. */
export type Parts = {
	readonly of: (subject: Subject) => Part;
	readonly ofPod: (pod: Pod) => Part;
	/** The names of the parts a HelmRelease brings. */
	readonly broughtBy: (helmRelease: string) => ReadonlySet<string>;
};

/** An index over the release's profile, the platform's own workloads and the pods there are. */
export function indexParts(cluster: ClusterFacts, ownership: Ownership, expected: Expected | undefined): Parts {
	const components = expected?.profile.components ?? [];
	const byName = new Map(components.map(component => [component.name, componentPart(component, components)]));
	const partOf = (component: Component): Part => byName.get(component.name) ?? componentPart(component, components);
	const byWorkload = new Map<string, Part>();
	for (const {name, title, workload, phase} of platformComponents)
		byWorkload.set(key(workload), platformPart(name, title, phase));
	for (const component of components) byWorkload.set(key(component.workload), partOf(component));
	const byRelease = new Map<string, Part[]>();
	for (const component of components) {
		if (component.helmRelease === undefined) continue;
		const part = partOf(component);
		byRelease.set(component.helmRelease, [...(byRelease.get(component.helmRelease) ?? []), part]);
	}
	const pods = new Map((lastSeen(cluster.pods) ?? []).map(pod => [`${pod.namespace}/${pod.name}`, pod]));

	const ofPod = (pod: Pod): Part => {
		const owner = ownership.topOwner(pod);
		const owned = owner && byWorkload.get(key({...owner, namespace: pod.namespace}));
		return owned ?? ofPodName(pod.namespace, pod.name);
	};
	/** The pod may be gone: its name still begins with that of its workload; the longest match wins. */
	const ofPodName = (namespace: string, name: string): Part => {
		let best: {readonly length: number; readonly part: Part} | undefined;
		for (const [workload, part] of byWorkload) {
			const [, space, base = ''] = workload.split('/');
			if (space === namespace && (name === base || name.startsWith(`${base}-`)) && base.length > (best?.length ?? 0))
				best = {length: base.length, part};
		}
		return best?.part ?? unlisted(namespace, name);
	};
	const ofClaim = (namespace: string, name: string): Part => {
		const listed = components.find(
			each => each.workload.namespace === namespace && each.volumes.some(volume => volume.claim === name),
		);
		if (listed) return partOf(listed);
		const user = [...pods.values()].find(pod => pod.namespace === namespace && pod.claims.includes(name));
		if (user) return ofPod(user);
		const set = /-(?<pod>[a-z0-9-]+-\d+)$/u.exec(name)?.groups?.['pod'];
		const named = set === undefined ? undefined : ofPodName(namespace, set);
		return named && named.tier !== 'platform' && !isUnlisted(named) ? named : storagePart;
	};
	const ofRelease = (name: string): Part => {
		const brought = byRelease.get(name) ?? [];
		const foremost = ['login', 'core', 'bootstrap', 'background'] as const;
		const rank = (part: Part) => (part.name === name ? -1 : foremost.findIndex(tier => tier === part.tier));
		return [...brought].sort((a, b) => rank(a) - rank(b))[0] ?? fluxPart;
	};
	/** Flux names a chart after its release, with the namespace before it. */
	const ofChart = (name: string): Part => {
		const release = [...byRelease.keys()]
			.filter(each => name.endsWith(`-${each}`))
			.sort((a, b) => b.length - a.length)[0];
		return release === undefined ? fluxPart : ofRelease(release);
	};
	const of = ({kind, namespace, name}: Subject): Part => {
		switch (kind) {
			case 'Pod': {
				const pod = pods.get(`${namespace}/${name}`);
				return pod ? ofPod(pod) : ofPodName(namespace, name);
			}
			case 'Node':
				return nodePart;
			case 'PersistentVolumeClaim':
				return ofClaim(namespace, name);
			case 'HelmRelease':
				return ofRelease(name);
			case 'HelmChart':
				return ofChart(name);
			case 'OCIRepository':
			case 'HelmRepository':
			case 'Kustomization':
				return fluxPart;
			case 'Host':
				return hostPart;
			case 'ReplicaSet':
				return (
					byWorkload.get(key({kind: 'Deployment', namespace, name: name.replace(/-[a-z0-9]{5,10}$/u, '')})) ??
					ofPodName(namespace, name)
				);
			default:
				return byWorkload.get(key({kind, namespace, name})) ?? ofPodName(namespace, name);
		}
	};
	const broughtBy = (release: string) => new Set((byRelease.get(release) ?? []).map(part => part.name));
	return {of, ofPod, broughtBy};
}

const key = ({kind, namespace, name}: Subject): string => `${kind}/${namespace}/${name}`;
const isUnlisted = (part: Part): boolean => part.title === part.name;

/** A pod nobody listed never blocks login; in the platform's own namespaces it belongs to Kubernetes. */
function unlisted(namespace: string, name: string): Part {
	if (namespace === 'flux-system') return fluxPart;
	const base = name.replace(/-[a-z0-9]{5,10}-[a-z0-9]{5}$/u, '');
	if (namespace === 'kube-system' && base.startsWith('helper-pod')) return storagePart;
	return {
		name: base,
		title: base,
		tier: 'background',
		phase: namespace === 'kube-system' ? 'k3s' : 'background-services',
		needs: none,
	};
}

function componentPart(component: Component, all: readonly Component[]): Part {
	return {
		name: component.name,
		title: component.title,
		tier: component.tier,
		phase: tierPhase[component.tier],
		needs: needsOf(component, all),
	};
}

function needsOf(component: Component, all: readonly Component[]): ReadonlySet<string> {
	const found = new Set<string>();
	const visit = (each: Component): void => {
		const direct = all.filter(other => each.dependsOn.includes(other.name) || below[each.tier].includes(other.tier));
		for (const other of direct) {
			if (found.has(other.name) || other.name === component.name) continue;
			// What only the bootstrap waits for, nothing else does: it runs once.
			if (each !== component && each.tier === 'bootstrap' && other.tier === 'background') continue;
			found.add(other.name);
			visit(other);
		}
	};
	visit(component);
	return found;
}
