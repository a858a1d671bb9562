/** How a name server treats a question. */
export type NameService = 'answers' | 'refuses' | 'silent' | 'knows-nothing';

/** What the world around the box does; scenarios change it while the box runs. */
export type Conditions = {
	dns: NameService;
	registry: 'serves' | 'unreachable';
	disk: {sizeBytes: number; freeBytes: number};
	memoryBytes: number;
	cpuCores: number;
	clock: 'synchronised' | 'free-running';
};

const gib = 2 ** 30;

/** A machine as the product documents ask for it, in a network where everything works. */
export const healthyConditions = (): Conditions => ({
	dns: 'answers',
	registry: 'serves',
	disk: {sizeBytes: 200 * gib, freeBytes: 188 * gib},
	memoryBytes: 16 * gib,
	cpuCores: 4,
	clock: 'synchronised',
});

/** How one component's containers behave; what is absent is as usual. */
export type Conduct = {
	readonly pullMs?: number;
	readonly imageBytes?: number;
	/** From process start to passing the readiness probe. */
	readonly startMs?: number;
	/** A Job's working time. */
	readonly workMs?: number;
	readonly trouble?: Trouble;
	/** What it prints while starting. */
	readonly says?: readonly string[];
	/** What it prints from time to time afterwards. */
	readonly chatter?: readonly string[];
};

export type Trouble =
	| {readonly is: 'config'; readonly message: string}
	| {readonly is: 'crash'; readonly exitCode: number; readonly log: readonly string[]};

/** Conduct by component (pod label `app.kubernetes.io/name`, or the workload's name). */
export type Conducts = {
	readonly of: (name: string) => Conduct;
	readonly set: (name: string, conduct: Conduct) => void;
	/** Place in the usual order of starting. */
	readonly rank: (name: string) => number;
};

const minute = 60_000;

/** Times of a usual four-core VM on a 100 Mb/s line: about twenty-eight minutes in all. */
const usual: Readonly<Record<string, Conduct>> = {
	coredns: {pullMs: 12_000, startMs: 6000, imageBytes: 28_000_000, says: ['.:53', 'CoreDNS-1.12.1']},
	'local-path-provisioner': {pullMs: 10_000, startMs: 3000, imageBytes: 20_000_000},
	'metrics-server': {pullMs: 14_000, startMs: 20_000, imageBytes: 30_000_000},
	'appliance-storage-smoke': {pullMs: 2000, workMs: 4000, imageBytes: 2_000_000},
	'source-controller': {pullMs: 25_000, startMs: 8000, imageBytes: 72_000_000},
	'kustomize-controller': {pullMs: 28_000, startMs: 8000, imageBytes: 66_000_000},
	'helm-controller': {pullMs: 31_000, startMs: 9000, imageBytes: 81_000_000},
	'notification-controller': {pullMs: 20_000, startMs: 8000, imageBytes: 40_000_000},
	db: {
		pullMs: 95_000,
		startMs: 35_000,
		imageBytes: 460_000_000,
		says: [
			'PostgreSQL init process complete; ready for start up.',
			'LOG:  listening on IPv4 address "0.0.0.0", port 5432',
			'LOG:  database system is ready to accept connections',
		],
		chatter: ['LOG:  checkpoint starting: time', 'LOG:  checkpoint complete: wrote 42 buffers (0.3%)'],
	},
	redis: {
		pullMs: 40_000,
		startMs: 5000,
		imageBytes: 52_000_000,
		says: ['* Server initialized', '* Ready to accept connections tcp'],
		chatter: ['* 100 changes in 300 seconds. Saving...', '* Background saving terminated with success'],
	},
	pgbouncer: {
		pullMs: 25_000,
		startMs: 12_000,
		imageBytes: 18_000_000,
		says: ['LOG listening on 0.0.0.0:6432', 'LOG process up: PgBouncer 1.24.1'],
		chatter: ['LOG stats: 12 xacts/s, 31 queries/s, in 8123 B/s, out 22119 B/s'],
	},
	bootstrap: {
		pullMs: 6 * minute,
		workMs: 5 * minute,
		imageBytes: 1_900_000_000,
		says: [
			'Waiting for the database at db:5432',
			'Running migrations',
			'Batch 1 run: 412 migrations',
			'Seeding reference data',
			'Creating the initial tenant',
			'Bootstrap complete',
		],
	},
	'alga-core': {
		pullMs: 8 * minute,
		startMs: 100_000,
		imageBytes: 1_900_000_000,
		says: ['Starting Alga PSA', 'Connected to pgbouncer:6432', '- Local: http://localhost:3000', 'Ready'],
		chatter: [
			'GET /auth/signin 200 in 31ms',
			'GET /api/health 200 in 3ms',
			'scheduler: 3 jobs due',
			'POST /api/tickets 201 in 88ms',
		],
	},
	'email-service': {
		pullMs: 110_000,
		startMs: 15_000,
		imageBytes: 340_000_000,
		says: ['email-service listening'],
		chatter: ['poll: 0 new messages'],
	},
	temporal: {
		pullMs: 120_000,
		startMs: 45_000,
		imageBytes: 410_000_000,
		says: ['Starting temporal server: all services', 'frontend listening on 7233'],
		chatter: ['history shard 3 acquired'],
	},
	'temporal-ui': {pullMs: 45_000, startMs: 10_000, imageBytes: 60_000_000, says: ['temporal-ui on :8080']},
	'workflow-worker': {
		pullMs: 150_000,
		startMs: 25_000,
		imageBytes: 720_000_000,
		says: ['Connected to temporal:7233', 'Worker started, task queue workflows'],
		chatter: ['workflow run completed in 412ms'],
	},
	'temporal-worker': {
		pullMs: 130_000,
		startMs: 20_000,
		imageBytes: 640_000_000,
		says: ['Connected to temporal:7233', 'Worker started, task queue default'],
		chatter: ['activity completed in 61ms'],
	},
};

/** How containers behave, with a scenario's changes over the usual. */
export function makeConducts(): Conducts {
	const set = new Map<string, Conduct>();
	return {
		of: name => ({
			pullMs: 60_000,
			startMs: 15_000,
			workMs: 30_000,
			imageBytes: 100_000_000,
			...usual[name],
			...set.get(name),
		}),
		set: (name, conduct) => set.set(name, conduct),
		rank: name => (Object.hasOwn(usual, name) ? Object.keys(usual).indexOf(name) : Number.MAX_SAFE_INTEGER),
	};
}
