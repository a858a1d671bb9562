import {appendFileSync, existsSync, mkdirSync, readdirSync, rmSync, statSync} from 'node:fs';
import {join} from 'node:path';
import type {Clock} from './clock.ts';

/** A runaway step must not fill the disk; what comes later is counted, not kept. */
const longestLog = 16 << 20;
const keptLogs = 50;

/** One text file per operation, a line each with its time; secrets were masked before. */
export function openOperationLogs(
	folder: string,
	clock: Clock,
): {
	readonly append: (id: string, line: string) => void;
	readonly list: () => readonly {readonly id: string; readonly path: string}[];
} {
	const list = () =>
		(existsSync(folder) ? readdirSync(folder) : [])
			.filter(name => name.endsWith('.log'))
			.map(name => ({id: name.slice(0, -4), path: join(folder, name), at: statSync(join(folder, name)).mtimeMs}))
			.sort((a, b) => b.at - a.at);
	try {
		mkdirSync(folder, {recursive: true, mode: 0o750});
		for (const old of list().slice(keptLogs)) rmSync(old.path, {force: true});
	} catch (error) {
		// A disk that refuses is told elsewhere; it must not keep the engine from saying so.
		console.error(`the folder of the operations' logs: ${error instanceof Error ? error.message : String(error)}`);
	}
	const sizes = new Map<string, number>();
	return {
		append: (id, line) => {
			const text = `${new Date(clock.now()).toISOString()} ${line.replaceAll(/[\n\r]+/g, ' ')}\n`;
			const size = (sizes.get(id) ?? 0) + text.length;
			sizes.set(id, size);
			if (size > longestLog) return;
			try {
				appendFileSync(join(folder, `${id}.log`), text, {mode: 0o640});
			} catch (error) {
				// No room for a line is no reason to stop what it is about; the journal of the machine has it.
				console.error(`${id}: ${line} (${error instanceof Error ? error.message : String(error)})`);
			}
		},
		list,
	};
}
