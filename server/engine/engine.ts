import {randomBytes} from 'node:crypto';
import {accessSync, constants} from 'node:fs';
import {dirname} from 'node:path';
import * as z from 'zod';
import {lastSeen} from '../../shared/facts/fact.ts';
import {primaryAddress} from '../../shared/network/primary.ts';
import {presentSettings} from '../../shared/network/settings.ts';
import type {CheckResult} from '../../shared/operations/check.ts';
import type {OperationKind} from '../../shared/operations/operation.ts';
import {buildView, type Given, type InstalledRelease, statusDocument} from '../../shared/view/build.ts';
import {type Judgement, judge, type Question} from '../../shared/view/judge.ts';
import {lockedDown} from '../../shared/view/lockdown.ts';
import type {View} from '../../shared/view/view.ts';
import type {Cluster} from '../cluster/cluster.ts';
import type {Host} from '../host/host.ts';
import type {Logs} from '../logs/logs.ts';
import {keptSettings} from '../operations/network/input.ts';
import {shownChange} from '../operations/network/network.ts';
import {Answers} from '../operations/setup/input.ts';
import {appUrlOf} from '../operations/setup/objects.ts';
import {currentRelease, TargetRelease, unproven} from '../operations/setup/release.ts';
import type {RegistrySettings} from '../operations/step.ts';
import {wayBack} from '../operations/update/target.ts';
import {nameOf} from '../registry/endpoint.ts';
import type {Registry} from '../registry/registry.ts';
import type {Site} from '../registry/site.ts';
import {openBundles} from '../support/bundles.ts';
import {openAccess} from './access.ts';
import {serveDoor} from './api.ts';
import type {Clock} from './clock.ts';
import type {Config} from './config.ts';
import {consoleLine} from './console-line.ts';
import {openConsoleLock} from './console-lock.ts';
import {openDrafts} from './drafts.ts';
import {makeHandlers, type Note, refusalAtConsole} from './handlers.ts';
import {CheckRows, type Journal, openJournal} from './journal.ts';
import {openLanes} from './lanes.ts';
import {newsBetween} from './news.ts';
import {observe} from './observe.ts';
import {openOperationLogs} from './operation-log.ts';
import {makePublisher} from './publisher.ts';
import type {SecretBook} from './secret-book.ts';
import {steadyJournal} from './steady-journal.ts';
import {watchUpdates} from './updates.ts';

/** The edges the engine is given; a simulated machine gives others of the same type. */
export type EnginePorts = {
	readonly host: Host;
	readonly cluster: Cluster;
	readonly clock: Clock;
	readonly registry: (settings: RegistrySettings) => Registry;
	readonly site: Site;
	readonly logs: (operationLogs: () => readonly {readonly id: string; readonly path: string}[]) => Logs;
	/** What is known to be secret: masked in every log that is shown. */
	readonly secrets: SecretBook;
	/** Tests pass a journal that dies at a chosen write. */
	readonly journal?: Journal;
};

export type Engine = AsyncDisposable & {readonly view: () => View | undefined};

/** The view is rebuilt at most this often; commands and operations are shown at once. */
const rebuildMs = 100;
/** Ages of tiers and blockers move without any fact changing. */
const rejudgeMs = 5000;
/** Once a minute something is written, so that a disk that went read-only is noticed before it is needed. */
const proveEvery = 12;
const noSettings: RegistrySettings = {noProxy: [], dns: {mode: 'system'}};

/** Opens everything, takes up what an earlier engine left, and serves until disposed. */
export async function startEngine(config: Config, ports: EnginePorts): Promise<Engine> {
	const {host, cluster, clock} = ports;
	const {paths} = config;
	await using opened = new AsyncDisposableStack();
	const stop = opened.adopt(new AbortController(), controller => controller.abort());
	const {journal, trouble, prove} = steadyJournal(
		() => ports.journal ?? openJournal(paths.journal),
		() => openJournal(':memory:'),
		() => accessSync(dirname(paths.journal), constants.W_OK),
	);
	opened.use(journal);
	const publisher = opened.use(makePublisher(clock.now));
	const access = openAccess(paths);
	const lock = openConsoleLock(paths, clock.now);
	const noteSecrets = () => ports.secrets.add(access.setupToken(), passwordOf(answers()?.httpProxy));
	const operationLogs = openOperationLogs(paths.operationLogs, clock);
	const logs = ports.logs(operationLogs.list);
	const bundles = openBundles(paths.bundles);
	const siteId = siteIdOf(journal);
	const tellSerialLines = consoleLine(paths.consoleLine);
	let checks: readonly CheckResult[] = CheckRows.safeParse(journal.get('checks')).data ?? [];
	let judgement: Judgement | undefined;
	let view: View | undefined;
	let dirty: NodeJS.Timeout | undefined;
	let rejudged = 0;
	const waiters = new Set<() => void>();

	const drafts = openDrafts(journal, () => refresh());
	const record = <T>(schema: z.ZodType<T>, key: Parameters<Journal['get']>[0]): T | undefined =>
		schema.safeParse(journal.get(key)).data;
	const answers = () => record(Answers, 'setup.answers');
	const settings = (): RegistrySettings => answers() ?? noSettings;
	/** The release Kubernetes is meant to run: during setup from the step that installs k3s on, later whatever it was last switched to. */
	const targeted = (): InstalledRelease | undefined => {
		const current = currentRelease(journal);
		const operation = runner.current();
		if (operation?.kind !== 'setup') return unproven(journal) ?? current;
		const switching = operation.steps.some(
			step =>
				step.phase !== 'network' &&
				step.phase !== 'release-source' &&
				step.phase !== 'dns' &&
				step.state.is !== 'waiting',
		);
		return (switching ? record(TargetRelease, 'release.target') : undefined) ?? current;
	};
	const loginUrl = (): string | undefined => {
		const release = targeted();
		const site = answers();
		return (
			release && site && appUrlOf(site, release.manifest, primaryAddress(lastSeen(observer.facts().network))?.address)
		);
	};

	const question = (): Question => {
		const release = targeted();
		return {
			host: observer.facts(),
			cluster: cluster.facts(),
			release: release?.manifest,
			installed: release !== undefined,
			loginUrl: loginUrl(),
			loginProbe: observer.loginProbe(),
			bootstrapRecorded: record(z.object({at: z.number()}), 'bootstrap.done')?.at,
			storageProved: record(z.object({at: z.number()}), 'storage.smoke')?.at,
			operation: runner.current(),
			now: clock.now(),
		};
	};
	function rejudge(): Judgement {
		const before = judgement;
		judgement = judge(question(), before);
		for (const {at, mark, source, text} of newsBetween(before, judgement, clock.now()))
			journal.activity({at, mark, source, text});
		return judgement;
	}

	/** Rebuilds and publishes at once. */
	function refresh(): void {
		clearTimeout(dirty);
		dirty = undefined;
		// Looks that were under way end after the journal is closed.
		if (stop.signal.aborted) return;
		noteSecrets();
		view = buildView(given(rejudge()), view);
		publisher.publish(view);
		// Anybody who plugs in a serial line reads it.
		tellSerialLines(lock.mode() === 'lockdown' ? lockedDown(view) : view);
		for (const wake of waiters) wake();
		waiters.clear();
	}
	/** Facts come in bursts: one rebuild for all of them. */
	function touch(): void {
		if (!stop.signal.aborted) dirty ??= setTimeout(refresh, rebuildMs);
	}

	const given = (judged: Judgement): Given => {
		const operation = runner.current();
		return {
			product: {name: 'Alga Appliance', version: config.version},
			siteId,
			host: observer.facts(),
			cluster: cluster.facts(),
			judgement: judged,
			operation,
			bundling: runner.beside(),
			history: runner.history(),
			checks,
			accepted: acceptedOf(runner.history()),
			setup: {...drafts.get(), done: currentRelease(journal) !== undefined},
			access: {state: access.state(), ...(access.setupToken() !== undefined && {setupToken: access.setupToken()})},
			fingerprint: access.fingerprint(),
			loginUrl: loginUrl(),
			current: currentRelease(journal),
			previous: wayBack(journal)?.to,
			updates: updates.shown(),
			activity: [...journal.activities(60)],
			logs: [...logs.sources()],
			bundles: [...bundles.list()],
			ports: config.ports,
			unwritable: trouble(),
			settings: presentSettings(observer.facts(), answers(), keptSettings(journal)),
			...shownChange(journal, operation),
		};
	};

	const shown = (): View => view ?? buildView(given(rejudge()), undefined);

	const runner = openLanes({
		journal,
		clock,
		surroundings: {
			host,
			cluster,
			clock,
			paths,
			registry: ports.registry,
			site: ports.site,
			logs,
			bundles,
			evidence: () => {
				return {
					view: shown(),
					status: statusDocument(shown(), clock.now()),
					question: question(),
					judgement: judgement ?? rejudge(),
					operations: journal.list(50),
					activities: journal.activities(500),
					host: observer.facts(),
					cluster: cluster.facts(),
					secrets: ports.secrets.list(),
				};
			},
			checks: next => {
				checks = next;
				journal.set('checks', next);
				refresh();
			},
			judgement: () => judgement ?? rejudge(),
			nextJudgement: async ms => {
				const woken = new Promise<void>(resolve => waiters.add(resolve));
				await Promise.race([woken, clock.sleep(ms, stop.signal).catch(() => undefined)]); // An engine that stops wakes them all.
			},
		},
		observed: () => observer.facts(),
		secrets: ports.secrets,
		log: operationLogs.append,
		changed: () => refresh(),
	});
	const updates = watchUpdates({
		journal,
		clock,
		registry: () => ports.registry(settings()),
		runner,
		mayBegin: () => trouble() === undefined,
		loginReady: () => judgement?.loginReady ?? false,
		draftChannel: () => drafts.get().draft.channel,
		changed: () => refresh(),
		signal: stop.signal,
	});
	// It looks at once, and asks the runner what is installed.
	const observer = observe(
		host,
		clock,
		{
			registryHost: config.registryHost,
			registryName: () => nameOf(config.registryHost, ports.site.mirrors()),
			registry: () => ports.registry(settings()),
			loginPage: () => {
				const url = cluster.facts().api.state === 'known' ? loginUrl() : undefined;
				return url && `${url}${targeted()?.manifest.profile.login.path ?? '/'}`;
			},
			wantsJournal: () => targeted() !== undefined && cluster.facts().api.state !== 'known',
		},
		() => touch(),
		stop.signal,
	);
	opened.defer(() => clearTimeout(dirty));
	opened.defer(async () => {
		stop.abort();
		await runner.stop();
	});

	const note: Note = (source, mark, text) => {
		journal.activity({at: clock.now(), mark, source, text});
		refresh();
	};
	const handlers = makeHandlers({
		...{publisher, clock, paths, access, lock, drafts, runner, logs, bundles, refresh, note},
		shown,
	});

	/** What an earlier engine left goes on once there is a disk to remember it on. */
	let takenUp = false;
	const takeUp = () => {
		if (takenUp || trouble() !== undefined) return;
		takenUp = true;
		runner.resume();
	};

	opened.use(cluster.watch(touch));
	const rejudging = opened.adopt(
		setInterval(() => {
			prove(++rejudged % proveEvery === 0 ? 'write' : 'look');
			takeUp();
			if (lock.sweep() > 0) {
				note('Console', 'good', 'locked after ten minutes without a key');
				publisher.reviewViewers();
			}
			touch();
		}, rejudgeMs),
		clearInterval,
	);
	rejudging.unref();
	observer.start();
	takeUp();
	updates.start();
	refresh();
	// Console and CLI: root and the group the package makes. The gateway's own socket knows fewer routes.
	const doors = [
		await serveDoor('console', paths.consoleSocket, 0o660, handlers, (name, session) =>
			refusalAtConsole(lock, name, session),
		),
		await serveDoor('root', paths.rootSocket, 0o600, handlers, () => undefined),
		await serveDoor('gateway', paths.gatewaySocket, 0o660, handlers, () => undefined),
	];
	for (const door of doors) opened.defer(() => door.close());
	const close = opened.move();
	return {view: () => view, [Symbol.asyncDispose]: () => close.disposeAsync()};
}

/** A proxy's password stands in its address. */
const passwordOf = (proxy: string | undefined): string | undefined =>
	proxy !== undefined && URL.canParse(proxy) ? decodeURIComponent(new URL(proxy).password) : undefined;

/** Made once; names this appliance to support. */
function siteIdOf(journal: Journal): string {
	const known = z.string().safeParse(journal.get('site.id'));
	if (known.success) return known.data;
	const made = `appliance-${randomBytes(4).toString('hex')}`;
	journal.set('site.id', made);
	return made;
}

const Accepting = z.object({accept: z.array(z.string())});
const acceptedOf = (history: readonly {readonly kind: OperationKind; readonly input: unknown}[]): ReadonlySet<string> =>
	new Set(Accepting.safeParse(history.find(one => one.kind === 'setup')?.input).data?.accept ?? []);
