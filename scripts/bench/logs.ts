import {execFile} from 'node:child_process';
import {appendFile, mkdir, mkdtemp, open, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';
import {promisify} from 'node:util';
import {systemClock} from '../../server/engine/clock.ts';
import {type FileLog, pageOfFiles} from '../../server/logs/files.ts';
import {containerRuns} from '../../server/logs/folders.ts';
import {followPages} from '../../server/logs/follow.ts';
import {LogQuery} from '../../shared/api/routes.ts';
import type {Row} from './row.ts';

const run = promisify(execFile);
const gigabyte = 1 << 30;
const followRate = 20_000;
const followSeconds = 10;

/** Opening, scrolling and following a container's log of 1 GB. */
export async function bench(): Promise<Row[]> {
	const root = await mkdtemp(join(tmpdir(), 'bench-logs-'));
	await using opened = new AsyncDisposableStack();
	opened.defer(() => rm(root, {recursive: true, force: true}));
	const folder = join(root, 'msp_web_uid/main');
	await mkdir(folder, {recursive: true});
	const file = join(folder, '0.log');
	const block = Array.from({length: 10_000}, (_, index) => criLine(index)).join('');
	await using writing = await open(file, 'w');
	for (let size = 0; size < gigabyte; size += block.length) await writing.write(block);
	const log: FileLog = {title: 'bench', format: 'cri', runs: () => containerRuns(folder)};
	const page = async (given: Partial<LogQuery>) => {
		const answer = await pageOfFiles(log, {...LogQuery.parse({}), ...given});
		if (!answer.ok) throw new Error(answer.problem.what);
		return answer.value;
	};
	const rssBefore = process.memoryUsage().rss;
	const tail = await median(() => run('tail', ['-n', '200', file], {maxBuffer: 1 << 20}));
	const end = await median(() => page({}));
	const first = await median(() => page({from: 'first'}));
	const middle = await median(() => page({at: Date.parse('2026-01-01T00:00:05Z')}));
	let scrolled = await page({});
	const back = await median(async () => {
		scrolled = await page({cursor: scrolled.older, direction: 'older'});
	});
	const follow = await following(log, folder, file, scrolled.newer === '' ? undefined : (await page({})).newer);
	const rssMb = (process.memoryUsage().rss - rssBefore) / 2 ** 20;
	return [
		{name: 'tail -n 200 of 1 GB', value: round(tail), unit: 'ms'},
		{
			name: 'log of 1 GB opened at its end, against tail',
			value: round(end),
			unit: 'ms',
			target: '<= 50 ms above',
			ratio: end / tail,
		},
		{name: 'scrolled to its first line', value: round(first), unit: 'ms'},
		{name: 'jumped to a time', value: round(middle), unit: 'ms'},
		{name: 'one page further back', value: round(back), unit: 'ms'},
		{
			name: `followed at ${followRate} lines/s: lines behind at the end`,
			value: follow.behind,
			unit: 'lines',
			target: '0',
		},
		{name: 'followed: lines dropped', value: follow.dropped, unit: 'lines', target: '0'},
		{name: 'followed: CPU of one core', value: round(follow.cpu * 100), unit: '%'},
		{name: 'resident memory grown over all of it', value: round(rssMb), unit: 'MB', target: 'flat'},
	];
}

async function following(log: FileLog, folder: string, file: string, cursor: string | undefined) {
	const stop = new AbortController();
	let lines = 0;
	let dropped = 0;
	const pages = followPages({
		page: query => pageOfFiles(log, query, 16 << 20),
		folder: async () => folder,
		clock: systemClock,
		from: cursor,
		previous: false,
		signal: stop.signal,
	});
	const reading = (async () => {
		for await (const page of pages) {
			lines += page.lines.length;
			dropped += page.dropped;
		}
	})();
	const cpuBefore = process.cpuUsage();
	const began = performance.now();
	const text = Array.from({length: followRate / 20}, (_, index) => criLine(index)).join('');
	let written = 0;
	while (performance.now() - began < followSeconds * 1000) {
		const due = Math.floor((performance.now() - began) / 50) * (followRate / 20);
		for (; written < due; written += followRate / 20) await appendFile(file, text);
		await sleep(10);
	}
	const {user, system} = process.cpuUsage(cpuBefore);
	await sleep(300);
	const behind = written - lines - dropped;
	stop.abort();
	await reading;
	return {behind, dropped, cpu: (user + system) / 1000 / (followSeconds * 1000)};
}

const criLine = (index: number): string =>
	`${new Date(Date.parse('2026-01-01T00:00:00Z') + index).toISOString().slice(0, -1)}000000Z stdout F {"level":"info","msg":"request ${index} done","path":"/api/v1/tickets","ms":12}\n`;

async function median(work: () => Promise<unknown>): Promise<number> {
	const times: number[] = [];
	for (let time = 0; time < 9; time++) {
		const began = performance.now();
		await work();
		times.push(performance.now() - began);
	}
	return times.sort((a, b) => a - b)[4] ?? 0;
}

const round = (value: number): number => Math.round(value * 100) / 100;

if (import.meta.main) console.table(await bench());
