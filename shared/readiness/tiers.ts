import type {ClusterFacts} from '../facts/cluster.ts';
import type {Fact, Instant} from '../facts/fact.ts';
import type {HostFacts, ProbeFact} from '../facts/host.ts';
import type {Component} from '../release/manifest.ts';
import {type ComponentHealth, type Expected, judgeComponents} from './components.ts';
import {isInError, kstatus} from './kstatus.ts';
import {indexOwnership, type Ownership} from './ownership.ts';
import {platformComponents} from './platform.ts';

export const tierNames = ['platform', 'core', 'bootstrap', 'login', 'background', 'fullHealth'] as const;
export type TierName = (typeof tierNames)[number];

/** What can be said of a tier. Only `ready` is ready; `unknown` means that nobody could look. */
export type Tier =
	| {readonly state: 'ready'; readonly reason: string}
	| {readonly state: 'waiting'; readonly reason: string}
	| {readonly state: 'blocked'; readonly reason: string; readonly blockers: readonly string[]}
	| {readonly state: 'unknown'; readonly why: string};
export type Tiers = Readonly<Record<TierName, Tier>>;

/** What the tiers are judged from. What a past operation proved is handed in as recorded, not assumed. */
export type TierQuestion = {
	readonly facts: {readonly host: HostFacts; readonly cluster: ClusterFacts};
	/** The installed release; undefined before anything is installed: then no tier is ready. */
	readonly expected: Expected | undefined;
	/** The last request to the login page, and where people log in. */
	readonly loginProbe?: ProbeFact | undefined;
	readonly loginUrl?: string | undefined;
	/** When the bootstrap of the installed release was seen complete; outlives the Job, which is removed after a while. */
	readonly bootstrapRecorded?: Instant | undefined;
	/** When a test volume was last written and read back on this installation. */
	readonly storageProved?: Instant | undefined;
	readonly now: Instant;
};

/** One thing a tier needs. */
type Need =
	| {readonly is: 'met'}
	| {readonly is: 'unmet'; readonly reason: string}
	| {readonly is: 'unknown'; readonly why: string};
const met: Need = {is: 'met'};
const unmet = (reason: string): Need => ({is: 'unmet', reason});

/** A probe older than this says nothing about now; milliseconds. */
const probeCountsFor = 30 * 60_000;

/** Judges the six tiers (DESIGN §4). Blockers are added afterwards with `withBlockers`. */
export function judgeTiers(question: TierQuestion): Tiers {
	const {expected, facts, now} = question;
	if (!expected) return notInstalled;
	const components = judgeComponents(facts.cluster, expected, now);
	const of = (tier: Component['tier']) => components.filter(component => component.tier === tier).map(needsComponent);
	const platform = decide(platformNeeds(question, components), 'Kubernetes, storage and Flux work');
	const core = decide([...of('core'), ...coreNeeds(expected, facts.cluster)], 'database and cache work');
	const bootstrap = decide(bootstrapNeeds(question, components), 'the application is set up');
	const login = decide(
		[
			needsTier(core, 'core services'),
			needsTier(bootstrap, 'application set-up'),
			...of('login'),
			...loginNeeds(question, components),
		],
		'people can log in',
	);
	const background = decide(of('background'), 'background services work');
	const fullHealth = decide(
		[
			needsTier(platform, 'platform'),
			needsTier(login, 'login'),
			needsTier(background, 'background services'),
			...releasesReady(facts.cluster, now),
			...components.flatMap(({title, drift}) =>
				drift ? [unmet(`${title} runs an image the release does not name`)] : [],
			),
		],
		'everything works',
	);
	return {platform, core, bootstrap, login, background, fullHealth};
}

const nothingYet: Tier = {state: 'waiting', reason: 'nothing is installed yet'};
const notInstalled: Tiers = {
	platform: nothingYet,
	core: nothingYet,
	bootstrap: nothingYet,
	login: nothingYet,
	background: nothingYet,
	fullHealth: nothingYet,
};

/** What is known to be missing is told first; what nobody could look at makes the tier unknown, never ready. */
function decide(needs: readonly Need[], reason: string): Tier {
	for (const need of needs) if (need.is === 'unmet') return {state: 'waiting', reason: need.reason};
	for (const need of needs) if (need.is === 'unknown') return {state: 'unknown', why: need.why};
	return {state: 'ready', reason};
}

function needsTier(tier: Tier, title: string): Need {
	if (tier.state === 'ready') return met;
	return tier.state === 'unknown' ? {is: 'unknown', why: tier.why} : unmet(`${title}: ${tier.reason}`);
}

function needsComponent({title, state, reason}: ComponentHealth): Need {
	if (state === 'ready') return met;
	return state === 'unknown' ? {is: 'unknown', why: `${title}: ${reason}`} : unmet(`${title}: ${reason}`);
}

/** Looks at a fact only while its source answers: a stale value never makes anything ready. */
function needs<T>(fact: Fact<T>, what: string, look: (value: T) => readonly Need[]): readonly Need[] {
	return fact.state === 'known' ? look(fact.value) : [{is: 'unknown', why: `${what}: ${fact.why}`}];
}

function platformNeeds(question: TierQuestion, components: readonly ComponentHealth[]): readonly Need[] {
	const {cluster, host} = question.facts;
	const required = new Set(platformComponents.filter(each => each.required).map(each => each.name));
	return [
		...needs(cluster.api, 'Kubernetes', () => [met]),
		...needs(cluster.nodes, 'node', nodes => [nodeNeed(nodes.map(node => kstatus(node, question.now)))]),
		...needs(cluster.storageClasses, 'storage', classes => [
			classes.some(each => each.isDefault) ? met : unmet('no default storage class'),
		]),
		question.storageProved === undefined ? unmet('storage has not passed its test yet') : met,
		...components.filter(each => each.tier === 'platform' && required.has(each.name)).map(needsComponent),
		needsProbe(host.probes, 'dns', 'name lookup', question.now),
		needsProbe(host.probes, 'registry', 'outbound HTTPS', question.now),
	];
}

function nodeNeed(nodes: readonly {readonly state: string; readonly reason: string}[]): Need {
	if (nodes.some(node => node.state === 'ready')) return met;
	const [first] = nodes;
	if (!first) return unmet('no node has joined yet');
	return first.state === 'unknown' ? {is: 'unknown', why: `node: ${first.reason}`} : unmet(`node: ${first.reason}`);
}

/** Every target's newest probe of this kind must have passed, lately. */
function needsProbe(probes: readonly ProbeFact[], check: string, title: string, now: Instant): Need {
	const newest = new Map<string, ProbeFact>();
	for (const probe of probes) {
		if (probe.check !== check) continue;
		const before = newest.get(probe.target);
		if (!before || before.at <= probe.at) newest.set(probe.target, probe);
	}
	const lately = [...newest.values()].filter(probe => now - probe.at <= probeCountsFor);
	const bad = lately.find(probe => !probe.ok);
	if (bad) return unmet(`${title}: ${bad.target}: ${bad.outcome}`);
	return lately.length > 0 ? met : {is: 'unknown', why: `${title} has not been checked lately`};
}

function coreNeeds(expected: Expected, cluster: ClusterFacts): readonly Need[] {
	const core = expected.profile.components.filter(component => component.tier === 'core');
	const ownership = indexOwnership(cluster);
	return [
		...(core.length === 0 ? [unmet('the release names no core component')] : []),
		...core.flatMap(component => secretNeeds(component, cluster)),
		...core.flatMap(component => claimNeeds(component, cluster)),
		...needs(cluster.pods, 'pods', () =>
			expected.profile.components
				.filter(component => component.tier !== 'background')
				.flatMap(component => podNeeds(component, ownership)),
		),
	];
}

function secretNeeds(component: Component, cluster: ClusterFacts): readonly Need[] {
	if (component.secrets.length === 0) return [];
	return needs(cluster.secrets, 'credentials', secrets =>
		component.secrets.map(wanted => {
			const found = secrets.find(
				each => each.kind === 'Secret' && each.namespace === component.workload.namespace && each.name === wanted.name,
			);
			if (!found) return unmet(`${component.title}: secret ${wanted.name} does not exist`);
			const missing = wanted.keys.find(key => !found.keys.includes(key));
			return missing === undefined ? met : unmet(`${component.title}: secret ${wanted.name} has no key ${missing}`);
		}),
	);
}

function claimNeeds(component: Component, cluster: ClusterFacts): readonly Need[] {
	if (component.volumes.length === 0) return [];
	return needs(cluster.claims, 'volumes', claims =>
		component.volumes.map(({claim}) => {
			const found = claims.find(each => each.name === claim && each.namespace === component.workload.namespace);
			if (found?.phase === 'Bound') return met;
			return unmet(`${component.title}: volume ${claim} is ${found ? found.phase.toLowerCase() : 'missing'}`);
		}),
	);
}

/** Pods that ended are not in anybody's way; a live one in an error state is. */
function podNeeds(component: Component, {podsOf}: Ownership): readonly Need[] {
	return podsOf(component.workload)
		.filter(pod => pod.phase === 'Pending' || pod.phase === 'Running')
		.flatMap(pod => [...pod.initContainers, ...pod.containers])
		.flatMap(container =>
			isInError(container) && container.state.is === 'waiting'
				? [unmet(`${component.title}: ${container.state.reason}`)]
				: [],
		);
}

function bootstrapNeeds(question: TierQuestion, components: readonly ComponentHealth[]): readonly Need[] {
	const {expected, facts, bootstrapRecorded} = question;
	const job = components.find(component => component.name === expected?.profile.bootstrap.component);
	if (!job) return [unmet('the release names no bootstrap job')];
	const gone = job.state === 'missing' && bootstrapRecorded !== undefined;
	const seed = facts.host.probes.filter(probe => probe.check === 'seed').at(-1);
	return [
		gone ? met : needsComponent(job),
		seed && !seed.ok && (bootstrapRecorded ?? 0) <= seed.at ? unmet(`seed check: ${seed.outcome}`) : met,
	];
}

function loginNeeds(question: TierQuestion, components: readonly ComponentHealth[]): readonly Need[] {
	const {expected, loginProbe, loginUrl, now} = question;
	const web = components.find(component => component.name === expected?.profile.login.component);
	const probe = !loginProbe
		? ({is: 'unknown', why: 'the login page has not been asked yet'} as const)
		: now - loginProbe.at > probeCountsFor
			? ({is: 'unknown', why: 'the login page has not been asked lately'} as const)
			: loginProbe.ok
				? met
				: unmet(`login page: ${loginProbe.outcome.replace(/\.$/u, '')}`);
	return [
		web ? needsComponent(web) : unmet('the release names no login component'),
		probe,
		loginUrl ? met : unmet('the login address is not known yet'),
	];
}

function releasesReady(cluster: ClusterFacts, now: Instant): readonly Need[] {
	return needs(cluster.flux, 'releases', objects =>
		objects.map(object => {
			const health = kstatus(object, now);
			return health.state === 'ready' ? met : unmet(`${object.kind} ${object.name}: ${health.reason}`);
		}),
	);
}

/** The part of a blocker that tiers look at. */
export type TierBlocker = {
	readonly id: string;
	readonly tier: Exclude<TierName, 'fullHealth'>;
	readonly severity: 'critical' | 'background' | 'warning' | 'info';
	readonly summary: string;
};

/** The tiers with what holds them back: a tier that is not ready and has a blocker is blocked by it, and full health ends. */
export function withBlockers(tiers: Tiers, blockers: readonly TierBlocker[]): Tiers {
	const held = (name: TierName, reasons: readonly TierBlocker[]): Tier => {
		const tier = tiers[name];
		const [first] = reasons;
		return first && tier.state !== 'ready'
			? {state: 'blocked', reason: first.summary, blockers: reasons.map(each => each.id)}
			: tier;
	};
	const serious = blockers.filter(each => each.severity !== 'info');
	const by = (...names: readonly TierName[]) =>
		serious.filter(each => each.severity !== 'warning' && names.includes(each.tier));
	const [worst] = serious;
	return {
		platform: held('platform', by('platform')),
		core: held('core', by('core', 'platform')),
		bootstrap: held('bootstrap', by('bootstrap', 'core', 'platform')),
		login: held('login', by('login', 'bootstrap', 'core', 'platform')),
		background: held('background', by('background', 'platform')),
		fullHealth: worst
			? {state: 'blocked', reason: worst.summary, blockers: serious.map(each => each.id)}
			: tiers.fullHealth,
	};
}
