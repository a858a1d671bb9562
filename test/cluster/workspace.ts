import {mkdtempSync, rmSync} from 'node:fs';
import {constants, tmpdir} from 'node:os';
import {type Child, startChild} from './child.ts';

/** A temporary folder and the programs that run in it; both are gone after `close`, and when the process ends early. */
export type Workspace = {
	readonly directory: string;
	readonly children: () => readonly Child[];
	/** Starts a program whose output goes to `<name>.log` in the folder. */
	readonly start: (name: string, path: string, args: readonly string[], env?: Record<string, string>) => Child;
	readonly close: () => Promise<void>;
};

const endings = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Opens a workspace. Until it is closed, an interrupt cleans up first and then ends the process as it would have. */
export function openWorkspace(): Workspace {
	const directory = mkdtempSync(`${tmpdir()}/alga-cluster-`);
	const children: Child[] = [];

	const cleanNow = () => {
		for (const child of children) if (!child.exited()) child.signal('SIGKILL');
		rmSync(directory, {recursive: true, force: true, maxRetries: 3});
	};
	const interrupted = (signal: NodeJS.Signals) => {
		cleanNow();
		process.exit(128 + constants.signals[signal]);
	};
	process.once('exit', cleanNow);
	for (const signal of endings) process.once(signal, interrupted);

	return {
		directory,
		children: () => children,
		start: (name, path, args, env = {}) => {
			const logFile = `${directory}/${name}.log`;
			const child = startChild({name, path, args, logFile, env: {HOME: directory, TMPDIR: directory, ...env}});
			children.push(child);
			return child;
		},
		close: async () => {
			for (const signal of endings) process.off(signal, interrupted);
			process.off('exit', cleanNow);
			await Promise.all(children.map(child => child.kill()));
			rmSync(directory, {recursive: true, force: true, maxRetries: 3});
		},
	};
}
