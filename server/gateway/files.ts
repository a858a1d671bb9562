import {randomBytes} from 'node:crypto';
import {open, readFile, rename, rm} from 'node:fs/promises';
import type * as z from 'zod';

/** Replaces a file as one step, readable by its owner alone; what is there after a power cut is the old or the new. */
export async function writeAtomic(path: string, text: string): Promise<void> {
	const beside = `${path}.${randomBytes(6).toString('hex')}`;
	try {
		await using file = await open(beside, 'wx', 0o600);
		await file.writeFile(text);
		await file.sync();
		await rename(beside, path);
	} catch (error) {
		await rm(beside, {force: true});
		throw error;
	}
}

/** A JSON file, or `otherwise` when it is not there or not of this shape: then it is as if it had never been. */
export async function readJson<T>(path: string, schema: z.ZodType<T>, otherwise: T): Promise<T> {
	try {
		const parsed = schema.safeParse(JSON.parse(await readFile(path, 'utf8')));
		return parsed.success ? parsed.data : otherwise;
	} catch (error) {
		if (error instanceof SyntaxError || (error instanceof Error && 'code' in error && error.code === 'ENOENT')) {
			return otherwise;
		}
		throw error;
	}
}

/** Where a line about the gateway itself goes: the journal. Never holds a secret. */
export type Log = (line: string) => void;

/**
 * Saves the newest of what changes often: one write at a time, none in vain. Resolves when what was current is on disk.
 * A disk that is full is told to the log and keeps nobody from signing in.
 */
export function makeSaver(path: string, text: () => string, log: Log): () => Promise<void> {
	let running: Promise<void> | undefined;
	let next: Promise<void> | undefined;
	const write = async () => {
		try {
			await writeAtomic(path, text());
		} catch (error) {
			log(`cannot write ${path}: ${error instanceof Error ? error.message : String(error)}`);
		} finally {
			running = undefined;
		}
	};
	return () => {
		if (running === undefined) {
			running = write();
			return running;
		}
		next ??= running.then(() => {
			next = undefined;
			running = write();
			return running;
		});
		return next;
	};
}
