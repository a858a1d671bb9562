import {duration} from '../../../shared/format.ts';
import {fail, ok, type Problem, type ProblemCode, type Result} from '../../../shared/problem.ts';
import type {Judgement} from '../../../shared/view/judge.ts';
import {deadline} from '../../engine/clock.ts';
import type {Step, Work} from '../step.ts';
import type {SetupRun} from './input.ts';
import {tenantSecret} from './objects.ts';
import {targetRelease} from './release.ts';

/** How long a cause that blocks login may stand before setup stops and says so: what heals itself gets longer. */
const patience = {heals: 600_000, stays: 240_000};
/** Nothing wrong, nothing ready: a large image on a slow line takes half an hour. */
const deadlineMs = 90 * 60_000;

/** Waits until a tier is ready; stops early when something is wrong that will not mend itself. */
async function waitForTier(
	work: Work<SetupRun>,
	tier: 'core' | 'bootstrap' | 'login',
	code: ProblemCode,
): Promise<Result<void>> {
	const {clock, signal, detail} = work;
	const began = clock.now();
	const isLate = deadline(clock, deadlineMs);
	for (;;) {
		signal.throwIfAborted();
		const judgement = work.judgement();
		const shown = judgement.tiers.find(one => one.id === tier);
		if (shown?.ready) return ok(undefined);
		if (shown) detail(shown.reason);
		const now = clock.now();
		const stuck = judgement.blockers.find(
			one =>
				one.loginBlocking && now - Math.max(one.firstSeen, began) > (one.selfHeals ? patience.heals : patience.stays),
		);
		if (stuck) return fail(problemOf(stuck, code));
		if (isLate()) {
			return fail({
				code,
				what: `${shown?.title ?? tier} was not ready after ${duration(deadlineMs)}: ${shown?.reason ?? 'nothing is known of it'}.`,
				next: 'Look at Logs and Diagnostics, then retry. A support bundle holds all of it.',
				retry: 'safe',
			});
		}
		await work.nextJudgement(5000);
	}
}

const problemOf = (blocker: Judgement['blockers'][number], code: ProblemCode): Problem => ({
	code,
	what: blocker.title,
	why: blocker.why,
	next: blocker.next,
	retry: blocker.retrySafe ? 'safe' : 'never',
	...(blocker.proof.length > 0 && {detail: blocker.proof.join('\n').slice(0, 2000)}),
});

const tierReady = (work: Work<SetupRun>, tier: string) =>
	work.judgement().tiers.some(one => one.id === tier && one.ready);

export const waitForCore: Step<SetupRun> = {
	id: 'core',
	title: 'Core services',
	phase: 'app-bootstrap',
	usualMs: [8 * 60_000, 20 * 60_000],
	effect: 'changes',
	check: async work => ok(tierReady(work, 'core')),
	run: work => waitForTier(work, 'core', 'core.not-ready'),
	verify: async () => ok(undefined),
};

/** The database is prepared and the administrator made; then the password's Secret is deleted. */
export const waitForBootstrap: Step<SetupRun> = {
	id: 'bootstrap',
	title: 'Database prepared',
	phase: 'app-bootstrap',
	usualMs: [2 * 60_000, 6 * 60_000],
	effect: 'changes',
	check: async work => ok(work.records.get('bootstrap.done') !== undefined),
	run: async work => {
		const cleared = await clearFailedJob(work);
		return cleared.ok ? waitForTier(work, 'bootstrap', 'bootstrap.failed') : cleared;
	},
	verify: async ({cluster, records, clock, signal}) => {
		const target = targetRelease(records);
		if (!target.ok) return target;
		if (records.get('bootstrap.done') === undefined)
			records.set('bootstrap.done', {release: target.value.manifest.version, at: clock.now()});
		return cluster.remove(tenantSecret, signal);
	},
};

/** A job that used up its attempts never starts again by itself: a retry takes it away, and Flux makes a new one. */
async function clearFailedJob({cluster, clock, records, signal, log}: Work<SetupRun>): Promise<Result<void>> {
	const target = targetRelease(records);
	if (!target.ok) return target;
	const {profile} = target.value.manifest;
	const job = profile.components.find(one => one.name === profile.bootstrap.component)?.workload;
	const {jobs} = cluster.facts();
	if (job === undefined || jobs.state === 'unknown') return ok(undefined);
	const seen = jobs.value.find(one => one.namespace === job.namespace && one.name === job.name);
	if (!seen?.conditions.some(one => one.type === 'Failed' && one.status === 'True')) return ok(undefined);
	log(`removing the failed job ${job.namespace}/${job.name}; it is made again`);
	const removed = await cluster.remove(
		{apiVersion: 'batch/v1', kind: 'Job', namespace: job.namespace, name: job.name},
		signal,
	);
	if (!removed.ok) return removed;
	const release = profile.components.find(one => one.name === profile.bootstrap.component)?.helmRelease;
	return release === undefined ? ok(undefined) : askHelm(cluster, release, String(clock.now()), signal);
}

/** Asks Flux to install a release anew and to forget its failures (the annotations of its own `reconcile --reset --force`). */
export async function askHelm(
	cluster: Work<unknown>['cluster'],
	name: string,
	at: string,
	signal: AbortSignal,
): Promise<Result<void>> {
	const annotations = {
		'reconcile.fluxcd.io/requestedAt': at,
		'reconcile.fluxcd.io/resetAt': at,
		'reconcile.fluxcd.io/forceAt': at,
	};
	const patched = await cluster.patch(
		{apiVersion: 'helm.toolkit.fluxcd.io/v2', kind: 'HelmRelease', namespace: 'alga-system', name},
		{metadata: {annotations}},
		signal,
	);
	return patched.ok ? ok(undefined) : patched;
}

/** "Ready to log in" is a promise: the printed address was really fetched and answered with a login page. */
export const waitForLogin: Step<SetupRun> = {
	id: 'login',
	title: 'Login page answers',
	phase: 'app-readiness',
	usualMs: [60_000, 4 * 60_000],
	effect: 'changes',
	check: async work => ok(tierReady(work, 'login')),
	run: work => waitForTier(work, 'login', 'login.no-answer'),
	verify: async ({records, clock}) => {
		const target = targetRelease(records);
		if (!target.ok) return target;
		const {manifest, digest, signedBy, channel, pin} = target.value;
		records.set('release.current', {manifest, digest, signedBy, channel, pin, at: clock.now()});
		return ok(undefined);
	},
};
