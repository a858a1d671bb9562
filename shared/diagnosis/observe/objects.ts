import type {ClusterEvent, Condition, FluxObject, Job} from '../../facts/cluster.ts';
import {type Instant, lastSeen} from '../../facts/fact.ts';
import {conditionOf, isUnseen} from '../../readiness/kstatus.ts';
import type {Subject} from '../blocker.ts';
import {fluxPart} from '../part.ts';
import type {Signal} from '../signal.ts';
import {ageOf, type Scene} from './scene.ts';

/** Times within which something is still on its way; milliseconds. */
const patience = {
	node: 3 * 60_000,
	claim: 2 * 60_000,
	dependency: 60_000,
	source: 90_000,
	fetching: 10 * 60_000,
	generation: 5 * 60_000,
};

const subjectOf = (object: Subject): Subject => ({kind: object.kind, namespace: object.namespace, name: object.name});

export function observeNodes({cluster, context, parts}: Scene): readonly Signal[] {
	return (lastSeen(cluster.nodes) ?? []).flatMap(node => {
		const base = {source: 'node' as const, subject: subjectOf(node), part: parts.of(node), at: context.now};
		const told = (reason: string, text: string): Signal => ({...base, reason, text});
		const ready = conditionOf(node, 'Ready');
		const young = ageOf(node.createdAt, context.now) < patience.node || ageOf(ready?.at, context.now) < 30_000;
		return [
			...node.conditions
				.filter(
					each => each.type !== 'Ready' && each.status === 'True' && /Pressure$|^NetworkUnavailable$/u.test(each.type),
				)
				.filter(each => !(each.type === 'NetworkUnavailable' && young))
				.map(each => told(each.type, `${each.type}=True ${each.reason ?? ''}: ${each.message ?? ''}`)),
			...(ready && ready.status !== 'True' && !young
				? [told('NotReady', `Ready=${ready.status} ${ready.reason ?? ''}: ${ready.message ?? ''}`)]
				: []),
			...(node.unschedulable ? [told('Unschedulable', 'the node is marked unschedulable')] : []),
		];
	});
}

export function observeClaims({cluster, context, parts}: Scene): readonly Signal[] {
	return (lastSeen(cluster.claims) ?? []).flatMap(claim => {
		const base = {source: 'claim' as const, subject: subjectOf(claim), part: parts.of(claim), at: context.now};
		if (claim.phase === 'Lost') return [{...base, reason: 'Lost', text: `claim "${claim.name}" has lost its volume`}];
		if (claim.phase !== 'Pending' || ageOf(claim.createdAt, context.now) < patience.claim) return [];
		const last = eventsOf(claim, cluster.events).at(-1);
		if (last?.reason === 'WaitForFirstConsumer' || last?.reason === 'WaitForPodScheduled') return [];
		return [
			{
				...base,
				reason: 'Pending',
				text: `persistentvolumeclaim "${claim.name}" is pending: ${last?.message ?? 'no volume yet'}`,
			},
		];
	});
}

function eventsOf({kind, namespace, name}: Subject, events: Scene['cluster']['events']): readonly ClusterEvent[] {
	return (lastSeen(events) ?? [])
		.filter(({about}) => about.kind === kind && about.namespace === namespace && about.name === name)
		.toSorted((a, b) => a.lastAt - b.lastAt);
}

export function observeJobs({cluster, context, parts}: Scene): readonly Signal[] {
	return (lastSeen(cluster.jobs) ?? []).flatMap((job: Job) => {
		if (conditionOf(job, 'Complete')?.status === 'True') return [];
		const failed = job.conditions.find(each => /^Failed$|^FailureTarget$/u.test(each.type) && each.status === 'True');
		if (!failed) return [];
		return [
			{
				source: 'job' as const,
				subject: subjectOf(job),
				part: parts.of(job),
				at: context.now,
				reason: failed.reason ?? 'Failed',
				text: `${job.name}: ${failed.reason ?? ''}: ${failed.message ?? ''}`,
			},
		];
	});
}

export function observeFlux(scene: Scene): readonly Signal[] {
	return (lastSeen(scene.cluster.flux) ?? [])
		.filter(object => !object.suspended)
		.flatMap(object => ofFlux(object, scene));
}

/**
 * A failed Ready speaks for itself. While a release is tried again Ready is unknown and hides the failure before it:
 * then the last failed Released still counts, until a success replaces it.
 */
function ofFlux(object: FluxObject, scene: Scene): readonly Signal[] {
	const {context, parts} = scene;
	const base = {source: 'flux' as const, subject: subjectOf(object), part: parts.of(object), at: context.now};
	const told = ({reason, message}: Condition): Signal => ({
		...base,
		reason: reason ?? 'Failed',
		text: message ?? reason ?? '',
	});
	const ready = conditionOf(object, 'Ready');
	const isNews = isUnseen(object, ready);
	const stale = isNews ? unseenSince(object, context.now) : undefined;
	if (stale !== undefined)
		return [
			{
				...base,
				// It is the controller that is away, for everybody.
				part: fluxPart,
				reason: 'Stale',
				text: `a change asked for ${Math.round(stale / 60_000)} min ago has not been taken up`,
			},
		];
	if (ready?.status === 'True' || isNews) return [];
	const released = conditionOf(object, 'Released');
	if (ready?.reason === 'DependencyNotReady') return isDependencyGone(object, ready, scene) ? [told(ready)] : [];
	const stalled = object.conditions.find(each => each.type === 'Stalled' && each.status === 'True');
	const failed = [ready, released, conditionOf(object, 'Remediated'), stalled].filter(
		(each): each is Condition => each !== undefined && (each.status === 'False' || each === stalled),
	);
	return (
		failed
			.filter(each => !isSettlingIn(each, object, scene) && !isJustChanged(each, object, context.now))
			// What was taken away again failed before: that is the news.
			.filter(each => !(each.reason === 'UninstallSucceeded' && released?.status === 'False'))
			.filter(
				(each, index, all) =>
					all.findIndex(other => other.message === each.message && other.reason === each.reason) === index,
			)
			.map(told)
	);
}

/** Right after it is made, an object looks for a source or a chart that is being made, or fetched, at the same time. */
function isSettlingIn({reason, message, at}: Condition, object: FluxObject, {cluster, context: {now}}: Scene): boolean {
	if (!/^(?:ArtifactFailed|SourceNotReady|NoSourceArtifact)$/u.test(reason ?? '')) return false;
	const named = /'(?<name>[^']+)' is not ready/u.exec(message ?? '')?.groups?.['name'] ?? '';
	const [name, namespace = object.namespace] = named.split('/').reverse();
	const source = lastSeen(cluster.flux)?.find(each => each.name === name && each.namespace === namespace);
	// A source that is at it is waited for longer; one that has failed says why itself.
	const isAtIt = source !== undefined && conditionOf(source, 'Ready')?.status !== 'False';
	return ageOf(object.createdAt, now) < patience.source || ageOf(at, now) < patience[isAtIt ? 'fetching' : 'source'];
}

/** Its source changed a moment ago, or a newer revision took the place of the one it waited for. */
const isJustChanged = ({message, at}: Condition, object: FluxObject, now: Instant): boolean =>
	conditionOf(object, 'Reconciling')?.status === 'True' &&
	/latest generation of object has not been reconciled|new reconciliation triggered/iu.test(message ?? '') &&
	(at === undefined || now - at < patience.fetching);

/** How long a request of ours has gone unseen, when that is too long; the annotation is set with each change we make. */
function unseenSince(object: FluxObject, now: Instant): number | undefined {
	const asked = Date.parse(object.annotations?.['reconcile.fluxcd.io/requestedAt'] ?? '');
	const age = now - asked;
	return Number.isFinite(age) && age > patience.generation ? age : undefined;
}

/** Waiting for a part that is on its way is progress; for one that is not there, after a while, it is not. */
function isDependencyGone(object: FluxObject, ready: Condition, {cluster, context}: Scene): boolean {
	const {name: first, other = first} =
		/dependency '(?<name>[^']+)'|'(?<other>[^']+)' dependency/u.exec(ready.message ?? '')?.groups ?? {};
	const named = other ?? object.dependsOn[0];
	if (named === undefined || cluster.flux.state !== 'known') return false;
	const [name = '', namespace = object.namespace] = named.split('/').reverse();
	const exists = cluster.flux.value.some(
		each => each.kind === object.kind && each.name === name && each.namespace === namespace,
	);
	return !exists && ageOf(ready.at ?? object.createdAt, context.now) > patience.dependency;
}
