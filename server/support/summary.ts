import {bytes} from '../../shared/format.ts';
import {statusLines} from '../../shared/view/status-lines.ts';
import {bundleContents, dayWords} from '../../shared/view/words.ts';
import type {Outcome} from './collect.ts';
import type {Evidence} from './evidence.ts';

/** The page a support engineer reads first: the words of the screen, what was done last, and what the bundle lacks. */
export function summaryOf({view, operations}: Evidence, outcomes: readonly Outcome[], at: number): string {
	const {operation} = view;
	const missing = outcomes.flatMap(one => ('missing' in one ? [one] : []));
	const size = outcomes.reduce((sum, one) => sum + ('bytes' in one ? one.bytes : 0), 0);
	const masked = outcomes.reduce((sum, one) => sum + ('masked' in one ? one.masked : 0), 0);
	const stopped = operations.find(one => one.problem !== undefined && !one.dismissed);
	return `${[
		`Support bundle of ${view.identity.siteId}, made ${new Date(at).toISOString()}`,
		'',
		...statusLines(view, at),
		'',
		'Machine',
		...view.machine.map(row => `  ${row.label.padEnd(16)} ${row.text}`),
		'',
		'Release',
		`  ${view.updates.current ? `${view.updates.current.version} on ${view.updates.current.channel}, ${view.updates.current.digest}` : 'none installed'}`,
		'',
		'Operations, newest first',
		...view.history
			.slice(0, 10)
			.map(one => `  ${dayWords(one.startedAt)}  ${one.id.padEnd(22)} ${one.title}: ${one.word}`),
		...((operation ?? undefined)?.steps.map(
			step => `     ${step.state.padEnd(12)} ${step.title}${step.problem ? `: ${step.problem.what}` : ''}`,
		) ?? []),
		...(stopped?.problem
			? [
					'',
					`Stopped: ${stopped.id}`,
					`  ${stopped.problem.what}`,
					...(stopped.problem.why ? [`  Why    ${stopped.problem.why}`] : []),
					`  Do     ${stopped.problem.next}`,
				]
			: []),
		'',
		'Lately',
		...view.activity.slice(-15).map(one => `  ${new Date(one.at).toISOString()}  ${one.source}: ${one.text}`),
		'',
		`In this bundle: ${outcomes.length - missing.length} files, ${bytes(size)} of text, ${masked} secrets masked; index.json lists them.`,
		...bundleContents.map(([label, text]) => `  ${label.padEnd(16)} ${text}`),
		...(missing.length === 0
			? []
			: ['', 'Not in it', ...missing.map(one => `  ${one.file}: ${one.missing.split('\n')[0] ?? ''}`)]),
	].join('\n')}\n`;
}
