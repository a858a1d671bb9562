import {randomBytes} from 'node:crypto';
import {access, chmod, copyFile, mkdir, open, readFile, rename, rm} from 'node:fs/promises';
import {dirname, join} from 'node:path';
import {fail, ok, type Problem} from '../../shared/problem.ts';
import type {Host} from './host.ts';

export type FileVerbs = Pick<Host, 'readFile' | 'writeFile' | 'placeFile' | 'removeFile' | 'exists'>;

/** Files of the machine below a root. Writing is whole or not at all, and on disk when it returns. */
export function fileVerbs(root: string): FileVerbs {
	const at = (path: string) => join(root, path);
	return {
		readFile: async path => {
			try {
				return ok(await readFile(at(path), 'utf8'));
			} catch (error) {
				return fail({
					code: 'file.unreadable',
					what: `${path} could not be read: ${reasonOf(error)}.`,
					next: 'Check that the file is there and readable by root.',
				});
			}
		},
		writeFile: async (path, content, mode = 0o600) => {
			const target = at(path);
			try {
				await replace(target, mode, async fresh => {
					const file = await open(fresh, 'wx', mode);
					await file
						.writeFile(content)
						.then(() => file.sync())
						.finally(() => file.close());
				});
				return ok(undefined);
			} catch (error) {
				return fail(unwritable(path, error));
			}
		},
		placeFile: async (from, path, mode) => {
			const target = at(path);
			try {
				await replace(target, mode, async fresh => {
					await copyFile(from, fresh);
					const file = await open(fresh, 'r+');
					await file.sync().finally(() => file.close());
				});
				return ok(undefined);
			} catch (error) {
				return fail(unwritable(path, error));
			}
		},
		removeFile: async path => {
			try {
				await rm(at(path), {force: true});
				return ok(undefined);
			} catch (error) {
				return fail(unwritable(path, error));
			}
		},
		exists: async path => {
			try {
				await access(at(path));
				return true;
			} catch {
				return false; // Not there and not reachable come to the same for every caller.
			}
		},
	};
}

/** Makes the content beside the target and moves it over in one step; a half-made file is taken away. */
async function replace(target: string, mode: number, make: (fresh: string) => Promise<void>): Promise<void> {
	const fresh = `${target}.${randomBytes(4).toString('hex')}.new`;
	await mkdir(dirname(target), {recursive: true, mode: 0o755});
	try {
		await make(fresh);
		await chmod(fresh, mode);
		await rename(fresh, target);
	} finally {
		await rm(fresh, {force: true});
	}
	const folder = await open(dirname(target), 'r');
	await folder.sync().finally(() => folder.close());
}

const reasonOf = (error: unknown) => (error instanceof Error && 'code' in error ? String(error.code) : String(error));

function unwritable(path: string, error: unknown): Problem {
	if (reasonOf(error) === 'ENOSPC')
		return {
			code: 'disk.full',
			what: `${path} could not be written: the disk is full.`,
			next: 'Free or add disk space, then try again.',
			retry: 'safe',
		};
	if (reasonOf(error) === 'EROFS')
		return {
			code: 'file.unwritable',
			what: `${path} could not be written: the file system is read-only.`,
			why: 'The kernel does this after disk errors.',
			next: 'Check the virtual disk and its storage, then restart the machine.',
			retry: 'after-fix',
		};
	return {
		code: 'file.unwritable',
		what: `${path} could not be written: ${reasonOf(error)}.`,
		next: 'Check the folder’s owner and the disk, then try again.',
		retry: 'safe',
	};
}
