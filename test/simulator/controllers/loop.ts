import type {Cluster} from './cluster.ts';
import {definitions, makeSources} from './flux.ts';
import {makeHelm} from './helm.ts';
import {makeKubelet} from './kubelet.ts';
import {makeKustomizations} from './kustomize.ts';
import type {Run} from './run.ts';
import {makeStorage} from './storage.ts';
import {firstObjects, makeSystem} from './system.ts';
import {deployments, jobs, sets} from './workloads.ts';

/** The controllers, run in rounds while k3s runs. */
export type ControlLoop = {
	readonly start: (signal: AbortSignal) => void;
	/** k3s came up. */
	readonly resume: () => void;
	/** k3s stopped: nothing changes until it is back; containers run on. */
	readonly pause: () => void;
	/** The machine was off: every container starts anew. */
	readonly reboot: () => void;
	readonly runs: () => readonly (readonly [string, Run])[];
	/** Settled after the signal given to `start` aborted. */
	readonly ended: Promise<void>;
};

const roundMs = 500;
/** Real milliseconds between rounds, at least: a fast clock must not take a whole processor. */
const leastRealMs = 5;

export function makeControlLoop(
	cluster: Cluster,
	speed: number,
	kept?: readonly (readonly [string, Run])[],
): ControlLoop {
	const kubelet = makeKubelet(kept);
	const system = makeSystem();
	const rounds = [
		definitions,
		system.tick,
		makeStorage(),
		deployments,
		sets,
		jobs,
		kubelet.tick,
		deployments,
		sets,
		jobs,
		makeSources(),
		makeKustomizations(),
		makeHelm(),
	];
	let running = false;
	let finish: () => void = () => undefined;
	const ended = new Promise<void>(resolve => {
		finish = resolve;
	});

	const turn = async (signal: AbortSignal) => {
		while (!signal.aborted) {
			if (running) {
				for (const controller of rounds) controller(cluster);
				prune(cluster);
			}
			await cluster.clock.sleep(Math.max(roundMs, leastRealMs * speed), signal).catch(() => undefined);
		}
		finish();
	};

	return {
		start: signal => void turn(signal),
		resume: () => {
			firstObjects(cluster);
			system.started(cluster.clock.now());
			running = true;
		},
		pause: () => {
			running = false;
		},
		reboot: kubelet.reboot,
		runs: kubelet.runs,
		ended,
	};
}

const eventLifeMs = 3_600_000;

/** Events live an hour. */
function prune({store, clock}: Cluster): void {
	for (const event of store.list('Event')) {
		if (clock.now() - Date.parse(String(event.lastTimestamp)) > eventLifeMs)
			store.remove('Event', event.metadata.namespace, event.metadata.name);
	}
}
