import {type ChildProcess, spawn} from 'node:child_process';
import {once} from 'node:events';
import {existsSync, mkdtempSync, readFileSync, rmSync} from 'node:fs';
import {createServer} from 'node:net';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {createInterface} from 'node:readline';
import {parseArgs} from 'node:util';
import {makeStore} from '../../shared/view/store.ts';
import type {View} from '../../shared/view/view.ts';
import {exit} from '../../tui/cli/command.ts';
import {readAnswers} from '../../tui/cli/setup.ts';
import {connectEngine, type EngineClient} from '../../tui/engine-client.ts';
import {systemTimer} from '../../tui/terminal/timer.ts';
import {World} from './engine.ts';
import {scenarios} from './scenarios/all.ts';

const here = import.meta.dirname;
const checkout = join(here, '../..');

/** The words at the head of scripts/try, which answers --help itself, before anything is installed. */
const usage = () => [
	...readFileSync(join(checkout, 'scripts/try'), 'utf8')
		.split('\n')
		.filter(line => /^#( |$)/.test(line))
		.map(line => line.slice(2)),
	'',
	'Scenarios:',
	...scenarios.map(one => `  ${one.name.padEnd(26)} ${one.title}`),
];
const wrongUse = (what: string): number => {
	for (const line of [what, '', ...usage()]) console.error(line);
	return exit.usage;
};

const startMs = 20_000;
const readMs = 3000;
/** Virtual time that nothing may have changed for before a run counts as settled. */
const settledMs = 4 * 60_000;
/** Virtual time after which a run that never settles is given up. */
const longestMs = 4 * 3_600_000;

for (const name of ['SIGTERM', 'SIGHUP', 'SIGINT'] as const) process.once(name, () => process.exit(exit.failed));
process.exit(await main());

function readOptions() {
	return parseArgs({
		options: {
			scenario: {type: 'string', default: 'happy'},
			speed: {type: 'string'},
			headless: {type: 'boolean', default: false},
			answers: {type: 'string', default: 'scripts/answers.example.yaml'},
			json: {type: 'boolean', default: false},
			help: {type: 'boolean', short: 'h', default: false},
		},
	}).values;
}

async function main(): Promise<number> {
	let values: ReturnType<typeof readOptions>;
	try {
		values = readOptions();
	} catch (error) {
		return wrongUse(error instanceof Error ? error.message : String(error));
	}
	if (values.help) {
		for (const line of usage()) console.log(line);
		return exit.ok;
	}
	if (!scenarios.some(one => one.name === values.scenario))
		return wrongUse(`There is no scenario "${values.scenario}".`);
	const speed = Number(values.speed ?? (values.headless ? 120 : 20));
	if (!(speed > 0 && speed <= 5000)) return wrongUse('--speed is a number from 1 to 5000');
	await using appliance = await startAppliance({scenario: values.scenario, speed, web: !values.headless});
	return await (values.headless ? runHeadless(appliance, values.answers, values.json) : runConsole(appliance));
}

export type Appliance = AsyncDisposable & {
	readonly world: World;
	readonly socket: string;
	readonly restartEngine: () => Promise<void>;
	readonly webPort: number | undefined;
};

/** Simulator, engine and gateway as processes of their own below a folder that goes away with them. */
export async function startAppliance({
	scenario,
	speed,
	web,
}: {
	scenario: string;
	speed: number;
	web: boolean;
}): Promise<Appliance> {
	const root = mkdtempSync(join(tmpdir(), 'alga-try-'));
	const children: ChildProcess[] = [];
	// However this process ends, nothing of it stays behind.
	process.on('exit', () => {
		for (const child of children) child.kill('SIGKILL');
	});
	const start = (file: string, args: readonly string[], env: NodeJS.ProcessEnv = process.env) => {
		const child = spawn(process.execPath, ['--import', join(here, '../harness/tsx.ts'), file, ...args], {
			stdio: ['ignore', 'pipe', 'inherit'],
			env,
		});
		children.push(child);
		return child;
	};
	const simulator = start(join(here, 'main.ts'), ['--scenario', scenario, '--speed', String(speed), '--root', root]);
	const [line] = await once(createInterface({input: simulator.stdout}), 'line');
	const ports = web ? {http: await freePort(8080), https: await freePort(8443)} : {http: 8080, https: 8443};
	const world = World.parse({...JSON.parse(String(line)), ports});
	const socket = join(root, 'run/alga-appliance/engine.sock');
	let isOver = false;
	/** Started again when somebody ends it, as systemd does on a machine: the console promises that. */
	const startEngine = () => {
		const child = start(join(here, 'engine.ts'), [JSON.stringify(world)]);
		child.once('exit', () => {
			if (isOver || child !== engine) return;
			const again = () => {
				if (!isOver && child === engine) engine = startEngine();
			};
			setTimeout(again, 1000).unref();
		});
		return child;
	};
	let engine = startEngine();
	await answers(socket);
	if (web) {
		const page = join(here, '../../dist/page');
		const built = existsSync(join(page, 'index.html'));
		if (!built) await import('../../server/gateway/page/build.ts').then(({buildPage}) => buildPage(page));
		start(join(here, '../../server/gateway/main.ts'), [
			'--engine',
			join(root, 'run/alga-appliance/gateway.sock'),
			'--state',
			join(root, 'gateway'),
			'--page',
			page,
			'--host',
			'127.0.0.1',
			'--http-port',
			String(ports.http),
			'--https-port',
			String(ports.https),
		]);
	}
	return {
		world,
		socket,
		webPort: web ? ports.http : undefined,
		restartEngine: async () => {
			engine.kill('SIGKILL');
			engine = startEngine();
			await answers(socket);
		},
		[Symbol.asyncDispose]: async () => {
			isOver = true;
			for (const child of children.reverse()) {
				if (child.exitCode !== null || child.signalCode !== null) continue;
				child.kill('SIGTERM');
				const late = setTimeout(() => child.kill('SIGKILL'), 3000);
				await once(child, 'exit');
				clearTimeout(late);
			}
			rmSync(root, {recursive: true, force: true});
		},
	};
}

/** The usual port if nobody has it, else any. */
async function freePort(wanted: number): Promise<number> {
	for (const port of [wanted, 0]) {
		const server = createServer();
		try {
			server.listen(port, '127.0.0.1');
			await once(server, 'listening');
			const address = server.address();
			return typeof address === 'object' && address !== null ? address.port : wanted;
		} catch {
			// Taken: the next try lets the system choose.
		} finally {
			server.close();
		}
	}
	return wanted;
}

async function answers(socket: string): Promise<void> {
	const until = performance.now() + startMs;
	const store = makeStore(Date.now());
	const client = connectEngine(socket, store, Date.now, systemTimer);
	try {
		for (;;) {
			const status = await client.call('status', {}, AbortSignal.timeout(2000));
			if (status.ok) return;
			if (performance.now() > until)
				throw new Error(`the engine did not answer on ${socket}: ${status.problem.detail ?? ''}`);
			await new Promise(resolve => setTimeout(resolve, 50));
		}
	} finally {
		client.close();
	}
}

async function runConsole({socket, webPort}: Appliance): Promise<number> {
	if (!process.stdin.isTTY || !process.stdout.isTTY) {
		console.error('This is no terminal. Without one: scripts/try --headless --answers scripts/answers.example.yaml');
		return exit.usage;
	}
	const page = `http://127.0.0.1:${webPort ?? 8080}`;
	for (const line of [
		`The web page of this simulated appliance:   ${page}`,
		'(The addresses that the console shows belong to the simulated machine: nothing answers there.)',
		'Its command line, from another terminal:',
		`  ALGA_APPLIANCE_SOCKET=${socket} scripts/run node tui/cli/main.ts status`,
		'The console opens in a moment.',
	])
		console.log(line);
	// It takes the whole screen: long enough to read an address first.
	await new Promise(resolve => setTimeout(resolve, readMs));
	const child = spawn(
		process.execPath,
		['--import', join(here, '../harness/tsx.ts'), join(here, '../../tui/main.tsx'), '--socket', socket],
		{stdio: 'inherit', env: {...process.env, NODE_ENV: 'production', FORCE_COLOR: '1'}},
	);
	const [code] = await once(child, 'exit');
	console.log(`The simulated appliance is gone. Its page was on ${page}`);
	return typeof code === 'number' ? code : exit.failed;
}

/** Sets up with the answers and waits until nothing moves any more; the status document is the last thing printed. */
async function runHeadless({socket, world}: Appliance, answersFile: string, json: boolean): Promise<number> {
	const io = {
		readFile: async (path: string) => readFileSync(path, 'utf8'),
		askSecret: async () => undefined,
		error: (text: string) => console.error(text),
	};
	const values = await readAnswers(answersFile, io);
	if (!values.ok) {
		console.error(`${values.problem.what} ${values.problem.next}`);
		return exit.usage;
	}
	const store = makeStore(Date.now());
	const client = connectEngine(socket, store, Date.now, systemTimer);
	try {
		const started = await client.call(
			'start',
			{body: {kind: 'setup', input: {values: values.value}}},
			AbortSignal.timeout(10_000),
		);
		if (!started.ok) {
			console.error(`${started.problem.what} ${started.problem.next} ${started.problem.detail ?? ''}`);
			return exit.failed;
		}
		const view = await settle(client, world.timeline.speed, json ? () => undefined : text => console.log(text));
		const status = await client.call('status', {}, AbortSignal.timeout(10_000));
		if (!status.ok) {
			console.error(status.problem.what);
			return exit.failed;
		}
		console.log(JSON.stringify(status.value, undefined, 2));
		return view?.tiers.some(tier => tier.id === 'login' && tier.ready) ? exit.ok : exit.actionRequired;
	} finally {
		client.close();
	}
}

/** Waits for an end: fully healthy, a stopped operation, or login ready with nothing new for some virtual minutes. */
async function settle(client: EngineClient, speed: number, tell: (text: string) => void): Promise<View | undefined> {
	const began = performance.now();
	let last = '';
	let lastChange = performance.now();
	for (;;) {
		const answer = await client.call('view', {}, AbortSignal.timeout(10_000));
		const now = performance.now();
		if (answer.ok) {
			const {view} = answer.value;
			const shape = JSON.stringify([
				view.rollup.state,
				view.tiers.map(tier => [tier.word, tier.reason]),
				view.blockers.map(one => one.id),
				view.operation?.state,
				view.operation?.steps.map(step => step.state),
			]);
			if (shape !== last) {
				lastChange = now;
				tell(`${view.rollup.word}: ${view.rollup.message}`);
			}
			last = shape;
			const over = view.operation === null || view.operation.state !== 'running';
			const quiet = (now - lastChange) * speed > settledMs;
			if (view.rollup.state === 'fully_healthy' || (over && quiet) || (now - began) * speed > longestMs) return view;
			if (over && view.operation?.state === 'failed' && (now - lastChange) * speed > 30_000) return view;
		}
		await new Promise(resolve => setTimeout(resolve, 50));
	}
}
