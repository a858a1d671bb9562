import * as z from 'zod';
import {bytes} from '../../shared/format.ts';
import {statusLines} from '../../shared/view/status-lines.ts';
import {bundleContents, dayWords} from '../../shared/view/words.ts';
import type {Outcome} from './collect.ts';
import type {Evidence} from './evidence.ts';

/** How many of the last lines of the timeline are shown. */
const lastMoments = 25;
const Line = z.object({at: z.string(), about: z.string(), severity: z.string(), text: z.string()});

/** The page a support engineer reads first: the words of the screen, what was done last, and what the bundle lacks. */
export function summaryOf(
	{view, operations}: Evidence,
	outcomes: readonly Outcome[],
	{
		at,
		masked,
		timeline,
		pointers,
	}: {
		readonly at: number;
		readonly masked: number;
		/** The redacted timeline, a JSON object a line. */
		readonly timeline: string;
		/** Files that prove it, by blocker. */
		readonly pointers: ReadonlyMap<string, readonly string[]>;
	},
): string {
	const {operation} = view;
	const missing = outcomes.flatMap(one => ('missing' in one ? [one] : []));
	const size = outcomes.reduce((sum, one) => sum + ('bytes' in one ? one.bytes : 0), 0);
	const stopped = operations.find(one => one.problem !== undefined && !one.dismissed);
	const phase = view.blockers[0]?.phaseTitle;
	return `${[
		`# Support bundle of ${view.identity.siteId}, made ${new Date(at).toISOString()}`,
		'',
		`State: ${view.rollup.word}${phase === undefined ? '' : `. Phase: ${phase}`}`,
		...block('Status', statusLines(view, at)),
		...block(
			'Where the proof is',
			view.blockers.map(
				({id, title}) => `${title.replace(/\.$/u, '')}: ${pointers.get(id)?.join(', ') || 'only what is said above'}`,
			),
		),
		...block(
			'Machine',
			view.machine.map(row => `${row.label.padEnd(16)} ${row.text}`),
		),
		...block('Release', [
			view.updates.current
				? `${view.updates.current.version} on ${view.updates.current.channel}, ${view.updates.current.digest}`
				: 'none installed',
		]),
		...block('Operations, newest first', [
			...view.history
				.slice(0, 10)
				.map(one => `${dayWords(one.startedAt)}  ${one.id.padEnd(22)} ${one.title}: ${one.word}`),
			...((operation ?? undefined)?.steps.map(
				step => `   ${step.state.padEnd(12)} ${step.title}${step.problem ? `: ${step.problem.what}` : ''}`,
			) ?? []),
		]),
		...(stopped?.problem
			? block(`Stopped: ${stopped.id}`, [
					stopped.problem.what,
					...(stopped.problem.why ? [`Why    ${stopped.problem.why}`] : []),
					`Do     ${stopped.problem.next}`,
				])
			: []),
		...block('Lately (all of it: timeline.ndjson)', lastOf(timeline)),
		...block('In this bundle', [
			`${outcomes.length - missing.length} files, ${bytes(size)} of text, ${masked} secrets masked; index.json lists them.`,
			...bundleContents.map(([label, text]) => `${label.padEnd(16)} ${text}`),
		]),
		...block(
			'Not in it',
			missing.map(one => `${one.file}: ${one.missing.split('\n')[0] ?? ''}`),
		),
	].join('\n')}\n`;
}

/** A heading and lines that keep their columns in Markdown; nothing when there are none. */
const block = (title: string, lines: readonly string[]): readonly string[] =>
	lines.length === 0 ? [] : ['', `## ${title}`, '', ...lines.map(line => `    ${line}`.trimEnd())];

function lastOf(timeline: string): readonly string[] {
	return timeline
		.trimEnd()
		.split('\n')
		.slice(-lastMoments)
		.flatMap(line => {
			const told = Line.safeParse(parsed(line));
			if (!told.success) return [];
			const {at, about, severity, text} = told.data;
			return [`${at.slice(0, 19)}Z  ${severity.padEnd(7)}  ${about}: ${text.slice(0, 160)}`];
		});
}

function parsed(line: string): unknown {
	try {
		return JSON.parse(line);
	} catch {
		return undefined; // Left out of a page for people; the file holds it.
	}
}
