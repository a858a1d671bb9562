import {appendFileSync, mkdirSync} from 'node:fs';
import {join} from 'node:path';
import type {Clock} from '../../../server/engine/clock.ts';
import type {PodLogs} from '../kube/server.ts';

/** Lines kept in memory for one container; the files on the box hold all. */
const kept = 2000;

type Target = {readonly namespace: string; readonly pod: string; readonly uid: string; readonly container: string};
type Output = {present: string[]; previous: string[] | undefined; run: number};

export type ContainerLogs = PodLogs & {
	readonly write: (target: Target, line: string) => void;
	/** A new run of the container begins: what it said becomes the previous run's. */
	readonly restart: (target: Target) => void;
};

/** Container output, in memory for the API and as CRI log files below `/var/log/pods` for whoever reads the node. */
export function makeContainerLogs(clock: Clock, root: string): ContainerLogs {
	const outputs = new Map<string, Output>();
	const followers = new Map<string, Set<(line: string) => void>>();
	const key = ({namespace, pod, container}: Omit<Target, 'uid'>) => `${namespace}/${pod}/${container}`;
	const outputOf = (target: Omit<Target, 'uid'>): Output => {
		const output = outputs.get(key(target)) ?? {present: [], previous: undefined, run: 0};
		outputs.set(key(target), output);
		return output;
	};
	return {
		write: (target, line) => {
			const output = outputOf(target);
			output.present.push(line);
			if (output.present.length > kept) output.present.splice(0, output.present.length - kept);
			const folder = join(root, 'var/log/pods', `${target.namespace}_${target.pod}_${target.uid}`, target.container);
			mkdirSync(folder, {recursive: true});
			appendFileSync(
				join(folder, `${output.run}.log`),
				`${new Date(clock.now()).toISOString().replace('Z', '000000Z')} stdout F ${line}\n`,
			);
			for (const follower of followers.get(key(target)) ?? []) follower(line);
		},
		restart: target => {
			const output = outputOf(target);
			output.previous = output.present;
			output.present = [];
			output.run += 1;
		},
		lines: where => {
			const output = outputs.get(key(where));
			return where.run === 'previous' ? output?.previous : output?.present;
		},
		follow: (where, line) => {
			const listening = followers.get(key(where)) ?? new Set();
			followers.set(key(where), listening);
			listening.add(line);
			return {[Symbol.dispose]: () => listening.delete(line)};
		},
	};
}
