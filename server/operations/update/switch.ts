import * as z from 'zod';
import {lastSeen} from '../../../shared/facts/fact.ts';
import {primaryAddress} from '../../../shared/network/primary.ts';
import {fail, ok, type Result} from '../../../shared/problem.ts';
import type {ReleaseManifest} from '../../../shared/release/manifest.ts';
import {deadline} from '../../engine/clock.ts';
import {appUrlOf, selectionObject, valuesObjects} from '../setup/objects.ts';
import {makeCredentials} from '../setup/settings.ts';
import {sourceObjects} from '../setup/source.ts';
import type {Step, Work} from '../step.ts';
import type {UpdateRun} from './input.ts';
import {planOf} from './target.ts';

/** Flux looks at a changed source at once; it gives up on a registry that does not answer much later. Milliseconds. */
const takenDeadlineMs = 20 * 60_000;

const Selection = z.object({data: z.object({appUrl: z.string().min(1)})});

/** Where people log in stays as it was told the application before, whatever address the machine has by now. */
export async function appUrl(work: Work<UpdateRun>, manifest: ReleaseManifest): Promise<Result<string>> {
	const {cluster, host, input, signal} = work;
	const selection = await cluster.get(
		{apiVersion: 'v1', kind: 'ConfigMap', namespace: 'alga-system', name: 'appliance-release-selection'},
		signal,
	);
	if (!selection.ok) return selection;
	const kept = Selection.safeParse(selection.value);
	if (kept.success) return ok(kept.data.data.appUrl);
	const address = primaryAddress(lastSeen((await host.facts(signal)).network))?.address;
	return ok(appUrlOf(input.answers, manifest, address));
}

/** Values for the new release. Credentials are only made where a new component needs some; none is ever rewritten. */
export const applyRelease: Step<UpdateRun> = {
	id: 'apply',
	title: 'Release applied',
	phase: 'flux',
	usualMs: [1000, 5000],
	effect: 'changes',
	check: async () => ok(false),
	run: async work => {
		const {cluster, input, records, signal, clock} = work;
		const plan = planOf(work);
		if (!plan.ok) return plan;
		const {manifest, digest, signedBy, channel, pin} = plan.value;
		const url = await appUrl(work, manifest);
		if (!url.ok) return url;
		// From here on the cluster is meant to run this release, and is judged by it.
		records.set('release.target', {manifest, digest, signedBy, channel, pin, at: clock.now()});
		for (const object of [
			...valuesObjects(manifest, input.answers, url.value),
			selectionObject(manifest, digest, channel, pin, url.value),
		]) {
			const applied = await cluster.apply(object, signal);
			if (!applied.ok) return applied;
		}
		return makeCredentials(work, {manifest});
	},
	verify: async () => ok(undefined),
};

/** Flux is pointed at the release's tree by digest, asked to look at once, and has taken it when this is done. */
export const switchSource: Step<UpdateRun> = {
	id: 'source',
	title: 'Release handed to Flux',
	phase: 'flux',
	usualMs: [10_000, 60_000],
	effect: 'changes',
	check: async () => ok(false),
	run: async work => {
		const {cluster, clock, signal} = work;
		const plan = planOf(work);
		if (!plan.ok) return plan;
		const {manifest} = plan.value;
		const objects = await sourceObjects({...work, files: work.registry(work.input.answers).files}, plan.value);
		if (!objects.ok) return objects;
		for (const object of objects.value) {
			const applied = await cluster.apply(object, signal);
			if (!applied.ok) return applied;
		}
		const asked = await askFlux(work, 'source.toolkit.fluxcd.io/v1', 'OCIRepository', 'flux-system', 'alga-appliance');
		if (!asked.ok) return asked;
		const isLate = deadline(clock, takenDeadlineMs);
		for (;;) {
			signal.throwIfAborted();
			const waiting = notTaken(work, manifest);
			if (waiting === undefined) break;
			work.detail(waiting);
			if (isLate()) {
				return fail({
					code: 'flux.not-ready',
					what: `Flux did not take release ${manifest.version} in 20 minutes: ${waiting}.`,
					next: 'Open Diagnostics: it names what keeps Flux from the registry. Then retry, or go back to the release before.',
					retry: 'safe',
				});
			}
			await work.nextJudgement(5000);
		}
		// New values alone do not wake a release whose chart stayed the same.
		for (const name of releasesOf(manifest)) {
			const release = await askFlux(work, 'helm.toolkit.fluxcd.io/v2', 'HelmRelease', 'alga-system', name);
			if (!release.ok && release.problem.code !== 'cluster.not-found') return release;
		}
		return ok(undefined);
	},
	verify: async () => ok(undefined),
};

export const releasesOf = ({profile}: ReleaseManifest): readonly string[] => [
	...new Set(profile.components.flatMap(one => one.helmRelease ?? [])),
];

async function askFlux(
	{cluster, clock, signal}: Work<UpdateRun>,
	apiVersion: string,
	kind: string,
	namespace: string,
	name: string,
): Promise<Result<void>> {
	const at = String(clock.now());
	const annotations = {
		'reconcile.fluxcd.io/requestedAt': at,
		// A release that has used up its tries takes nothing new until it is told to forget them.
		...(kind === 'HelmRelease' && {'reconcile.fluxcd.io/resetAt': at}),
	};
	const patched = await cluster.patch({apiVersion, kind, namespace, name}, {metadata: {annotations}}, signal);
	return patched.ok ? ok(undefined) : patched;
}

/** What still holds another revision than the release's, in words; undefined when Flux has taken all of it. */
export function notTaken({cluster}: Work<UpdateRun>, {config}: ReleaseManifest): string | undefined {
	const {flux} = cluster.facts();
	if (flux.state !== 'known') return `Flux is not seen: ${flux.why}`;
	const root = flux.value.filter(one => one.namespace === 'flux-system' && one.name === 'alga-appliance');
	for (const kind of ['OCIRepository', 'Kustomization'] as const) {
		const one = root.find(object => object.kind === kind);
		if (one?.revision?.includes(config.digest)) continue;
		const ready = one?.conditions.find(condition => condition.type === 'Ready');
		return ready?.status === 'False' && ready.message
			? `${kind}: ${ready.message.slice(0, 200)}`
			: `${kind} has not taken the new tree yet`;
	}
	return undefined;
}
