import {setTimeout as sleep} from 'node:timers/promises';
import {answers, startAppliance} from '../../test/harness/appliance.ts';
import type {Simulator} from '../../test/simulator/simulator.ts';
import {buildAll} from '../build.ts';
import {type Process, startEngine} from './processes.ts';

/** A simulated setup takes about an hour of the appliance's time. */
const setupMs = 2 * 3_600_000;

/** A machine that was set up in simulation, and the engine as it ships watching its Kubernetes in real time. */
export type Installed = AsyncDisposable & {
	readonly root: string;
	readonly socket: string;
	readonly engine: Process;
	readonly simulator: Simulator;
	/** Writes a pod of its own, with this many restarts, to the Kubernetes API's store; it is first in every list of pods. */
	readonly touch: (restarts: number) => void;
	/** The setup token, by which a page is claimed. */
	readonly token: string;
};

/** The pod that `touch` writes. */
export const podName = 'aa-touched';

export async function installed(): Promise<Installed> {
	await buildAll('dist');
	await using opened = new AsyncDisposableStack();
	const appliance = opened.use(await startAppliance({speed: 600, start: Date.now() - setupMs}));
	const {simulator, root} = appliance;
	await appliance.setUp(answers);
	const {access} = await appliance.until(
		'a completed setup',
		view => view.rollup.state === 'fully_healthy' && view.operation?.state === 'succeeded',
		120_000,
	);
	await appliance.killEngine();
	simulator.standStill();
	const engine = opened.use(await startEngine(root));
	const touch = (restarts: number) => {
		simulator.store.put(pod(restarts));
	};
	touch(0);
	await appliance.until('the pod', view => view.workloads.pods[0]?.name === podName);
	// The first looks at the machine and at the registry are over.
	await sleep(3000);
	const owned = opened.move();
	return {
		root,
		socket: appliance.socket,
		engine,
		simulator,
		touch,
		token: access.setupToken ?? '',
		[Symbol.asyncDispose]: () => owned.disposeAsync(),
	};
}

/** As a kubelet tells of a container that keeps ending; the state's word changes with the number of restarts. */
const pod = (restarts: number) => ({
	apiVersion: 'v1',
	kind: 'Pod',
	metadata: {name: podName, namespace: 'msp'},
	spec: {nodeName: 'alga-appliance', containers: [{name: 'main', image: 'ghcr.io/example/touched:1'}]},
	status: {
		phase: 'Pending',
		containerStatuses: [
			{
				name: 'main',
				ready: false,
				restartCount: restarts,
				image: 'ghcr.io/example/touched:1',
				imageID: '',
				state: {waiting: {reason: restarts % 2 === 0 ? 'ContainerCreating' : 'PodInitializing'}},
			},
		],
	},
});
