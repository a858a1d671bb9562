import {dirname} from 'node:path';
import type {LogPage, LogQuery} from '../../shared/api/routes.ts';
import {fail, ok, type Problem, type Result} from '../../shared/problem.ts';
import type {LogSourceView} from '../../shared/view/view.ts';
import type {Cluster} from '../cluster/cluster.ts';
import type {Clock} from '../engine/clock.ts';
import {type FileLog, pageOfFiles} from './files.ts';
import {containerFolder, containerRuns, containersHere, textRuns} from './folders.ts';
import {followPages} from './follow.ts';
import {followJournal, pageOfJournal} from './journal.ts';
import {pageOfRemote} from './remote.ts';
import {parseSource, sourceLister} from './sources.ts';

/** Logs by windows: any line of any log can be reached, and no log is ever held whole (DESIGN D8). */
export type Logs = {
	readonly sources: () => readonly LogSourceView[];
	readonly page: (source: string, query: LogQuery) => Promise<Result<LogPage>>;
	/** Pages of new lines until aborted. Without a cursor the newest lines come first. Throws when there is no such log. */
	readonly follow: (
		source: string,
		from: {readonly cursor?: string | undefined; readonly previous: boolean},
		signal: AbortSignal,
	) => AsyncIterable<LogPage>;
};

export type LogsOptions = {
	/** The kubelet's folder, `/var/log/pods`. */
	readonly podLogs: string;
	readonly operationLogs: () => readonly {readonly id: string; readonly path: string}[];
	readonly cluster: Cluster;
	readonly clock: Clock;
	/** Masks known secrets in every line that is handed out. */
	readonly mask?: (text: string) => string;
	/** The program that reads the journal; default `journalctl`. */
	readonly journalctl?: string;
};

/** The folders are listed this often at most while Kubernetes does not say what there is. */
const lookAgainMs = 10_000;
/** A follower further behind than this is moved up to the end; the lines between are counted. */
const mostBehind = 16 << 20;

type Opened = {
	readonly page: (query: LogQuery) => Promise<Result<LogPage>>;
	readonly follow: (from: Parameters<Logs['follow']>[1], signal: AbortSignal) => AsyncIterable<LogPage>;
};

/** Opens the logs of this machine: the kubelet's files, the journal, the operations' files; other nodes by the API. */
export function openLogs({
	podLogs,
	operationLogs,
	cluster,
	clock,
	mask = text => text,
	journalctl = 'journalctl',
}: LogsOptions): Logs {
	const list = sourceLister();
	let looked: {readonly at: number; readonly containers: ReturnType<typeof containersHere>} | undefined;
	const onDisk = () => {
		if (looked === undefined || clock.elapsed() - looked.at > lookAgainMs)
			looked = {at: clock.elapsed(), containers: containersHere(podLogs)};
		return looked.containers;
	};

	const ofFiles = (log: FileLog, folder: () => Promise<string | undefined>): Opened => ({
		page: query => pageOfFiles(log, query),
		follow: ({cursor, previous}, signal) =>
			followPages({page: query => pageOfFiles(log, query, mostBehind), folder, clock, from: cursor, previous, signal}),
	});

	const open = async (id: string): Promise<Opened | undefined> => {
		const source = parseSource(id);
		switch (source?.kind) {
			case undefined:
				return undefined;
			case 'operation': {
				const path = operationLogs().find(each => each.id === source.id)?.path;
				if (path === undefined) return undefined;
				return ofFiles({title: `Operation ${source.id}`, format: 'text', runs: () => textRuns(path)}, async () =>
					dirname(path),
				);
			}
			case 'unit': {
				const journal = {journalctl, unit: source.unit};
				return {
					page: query => pageOfJournal(journal, query),
					follow: ({cursor}, signal) => followJournal(journal, cursor, signal),
				};
			}
			case 'container': {
				const folder = () => containerFolder(podLogs, source);
				if ((await folder()) === undefined && isElsewhere(source)) {
					const page = (query: LogQuery) => pageOfRemote(cluster, source, query);
					return {
						page,
						follow: ({cursor, previous}, signal) =>
							followPages({page, folder: async () => undefined, clock, from: cursor, previous, signal}),
					};
				}
				const runs = async () => {
					const found = await folder();
					return found === undefined ? [] : containerRuns(found);
				};
				return ofFiles({title: `${source.pod} (${source.container})`, format: 'cri', runs}, folder);
			}
		}
	};

	/** A pod that Kubernetes knows and whose files are not here runs on another node (or has not begun). */
	const isElsewhere = ({namespace, pod}: {readonly namespace: string; readonly pod: string}): boolean => {
		const {pods} = cluster.facts();
		const found =
			pods.state === 'known' ? pods.value.find(each => each.namespace === namespace && each.name === pod) : undefined;
		return found?.node !== undefined;
	};

	const masked = (page: LogPage): LogPage => ({
		...page,
		lines: page.lines.map(line => ({...line, text: mask(line.text)})),
	});

	return {
		sources: () => {
			const {pods} = cluster.facts();
			return list(operationLogs(), pods.state === 'unknown' ? onDisk() : pods.value);
		},
		page: async (id, query) => {
			const opened = await open(id);
			const answer = opened === undefined ? fail(unknownLog(id)) : await opened.page(query);
			return answer.ok ? ok(masked(answer.value)) : answer;
		},
		follow: async function* (id, from, signal) {
			const opened = await open(id);
			if (opened === undefined) throw new Error(unknownLog(id).what);
			for await (const page of opened.follow(from, signal)) yield masked(page);
		},
	};
}

const unknownLog = (id: string): Problem => ({
	code: 'log.not-found',
	what: `There is no log ${JSON.stringify(id.slice(0, 100))}.`,
	next: 'Choose one from the list of logs.',
});
