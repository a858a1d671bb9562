import {readdirSync} from 'node:fs';
import {readdir, stat} from 'node:fs/promises';
import {join} from 'node:path';
import type {LogFile} from './segment.ts';

/** The files of each run of a container, oldest run first, each run's files oldest first. */
export type Runs = readonly (readonly LogFile[])[];

/** `3.log`, `3.log.20260102-030405`, `3.log.20260102-030405.gz`: the kubelet's rotation. */
const fileName = /^(\d+)\.log(?:\.(\d{8}-\d{6}))?(\.gz)?$/u;

/** Where the kubelet keeps a container: `NAMESPACE_POD_UID/CONTAINER`; of a pod made anew under its name, the newest. */
export async function containerFolder(
	podLogs: string,
	pod: {readonly namespace: string; readonly pod: string; readonly container: string},
): Promise<string | undefined> {
	const prefix = `${pod.namespace}_${pod.pod}_`;
	const folders = (await namesIn(podLogs))
		.filter(name => name.startsWith(prefix))
		.map(name => join(podLogs, name, pod.container));
	const aged = await Promise.all(folders.map(async folder => ({folder, at: (await statOf(folder))?.mtimeMs})));
	return aged.filter(each => each.at !== undefined).sort((a, b) => (b.at ?? 0) - (a.at ?? 0))[0]?.folder;
}

export async function containerRuns(folder: string): Promise<Runs> {
	const names = await namesIn(folder);
	const runs = new Map<number, {readonly name: string; readonly rotatedAt: string; readonly compressed: boolean}[]>();
	for (const name of names) {
		const [, run, rotatedAt = '', gz] = fileName.exec(name) ?? [];
		// While one is being compressed both stand there: the plain one is whole.
		if (run === undefined || (gz !== undefined && names.includes(name.slice(0, -3)))) continue;
		const number = Number(run);
		runs.set(number, [...(runs.get(number) ?? []), {name, rotatedAt, compressed: gz !== undefined}]);
	}
	const newest = Math.max(...runs.keys());
	const ordered = [...runs].sort(([a], [b]) => a - b);
	return Promise.all(
		ordered.map(async ([run, files]) => {
			// Rotated files by their time, the one being written last.
			const sorted = files.sort((a, b) =>
				a.rotatedAt === '' ? 1 : b.rotatedAt === '' ? -1 : a.rotatedAt.localeCompare(b.rotatedAt),
			);
			const found = await Promise.all(
				sorted.map(each => fileAt(join(folder, each.name), each.compressed, run < newest || each.rotatedAt !== '')),
			);
			return found.filter(file => file !== undefined);
		}),
	);
}

/** A plain text file as a log of one run. */
export async function textRuns(path: string): Promise<Runs> {
	const file = await fileAt(path, false, false);
	return file === undefined ? [] : [[file]];
}

async function fileAt(path: string, compressed: boolean, over: boolean): Promise<LogFile | undefined> {
	const found = await statOf(path);
	return found?.isFile() ? {path, inode: found.ino, size: found.size, compressed, over} : undefined;
}

async function namesIn(folder: string): Promise<readonly string[]> {
	try {
		return await readdir(folder);
	} catch {
		// Not there (yet, or no more): a log without files.
		return [];
	}
}

async function statOf(path: string) {
	try {
		return await stat(path);
	} catch {
		// Gone between listing and looking.
		return undefined;
	}
}

/** The containers that have a folder here: what can be read when Kubernetes cannot say what there is. */
export function containersHere(
	podLogs: string,
): readonly {readonly namespace: string; readonly pod: string; readonly container: string}[] {
	try {
		return readdirSync(podLogs).flatMap(folder => {
			const [namespace, pod, uid] = folder.split('_');
			if (namespace === undefined || pod === undefined || uid === undefined) return [];
			return readdirSync(join(podLogs, folder)).map(container => ({namespace, pod, container}));
		});
	} catch {
		// No Kubernetes was ever here, or a folder went in between: the next look will tell.
		return [];
	}
}
