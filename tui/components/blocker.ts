import type {BlockerView, OperationView, ProblemView} from '../../shared/view/view.ts';
import {clockWords, reachWord} from '../../shared/view/words.ts';
import type {Line} from '../lines.ts';
import {age, type Scene} from '../scene.ts';
import type {Card, Part} from './card.ts';

const markOf = ({severity, loginBlocking}: BlockerView) =>
	loginBlocking || severity === 'critical' ? 'failed' : severity === 'info' ? 'waiting' : 'attention';

/** What is wrong, why, the proof, and what to do: a failure is a card, not a message. */
export function blockerCard(scene: Scene, blocker: BlockerView): Card {
	const {fix} = blocker;
	const heals = blocker.selfHeals ? ' It heals by itself once the cause is gone.' : '';
	const parts: Part[] = [
		...part('Doing', 4, blocker.doing),
		...part('Why', 1, blocker.why),
		...part('Proof', 5, ...blocker.proof.slice(0, 3)),
		...part(
			'Do',
			1,
			...(fix === undefined
				? [`${blocker.next}${heals}`]
				: [blocker.next, `Then press f: ${fix.title}. ${fix.effect}`]),
		),
		...part('Retry', 6, blocker.retry),
		...part('Also', 7, ...blocker.explains),
		...part('Owner', 9, blocker.owner),
		...part(
			'Seen',
			8,
			`${age(scene, blocker.firstSeen)}, last ${clockWords(blocker.lastSeen)}    ${blocker.phaseTitle} / ${blocker.layer} / ${blocker.component}`,
		),
		...part('More', 9, blocker.command),
	];
	return {
		title: blocker.title,
		tag: blocker.loginBlocking ? reachWord.blocking : reachWord.background,
		mark: markOf(blocker),
		parts,
	};
}

export const blockerMark = markOf;

/** The card of an operation that stopped, or of a check or step that failed. */
export function problemCard(title: string, tag: string, problem: ProblemView, doing?: string): Card {
	const retry = {safe: 'safe', 'after-fix': 'safe once the cause is put right', never: 'not safe: ask support first'};
	return {
		title,
		tag,
		mark: 'failed',
		parts: [
			...part('What', 1, problem.what),
			...part('Doing', 4, doing),
			...part('Why', 2, problem.why),
			...part('Proof', 5, ...(problem.detail ?? '').split('\n').filter(Boolean).slice(-3)),
			...part('Do', 1, problem.next),
			...part('Retry', 6, problem.retry && retry[problem.retry]),
		],
	};
}

/** The card of an operation that ended badly: its step says what was being done. */
export function stoppedCard(operation: OperationView): Card | undefined {
	const at = operation.steps.findIndex(({state}) => state === 'failed' || state === 'interrupted');
	const stopped = operation.steps[at];
	const problem = stopped?.problem ?? operation.problem;
	if (problem === undefined) return undefined;
	return problemCard(
		`${operation.title} stopped`,
		at < 0 ? operation.word : `step ${at + 1} of ${operation.steps.length}`,
		problem,
		stopped?.title,
	);
}

export function part(label: string, rank: number, ...text: readonly (string | undefined)[]): Part[] {
	const said = text.filter(row => row !== undefined && row !== '').map(String);
	return said.length === 0 ? [] : [{label, rank, text: said}];
}

export type {Card, Line};
