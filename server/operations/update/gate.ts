import {duration} from '../../../shared/format.ts';
import {fail, ok, type Result} from '../../../shared/problem.ts';
import {kstatus} from '../../../shared/readiness/kstatus.ts';
import {indexOwnership} from '../../../shared/readiness/ownership.ts';
import type {Component} from '../../../shared/release/manifest.ts';
import {deadline} from '../../engine/clock.ts';
import {currentRelease, unproven} from '../setup/release.ts';
import type {Step, Work} from '../step.ts';
import type {UpdateRun} from './input.ts';
import {appUrl, notTaken} from './switch.ts';
import {addHistory, type Plan, planOf} from './target.ts';

/** How long a cause may stand: rolling restarts make short ones. What heals itself or stood before gets longer. Milliseconds. */
const patience = {heals: 10 * 60_000, stays: 5 * 60_000};
/** Nothing wrong and still not proved. */
const deadlineMs = 60 * 60_000;
/** Between the two answers of the login page. */
const probeGapMs = 30_000;
const probeMs = 10_000;

/** The release has proved itself: everything runs its digests and works, and people can log in, twice. */
export const healthGate: Step<UpdateRun> = {
	id: 'gate',
	title: 'Health proved',
	phase: 'app-readiness',
	usualMs: [3 * 60_000, 12 * 60_000],
	effect: 'changes',
	check: async () => ok(false),
	run: proveHealth,
	verify: async () => ok(undefined),
};

/** What is still missing for the proof, in words; undefined when all of it is there. */
function unproved(work: Work<UpdateRun>, {manifest, waived}: Plan): string | undefined {
	const taken = notTaken(work, manifest);
	if (taken !== undefined) return taken;
	const {components, tiers} = work.judgement();
	const now = work.clock.now();
	const {flux} = work.cluster.facts();
	for (const component of manifest.profile.components) {
		const stale = oldImages(work, component, manifest.images);
		if (stale !== undefined) return stale;
		if (waived.includes(component.name)) continue;
		const health = components.find(one => one.name === component.name);
		const isOver = component.workload.kind === 'Job' && health?.state === 'missing';
		if (health?.state !== 'ready' && !isOver) return `${component.title}: ${health?.reason ?? 'not looked at yet'}`;
		const release =
			flux.state === 'known'
				? flux.value.find(one => one.kind === 'HelmRelease' && one.name === component.helmRelease)
				: undefined;
		const helm = release && kstatus(release, now);
		if (helm && helm.state !== 'ready') return `${component.title}: ${helm.reason}`;
	}
	const login = tiers.find(one => one.id === 'login');
	return login?.ready ? undefined : `login: ${login?.reason ?? 'not looked at yet'}`;
}

/** A workload whose template or pods do not name the release's digests. A job that is over says nothing any more. */
function oldImages(
	{cluster}: Work<UpdateRun>,
	component: Component,
	images: Plan['manifest']['images'],
): string | undefined {
	const {workload, title} = component;
	if (workload.kind === 'Job') return undefined;
	const facts = cluster.facts();
	if (facts.workloads.state !== 'known' || facts.pods.state !== 'known') return `${title}: its state is not seen`;
	const found = facts.workloads.value.find(
		one => one.kind === workload.kind && one.namespace === workload.namespace && one.name === workload.name,
	);
	if (found === undefined) return `${title}: not created yet`;
	const pods = indexOwnership(facts).podsOf(workload);
	for (const image of images.filter(one => component.images.includes(one.name))) {
		if (!found.images.some(reference => reference.includes(image.digest))) return `${title}: still the image of before`;
		const old = pods.find(
			pod => !pod.containers.some(one => `${one.image} ${one.imageId ?? ''}`.includes(image.digest)),
		);
		if (old) return `${title}: ${old.name} still runs the image of before`;
	}
	return undefined;
}

/** Asks the login page itself, now: what the application answers decides, not what was seen a while ago. */
async function askLogin(work: Work<UpdateRun>, {manifest}: Plan): Promise<Result<void>> {
	const url = await appUrl(work, manifest);
	if (!url.ok) return url;
	const page = `${url.value}${manifest.profile.login.path}`;
	const answer = await work.host.fetch(page, AbortSignal.any([work.signal, AbortSignal.timeout(probeMs)]));
	if (!answer.ok) return answer;
	if (answer.value.status >= 200 && answer.value.status < 400) return ok(undefined);
	return fail({
		code: 'login.no-answer',
		what: `The login page answers with status ${answer.value.status}.`,
		next: 'Look at the log of the application (Logs).',
		detail: page,
	});
}

async function proveHealth(work: Work<UpdateRun>): Promise<Result<void>> {
	const {clock, signal, detail} = work;
	const plan = planOf(work);
	if (!plan.ok) return plan;
	const began = clock.now();
	const isLate = deadline(clock, deadlineMs);
	let answers = 0;
	for (;;) {
		signal.throwIfAborted();
		const missing = unproved(work, plan.value);
		let state = missing;
		if (missing === undefined) {
			const asked = await askLogin(work, plan.value);
			answers = asked.ok ? answers + 1 : 0;
			if (answers === 2) return ok(undefined);
			state = asked.ok ? 'the login page answered; it is asked once more' : asked.problem.what;
		} else answers = 0;
		detail(state ?? '');
		const stopped = gaveUp(work, plan.value, {began, isLate: isLate()}, state ?? '');
		if (!stopped.ok) return stopped;
		if (answers > 0) await clock.sleep(probeGapMs, signal);
		else await work.nextJudgement(5000);
	}
}

/** The first new cause that has stood too long, told with what is still the recorded release. */
function gaveUp(
	work: Work<UpdateRun>,
	{manifest, waived}: Plan,
	{began, isLate}: {readonly began: number; readonly isLate: boolean},
	state: string,
): Result<void> {
	const now = work.clock.now();
	const {blockers, components} = work.judgement();
	const waivedTitles = components.filter(one => waived.includes(one.name)).map(one => one.title);
	const stuck = blockers.find(
		one =>
			(one.severity === 'critical' || one.severity === 'background') &&
			![...waived, ...waivedTitles].includes(one.component) &&
			// What stood before is of the release that is being left, and goes when its pods have gone.
			now - Math.max(one.firstSeen, began) > (one.selfHeals || one.firstSeen < began ? patience.heals : patience.stays),
	);
	if (stuck === undefined && !isLate) return ok(undefined);
	const failed = unproven(work.records);
	const current = currentRelease(work.records)?.manifest.version ?? 'none';
	const back =
		failed && manifest.rollback === 'safe'
			? `Return to ${current} (Updates, or: alga-appliance rollback --yes). Or mend it and retry: `
			: '';
	return fail({
		code: 'health-gate.failed',
		what: `Release ${manifest.version} did not prove itself: ${stuck?.title ?? `${state}, after ${duration(deadlineMs)}`}`,
		why: `${stuck?.why ? `${stuck.why} ` : ''}Release ${current} is still the recorded one; the change stopped where it is.`,
		next: `${back}${stuck?.next ?? 'Open Diagnostics and Logs.'}${back === '' ? ' Then retry.' : ''}`,
		retry: 'safe',
		...(stuck && stuck.proof.length > 0 && {detail: stuck.proof.join('\n').slice(0, 2000)}),
	});
}

/** Only now the new release is the recorded one. Proved again first: an engine may have died since the gate. */
export const commitUpdate: Step<UpdateRun> = commit(({records, id, clock, log}, plan) => {
	const before = currentRelease(records);
	addHistory(records, {
		operation: id,
		at: clock.now(),
		title: `Update to ${plan.manifest.version}`,
		mark: 'good',
		text: before && before.digest !== plan.digest ? `from ${before.manifest.version}` : 'done',
	});
	if (before?.digest === plan.digest) return;
	records.set('release.previous', before);
	record(records, plan, clock.now());
	log(`release ${plan.manifest.version} is the recorded one; before it was ${before?.manifest.version ?? 'none'}`);
});

export const commitRollback: Step<UpdateRun> = commit(({records, id, clock, log}, plan) => {
	const before = currentRelease(records);
	addHistory(records, {
		operation: id,
		at: clock.now(),
		title: `Return to ${plan.manifest.version}`,
		mark: 'attention',
		text:
			before && before.digest !== plan.digest
				? `from ${before.manifest.version}`
				: 'after an update that did not prove itself',
	});
	if (before?.digest === plan.digest) return;
	// What was left is not a release to go "back" to; it can be installed again as an update.
	records.set('release.previous', null);
	record(records, plan, clock.now());
	log(`release ${plan.manifest.version} is the recorded one again`);
});

const record = (records: Work<UpdateRun>['records'], plan: Plan, at: number) => {
	const {manifest, digest, signedBy, channel, pin} = plan;
	records.set('release.current', {manifest, digest, signedBy, channel, pin, at});
};

function commit(write: (work: Work<UpdateRun>, plan: Plan) => void): Step<UpdateRun> {
	return {
		id: 'commit',
		title: 'Release recorded',
		phase: 'app-readiness',
		usualMs: [30_000, 60_000],
		effect: 'changes',
		check: async () => ok(false),
		run: async work => {
			const plan = planOf(work);
			if (!plan.ok) return plan;
			const proved = await proveHealth(work);
			if (!proved.ok) return proved;
			write(work, plan.value);
			return ok(undefined);
		},
		verify: async () => ok(undefined),
	};
}
