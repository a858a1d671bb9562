import type {VNode} from 'preact';
import type {OperationAction, OperationKind} from '../../../shared/operations/operation.ts';
import type {Link} from '../../../shared/view/store.ts';
import type {Mark, OperationView, ProblemView, View} from '../../../shared/view/view.ts';
import type {screenTitle} from '../../../shared/view/words.ts';
import type {WhoAmI} from './call.ts';

export type ScreenName = Exclude<keyof typeof screenTitle, 'help'> | 'settings';

/** A question before something happens; `phrase` has to be typed, or a time. */
export type Question = {
	readonly title: string;
	readonly text: readonly string[];
	readonly yes: string;
	readonly phrase?: string;
	/** What was typed, where that is a time instead: milliseconds since the epoch. */
	readonly time?: (at: number) => void;
	readonly run?: () => void;
};

/** What was typed into the form here and the engine has not kept, secrets among it. */
export type Answers = {
	readonly page: number;
	readonly text: Readonly<Record<string, string>>;
	/** Fields that were left, so that their message may be shown. */
	readonly left: ReadonlySet<string>;
	/** The engine's last word on what was sent. */
	readonly judged: {
		readonly values: Readonly<Record<string, string>>;
		readonly problems: Readonly<Record<string, string>>;
	};
	readonly accept: readonly string[];
};

export type Message = {readonly mark: Mark; readonly text: string; readonly problem?: ProblemView};

/** Everything a screen is drawn from, and what it can ask for. */
export type Scene = {
	readonly view: View;
	readonly link: Link;
	/** The appliance's time. */
	readonly now: number;
	readonly who: WhoAmI;
	readonly busy: boolean;
	readonly answers: Answers;
	readonly setAnswers: (change: (answers: Answers) => Answers) => void;
	readonly start: (kind: OperationKind, input: Record<string, unknown>, label: string) => void;
	readonly act: (
		operation: {readonly id: string},
		action: OperationAction,
		label: string,
		secrets?: Readonly<Record<string, string>>,
	) => void;
	readonly ask: (question: Question) => void;
	/** The outcome of what was asked for last. */
	readonly message: Message | undefined;
	readonly say: (message: Message | undefined) => void;
	readonly signOut: () => void;
};

export type Screen = (scene: Scene) => VNode;

export const told = (problem: ProblemView): string => `${problem.what} ${problem.next}`;

/** The screen for a link's hash; anything unknown is home, which follows what happens. */
export function shownScreen(hash: string, view: View, names: readonly ScreenName[]): ScreenName {
	const wanted = names.find(name => name === hash);
	if (wanted !== undefined) return wanted;
	const {operation} = view;
	if (operation === null || operation.state === 'succeeded' || operation.state === 'cancelled') return 'status';
	const code = operation.problem?.code;
	// An update looks at the machine too, but fills no table of checks.
	const refused = operation.kind === 'setup' && (code === 'preflight.failed' || code === 'preflight.needs-acceptance');
	if (operation.kind === 'preflight' || refused) return 'preflight';
	const isLong = operation.kind === 'setup' || operation.kind === 'update' || operation.kind === 'rollback';
	return isLong && operation.state !== 'failed' ? 'progress' : 'status';
}

/** Index of the step the operation is at; the last one when it has ended well. */
export function currentStep({steps}: OperationView): number {
	const at = steps.findIndex(({state}) => state !== 'done');
	return at < 0 ? Math.max(0, steps.length - 1) : at;
}
