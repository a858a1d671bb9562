import type {ClusterFacts, Container, Job, Workload} from '../facts/cluster.ts';
import type {Instant} from '../facts/fact.ts';
import type {Component, ReleaseManifest} from '../release/manifest.ts';
import {isInError, kstatus, type ObjectHealth} from './kstatus.ts';
import {indexOwnership, type Ownership} from './ownership.ts';
import {platformComponents} from './platform.ts';

/** What readiness needs to know of a release: which workload belongs where, and the images it names. */
export type Expected = Pick<ReleaseManifest, 'profile' | 'images'>;

/** One component as a technician sees it. Missing and unknown are told apart: only a complete list proves absence. */
export type ComponentHealth = {
	readonly name: string;
	readonly title: string;
	readonly tier: 'platform' | Component['tier'];
	readonly state: ObjectHealth['state'] | 'missing';
	readonly reason: string;
	readonly since?: Instant;
	/** The image it runs, or is meant to run. */
	readonly image?: string;
	/** Runs an image whose digest the release does not name. */
	readonly drift?: {readonly running: string; readonly expected: string};
};

/** Judges the platform's own workloads and every component of the release; the former alone before a release is chosen. */
export function judgeComponents(
	cluster: ClusterFacts,
	expected: Expected | undefined,
	now: Instant,
): readonly ComponentHealth[] {
	const ownership = indexOwnership(cluster);
	const platform = platformComponents.map(({name, title, workload}) => ({
		name,
		title,
		tier: 'platform' as const,
		...healthOf(workload, cluster, ownership, now),
	}));
	const components = (expected?.profile.components ?? []).map(component => ({
		name: component.name,
		title: component.title,
		tier: component.tier,
		...healthOf(component.workload, cluster, ownership, now),
		...imagesOf(component, ownership, expected?.images ?? []),
	}));
	return [...platform, ...components];
}

type WorkloadRef = Component['workload'];

function healthOf(
	ref: WorkloadRef,
	cluster: ClusterFacts,
	ownership: Ownership,
	now: Instant,
): {readonly state: ComponentHealth['state']; readonly reason: string; readonly since?: Instant} {
	const fact = ref.kind === 'Job' ? cluster.jobs : cluster.workloads;
	if (fact.state !== 'known') return {state: 'unknown', reason: fact.why};
	const all: readonly (Workload | Job)[] = fact.value;
	const found = all.find(each => each.kind === ref.kind && each.namespace === ref.namespace && each.name === ref.name);
	if (!found) return {state: 'missing', reason: 'not created yet'};
	const judged = kstatus(found, now);
	return judged.state === 'progressing' ? (podError(ref, ownership) ?? judged) : judged;
}

/** A workload stays "in progress" for ever while its pod cannot start: the pod's word is the better one. */
function podError(ref: WorkloadRef, {podsOf}: Ownership): ObjectHealth | undefined {
	for (const pod of podsOf(ref)) {
		const stuck = [...pod.initContainers, ...pod.containers].find(isInError);
		if (stuck?.state.is === 'waiting') return {state: 'failed', reason: `${stuck.name}: ${stuck.state.reason}`};
	}
	return undefined;
}

const digestOf = (reference: string | undefined): string | undefined =>
	/sha256:[0-9a-f]{64}/u.exec(reference ?? '')?.[0];
/** The repository without tag, digest and the Docker Hub default, so that a mirror's spelling still compares. */
const repositoryOf = (reference: string): string =>
	reference
		.replace(/@sha256:[0-9a-f]+$/u, '')
		.replace(/:[^/:]+$/u, '')
		.replace(/^docker\.io\/(?:library\/)?/u, '');

function imagesOf(
	component: Component,
	{podsOf}: Ownership,
	images: ReleaseManifest['images'],
): Pick<ComponentHealth, 'image' | 'drift'> {
	const wanted = images.filter(image => component.images.includes(image.name));
	const containers = podsOf(component.workload).flatMap(pod => [...pod.containers, ...pod.initContainers]);
	const [first] = wanted;
	const image = containers[0]?.image ?? (first && `${first.repository}@${first.digest}`);
	const drift = wanted.flatMap(each => driftOf(each, containers))[0];
	return {...(image === undefined ? {} : {image}), ...(drift === undefined ? {} : {drift})};
}

/**
 * A container runs the wrong bytes when neither the reference it was started by nor what runs carries the digest the
 * release names. The reference counts too: what runs may be named by the digest of one platform's manifest.
 */
function driftOf(wanted: ReleaseManifest['images'][number], containers: readonly Container[]) {
	const name = repositoryOf(wanted.repository).split('/').slice(1).join('/') || wanted.repository;
	return containers
		.filter(container => container.image.includes(name) && container.imageId !== undefined)
		.filter(container => ![container.image, container.imageId].some(each => digestOf(each) === wanted.digest))
		.filter(container => digestOf(container.imageId) !== undefined || digestOf(container.image) !== undefined)
		.map(container => ({
			running: digestOf(container.image) ?? digestOf(container.imageId) ?? container.image,
			expected: wanted.digest,
		}));
}
