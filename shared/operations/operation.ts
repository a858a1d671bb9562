import * as z from 'zod';
import type {Instant} from '../facts/fact.ts';
import type {Problem} from '../problem.ts';

/** Phases a failure is told in (DESIGN §4). */
export const phases = [
	'network',
	'dns',
	'release-source',
	'k3s',
	'flux',
	'storage',
	'app-bootstrap',
	'app-readiness',
	'background-services',
] as const;
export type Phase = (typeof phases)[number];

export const phaseTitle: Readonly<Record<Phase, string>> = {
	network: 'Network',
	dns: 'Name lookup',
	'release-source': 'Release source',
	k3s: 'Kubernetes',
	flux: 'Flux',
	storage: 'Storage',
	'app-bootstrap': 'Application set-up',
	'app-readiness': 'Application',
	'background-services': 'Background services',
};

/** Every operation there is. Each is a list of steps in `server/operations`. */
export const operationKinds = [
	'setup',
	'update',
	'rollback',
	'schedule',
	'network',
	'bundle',
	'fix',
	'power',
	'preflight',
] as const;
export const OperationKind = z.enum(operationKinds);
export type OperationKind = z.infer<typeof OperationKind>;

export const operationTitle: Readonly<Record<OperationKind, string>> = {
	setup: 'Setup',
	update: 'Update',
	rollback: 'Return to the previous release',
	schedule: 'Planned update',
	network: 'Network change',
	bundle: 'Support bundle',
	fix: 'Repair',
	power: 'Power',
	preflight: 'Checks',
};

export type OperationId = string & {readonly brand: 'OperationId'};

/** A step's life. `interrupted`: the engine died while it ran; it is checked again before anything else. */
export type StepState =
	| {readonly is: 'waiting'}
	| {readonly is: 'running'; readonly since: Instant; readonly attempt: number}
	| {readonly is: 'done'; readonly since: Instant; readonly until: Instant; readonly already: boolean}
	| {
			readonly is: 'failed';
			readonly since: Instant;
			readonly until: Instant;
			readonly attempt: number;
			readonly problem: Problem;
	  }
	| {readonly is: 'interrupted'; readonly since: Instant; readonly attempt: number};

export type StepProgress = {
	readonly id: string;
	readonly title: string;
	readonly phase: Phase;
	/** Shortest and longest usual time, milliseconds. */
	readonly usualMs: readonly [number, number];
	readonly state: StepState;
	/** What it does at this moment, with numbers: "pulling alga-psa-ee, 1.1 of 1.8 GB". */
	readonly detail?: string;
	readonly bytes?: {readonly done: number; readonly total?: number};
};

/** `needs-input`: a secret lost with a crash must be typed again (DESIGN: never on disk). */
export const operationStates = ['running', 'succeeded', 'failed', 'interrupted', 'needs-input', 'cancelled'] as const;
export type OperationState = (typeof operationStates)[number];
/** `keep`, `revert`: the answer to a step that asks whether its change is to stay. */
export const OperationAction = z.enum(['retry', 'cancel', 'give-secret', 'dismiss', 'keep', 'revert']);
export type OperationAction = z.infer<typeof OperationAction>;

export type OperationProgress = {
	readonly id: OperationId;
	readonly kind: OperationKind;
	readonly title: string;
	readonly state: OperationState;
	readonly startedAt: Instant;
	readonly endedAt?: Instant;
	readonly steps: readonly StepProgress[];
	/** What may be done now; never empty unless it runs a step that cannot stop, or has ended well. */
	readonly actions: readonly OperationAction[];
	/** Fields `give-secret` must bring. */
	readonly needs?: readonly string[];
	readonly problem?: Problem;
};

/**
 * The legal next actions of every state. There is no state without an exit: a test walks this table.
 * Cancelling is legal while nothing on the machine has been changed (`mutating` false).
 */
export function legalActions(state: OperationState, mutating: boolean): readonly OperationAction[] {
	switch (state) {
		case 'running':
			return mutating ? [] : ['cancel'];
		case 'failed':
		case 'interrupted':
			return mutating ? ['retry'] : ['retry', 'dismiss'];
		case 'needs-input':
			return mutating ? ['give-secret'] : ['give-secret', 'dismiss'];
		case 'succeeded':
		case 'cancelled':
			return [];
	}
}
