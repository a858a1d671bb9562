import * as z from 'zod';
import {operationTitle} from '../../shared/operations/operation.ts';
import type {Problem} from '../../shared/problem.ts';
import type {ReleaseManifest} from '../../shared/release/manifest.ts';
import {supportOf, wayWords} from '../../shared/release/path.ts';
import {compareVersions, judgeUpgrade} from '../../shared/release/upgrade.ts';
import type {Given} from '../../shared/view/build.ts';
import {dayWords} from '../../shared/view/words.ts';
import {Answers} from '../operations/setup/input.ts';
import {currentRelease, TargetRelease} from '../operations/setup/release.ts';
import {wayTo} from '../operations/update/path.ts';
import {changesBetween, diskWords, downtimeBetween} from '../operations/update/plan.ts';
import {readSchedule} from '../operations/update/schedule.ts';
import {readHistory} from '../operations/update/target.ts';
import type {Registry} from '../registry/registry.ts';
import type {Clock} from './clock.ts';
import type {Journal} from './journal.ts';
import type {Runner} from './runner.ts';

/** How often the channel is asked, and how soon again after it did not answer. Milliseconds of the appliance's clock. */
const checkEveryMs = 30 * 60_000;
const recheckMs = 5 * 60_000;
/** How often it looks whether something is due: only memory and journal are read for it. */
const lookEveryMs = 10_000;
const askDeadlineMs = 60_000;
/** A planned update that could not begin within this time of its hour is not begun at another hour of the day. */
const lateMs = 60 * 60_000;

/** What the channel held when it last answered; kept over restarts. */
const Found = TargetRelease.pick({manifest: true, digest: true, signedBy: true, at: true}).extend({
	channel: z.string(),
	/** Every published version; undefined when the registry did not list them. */
	versions: z.array(z.string()).optional(),
	/** The versions on the way there, where it cannot follow the installed one at once; undefined when not known. */
	way: z.array(z.string()).optional(),
});
type Found = z.infer<typeof Found>;

export type Updates = {
	/** Begins to look; ends with the signal. */
	readonly start: () => void;
	/** Asks the channel now. */
	readonly checkNow: () => Promise<void>;
	readonly shown: () => Given['updates'];
};

/** Looks for a newer release in the background and starts a planned update at its time. */
export function watchUpdates(given: {
	readonly journal: Journal;
	readonly clock: Clock;
	readonly registry: () => Registry;
	readonly runner: Pick<Runner, 'start' | 'current' | 'history'>;
	/** Whether there is a disk to remember an operation on. */
	readonly mayBegin: () => boolean;
	readonly loginReady: () => boolean;
	/** The channel chosen in the form while nothing is installed. */
	readonly draftChannel: () => string | undefined;
	readonly changed: () => void;
	readonly signal: AbortSignal;
}): Updates {
	const {journal, clock, runner, signal} = given;
	let found = Found.safeParse(journal.get('release.available')).data;
	let problem: Problem | undefined;
	/** When and after which operation the channel was asked last, by this engine. */
	let asked: {readonly at: number; readonly after: string} | undefined;

	const answers = () => Answers.safeParse(journal.get('setup.answers')).data;
	const lastEnded = () => {
		const operation = runner.current();
		return operation === undefined || operation.state === 'running' ? '' : `${operation.id} ${operation.state}`;
	};

	async function checkNow(): Promise<void> {
		const site = answers();
		if (site === undefined || site.releasePin !== undefined) return;
		asked = {at: clock.elapsed(), after: lastEnded()};
		const registry = given.registry();
		const inTime = AbortSignal.any([signal, AbortSignal.timeout(askDeadlineMs)]);
		const answer = await registry.resolveRelease(site.channel, inTime);
		const versions = answer.ok ? await registry.versions(inTime) : undefined;
		const way = answer.ok ? await wayFrom(currentRelease(journal)?.manifest, answer.value.manifest, inTime) : undefined;
		if (signal.aborted) return;
		if (answer.ok) {
			const {manifest, digest, signedBy} = answer.value;
			const isNew = digest !== found?.digest;
			found = {
				manifest,
				digest,
				signedBy,
				channel: site.channel,
				at: clock.now(),
				versions: versions?.ok ? [...versions.value] : undefined,
				way: way?.ok ? [...way.value] : undefined,
			};
			journal.set('release.available', found);
			problem = undefined;
			if (isNew && currentRelease(journal)?.digest !== digest)
				journal.activity({
					at: clock.now(),
					mark: 'working',
					source: 'Updates',
					text: `release ${manifest.version} is available`,
				});
		} else problem = answer.problem;
		given.changed();
	}

	/** Only a newer release that cannot follow at once needs a way. */
	const wayFrom = async (from: ReleaseManifest | undefined, to: ReleaseManifest, inTime: AbortSignal) =>
		from === undefined || compareVersions(to.version, from.version) <= 0 || judgeUpgrade(from, to).allowed
			? undefined
			: wayTo(given.registry(), from, to, inTime);

	function isDue(): boolean {
		if (runner.current()?.state === 'running' || currentRelease(journal) === undefined) return false;
		if (asked === undefined) return given.loginReady();
		const since = clock.elapsed() - asked.at;
		return asked.after !== lastEnded() || since > (problem === undefined ? checkEveryMs : recheckMs);
	}

	/** Begun first, forgotten afterwards: an engine that dies between finds the operation and does not begin another. */
	function beginPlanned(): void {
		const plan = readSchedule(journal);
		if (plan === undefined || clock.now() < plan.at) return;
		const hasBegun = runner.history().some(one => one.kind === 'update' && one.startedAt >= plan.at);
		const tell = (text: string) => journal.activity({at: clock.now(), mark: 'attention', source: 'Updates', text});
		if (hasBegun) journal.set('update.schedule', null);
		else if (clock.now() - plan.at > lateMs) {
			journal.set('update.schedule', null);
			tell(
				`the update planned for ${dayWords(plan.at)} was not begun: its time passed while something else ran or the machine was off`,
			);
		} else if (runner.current()?.state === 'running') return;
		else {
			const {version, digest, accept} = plan;
			const started = runner.start('update', {accept, ...(version && {version}), ...(digest && {digest})});
			journal.set('update.schedule', null);
			if (!started.ok) tell(`the planned update was not begun: ${started.problem.what}`);
		}
		given.changed();
	}

	async function run(): Promise<void> {
		while (!signal.aborted) {
			if (given.mayBegin()) beginPlanned();
			if (isDue()) await checkNow();
			await clock.sleep(lookEveryMs, signal).catch(() => undefined); // Rejected only by the signal, which ends the loop.
		}
	}

	return {
		start: () => void run(),
		checkNow,
		shown: () => {
			const site = answers();
			const plan = readSchedule(journal);
			const channel = site?.channel ?? given.draftChannel() ?? 'stable';
			const seen = site?.releasePin === undefined && found?.channel === channel ? found : undefined;
			return {
				available: offered(journal, seen),
				...(seen && {checkedAt: seen.at}),
				...(problem && {problem}),
				support: supportWords(journal, seen, site?.releasePin),
				...(plan && {planned: {at: plan.at, version: plan.version ?? '', accepted: [...plan.accepted]}}),
				history: historyOf(journal, runner),
				channel,
				pin: site?.releasePin ?? '',
			};
		},
	};
}

/** Another digest than the recorded one is a release to be had; whether it may follow is told with the path to it. */
function offered(journal: Journal, found: Found | undefined): Given['updates']['available'] {
	const current = currentRelease(journal);
	if (found === undefined || current === undefined || found.digest === current.digest) return undefined;
	const {manifest, digest, way} = found;
	const judged = judgeUpgrade(current.manifest, manifest);
	const republished =
		manifest.version === current.manifest.version ? ' It was published again under the same version.' : '';
	return {
		version: manifest.version,
		digest,
		notes: `${manifest.notes ?? ''}${republished}`.trim(),
		allowed: judged.allowed,
		path: judged.allowed
			? `${current.manifest.version} to ${manifest.version}`
			: `${judged.why} ${way === undefined ? judged.path : wayWords(current.manifest.version, manifest.version, way)}`,
		next: judged.allowed ? manifest.version : (way?.[0] ?? ''),
		changes: [...changesBetween(current.manifest, manifest)],
		downtime: downtimeBetween(current.manifest, manifest),
		disk: diskWords(current.manifest, manifest),
	};
}

/** Supported are the newest minor release of the channel and the two published before it: N, N-1, N-2. */
function supportWords(journal: Journal, found: Found | undefined, pin: string | undefined): string {
	const current = currentRelease(journal)?.manifest.version;
	if (current === undefined) return '';
	if (pin !== undefined) return `pinned to ${pin}: newer releases are not looked for`;
	if (found === undefined) return 'not known until the channel has answered';
	const newest = found.manifest.version;
	// What was pushed but not promoted to the channel does not move the window.
	const published = (found.versions ?? []).filter(one => compareVersions(one, newest) <= 0);
	const support = supportOf(current, [...published, newest]);
	if (support.state === 'ended')
		return `no longer supported: the oldest supported release is ${support.oldestSupported}, the newest ${newest}`;
	const {minorsBehind} = support;
	return minorsBehind === 0
		? 'supported: the newest minor release'
		: `supported: ${minorsBehind} minor ${minorsBehind === 1 ? 'release' : 'releases'} behind ${newest}, of at most 2`;
}

/** What ended well is recorded by the operation itself; what did not is in the journal. Newest first. */
function historyOf(journal: Journal, runner: Pick<Runner, 'history'>): Given['updates']['history'] {
	const recorded = readHistory(journal);
	const known = new Set(recorded.map(one => one.operation));
	const stopped = runner
		.history()
		.filter(one => (one.kind === 'update' || one.kind === 'rollback') && !known.has(one.id))
		.flatMap(({kind, state, endedAt, startedAt, problem}) =>
			state === 'failed' || state === 'cancelled' || state === 'interrupted'
				? [
						{
							at: endedAt ?? startedAt,
							title: operationTitle[kind],
							mark: state === 'failed' ? ('failed' as const) : ('attention' as const),
							text: problem?.what ?? state,
						},
					]
				: [],
		);
	return [...recorded.map(({at, title, mark, text}) => ({at, title, mark, text})), ...stopped].sort(
		(a, b) => b.at - a.at,
	);
}
