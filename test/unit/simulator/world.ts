import {mkdtemp, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import type {SampleKey} from '../../harness/release.ts';
import {type Content, contentFor} from '../../simulator/content.ts';
import {isWorking, statusOf} from '../../simulator/controllers/shapes.ts';
import {happy} from '../../simulator/scenarios/happy.ts';
import {type Scenario, type Simulator, startSimulator} from '../../simulator/simulator.ts';

export type World = AsyncDisposable & {readonly simulator: Simulator; readonly content: Content};

/** A simulated appliance of its own folder, taken away afterwards. */
export async function world(scenario: Scenario = happy, speed = 3000): Promise<World> {
	const root = await mkdtemp(join(tmpdir(), 'simulator-'));
	let content: Content | undefined;
	const make = async (key: SampleKey) => {
		content = await contentFor('1.4.2', key);
		return [content];
	};
	const simulator = await startSimulator({scenario, speed, root, content: make});
	if (content === undefined) throw new Error('no release was made');
	return {
		simulator,
		content,
		[Symbol.asyncDispose]: async () => {
			await simulator.close();
			await rm(root, {recursive: true, force: true});
		},
	};
}

/** Waits until something is so, with what is there when it never comes. */
export async function eventually(simulator: Simulator, what: string, isSo: () => boolean): Promise<void> {
	const deadline = AbortSignal.timeout(25_000);
	while (!isSo()) {
		if (deadline.aborted) throw new Error(`${what} never came\n${picture(simulator)}`);
		await new Promise(resolve => setTimeout(resolve, 5));
	}
}

export const working = ({store}: Simulator, name: string): boolean =>
	['Deployment', 'StatefulSet', 'Job'].some(kind => isWorking(store.get(kind, 'msp', name)));

/** Pods and Flux objects with their states, for a failing test to show. */
export function picture({store, lines}: Simulator): string {
	const pods = store
		.list('Pod')
		.map(
			pod =>
				`${pod.metadata.namespace}/${pod.metadata.name} ${statusOf(pod).phase ?? ''} ${JSON.stringify(pod.status).slice(-200)}`,
		);
	const flux = ['OCIRepository', 'Kustomization', 'HelmRelease']
		.filter(kind => store.kindNamed(kind))
		.flatMap(kind =>
			store.list(kind).map(
				one =>
					`${kind} ${one.metadata.name} ${statusOf(one)
						.conditions.map(({type, status, message}) => `${type}=${status} ${message ?? ''}`)
						.join('; ')}`,
			),
		);
	return [...lines(), ...pods, ...flux].join('\n');
}
