import {lastSeen} from '../../shared/facts/fact.ts';
import {ok, type Result} from '../../shared/problem.ts';
import type {LogSourceView} from '../../shared/view/view.ts';
import type {Item, Sources} from './items.ts';

/** Newest lines of one log; with 500 lines a page. */
const pages = 4;
const mostCharacters = 512 * 1024;
const mostContainers = 120;
const mostOperations = 10;

/** The newest lines of every log, and of the run before where a container was started again. */
export function logItems({logs, evidence}: Sources): readonly Item[] {
	const sources = logs.sources();
	const some = (kind: LogSourceView['kind'], most: number) => sources.filter(one => one.kind === kind).slice(0, most);
	const restarted = new Set(
		(lastSeen(evidence.cluster.pods) ?? []).flatMap(pod =>
			[...pod.containers, ...pod.initContainers]
				.filter(container => container.restarts > 0)
				.map(container => `pod:${pod.namespace}:${pod.name}:${container.name}`),
		),
	);
	return [...some('operation', mostOperations), ...some('unit', 50), ...some('container', mostContainers)].flatMap(
		source => [logItem(source, 'current'), ...(restarted.has(source.id) ? [logItem(source, 'previous')] : [])],
	);
}

const logItem = (source: LogSourceView, run: 'current' | 'previous'): Item => ({
	file: `logs/${source.id.replaceAll(':', '/')}${run === 'previous' ? '.previous' : ''}.log`,
	title: `Log of ${source.title}${run === 'previous' ? ', the run before' : ''}`,
	deadlineMs: 20_000,
	collect: (sources, signal) => newestLines(sources, source.id, run, signal),
});

async function newestLines(
	{logs}: Sources,
	id: string,
	run: 'current' | 'previous',
	signal: AbortSignal,
): Promise<Result<string>> {
	const parts: string[] = [];
	let cursor: string | undefined;
	let characters = 0;
	for (let page = 0; page < pages && !signal.aborted && characters < mostCharacters; page++) {
		const answer = await logs.page(id, {
			cursor,
			direction: 'older',
			limit: 500,
			severity: 'all',
			from: 'end',
			previous: run === 'previous',
		});
		if (!answer.ok) {
			if (page === 0) return answer;
			parts.unshift(`[older lines could not be read: ${answer.problem.what}]\n`);
			break;
		}
		const lines = answer.value.lines.map(
			line => `${line.at === undefined ? '' : `${new Date(line.at).toISOString()} `}${line.text}\n`,
		);
		const text = lines.join('');
		parts.unshift(text.slice(-(mostCharacters - characters)));
		characters += text.length;
		cursor = answer.value.older;
		if (cursor === undefined) break;
	}
	return ok(parts.join(''));
}
