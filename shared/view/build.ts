import type {ClusterFacts} from '../facts/cluster.ts';
import {type Instant, lastSeen} from '../facts/fact.ts';
import type {HostFacts} from '../facts/host.ts';
import type {SettingValues} from '../network/change.ts';
import {leadsOut, primaryAddress} from '../network/primary.ts';
import type {CheckResult} from '../operations/check.ts';
import type {OperationKind, OperationProgress, OperationState} from '../operations/operation.ts';
import {operationTitle} from '../operations/operation.ts';
import type {Problem} from '../problem.ts';
import type {ReleaseManifest} from '../release/manifest.ts';
import type {Judgement} from './judge.ts';
import {addressWords, machineRows, stateRefused, stateRow} from './machine.ts';
import {checkView, componentView, operationView, rollupMark, summaryMark, summaryWord, withoutPast} from './tell.ts';
import {troublesOf} from './update.ts';
import type {LogSourceView, StatusDocument, View} from './view.ts';
import {workloadsView} from './workloads.ts';

/** An installed release as it was recorded. */
export type InstalledRelease = {
	readonly manifest: ReleaseManifest;
	readonly digest: string;
	readonly signedBy?: string | undefined;
	readonly channel: string;
	readonly pin?: string | undefined;
	readonly at: Instant;
};

/** What the view is made from: facts, journal and intent, judged. */
export type Given = {
	readonly product: {readonly name: string; readonly version: string};
	readonly siteId: string;
	readonly host: HostFacts;
	readonly cluster: ClusterFacts;
	readonly judgement: Judgement;
	readonly operation: OperationProgress | undefined;
	/** A support bundle: it is made beside the operation. */
	readonly bundling: OperationProgress | undefined;
	readonly history: readonly {
		readonly id: string;
		readonly kind: OperationKind;
		readonly state: OperationState;
		readonly startedAt: Instant;
		readonly endedAt?: Instant;
		readonly problem?: Problem;
	}[];
	readonly checks: readonly CheckResult[];
	readonly accepted: ReadonlySet<string>;
	readonly setup: {
		readonly draft: Readonly<Record<string, string>>;
		readonly problems: Readonly<Record<string, string>>;
		readonly revision: number;
		readonly done: boolean;
	};
	readonly access: View['access'];
	readonly fingerprint: string;
	readonly loginUrl: string | undefined;
	readonly current: InstalledRelease | undefined;
	readonly previous: InstalledRelease | undefined;
	readonly updates: {
		readonly available: View['updates']['available'];
		readonly checkedAt?: Instant;
		readonly problem?: Problem;
		readonly support: string;
		readonly planned?: NonNullable<View['updates']['planned']>;
		readonly history: View['updates']['history'];
		readonly channel: string;
		readonly pin: string;
	};
	readonly activity: View['activity'];
	readonly logs: readonly LogSourceView[];
	readonly bundles: View['bundles'];
	readonly settings: SettingValues;
	/** Why the appliance cannot write its own state. */
	readonly unwritable: string | undefined;
	readonly triedNetwork?: View['network']['tried'];
	readonly pendingNetwork?: View['network']['pending'];
	readonly ports: {readonly http: number; readonly https: number};
};

/** Facts, journal and intent → the view. Sections that came out the same keep their identity, so publishing is `!==`. */
export function buildView(given: Given, previous: View | undefined): View {
	const {judgement, operation} = given;
	const view: View = {
		identity: identity(given),
		access: given.access,
		rollup: {
			state: judgement.rollup.state,
			mark: rollupMark[judgement.rollup.state],
			word: judgement.rollup.word,
			message: judgement.rollup.message,
			nextAction: judgement.rollup.nextAction,
			since: judgement.rollup.since,
			...(given.unwritable !== undefined && stateRefused(given.unwritable)),
		},
		tiers: [...judgement.tiers],
		components: judgement.components.map(componentView),
		blockers: [...judgement.blockers],
		machine: [...stateRow(given.unwritable), ...machineRows(given.host)],
		checks: given.checks.map(check => checkView(check, given.accepted)),
		operation: operation ? operationView(withoutPast(operation, judgement)) : null,
		bundling: given.bundling ? operationView(given.bundling) : null,
		history: given.history.map(({id, kind, state, startedAt, endedAt, problem}) => ({
			id,
			kind,
			title: operationTitle[kind],
			mark: summaryMark[state],
			word: summaryWord[state],
			state,
			startedAt,
			...(endedAt !== undefined && {endedAt}),
			...(problem && {problem}),
		})),
		bundles: [...given.bundles],
		setup: setupView(given),
		updates: updatesView(given),
		workloads: workloadsView(given.cluster),
		network: networkView(given),
		activity: given.activity,
		logs: [...given.logs],
	};
	return previous === undefined ? view : keepIdentity(view, previous);
}

/** Sections equal in content become the very same object as before. */
function keepIdentity(view: View, previous: View): View {
	const same = <Name extends keyof View>(name: Name): View[Name] =>
		JSON.stringify(view[name]) === JSON.stringify(previous[name]) ? previous[name] : view[name];
	return {
		identity: same('identity'),
		access: same('access'),
		rollup: same('rollup'),
		tiers: same('tiers'),
		components: same('components'),
		blockers: same('blockers'),
		machine: same('machine'),
		checks: same('checks'),
		operation: same('operation'),
		bundling: same('bundling'),
		history: same('history'),
		bundles: same('bundles'),
		setup: same('setup'),
		updates: same('updates'),
		workloads: same('workloads'),
		network: same('network'),
		activity: same('activity'),
		logs: same('logs'),
	};
}

function identity({product, siteId, host, judgement, fingerprint, loginUrl, ports}: Given): View['identity'] {
	const network = lastSeen(host.network);
	const primary = primaryAddress(network);
	const base = primary === undefined ? '' : primary.family === 6 ? `[${primary.address}]` : primary.address;
	const login = judgement.tiers.find(tier => tier.id === 'login');
	const probe = host.probes.findLast(one => one.check === 'appUrl');
	return {
		product: product.name,
		version: product.version,
		siteId,
		hostname: lastSeen(host.machine)?.hostname ?? '',
		address: addressWords(network),
		resolvers: network?.resolvers.map(one => one.address).join(', ') || 'none',
		statusUrl: base && `http://${base}:${ports.http}`,
		secureUrl: base && fingerprint && `https://${base}:${ports.https}`,
		fingerprint,
		loginUrl: loginUrl ?? '',
		loginReady: login?.ready ?? false,
		login: login?.ready
			? `answers in ${Math.round(probe?.latencyMs ?? 0)} ms`
			: `not yet: ${login?.reason ?? 'nothing is known'}`,
	};
}

function setupView({setup, operation, host}: Given): View['setup'] {
	const ofSetup = operation?.kind === 'setup' ? operation.state : undefined;
	const state = setup.done
		? 'done'
		: ofSetup === 'running'
			? 'running'
			: ofSetup !== undefined && ofSetup !== 'cancelled'
				? 'stopped'
				: 'waiting';
	const network = lastSeen(host.network);
	const resolvers = network?.resolvers
		.map(one => `${one.address}${one.origin === 'dhcp' ? ' by DHCP' : ''}`)
		.join(', ');
	const address = primaryAddress(network)?.address;
	const hostname = lastSeen(host.machine)?.hostname;
	return {
		state,
		draft: {...setup.draft},
		problems: {...setup.problems},
		revision: setup.revision,
		origins: {
			...(resolvers && {dnsMode: resolvers}),
			...(address && {appUrl: `empty: http://${address}:3000`}),
			...(hostname && {hostName: `now: ${hostname}`}),
		},
	};
}

const releaseView = ({
	manifest,
	digest,
	signedBy,
	channel,
	pin,
	at,
}: InstalledRelease): NonNullable<View['updates']['current']> => ({
	version: manifest.version,
	appVersion: manifest.appVersion,
	channel,
	digest,
	signedBy: signedBy ?? 'not signed',
	since: at,
	pinned: pin !== undefined,
});

function updatesView({current, previous, updates, judgement}: Given): View['updates'] {
	return {
		...(current && {current: releaseView(current)}),
		...(previous && {previous: releaseView(previous)}),
		channel: updates.channel,
		pin: updates.pin,
		...(updates.available && {available: updates.available}),
		...(updates.checkedAt !== undefined && {checkedAt: updates.checkedAt}),
		...(updates.problem && {problem: updates.problem}),
		support: updates.support,
		...(updates.planned && {planned: updates.planned}),
		troubles: current === undefined ? [] : [...troublesOf(judgement)],
		history: updates.history,
	};
}

function networkView({host, settings, triedNetwork, pendingNetwork}: Given): View['network'] {
	const network = lastSeen(host.network);
	const at = host.network.state === 'unknown' ? {} : {at: host.network.at};
	return {
		interfaces: (network?.links ?? [])
			.filter(link => network !== undefined && leadsOut(network, link))
			.map(link => ({
				id: link.name,
				label: link.name,
				mark: !link.carrier ? 'failed' : link.addresses.some(one => one.origin !== 'link-local') ? 'good' : 'attention',
				text: `${link.carrier ? (link.speed ? `${link.speed} Mb/s` : 'link up') : 'no cable'}  ${link.addresses.map(one => `${one.address}/${one.prefix} ${one.origin}`).join(', ') || 'no address'}  mtu ${link.mtu}`,
				...at,
			})),
		resolvers: (network?.resolvers ?? []).map(one => ({
			id: one.address,
			label: one.address,
			mark: 'good',
			text: `${one.origin === 'dhcp' ? 'by DHCP' : one.origin}${one.link ? ` on ${one.link}` : ''}`,
			...at,
		})),
		routes: (network?.routes ?? []).slice(0, 30).map(route => ({
			id: `${route.destination} ${route.device}`,
			label: route.destination,
			mark: 'good',
			text: `${route.gateway ? `through ${route.gateway} ` : ''}on ${route.device}`,
			...at,
		})),
		settings: {...settings},
		...(triedNetwork && {tried: triedNetwork}),
		...(pendingNetwork && {pending: pendingNetwork}),
	};
}

/** GET /api/status in the documented shape (DESIGN §4), from the view. */
export function statusDocument(view: View, now: Instant): StatusDocument {
	const {current} = view.updates;
	const tier = (id: View['tiers'][number]['id']) => {
		const found = view.tiers.find(one => one.id === id);
		return {ready: found?.ready ?? false, status: found?.status ?? 'unknown'};
	};
	return {
		siteId: view.identity.siteId,
		timestamp: new Date(now).toISOString(),
		release: {
			selectedReleaseVersion: current?.version ?? null,
			appVersion: current?.appVersion ?? null,
			channel: current?.channel ?? null,
			gitRevision: current ? `${current.version}@${current.digest}` : null,
		},
		urls: {statusUrl: view.identity.statusUrl, loginUrl: view.identity.loginUrl || null},
		rollup: {state: view.rollup.state, message: view.rollup.message, nextAction: view.rollup.nextAction},
		tiers: {
			platform: tier('platform'),
			core: tier('core'),
			bootstrap: tier('bootstrap'),
			login: tier('login'),
			background: tier('background'),
			fullHealth: tier('fullHealth'),
		},
		topBlockers: topBlockers(view),
	};
}

/** What is wrong; where an operation stopped over something that is no issue of the site's (a check), that. */
function topBlockers({blockers, operation, rollup}: View): StatusDocument['topBlockers'] {
	if (blockers.length === 0 && rollup.state === 'failed_action_required' && operation?.problem !== undefined) {
		const {what, next} = operation.problem;
		const layer = operation.steps.find(({state}) => state === 'failed')?.phase ?? 'host';
		return [
			{severity: 'critical', component: operation.kind, layer, reason: what, nextAction: next, loginBlocking: true},
		];
	}
	return blockers.slice(0, 10).map(({severity, component, layer, title, next, loginBlocking}) => ({
		severity,
		component,
		layer,
		reason: title,
		nextAction: next,
		loginBlocking,
	}));
}
