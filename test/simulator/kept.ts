import {closeSync, existsSync, fsyncSync, openSync, readFileSync, renameSync, writeSync} from 'node:fs';
import type {Instant} from '../../shared/facts/fact.ts';
import type {SampleKey} from '../harness/release.ts';
import type {Machine} from './box/machine.ts';
import type {Unit} from './box/services.ts';
import type {Run} from './controllers/run.ts';
import type {Stored} from './kube/object.ts';

/** What of the world outlives its process, beside the box's files: disk, etcd, and the publisher. */
export type Kept = {
	/** Virtual: time does not go back when the world comes again. */
	readonly now: Instant;
	readonly key: SampleKey;
	readonly machine: Machine;
	readonly units: readonly (readonly [string, Unit])[];
	readonly images: readonly string[];
	readonly seeded: boolean;
	readonly objects: readonly Stored[];
	readonly revision: number;
	/** Containers by their pod's uid. */
	readonly runs: readonly (readonly [string, Run])[];
};

/** This project's own file, of one version: taken as it is. Undefined before the first one is written. */
export const readKept = (file: string): Kept | undefined =>
	existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : undefined;

const everyMs = 1000;

/** Writes the world down every second, and at once when asked to; on the disk when it returns. */
export function keepWorld(file: string, look: () => Kept): Disposable & {readonly write: () => void} {
	const write = () => {
		const fresh = `${file}.new`;
		const descriptor = openSync(fresh, 'w');
		writeSync(descriptor, JSON.stringify(look()));
		fsyncSync(descriptor);
		closeSync(descriptor);
		renameSync(fresh, file);
	};
	write();
	const timer = setInterval(write, everyMs);
	timer.unref();
	return {write, [Symbol.dispose]: () => clearInterval(timer)};
}
