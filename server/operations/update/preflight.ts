import product from '../../../package.json' with {type: 'json'};
import {bytes} from '../../../shared/format.ts';
import {fail, ok, type Result} from '../../../shared/problem.ts';
import {wayWords} from '../../../shared/release/path.ts';
import {compareVersions, judgeUpgrade} from '../../../shared/release/upgrade.ts';
import type {Judgement} from '../../../shared/view/judge.ts';
import {troublesOf} from '../../../shared/view/update.ts';
import {deadline} from '../../engine/clock.ts';
import type {ResolvedRelease} from '../../registry/registry.ts';
import {diskOf} from '../preflight/machine.ts';
import {currentRelease, unproven} from '../setup/release.ts';
import type {Step, Work} from '../step.ts';
import {notInstalled, type UpdateRun} from './input.ts';
import {wayTo} from './path.ts';
import {artifactsOf, diskNeed} from './plan.ts';
import {type Plan, wayBack} from './target.ts';

const untouched = 'Nothing has been changed on this machine.';
/** What `accept` calls everything that does not work; one trouble alone is accepted by its id. */
const healthAccepted = 'health';

/** The release is found, vouched for, allowed and complete, and the machine can take it, before anything is changed. */
export const updatePreflight: Step<UpdateRun> = {
	id: 'preflight',
	title: 'Release and machine checked',
	phase: 'release-source',
	usualMs: [3000, 30_000],
	effect: 'reads',
	check: async () => ok(false),
	run: async work => {
		const found = await lookAtUpdate(work);
		if (!found.ok) return found;
		plan(work, found.value.release, found.value.waived);
		return ok(undefined);
	},
	verify: async () => ok(undefined),
};

/** Whether the update could begin now; records nothing. */
export async function lookAtUpdate(
	work: Work<UpdateRun>,
): Promise<Result<{readonly release: ResolvedRelease; readonly waived: readonly string[]}>> {
	const {input, records, registry, signal, detail, log} = work;
	const current = currentRelease(records);
	if (current === undefined) return fail(notInstalled);
	detail('asking for the release');
	const found = await resolve(work);
	if (!found.ok) return found;
	const {manifest, digest, signedBy} = found.value;
	log(`release ${manifest.version} is ${digest}${signedBy ? `, signed by ${signedBy}` : ''}`);
	if (digest === current.digest && unproven(records) === undefined) {
		return fail({
			code: 'operation.not-allowed',
			what: `Release ${manifest.version} is already installed.`,
			next: `There is nothing to do. ${untouched}`,
		});
	}
	const judged = judgeUpgrade(current.manifest, manifest);
	if (!judged.allowed) {
		const way =
			compareVersions(manifest.version, current.manifest.version) > 0
				? await wayTo(registry(input.answers), current.manifest, manifest, signal)
				: undefined;
		return fail({
			code: 'release.path-blocked',
			what: `Release ${manifest.version} cannot follow ${current.manifest.version}: ${judged.why}`,
			why: 'The steps in between change the database, one after the other.',
			// Without the list of releases the general rule is told.
			next: `${way?.ok ? wayWords(current.manifest.version, manifest.version, way.value) : judged.path} ${untouched}`,
			retry: 'after-fix',
		});
	}
	if (compareVersions(product.version, manifest.minimumManager) < 0) {
		return fail({
			code: 'release.manager-too-old',
			what: `Release ${manifest.version} needs the appliance manager ${manifest.minimumManager}; this one is ${product.version}.`,
			next: `Install the newer alga-appliance package first, then retry. ${untouched}`,
			retry: 'after-fix',
		});
	}
	const wanted = artifactsOf(manifest);
	for (const [index, ref] of wanted.entries()) {
		detail(`${index + 1} of ${wanted.length} parts of release ${manifest.version}`);
		const exists = await registry(input.answers).exists(ref, signal);
		if (!exists.ok) return exists;
		if (!exists.value) {
			return fail({
				code: 'registry.not-found',
				what: `Release ${manifest.version} is not complete: ${ref.repository}@${ref.reference.slice(0, 19)} is not in the registry.`,
				next: `Report it to the publisher, or wait for the next release. ${untouched}`,
				detail: `${ref.repository}@${ref.reference}`,
				retry: 'safe',
			});
		}
	}
	const room = await diskRoom(work, diskNeed(current.manifest, manifest).need);
	if (!room.ok) return room;
	const healthy = await health(work);
	return healthy.ok ? ok({release: found.value, waived: healthy.value}) : healthy;
}

/** The very bytes that were planned, where they are known; a version only where they are not. */
async function resolve({input, registry, signal}: Work<UpdateRun>): Promise<Result<ResolvedRelease>> {
	const found = await registry(input.answers).resolveRelease(
		input.digest ?? input.version ?? input.answers.channel,
		signal,
	);
	if (!found.ok || input.version === undefined || found.value.manifest.version === input.version) return found;
	return fail({
		code: 'digest.mismatch',
		what: `What the registry holds as release ${input.version} calls itself ${found.value.manifest.version}.`,
		next: `Report it to the publisher. ${untouched}`,
		retry: 'after-fix',
	});
}

async function diskRoom({host, signal}: Work<UpdateRun>, need: number): Promise<Result<void>> {
	const {disks} = await host.facts(signal);
	const disk = disks.state === 'unknown' ? undefined : diskOf('/var/lib/rancher', disks.value);
	if (disk === undefined) {
		return fail({
			code: 'preflight.failed',
			what: 'How much room the disk has could not be measured.',
			next: `Look at Machine in the status, then retry. ${untouched}`,
			retry: 'safe',
		});
	}
	if (!disk.readOnly && disk.freeBytes >= need) return ok(undefined);
	return fail({
		code: 'disk.full',
		what: disk.readOnly
			? `The file system ${disk.path} is read-only.`
			: `${disk.path} has ${bytes(disk.freeBytes)} free; the update needs ${bytes(need)}.`,
		why: 'The images of both releases are kept, so that one can go back.',
		next: `Make room or enlarge the disk, then retry. ${untouched}`,
		retry: 'after-fix',
	});
}

/** An engine that has just started has not looked at everything yet. Milliseconds. */
const lookedMs = 3 * 60_000;

/** What is accepted of what does not work now. */
export const acceptedOf = (judgement: Judgement, accept: readonly string[]) =>
	troublesOf(judgement).filter(({id}) => accept.includes(id) || accept.includes(healthAccepted));

/** What does not work must be accepted knowingly; background parts accepted so are not waited for afterwards. */
async function health(work: Work<UpdateRun>): Promise<Result<readonly string[]>> {
	const {input, clock, signal, detail} = work;
	const isLate = deadline(clock, lookedMs);
	const refused = () => {
		const accepted = new Set(acceptedOf(work.judgement(), input.accept).map(({id}) => id));
		return troublesOf(work.judgement()).filter(({id}) => !accepted.has(id));
	};
	while (refused().length > 0 && !isLate()) {
		signal.throwIfAborted();
		detail(`looking at the appliance: ${refused()[0]?.text ?? ''}`);
		await work.nextJudgement(5000);
	}
	const troubles = refused();
	if (troubles.length > 0) {
		return fail({
			code: 'preflight.needs-acceptance',
			what: `The appliance does not work as it should: ${troubles.map(({text}) => text).join('; ')}`,
			why: 'An update may hide the cause or make it worse.',
			next: `Repair it (Diagnostics), or begin the update again and accept it knowingly (Updates, or: alga-appliance update --accept ${healthAccepted}). ${untouched}`,
			retry: 'safe',
		});
	}
	const {components} = work.judgement();
	if (troublesOf(work.judgement()).length === 0) return ok([]);
	return ok(components.filter(one => one.tier === 'background' && one.state !== 'ready').map(one => one.name));
}

function plan(
	{records, input, id, clock}: Work<UpdateRun>,
	{manifest, digest, signedBy}: Pick<ResolvedRelease, 'manifest' | 'digest' | 'signedBy'>,
	waived: readonly string[],
): void {
	const {channel, releasePin} = input.answers;
	records.set('update.plan', {
		operation: id,
		manifest,
		digest,
		signedBy,
		channel,
		pin: releasePin,
		at: clock.now(),
		waived: [...waived],
	} satisfies Plan);
}

/** The way back was verified when it was installed: nothing is asked of a registry. */
export const rollbackPreflight: Step<UpdateRun> = {
	id: 'preflight',
	title: 'Way back checked',
	phase: 'release-source',
	usualMs: [1000, 3000],
	effect: 'reads',
	check: async () => ok(false),
	run: async work => {
		const way = wayBack(work.records);
		if (way === undefined || way.to.digest !== work.input.digest) {
			return fail({
				code: 'operation.not-allowed',
				what: 'The way back has changed since it was asked for.',
				next: `Look at Updates again. ${untouched}`,
				retry: 'never',
			});
		}
		const {components} = work.judgement();
		const broken = components.filter(one => one.tier === 'background' && one.state !== 'ready').map(one => one.name);
		work.log(`from ${way.from.manifest.version} back to ${way.to.manifest.version}, ${way.to.digest}`);
		// A part that only the newer release broke comes back with the older one; the gate waits for all.
		if (broken.length > 0) work.log(`not working at present: ${broken.join(', ')}`);
		plan(work, {...way.to, signedBy: way.to.signedBy}, []);
		return ok(undefined);
	},
	verify: async () => ok(undefined),
};
