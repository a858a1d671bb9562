import {ok, type Problem, type Result} from '../../shared/problem.ts';
import type {Cluster} from './cluster.ts';
import type {Session} from './session.ts';

/** Longest line and most bytes taken of one answer; what is beyond is read from the files (DESIGN D8). */
const maxLineBytes = 16 << 10;
const maxBytes = 8 << 20;
const deadlineMs = 20_000;

export type PodLogQuery = Parameters<Cluster['podLog']>[0] & {readonly timestamps?: 'with'};

/** The last lines of one container through the API server, which asks the kubelet of its node. */
export async function readPodLog(
	session: Session,
	where: PodLogQuery,
	signal: AbortSignal,
): Promise<Result<readonly string[]>> {
	const reader = await session.reader(signal);
	if (!reader.ok) return reader;
	const query = new URLSearchParams({container: where.container, tailLines: String(where.tailLines)});
	if (where.previous) query.set('previous', 'true');
	if (where.timestamps === 'with') query.set('timestamps', 'true');
	const path = `/api/v1/namespaces/${encodeURIComponent(where.namespace)}/pods/${encodeURIComponent(where.pod)}/log?${query}`;
	const asked = `read the log of ${where.namespace}/${where.pod}, ${where.container}`;
	const limited = AbortSignal.any([signal, AbortSignal.timeout(deadlineMs)]);
	const opened = await reader.value.transport.lines(
		{method: 'GET', path, asked},
		{maxLineBytes, idleMs: deadlineMs},
		limited,
	);
	if (!opened.ok) {
		session.failed(reader.value, opened);
		return {ok: false, problem: unstarted(opened.problem) ?? opened.problem};
	}
	const kept: string[] = [];
	let bytes = 0;
	for await (const line of opened.value) {
		kept.push(line.text);
		bytes += line.text.length;
		if (kept.length > where.tailLines) kept.shift();
		if (bytes > maxBytes) break;
	}
	return ok(kept);
}

/** A container that has not run has no log: the API server says so as a bad request, with what it waits for. */
function unstarted({code, detail = ''}: Problem): Problem | undefined {
	if (code !== 'cluster.rejected') return undefined;
	const waits = /is waiting to start: (?<why>[^"\n]+)/u.exec(detail)?.groups?.['why']?.trim();
	const isNoPrevious = /previous terminated container .* not found/u.test(detail);
	if (waits === undefined && !isNoPrevious) return undefined;
	return {
		code: 'log.not-found',
		what: isNoPrevious ? 'This container has not run before.' : `This container has not started yet: ${waits}.`,
		next: isNoPrevious
			? 'Its present log holds all it has said.'
			: 'Diagnostics and the events of its pod say what it waits for.',
		detail,
		retry: 'safe',
	};
}
