import * as z from 'zod';
import {settingNames} from '../network/change.ts';
import {OperationAction, OperationKind, operationStates, phases} from '../operations/operation.ts';
import {problemCodes} from '../problem.ts';

/** Instants are milliseconds since the epoch; ages are made by whoever draws, so a ticking clock never crosses the wire. */
const instant = z.number();

/** How a line is marked: word first, symbol second, colour third. One list for every screen and the page. */
export const Mark = z.enum(['good', 'working', 'waiting', 'attention', 'failed', 'unknown']);
export type Mark = z.infer<typeof Mark>;

/** A labelled line that carries its own judgement and age. */
const Row = z.object({id: z.string(), label: z.string(), mark: Mark, text: z.string(), at: instant.optional()});
export type Row = z.infer<typeof Row>;

export const ProblemView = z.object({
	code: z.enum(problemCodes),
	what: z.string(),
	why: z.string().optional(),
	next: z.string(),
	detail: z.string().optional(),
	field: z.string().optional(),
	retry: z.enum(['safe', 'after-fix', 'never']).optional(),
});
export type ProblemView = z.infer<typeof ProblemView>;

export const rollupStates = [
	'setup_required',
	'installing',
	'ready_to_log_in',
	'ready_with_background_issues',
	'fully_healthy',
	'failed_action_required',
] as const;

const Rollup = z.object({
	state: z.enum(rollupStates),
	mark: Mark,
	/** "Ready to log in": the words of the product documents, everywhere. */
	word: z.string(),
	message: z.string(),
	nextAction: z.string(),
	since: instant,
});

export const tierIds = ['platform', 'core', 'bootstrap', 'login', 'background', 'fullHealth'] as const;
const Tier = z.object({
	id: z.enum(tierIds),
	title: z.string(),
	ready: z.boolean(),
	mark: Mark,
	/** healthy | waiting | blocked | degraded | unknown: the status word of GET /api/status. */
	status: z.enum(['healthy', 'waiting', 'blocked', 'degraded', 'unknown']),
	word: z.string(),
	/** What holds it back, or what makes it good; one line. */
	reason: z.string(),
	since: instant.optional(),
});
export type TierView = z.infer<typeof Tier>;

const Component = z.object({
	name: z.string(),
	title: z.string(),
	tier: z.enum(['platform', 'core', 'bootstrap', 'login', 'background']),
	mark: Mark,
	word: z.string(),
	reason: z.string(),
	image: z.string().optional(),
	since: instant.optional(),
});
export type ComponentView = z.infer<typeof Component>;

/** What is wrong, as a card: the nine things a technician needs (CONSOLE rule 9). */
export const BlockerView = z.object({
	id: z.string(),
	cause: z.string(),
	severity: z.enum(['critical', 'background', 'warning', 'info']),
	component: z.string(),
	layer: z.string(),
	phase: z.enum(phases),
	phaseTitle: z.string(),
	title: z.string(),
	doing: z.string().optional(),
	why: z.string(),
	next: z.string(),
	proof: z.array(z.string()),
	retry: z.string(),
	retrySafe: z.boolean(),
	selfHeals: z.boolean(),
	owner: z.string(),
	loginBlocking: z.boolean(),
	blocks: z.string(),
	firstSeen: instant,
	lastSeen: instant,
	/** Symptoms this explains; listed under it, never beside it. */
	explains: z.array(z.string()),
	command: z.string(),
	fix: z.object({id: z.string(), title: z.string(), effect: z.string()}).optional(),
});
export type BlockerView = z.infer<typeof BlockerView>;

/** One preflight check as a table row with its card. */
export const CheckView = z.object({
	id: z.string(),
	title: z.string(),
	found: z.string(),
	needed: z.string(),
	result: z.enum(['waiting', 'running', 'ok', 'warns', 'fails', 'unknown', 'skipped']),
	mark: Mark,
	phase: z.enum(phases),
	at: instant.optional(),
	problem: ProblemView.optional(),
	/** A warning the technician has accepted knowingly. */
	accepted: z.boolean(),
});
export type CheckView = z.infer<typeof CheckView>;

const Step = z.object({
	id: z.string(),
	title: z.string(),
	phase: z.enum(phases),
	usualMs: z.tuple([z.number(), z.number()]),
	state: z.enum(['waiting', 'running', 'done', 'failed', 'interrupted']),
	mark: Mark,
	since: instant.optional(),
	until: instant.optional(),
	attempt: z.number(),
	/** Done without doing anything: it was already so. */
	already: z.boolean(),
	detail: z.string().optional(),
	bytes: z.object({done: z.number(), total: z.number().optional()}).optional(),
	problem: ProblemView.optional(),
});
export type StepView = z.infer<typeof Step>;

export const OperationView = z.object({
	id: z.string(),
	kind: OperationKind,
	title: z.string(),
	state: z.enum(operationStates),
	word: z.string(),
	mark: Mark,
	startedAt: instant,
	endedAt: instant.optional(),
	steps: z.array(Step),
	actions: z.array(OperationAction),
	needs: z.array(z.string()),
	problem: ProblemView.optional(),
});
export type OperationView = z.infer<typeof OperationView>;

const Identity = z.object({
	product: z.string(),
	version: z.string(),
	siteId: z.string(),
	hostname: z.string(),
	/** "eth0 192.168.64.8/24 dhcp", or why there is none. */
	address: z.string(),
	resolvers: z.string(),
	/** Base of the web page, http; empty while there is no address. */
	statusUrl: z.string(),
	secureUrl: z.string(),
	/** SHA-256 of the page's own certificate, as browsers show it; empty until made. */
	fingerprint: z.string(),
	loginUrl: z.string(),
	/** "answers in 84 ms" | "not yet: core services are starting". */
	login: z.string(),
	loginReady: z.boolean(),
});

const Access = z.object({
	/** unclaimed: the setup token is waiting for its one use. */
	state: z.enum(['unclaimed', 'claimed']),
	/** Only ever present on the console's own socket, and only before first use. */
	setupToken: z.string().optional(),
	/** Whether the machine's own terminals ask for a password, and whether this one has been given it. Never on the page. */
	console: z.object({mode: z.enum(['off', 'on', 'lockdown']), locked: z.boolean()}).optional(),
});

const Setup = z.object({
	/** waiting: no setup has begun. done: it ended well once; intent exists. */
	state: z.enum(['waiting', 'running', 'stopped', 'done']),
	draft: z.record(z.string(), z.string()),
	problems: z.record(z.string(), z.string()),
	/** Where a default comes from: "192.168.64.1 by DHCP". By field. */
	origins: z.record(z.string(), z.string()),
	revision: z.number(),
});

const ReleaseView = z.object({
	version: z.string(),
	appVersion: z.string(),
	channel: z.string(),
	digest: z.string(),
	signedBy: z.string(),
	since: instant.optional(),
	pinned: z.boolean(),
});

const Updates = z.object({
	current: ReleaseView.optional(),
	channel: z.string(),
	pin: z.string(),
	available: z
		.object({
			version: z.string(),
			digest: z.string(),
			notes: z.string(),
			allowed: z.boolean(),
			path: z.string(),
			/** What may be installed now: this release, or the first step of the way to it; empty when there is none. */
			next: z.string(),
			changes: z.array(z.string()),
			downtime: z.string(),
			disk: z.string(),
		})
		.optional(),
	checkedAt: instant.optional(),
	/** Why the last check failed; what is shown is then the last good answer. */
	problem: ProblemView.optional(),
	previous: ReleaseView.optional(),
	support: z.string(),
	/** The one update that is planned for a time; an empty version is whatever the channel offers then. */
	planned: z.object({at: instant, version: z.string(), accepted: z.array(z.string())}).optional(),
	/** What does not work now: an update is begun only when each of these is accepted by its id. */
	troubles: z.array(z.object({id: z.string(), text: z.string()})),
	history: z.array(z.object({at: instant, title: z.string(), mark: Mark, text: z.string()})),
});

const Workloads = z.object({
	pods: z.array(
		z.object({
			namespace: z.string(),
			name: z.string(),
			mark: Mark,
			word: z.string(),
			ready: z.string(),
			restarts: z.number(),
			since: instant.optional(),
			node: z.string(),
			image: z.string(),
		}),
	),
	events: z.array(z.object({at: instant, mark: Mark, about: z.string(), text: z.string()})),
	flux: z.array(
		z.object({
			kind: z.string(),
			name: z.string(),
			depth: z.number(),
			mark: Mark,
			word: z.string(),
			revision: z.string(),
			reason: z.string(),
		}),
	),
	/** Counts when a list was cut. */
	cut: z.string(),
});

const Activity = z.array(z.object({at: instant, mark: Mark, source: z.string(), text: z.string()}));
const LogSource = z.object({
	id: z.string(),
	title: z.string(),
	kind: z.enum(['operation', 'unit', 'container']),
	component: z.string().optional(),
});

/** A support bundle that can be fetched. */
export const BundleView = z.object({name: z.string(), path: z.string(), sizeBytes: z.number(), at: instant});
export type BundleView = z.infer<typeof BundleView>;

/**
 * Everything any surface shows. The console, the page and the command line render this and hold no truth of their own.
 * Sent whole on connect, then section by section; sections keep their identity while nothing in them changed.
 */
export const View = z.object({
	identity: Identity,
	access: Access,
	rollup: Rollup,
	tiers: z.array(Tier),
	components: z.array(Component),
	blockers: z.array(BlockerView),
	machine: z.array(Row),
	checks: z.array(CheckView),
	/** The operation that runs, or the last one that has not been dismissed. */
	operation: OperationView.nullable(),
	history: z.array(
		z.object({
			id: z.string(),
			kind: OperationKind,
			title: z.string(),
			mark: Mark,
			word: z.string(),
			state: z.enum(operationStates),
			startedAt: instant,
			endedAt: instant.optional(),
			problem: ProblemView.optional(),
		}),
	),
	/** The support bundle that is being made, or how the last one ended: it is made beside whatever else runs. */
	bundling: OperationView.nullable(),
	/** Support bundles on this machine, newest first. */
	bundles: z.array(BundleView),
	setup: Setup,
	updates: Updates,
	workloads: Workloads,
	network: z.object({
		interfaces: z.array(Row),
		resolvers: z.array(Row),
		routes: z.array(Row),
		/** What a form of the settings starts with, by name. */
		settings: z.record(z.enum(settingNames), z.string()),
		/** What trying settings showed last. */
		tried: z.object({at: instant, mark: Mark, text: z.string()}).optional(),
		/** A change that is in use and waits to be kept: the operation that asks. */
		pending: z.object({id: z.string(), until: instant, text: z.string()}).optional(),
	}),
	activity: Activity,
	logs: z.array(LogSource),
});
export type View = z.infer<typeof View>;
export type SectionName = keyof View;
export type LogSourceView = z.infer<typeof LogSource>;

/** GET /api/status: the documented shape (DESIGN §4). */
export const StatusDocument = z.object({
	siteId: z.string(),
	timestamp: z.iso.datetime(),
	release: z.object({
		selectedReleaseVersion: z.string().nullable(),
		appVersion: z.string().nullable(),
		channel: z.string().nullable(),
		gitRevision: z.string().nullable(),
	}),
	urls: z.object({statusUrl: z.string(), loginUrl: z.string().nullable()}),
	rollup: z.object({state: z.enum(rollupStates), message: z.string(), nextAction: z.string()}),
	tiers: z.record(z.enum(tierIds), z.object({ready: z.boolean(), status: z.string()})),
	topBlockers: z.array(
		z.object({
			severity: z.string(),
			component: z.string(),
			layer: z.string(),
			reason: z.string(),
			nextAction: z.string(),
			loginBlocking: z.boolean(),
		}),
	),
});
export type StatusDocument = z.infer<typeof StatusDocument>;
