import {type ChildProcess, spawn} from 'node:child_process';
import {once} from 'node:events';
import {mkdtempSync, readFileSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {parse} from 'yaml';
import type {Client} from '../../shared/api/client.ts';
import {makeStore} from '../../shared/view/store.ts';
import type {View} from '../../shared/view/view.ts';
import {connectEngine} from '../../tui/engine-client.ts';
import {systemTimer} from '../../tui/terminal/timer.ts';
import type {World} from '../simulator/engine.ts';
import {scenarios} from '../simulator/scenarios/all.ts';
import {type Simulator, startSimulator} from '../simulator/simulator.ts';

/** A simulated machine in this process and the true engine in one of its own, so that it can be killed. */
export type TestAppliance = AsyncDisposable & {
	readonly simulator: Simulator;
	readonly root: string;
	readonly socket: string;
	readonly call: Client;
	/** What the engine wrote to its standard error. */
	readonly complaints: () => string;
	readonly enginePid: () => number;
	/** Resolves when the engine has died by itself. */
	readonly died: () => Promise<void>;
	readonly killEngine: () => Promise<void>;
	readonly startEngine: (dieAt?: World['dieAt']) => Promise<void>;
	readonly setUp: (values?: Readonly<Record<string, string>>) => Promise<string>;
	readonly view: () => Promise<View>;
	/** Waits for a view of this kind; fails with steps and issues when it does not come within `ms` of real time. */
	readonly until: (what: string, is: (view: View) => boolean, ms?: number) => Promise<View>;
};

const here = import.meta.dirname;

/** The answers that the demonstration uses, with a password that is easy to find where it must not be. */
export const answers: Readonly<Record<string, string>> = {
	...parse(readFileSync(join(here, '../../scripts/answers.example.yaml'), 'utf8')),
	adminPassword: 'canary-Pässword/42',
};

export async function startAppliance({
	scenario = 'happy',
	speed = 600,
	dieAt,
	mirrorPort,
	start,
}: {
	scenario?: string;
	speed?: number;
	dieAt?: World['dieAt'];
	/** Where an imported bundle is served. */
	mirrorPort?: number;
	/** Virtual time at the start; the wall's when absent. */
	start?: number;
} = {}): Promise<TestAppliance> {
	const root = mkdtempSync(join(tmpdir(), 'alga-test-'));
	const wanted = scenarios.find(one => one.name === scenario);
	if (wanted === undefined) throw new Error(`no scenario ${scenario}`);
	const simulator = await startSimulator({scenario: wanted, speed, root, ...(start !== undefined && {start})});
	const socket = join(root, 'run/alga-appliance/engine.sock');
	let engine: ChildProcess | undefined;
	let complaints = '';
	const kill = () => engine?.kill('SIGKILL');
	process.on('exit', kill);
	const store = makeStore(Date.now());
	const client = connectEngine(socket, store, Date.now, systemTimer);
	const {rpcSocket, registryUrl, timeline} = simulator;

	const self: TestAppliance = {
		simulator,
		root,
		socket,
		call: client.call,
		complaints: () => complaints,
		enginePid: () => engine?.pid ?? 0,
		died: async () => {
			if (engine === undefined || engine.exitCode !== null || engine.signalCode !== null) return;
			await once(engine, 'exit', {signal: AbortSignal.timeout(60_000)}).catch((cause: unknown) => {
				throw new Error(`the engine lives on\n${complaints}`, {cause});
			});
		},
		killEngine: async () => {
			kill();
			await self.died();
		},
		startEngine: async dying => {
			engine = spawn(
				process.execPath,
				[
					'--import',
					join(here, 'tsx.ts'),
					join(here, '../simulator/engine.ts'),
					JSON.stringify({
						root,
						rpcSocket,
						registryUrl,
						timeline,
						...(mirrorPort && {mirrorPort}),
						...(dying && {dieAt: dying}),
					}),
				],
				{stdio: ['ignore', 'ignore', 'pipe']},
			);
			engine.stderr?.on('data', (text: Buffer) => {
				complaints = (complaints + text.toString()).slice(-20_000);
			});
			const until = performance.now() + 30_000;
			for (;;) {
				const status = await client.call('status', {}, AbortSignal.timeout(2000));
				// One that dies at once has answered nobody, and that is what its test wants.
				if (status.ok || engine.exitCode !== null || engine.signalCode !== null) return;
				if (performance.now() > until) throw new Error(`the engine did not answer\n${complaints}`);
				await new Promise(resolve => setTimeout(resolve, 20));
			}
		},
		setUp: async (values = answers) => {
			const started = await client.call(
				'start',
				{body: {kind: 'setup', input: {values: {...values}}}},
				AbortSignal.timeout(10_000),
			);
			if (!started.ok) throw new Error(`setup was not started: ${started.problem.what}`);
			return started.value.id;
		},
		view: async () => {
			const got = await client.call('view', {}, AbortSignal.timeout(10_000));
			if (!got.ok) throw new Error(`${got.problem.what} ${got.problem.detail ?? ''}\n${complaints}`);
			return got.value.view;
		},
		until: async (what, is, ms = 60_000) => {
			const end = performance.now() + ms;
			let last: View | undefined;
			while (performance.now() < end) {
				const got = await client.call('view', {}, AbortSignal.timeout(10_000));
				if (got.ok) {
					last = got.value.view;
					if (is(last)) return last;
				}
				await new Promise(resolve => setTimeout(resolve, 100));
			}
			throw new Error(
				`did not come within ${ms} ms: ${what}\n${last === undefined ? 'no view' : picture(last)}\n${complaints}`,
			);
		},
		[Symbol.asyncDispose]: async () => {
			client.close();
			await self.killEngine();
			process.off('exit', kill);
			await simulator.close();
			rmSync(root, {recursive: true, force: true});
		},
	};
	await self.startEngine(dieAt);
	return self;
}

/** A view in a few lines, for whoever reads why a test failed. */
export function picture(view: View): string {
	return [
		`${view.rollup.word}: ${view.rollup.message}`,
		...(view.operation?.steps.map(
			step => `  ${step.state.padEnd(12)} ${step.title} ${step.detail ?? ''} ${step.problem?.what ?? ''}`,
		) ?? []),
		`operation ${view.operation?.state ?? 'none'} ${view.operation?.problem?.what ?? ''}`,
		...view.tiers.map(tier => `  ${tier.title}: ${tier.word} ${tier.reason}`),
		...view.blockers.map(blocker => `  ! ${blocker.title} ${blocker.proof.join(' | ')}`),
	].join('\n');
}
