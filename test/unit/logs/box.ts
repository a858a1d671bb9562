import {mkdir, mkdtemp, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import type {Cluster} from '../../../server/cluster/cluster.ts';
import {systemClock} from '../../../server/engine/clock.ts';
import {type Logs, openLogs} from '../../../server/logs/logs.ts';
import {LogPage, LogQuery} from '../../../shared/api/routes.ts';
import {unknown} from '../../../shared/facts/fact.ts';
import {fail} from '../../../shared/problem.ts';

/** A node's log folder in a place of its own. */
export type Box = AsyncDisposable & {
	readonly logs: Logs;
	readonly folder: string;
	readonly root: string;
	readonly container: string;
};

export const source = 'pod:msp:web-1:main';

export async function makeBox(
	options: {
		readonly cluster?: Partial<Cluster>;
		readonly journalctl?: string;
		readonly mask?: (text: string) => string;
	} = {},
): Promise<Box> {
	const root = await mkdtemp(join(tmpdir(), 'logs-'));
	const container = join(root, 'pods/msp_web-1_uid-1/main');
	await mkdir(container, {recursive: true});
	const cluster: Cluster = {...absentCluster, ...options.cluster};
	const logs = openLogs({
		podLogs: join(root, 'pods'),
		operationLogs: () => [{id: 'setup-1', path: join(root, 'setup-1.log')}],
		cluster,
		clock: systemClock,
		...(options.mask !== undefined && {mask: options.mask}),
		...(options.journalctl !== undefined && {journalctl: options.journalctl}),
	});
	return {
		logs,
		root,
		container,
		folder: join(root, 'pods'),
		[Symbol.asyncDispose]: () => rm(root, {recursive: true, force: true}),
	};
}

const down = fail({code: 'cluster.unreachable', what: 'Kubernetes does not answer.', next: 'Wait.'});
const nothing = unknown('not there');
/** Logs must be readable without any Kubernetes. */
const absentCluster: Cluster = {
	facts: () => ({
		api: nothing,
		nodes: nothing,
		pods: nothing,
		workloads: nothing,
		jobs: nothing,
		claims: nothing,
		events: nothing,
		flux: nothing,
		storageClasses: nothing,
		secrets: nothing,
		logs: [],
	}),
	watch: () => ({[Symbol.dispose]: () => undefined}),
	ready: async () => down,
	apply: async () => down,
	get: async () => down,
	remove: async () => down,
	patch: async () => down,
	podLog: async () => down,
};

export const query = (given: Partial<LogQuery> = {}): LogQuery => ({...LogQuery.parse({}), ...given});

/** A page that must be there; checked against the schema the surfaces read it with. */
export async function page(box: Box, given: Partial<LogQuery> = {}, id = source): Promise<LogPage> {
	const answer = await box.logs.page(id, query(given));
	if (!answer.ok) throw new Error(JSON.stringify(answer.problem));
	return LogPage.parse(answer.value);
}

export const texts = ({lines}: LogPage): readonly string[] => lines.map(line => line.text);

const began = Date.parse('2026-01-01T00:00:00Z');
export const timeAt = (index: number): string => `${new Date(began + index).toISOString().slice(0, -1)}000000Z`;
export const cri = (text: string, index = 0, tag: 'F' | 'P' = 'F', stream = 'stdout'): string =>
	`${timeAt(index)} ${stream} ${tag} ${text}\n`;
export const write = (box: Box, name: string, content: string | Uint8Array): Promise<void> =>
	writeFile(join(box.container, name), content);

/** Every line, by going back page for page from the end. */
export async function readBack(box: Box, given: Partial<LogQuery> = {}, id = source): Promise<readonly string[]> {
	const pages: (readonly string[])[] = [];
	let at = await page(box, given, id);
	for (;;) {
		pages.unshift(texts(at));
		if (at.older === undefined) return pages.flat();
		at = await page(box, {...given, cursor: at.older, direction: 'older'}, id);
	}
}

/** Every line, by going forward page for page from the first. */
export async function readOn(box: Box, given: Partial<LogQuery> = {}, id = source): Promise<readonly string[]> {
	const all: string[] = [];
	let at = await page(box, {...given, from: 'first', direction: 'newer'}, id);
	while (at.lines.length > 0) {
		all.push(...texts(at));
		at = await page(box, {...given, cursor: at.newer, direction: 'newer'}, id);
	}
	return all;
}
