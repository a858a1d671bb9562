import * as z from 'zod';
import type {Blocker, FixId} from '../../shared/diagnosis/blocker.ts';
import {fixFor} from '../../shared/diagnosis/fixes.ts';
import {fail, ok, type Result} from '../../shared/problem.ts';
import type {ObjectId} from '../cluster/cluster.ts';
import {deadline} from '../engine/clock.ts';
import {onHost} from '../engine/paths.ts';
import {targetRelease} from './setup/release.ts';
import {askHelm} from './setup/wait.ts';
import type {Operation, Step, Work} from './step.ts';

const Fix = z.object({
	blocker: z.string(),
	fix: z.enum([
		'retry-pull',
		'restart-pod',
		'reset-helm-release',
		'rerun-bootstrap',
		'reprobe',
		'free-images',
		'reconcile',
	]),
});
/** What is repaired, kept beside the issue's id: that may name a pod which the repair removes. */
const Repaired = Fix.extend({cause: z.string(), component: z.string()});
type Fix = z.infer<typeof Repaired>;

/** Until a fix shows: pods start again, controllers look again. Milliseconds. */
const effectMs = 300_000;

const gone = (what: string) =>
	fail({
		code: 'operation.not-allowed' as const,
		what,
		next: 'Nothing was done. Look at the present issues (Diagnostics).',
	});

/** The blocker as it stands now: a fix is never run against what is no longer so. */
function standing(work: Pick<Work<Fix>, 'judgement' | 'input'>): Blocker | undefined {
	return work.judgement().memory.blockers.find(one => one.id === work.input.blocker);
}

const act: Step<Fix> = {
	id: 'act',
	title: 'Repair made',
	phase: 'app-readiness',
	usualMs: [1000, 10_000],
	effect: 'changes',
	check: async () => ok(false),
	run: async work => {
		const blocker = standing(work);
		if (blocker === undefined) return ok(undefined); // It has healed meanwhile: nothing to do.
		work.log(`${work.input.fix} for ${blocker.subject.kind} ${blocker.subject.namespace}/${blocker.subject.name}`);
		return repair[work.input.fix](work, blocker);
	},
	verify: async () => ok(undefined),
};

/** The part the issue is about, by the same judgement that found it; a site's own trouble has none. */
const sufferer = ({judgement}: Pick<Work<Fix>, 'judgement'>, component: string) =>
	judgement().components.find(({name}) => name === component);

/** Anything made anew is quiet at first: that nothing is said of it proves nothing. It has to work. */
const prove: Step<Fix> = {
	id: 'prove',
	title: 'Issue gone',
	phase: 'app-readiness',
	usualMs: [5000, effectMs],
	effect: 'changes',
	check: async () => ok(false),
	run: async work => {
		const isLate = deadline(work.clock, effectMs);
		const found = standing(work);
		let wasGone = found === undefined;
		for (;;) {
			work.signal.throwIfAborted();
			const still = standing(work) ?? again(work);
			const part = sufferer(work, work.input.component);
			const title = part?.title ?? 'it';
			if (still === undefined && (part === undefined || part.state === 'ready')) return ok(undefined);
			if (still === undefined) work.detail(`${title}: ${part?.reason ?? ''}`);
			const isBack = wasGone && still !== undefined;
			if (isBack || isLate())
				return fail({
					code: 'health-gate.failed',
					what: isBack
						? `The repair was made, and the issue came back: ${still.summary}`
						: `The repair was made, but ${still === undefined ? `${title} does not work yet` : 'the issue is still there'} after 5 minutes.`,
					next: still?.nextStep ?? 'Look at Diagnostics.',
					retry: 'safe',
				});
			wasGone ||= still === undefined;
			await work.nextJudgement(5000);
		}
	},
	verify: async () => ok(undefined),
};

/** The same cause in the same part, also where a pod that was made anew bears another name. */
const again = ({judgement, input}: Work<Fix>): Blocker | undefined =>
	judgement().memory.blockers.find(({cause, component}) => cause === input.cause && component === input.component);

const removePod = ({cluster, signal}: Work<Fix>, {subject}: Blocker) =>
	cluster.remove({apiVersion: 'v1', kind: 'Pod', namespace: subject.namespace, name: subject.name}, signal);

const fluxApi: Readonly<Record<string, string>> = {
	OCIRepository: 'source.toolkit.fluxcd.io/v1',
	HelmRepository: 'source.toolkit.fluxcd.io/v1',
	HelmChart: 'source.toolkit.fluxcd.io/v1',
	Kustomization: 'kustomize.toolkit.fluxcd.io/v1',
	HelmRelease: 'helm.toolkit.fluxcd.io/v2',
};

async function reconcile({cluster, clock, signal}: Work<Fix>, {subject}: Blocker): Promise<Result<void>> {
	const apiVersion = fluxApi[subject.kind];
	if (apiVersion === undefined) return gone(`${subject.kind} ${subject.name} is not something Flux looks after.`);
	const id: ObjectId = {apiVersion, kind: subject.kind, namespace: subject.namespace, name: subject.name};
	const patched = await cluster.patch(
		id,
		{metadata: {annotations: {'reconcile.fluxcd.io/requestedAt': String(clock.now())}}},
		signal,
	);
	return patched.ok ? ok(undefined) : patched;
}

async function rerunBootstrap({cluster, clock, signal, records}: Work<Fix>, {subject}: Blocker): Promise<Result<void>> {
	if (records.get('bootstrap.done') !== undefined && subject.kind !== 'Job')
		return gone('The database is already prepared.');
	const job = await cluster.remove(
		{apiVersion: 'batch/v1', kind: 'Job', namespace: subject.namespace, name: subject.name},
		signal,
	);
	if (!job.ok) return job;
	const target = targetRelease(records);
	if (!target.ok) return target;
	const {components, bootstrap} = target.value.manifest.profile;
	const release = components.find(one => one.name === bootstrap.component)?.helmRelease;
	// Without a Helm release the job is the tree's own, and Flux makes it again by itself.
	return release === undefined ? ok(undefined) : askHelm(cluster, release, String(clock.now()), signal);
}

/** One repair a row. Each only does what its effect says, and nothing that could lose data. */
const repair: Readonly<Record<FixId, (work: Work<Fix>, blocker: Blocker) => Promise<Result<void>>>> = {
	'retry-pull': removePod,
	'restart-pod': removePod,
	'reset-helm-release': ({cluster, clock, signal}, {subject}) =>
		askHelm(cluster, subject.name, String(clock.now()), signal),
	'rerun-bootstrap': rerunBootstrap,
	// The observer's own clock looks again within a minute; asking Flux is what it cannot do by itself.
	reprobe: async (work, blocker) =>
		fluxApi[blocker.subject.kind] === undefined ? ok(undefined) : reconcile(work, blocker),
	'free-images': async ({host, signal, log}) => {
		const done = await host.run({
			argv: [onHost.k3sBinary, 'crictl', 'rmi', '--prune'],
			deadlineMs: 300_000,
			signal,
			onLine: log,
		});
		return done.ok ? ok(undefined) : done;
	},
	reconcile,
};

/** A safe repair for one issue, on a technician's word: re-verified before it runs and after. */
export const fix: Operation<Fix> = {
	kind: 'fix',
	parse: (raw, {judgement}) => {
		const asked = Fix.safeParse(raw);
		if (!asked.success)
			return fail({
				code: 'input.invalid',
				what: 'Which issue to repair, and how, was not said.',
				next: 'Send {"blocker": ID, "fix": FIX} as the view names them.',
				detail: z.prettifyError(asked.error),
			});
		const blocker = judgement().memory.blockers.find(one => one.id === asked.data.blocker);
		if (blocker === undefined) return gone('This issue is no longer there.');
		if (fixFor(blocker)?.id !== asked.data.fix) return gone('This repair does not fit the issue as it is now.');
		const {cause, component} = blocker;
		return ok({input: {...asked.data, cause, component}, secrets: {}});
	},
	revive: stored => {
		const parsed = Repaired.safeParse(stored);
		return parsed.success
			? ok(parsed.data)
			: fail({code: 'internal', what: 'The journal holds a repair that cannot be read.', next: 'Ask for it again.'});
	},
	steps: [act, prove],
};
