import * as z from 'zod';
import type {HostFacts} from '../../shared/facts/host.ts';
import type {CheckResult} from '../../shared/operations/check.ts';
import type {OperationId, OperationKind, Phase} from '../../shared/operations/operation.ts';
import type {Result} from '../../shared/problem.ts';
import type {SetupAnswers} from '../../shared/setup/form.ts';
import type {Judgement} from '../../shared/view/judge.ts';
import type {Cluster} from '../cluster/cluster.ts';
import type {Clock} from '../engine/clock.ts';
import type {Paths} from '../engine/paths.ts';
import type {Host} from '../host/host.ts';
import type {Logs} from '../logs/logs.ts';
import type {Registry} from '../registry/registry.ts';
import type {Site} from '../registry/site.ts';
import type {Bundles} from '../support/bundles.ts';
import type {Evidence} from '../support/evidence.ts';

/** Where the registry is reached from: the site's own settings. */
export type RegistrySettings = Pick<SetupAnswers, 'httpProxy' | 'noProxy' | 'dns'>;

/** The edges an operation may touch. */
export type Ports = {
	readonly host: Host;
	readonly cluster: Cluster;
	readonly registry: (settings: RegistrySettings) => Registry;
	readonly clock: Clock;
	readonly paths: Paths;
	readonly site: Site;
	readonly logs: Logs;
	readonly bundles: Bundles;
};

/** Small durable values an operation leaves for later ones: the installed release, that the smoke test passed. */
export type Records = {
	readonly get: (key: RecordKey) => unknown;
	/** Durable when this returns. */
	readonly set: (key: RecordKey, value: unknown) => void;
};
export type RecordKey =
	| 'release.current'
	| 'release.previous'
	| 'release.target'
	| 'release.available'
	| 'release.history'
	| 'storage.smoke'
	| 'bootstrap.done'
	| 'setup.answers'
	| 'setup.draft'
	| 'checks'
	| 'site.id'
	| 'update.plan'
	| 'update.schedule'
	| 'power.boot'
	| 'network.change'
	| 'network.kept'
	| 'network.tried'
	| 'answer'
	/** Written to find out whether the disk takes it. */
	| 'journal.proved';

/** Everything a step is given while it runs. */
export type Work<Input> = Ports & {
	readonly id: OperationId;
	readonly input: Input;
	/** Held in memory only; empty after a crash. */
	readonly secrets: Readonly<Partial<Record<string, string>>>;
	readonly records: Records;
	readonly signal: AbortSignal;
	/** One line for the operation's log. */
	readonly log: (line: string) => void;
	/** What it does now, in a few words, shown beside the step. */
	readonly detail: (text: string) => void;
	readonly bytes: (done: number, total: number | undefined) => void;
	readonly checks: (checks: readonly CheckResult[]) => void;
	/** All that the engine knows by itself, for a support bundle. */
	readonly evidence: () => Evidence;
	/** The present judgement over the observed facts. */
	readonly judgement: () => Judgement;
	/** Resolves at the next change of the judgement, at latest after `ms`. */
	readonly nextJudgement: (ms: number) => Promise<void>;
};

/**
 * One step of an operation. Idempotent: `check` tells whether its effect is already there, `run` brings it about,
 * `verify` proves it. The runner journals before and after.
 */
export type Step<Input> = {
	readonly id: string;
	readonly title: string;
	readonly phase: Phase;
	/** Shortest and longest usual time, milliseconds. */
	readonly usualMs: readonly [number, number];
	/** `changes`: from this step on the machine is being changed and the operation cannot be dropped. */
	readonly effect: 'reads' | 'changes';
	/** It waits for somebody to say whether the change stays; what they said is the record `answer`. */
	readonly asks?: true;
	/** Secrets it cannot run without. */
	readonly needs?: readonly string[];
	readonly check: (work: Work<Input>) => Promise<Result<boolean>>;
	readonly run: (work: Work<Input>) => Promise<Result<void>>;
	readonly verify: (work: Work<Input>) => Promise<Result<void>>;
};

/** One kind of operation: how its input is parsed and which steps it has. */
export type Operation<Input> = {
	readonly kind: OperationKind;
	/** Commands' input → what is journalled (no secrets) and what stays in memory. */
	readonly parse: (
		raw: unknown,
		context: {
			readonly records: Records;
			readonly judgement: () => Judgement;
			/** The machine as it was seen last. */
			readonly observed: () => HostFacts;
		},
	) => Result<{input: Input; secrets: Readonly<Partial<Record<string, string>>>}>;
	/** The journalled input of an earlier run, parsed again. */
	readonly revive: (stored: unknown) => Result<Input>;
	readonly steps: readonly Step<Input>[];
	/** It has a deadline of its own: however often it is cut off it goes on, so that it is never left half-way. */
	readonly endsByItself?: true;
};

/** What somebody answered to the step that asks. */
export const Answer = z.object({id: z.string(), is: z.enum(['keep', 'revert'])});
