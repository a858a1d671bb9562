import type {Instant} from '../facts/fact.ts';
import type {OperationKind, OperationState, Phase} from '../operations/operation.ts';
import type {Problem} from '../problem.ts';
import type {CauseId} from './causes.ts';

/** Where something broke, lowest first: a lower layer explains what stands above it. */
export const layers = [
	'time',
	'host',
	'dns',
	'network',
	'registry',
	'release',
	'storage',
	'node',
	'k3s',
	'scheduling',
	'image',
	'config',
	'container',
	'app',
	'job',
	'helm',
	'flux',
] as const;
export type Layer = (typeof layers)[number];

export type BlockerTier = 'platform' | 'core' | 'bootstrap' | 'login' | 'background';

/** The object a blocker is about. */
export type Subject = {readonly kind: string; readonly namespace: string; readonly name: string};

/** One line that proves it: where it was read, and the words found there. */
export type Proof = {readonly from: string; readonly text: string; readonly at?: Instant};

/** Whose move it is. */
export type Owner = 'you' | 'network team' | 'publisher' | 'support';

export type FixId =
	| 'retry-pull'
	| 'restart-pod'
	| 'reset-helm-release'
	| 'rerun-bootstrap'
	| 'reprobe'
	| 'free-images'
	| 'reconcile';

/** What stands in the way, for one cause and one thing, with everything a technician needs to act. */
export type Blocker = {
	/** Stable as long as the same cause holds the same thing. */
	readonly id: string;
	readonly cause: CauseId;
	/** What a technician calls the part that suffers; the first of `components`. */
	readonly component: string;
	readonly components: readonly string[];
	readonly subject: Subject;
	readonly tier: BlockerTier;
	readonly phase: Phase;
	readonly layer: Layer;
	readonly severity: 'critical' | 'background' | 'warning' | 'info';
	readonly summary: string;
	readonly why: string;
	readonly nextStep: string;
	/** At most ten; show the first three. Never empty. */
	readonly proof: readonly Proof[];
	/** Whether trying the same again can do no harm. */
	readonly retrySafe: boolean;
	readonly retryHelps: 'yes' | 'after-fix' | 'no';
	/** The platform tries again by itself. */
	readonly selfHeals: boolean;
	readonly owner: Owner;
	readonly loginBlocking: boolean;
	readonly confidence: 'certain' | 'likely' | 'guess';
	/** What shows more. */
	readonly command: string;
	readonly fix?: FixId;
	readonly firstSeen: Instant;
	readonly lastSeen: Instant;
	/** Symptoms this explains, as sentences. */
	readonly explains: readonly string[];
};

/** What diagnosis must know besides the facts. */
export type DiagnosisContext = {
	readonly stage: 'setup' | 'install' | 'update' | 'steady';
	/** The LOGIN tier as judged now: once people can log in, nothing is called login-blocking. */
	readonly loginReady: boolean;
	readonly now: Instant;
	/** No registry is meant to be reachable: images come from a bundle. */
	readonly airgap?: boolean;
	/** The operation that is running or was cut off. */
	readonly operation?:
		| {
				readonly kind: OperationKind;
				readonly state: OperationState;
				readonly title: string;
				readonly problem?: Problem;
		  }
		| undefined;
};
