import {bytes, stopwatch} from '../../shared/format.ts';
import type {OperationView, StepView} from '../../shared/view/view.ts';
import {usualWords} from '../../shared/view/words.ts';
import {problemCard, stoppedCard} from '../components/blocker.ts';
import {card} from '../components/card.ts';
import {windowStart} from '../components/list.ts';
import {gauge} from '../components/tabs.ts';
import {beside, blank, cells, type Line, line, span, spread, strong, wrapText} from '../lines.ts';
import {clipNames} from '../names.ts';
import {heading, judged, type Room, rule, type Screen, type Seen, sign} from '../scene.ts';
import {currentStep, selectedRow} from '../selection.ts';
import {textWidth} from '../terminal/width.ts';
import {activityRows} from './status.ts';

/** The operation that runs or ran last: steps at the left, the truth of the moment at the right, what happens below. */
export const progress: Screen = (scene, room) => {
	const {operation} = scene.view;
	if (operation === null)
		return {lines: [blank, line('Nothing is running and nothing has been started since the machine came up.')]};
	const at = currentStep(operation);
	const selected = selectedRow(scene, 'progress');
	if (scene.ui.detail === 'open') return {lines: stepDetail(scene, operation.steps[selected], room)};
	// Every step is in sight where the screen is high enough; what happens gets the rest.
	const tail = room.height - Math.max(operation.steps.length, 11) - 1;
	const shownTail = tail >= 3 ? tail : room.height >= 14 ? 4 : 0;
	const top = room.height - (shownTail > 0 ? shownTail + 1 : 0);
	const left = Math.min(44, Math.max(36, Math.floor(room.width * 0.42)));
	const start = windowStart(operation.steps.length, selected, top);
	const steps = operation.steps.slice(start, start + top).map((step, index) => {
		const isSelected = start + index === selected && scene.ui.selected.progress !== undefined;
		return stepRow(scene, step, isSelected, left);
	});
	const right = now(scene, operation, {width: room.width - left - 3, height: top});
	const upper = beside(
		steps.concat(Array.from({length: Math.max(0, top - steps.length)}, () => blank)),
		left,
		right,
		line('   '),
		scene.glyphs.ellipsis,
	);
	const lower = shownTail > 0 ? [rule(scene, room.width), ...activityRows(scene, room.width, shownTail)] : [];
	return {
		lines: [...upper, ...lower],
		note: `step ${Math.min(at + 1, operation.steps.length)} of ${operation.steps.length}`,
	};
};

function stepRow(scene: Seen, step: StepView, isSelected: boolean, width: number): Line {
	const took =
		step.since === undefined || step.state === 'waiting'
			? ''
			: step.already
				? 'already'
				: stopwatch((step.until ?? scene.now) - step.since);
	const title = span(step.title, isSelected ? 'focus' : step.state === 'running' ? 'strong' : 'plain');
	const right = line(took);
	return spread(
		line(span(isSelected ? '> ' : '  ', 'working'), sign(scene, step.mark), ' ', title),
		right,
		width,
		scene.glyphs.ellipsis,
	);
}

/** What is going on at this moment, with numbers instead of motion. */
function now(scene: Seen, operation: OperationView, {width, height}: Room): Line[] {
	if (operation.state === 'failed' || operation.state === 'interrupted') {
		const stopped = stoppedCard(operation);
		if (stopped !== undefined) return card(scene, stopped, width, height);
	}
	const running = operation.steps.find(({state}) => state === 'running') ?? operation.steps[currentStep(operation)];
	if (operation.state !== 'running' || running === undefined) {
		const took = operation.endedAt === undefined ? '' : ` after ${stopwatch(operation.endedAt - operation.startedAt)}`;
		const needs =
			operation.state === 'needs-input'
				? wrapText(
						'The password was held in memory only and is gone with a restart. Press i and type it again; the installation goes on where it stopped.',
						width,
					).map(row => line(row))
				: [];
		return [judged(scene, operation.mark, `${operation.word}${took}`), ...(needs.length > 0 ? [blank, ...needs] : [])];
	}
	const rows: Line[] = [heading(running.title)];
	for (const text of wrapText(running.detail ?? '', width)) rows.push(line(text));
	rows.push(...transfer(scene, running, width));
	if (running.attempt > 1) rows.push(line(`try number ${running.attempt}`));
	const spent = running.since === undefined ? 0 : scene.now - running.since;
	const usual = usualWords(running.usualMs);
	rows.push(
		line(
			span('usually ', 'frame'),
			usual,
			span('   so far ', 'frame'),
			stopwatch(spent),
			...(spent > running.usualMs[1] ? [span('   longer than usual', 'attention')] : []),
		),
	);
	const parts = scene.view.components.filter(({mark}) => mark !== 'good' && mark !== 'unknown' && mark !== 'waiting');
	const ready = scene.view.components.filter(({mark}) => mark === 'good');
	const shown = [...parts, ...ready].slice(0, Math.max(0, height - rows.length - 1));
	if (shown.length > 0) {
		rows.push(blank);
		const names = Math.min(28, Math.max(...shown.map(({title}) => textWidth(title))));
		for (const part of shown)
			rows.push(
				cells(
					[
						[line(sign(scene, part.mark), ' ', part.title), names + 2],
						[clipNames(part.reason || part.word, width - names - 4, scene.glyphs.ellipsis), width - names - 4],
					],
					scene.glyphs.ellipsis,
				),
			);
	}
	return rows.slice(0, height);
}

/** "████▒░░░  1.1 of 1.8 GB", and the pace since the step began. */
function transfer(scene: Seen, {bytes: moved, since}: StepView, width: number): Line[] {
	if (moved === undefined) return [];
	const {done, total} = moved;
	if (total === undefined) return [line(`${bytes(done)} so far`)];
	const pace = since === undefined || scene.now <= since ? 0 : (done * 1000) / (scene.now - since);
	const left =
		pace > 0 && done > 0
			? `, about ${usualWords([0, ((total - done) / pace) * 1000]).replace(/^0 s to /, '')} left`
			: '';
	return [
		line(
			span(gauge(scene, done, total, Math.min(24, Math.max(4, width - 22))), 'working'),
			`  ${bytes(done)} of ${bytes(total)}`,
		),
		line(pace > 0 ? `${bytes(pace)}/s on average${left}` : ''),
	];
}

function stepDetail(scene: Seen, step: StepView | undefined, room: Room): Line[] {
	if (step === undefined) return [];
	if (step.problem !== undefined)
		return card(scene, problemCard(step.title, step.state, step.problem), room.width, room.height);
	const took = step.since === undefined ? '' : stopwatch((step.until ?? scene.now) - step.since);
	const fact = (label: string, text: string) => line(span(label.padEnd(12), 'frame'), text);
	return [
		line(sign(scene, step.mark), ' ', strong(step.title)),
		blank,
		fact('State', step.already ? 'done: it was already so' : step.state),
		fact('Time', took === '' ? 'not begun' : took),
		fact('Usually', usualWords(step.usualMs)),
		fact('Tries', String(step.attempt)),
		...wrapText(step.detail ?? '', room.width - 12).map((row, index) => fact(index === 0 ? 'Now' : '', row)),
	];
}
