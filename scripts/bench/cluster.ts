import {type ChildProcess, execFile, fork} from 'node:child_process';
import {mkdtemp, readFile, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';
import {fileURLToPath} from 'node:url';
import {promisify} from 'node:util';
import type {StubCommand, StubReport} from './cluster-stub.ts';
import type {WatcherReport} from './cluster-watcher.ts';
import type {Row} from './row.ts';

const run = promisify(execFile);
const here = fileURLToPath(new URL('.', import.meta.url));
const sizes = [500, 5000] as const;
const changes = 100;
const idleSeconds = 20;
/** What a poller of the same facts asks for, and how often. */
const polled = ['nodes', 'pods', 'jobs', 'events', 'helmreleases', 'kustomizations'];
const pollSeconds = 15;

/** Watching beside polling the same API by `kubectl get -o json`, with 500 and 5,000 pods. */
export async function bench(): Promise<Row[]> {
	const rows: Row[] = [];
	for (const pods of sizes) rows.push(...(await measure(pods)));
	return rows;
}

async function measure(pods: number): Promise<Row[]> {
	const folder = await mkdtemp(join(tmpdir(), 'bench-cluster-'));
	await using opened = new AsyncDisposableStack();
	opened.defer(() => rm(folder, {recursive: true, force: true}));
	const stub = opened.use(start<StubReport>('cluster-stub.ts', [String(pods)]));
	const listening = await stub.next(message => (message.is === 'listening' ? message : undefined));
	const kubeconfig = join(folder, 'kubeconfig');
	await writeFile(
		kubeconfig,
		JSON.stringify({
			apiVersion: 'v1',
			kind: 'Config',
			'current-context': 'a',
			clusters: [{name: 'a', cluster: {server: listening.url}}],
			users: [{name: 'a', user: {token: 'bench'}}],
			contexts: [{name: 'a', context: {cluster: 'a', user: 'a'}}],
		}),
	);
	const tell = (command: StubCommand) => stub.child.send(command);

	const watcher = opened.use(start<WatcherReport>('cluster-watcher.ts', [kubeconfig]));
	const {ms: listMs} = await watcher.next(message => (message.is === 'known' ? message : undefined));
	await stub.next(message => (message.is === 'watching-pods' ? message : undefined));
	await sleep(2000);
	const used = async () => {
		watcher.child.send('used');
		return watcher.next(message => (message.is === 'used' ? message : undefined));
	};
	const before = await used();
	await sleep(idleSeconds * 1000);
	const after = await used();
	const idleCpu = ((after.cpuMs - before.cpuMs) * 60) / idleSeconds;

	const latencies: number[] = [];
	for (let change = 1; change <= changes; change++) {
		const index = (change * 37) % pods;
		const at = performance.timeOrigin + performance.now();
		const seen = watcher.next(message =>
			message.is === 'seen' && message.index === index && message.restarts === change ? message : undefined,
		);
		tell({do: 'touch', index, restarts: change});
		latencies.push((await seen).at - at);
		// Changes of a real cluster come alone: longer apart than the cache gathers.
		await sleep(110 + Math.random() * 60);
	}
	latencies.sort((a, b) => a - b);
	const [median = 0, p99 = 0] = [latencies[Math.floor(changes / 2)], latencies[Math.floor(changes * 0.99)]];

	const relistBegan = performance.now();
	const watchingAgain = stub.next(message => (message.is === 'watching-pods' ? message : undefined));
	tell({do: 'expire'});
	await watchingAgain;
	const relistMs = performance.now() - relistBegan;
	const end = await used();

	const poll = await pollOnce(kubeconfig, folder);
	const pollCpu = (poll.cpuMs * 60) / pollSeconds;
	// A change waits half an interval on average, nearly a whole one at worst, and then for the answer.
	const [pollMedian, pollP99] = [(pollSeconds * 1000) / 2 + poll.wallMs, pollSeconds * 990 + poll.wallMs];
	const name = (what: string) => `${pods} pods: ${what}`;
	return [
		{name: name('first full list until known'), value: round(listMs), unit: 'ms'},
		{name: name('relist after 410, with its pause'), value: round(relistMs), unit: 'ms'},
		{name: name('resident memory'), value: round(end.rssMb), unit: 'MB'},
		{name: name('poller: CPU of an idle minute'), value: round(pollCpu), unit: 'ms'},
		{
			name: name('watching: CPU of an idle minute, against the poller'),
			value: round(idleCpu),
			unit: 'ms',
			target: '<= 1/20',
			ratio: idleCpu / pollCpu,
		},
		{name: name('poller: change to facts, median (by its interval)'), value: round(pollMedian), unit: 'ms'},
		{
			name: name('watching: change to facts, median, against the poller'),
			value: round(median),
			unit: 'ms',
			target: '<= 1/10',
			ratio: median / pollMedian,
		},
		{
			name: name('watching: change to facts, p99, against the poller'),
			value: round(p99),
			unit: 'ms',
			target: '<= 1/10',
			ratio: p99 / pollP99,
		},
	];
}

/** One round of the poller: the CPU of every kubectl and of parsing what it says. */
async function pollOnce(
	kubeconfig: string,
	folder: string,
): Promise<{readonly cpuMs: number; readonly wallMs: number}> {
	const get = (kind: string) =>
		run(
			'kubectl',
			[`--kubeconfig=${kubeconfig}`, `--cache-dir=${folder}/cache`, 'get', kind, '--all-namespaces', '--output=json'],
			{maxBuffer: 1 << 30},
		);
	// kubectl looks up the kinds of a server once in ten minutes: not counted.
	await get('nodes');
	const before = await cpuWithChildren();
	const began = performance.now();
	for (const kind of polled) JSON.parse((await get(kind)).stdout);
	return {wallMs: performance.now() - began, cpuMs: (await cpuWithChildren()) - before};
}

/** Milliseconds of this process and of its children that ended (proc_pid_stat(5): utime to cstime, in ticks of 10 ms). */
async function cpuWithChildren(): Promise<number> {
	const stat = await readFile('/proc/self/stat', 'latin1');
	const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
	return fields.slice(11, 15).reduce((sum, ticks) => sum + Number(ticks) * 10, 0);
}

type Started<Message> = AsyncDisposable & {
	readonly child: ChildProcess;
	readonly next: <T>(pick: (message: Message) => T | undefined) => Promise<T>;
};

function start<Message>(file: string, args: readonly string[]): Started<Message> {
	const child = fork(join(here, file), args, {stdio: ['ignore', 'inherit', 'inherit', 'ipc']});
	const ended = new Promise<void>(resolve => child.once('exit', () => resolve()));
	return {
		child,
		next: pick =>
			new Promise((resolve, reject) => {
				const deadline = setTimeout(() => reject(new Error(`${file} did not answer in 60 s`)), 60_000);
				const look = (message: unknown) => {
					const picked = pick(message as Message);
					if (picked === undefined) return;
					clearTimeout(deadline);
					child.off('message', look);
					resolve(picked);
				};
				child.on('message', look);
			}),
		[Symbol.asyncDispose]: async () => {
			if (child.connected) child.disconnect();
			await ended;
		},
	};
}

const round = (value: number): number => Math.round(value * 100) / 100;

if (import.meta.main) console.table(await bench());
