import type {BlockerView, Mark, OperationView, ProblemView} from '../../../shared/view/view.ts';
import {clockWords, durationWords, reachWord} from '../../../shared/view/words.ts';
import {html} from './html.ts';
import {button, type Card} from './parts.ts';
import type {Scene} from './scene.ts';

export const blockerMark = ({severity, loginBlocking}: BlockerView): Mark =>
	loginBlocking || severity === 'critical' ? 'failed' : severity === 'info' ? 'waiting' : 'attention';

/** What is wrong, why, the proof, and what to do. */
export function blockerCard(scene: Scene, blocker: BlockerView): Card {
	const {fix} = blocker;
	const heals = blocker.selfHeals ? ' It heals by itself once the cause is gone.' : '';
	const seen = `${durationWords(scene.now - blocker.firstSeen)}, last ${clockWords(blocker.lastSeen)}`;
	const askFix = () =>
		fix &&
		scene.ask({
			title: fix.title,
			text: [`For: ${blocker.title}`, fix.effect],
			yes: fix.title,
			run: () => scene.start('fix', {blocker: blocker.id, fix: fix.id}, fix.title),
		});
	const {operation, blockers} = scene.view;
	// What stopped is begun again from the worst of what stopped it.
	const stopped = blocker === blockers[0] && operation?.actions.includes('retry') ? operation : undefined;
	return {
		title: blocker.title,
		tag: blocker.loginBlocking ? reachWord.blocking : reachWord.background,
		mark: blockerMark(blocker),
		parts: [
			['Doing', blocker.doing],
			['Why', blocker.why],
			['Proof', ...blocker.proof],
			...(fix === undefined
				? ([['Do', `${blocker.next}${heals}`]] as const)
				: ([['Do', blocker.next, `Then: ${fix.title}. ${fix.effect}`]] as const)),
			['Retry', blocker.retry],
			['Also', ...blocker.explains],
			['Owner', blocker.owner],
			['Seen', `${seen}    ${blocker.phaseTitle} / ${blocker.layer} / ${blocker.component}`],
			['More', blocker.command],
		],
		...((fix ?? stopped) && {
			actions: html`${fix && button(fix.title, askFix, {kind: 'main', off: scene.busy})}
				${stopped && html`${button('Retry', () => scene.act(stopped, 'retry', 'Retry'), {off: scene.busy})}<a class="button" href="#progress">Progress</a>`}`,
		}),
	};
}

const retryWord = {safe: 'safe', 'after-fix': 'safe once the cause is put right', never: 'not safe: ask support first'};

/** The card of a check or step that failed. */
export function problemCard(
	title: string,
	tag: string,
	problem: ProblemView,
	mark: Mark = 'failed',
	doing?: string,
): Card {
	return {
		title,
		tag,
		mark,
		parts: [
			['What', problem.what],
			['Doing', doing],
			['Why', problem.why],
			['Proof', ...(problem.detail ?? '').split('\n').filter(Boolean).slice(-3)],
			['Do', problem.next],
			['Retry', problem.retry && retryWord[problem.retry]],
		],
	};
}

/** The card of an operation that ended badly: its step says what was being done. */
export function stoppedCard(scene: Scene, operation: OperationView): Card | undefined {
	const at = operation.steps.findIndex(({state}) => state === 'failed' || state === 'interrupted');
	const stopped = operation.steps[at];
	const problem = stopped?.problem ?? operation.problem;
	if (problem === undefined) return undefined;
	const tag = at < 0 ? operation.word : `step ${at + 1} of ${operation.steps.length}`;
	const card = problemCard(`${operation.title} stopped`, tag, problem, 'failed', stopped?.title);
	return {...card, actions: operationButtons(scene, operation)};
}

/** What may be done with the operation now, and the bundle for when nothing helps. */
export function operationButtons(scene: Scene, operation: OperationView) {
	const {actions} = operation;
	const off = scene.busy;
	return html`${actions.includes('retry') && button('Retry', () => scene.act(operation, 'retry', 'Retry'), {kind: 'main', off})}
		${actions.includes('cancel') && button('Cancel', () => scene.act(operation, 'cancel', 'Cancel'), {off})}
		${actions.includes('dismiss') && button('Put away', () => scene.act(operation, 'dismiss', 'Put away'), {off})}
		${operation.state === 'failed' && html`<a class="button" href="#bundle">Support bundle</a>`}`;
}
