import {mkdtemp, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import type {Clock} from '../../../server/engine/clock.ts';
import {type OpenRegistry, openRegistry, type RegistryConfig} from '../../../server/registry/open.ts';
import type {Result} from '../../../shared/problem.ts';
import {releasePath, type SampleKey} from '../../harness/release.ts';

export type Site = AsyncDisposable & {
	readonly registry: OpenRegistry;
	readonly artifacts: string;
	/** Milliseconds the client waited, by its clock. */
	readonly waited: () => readonly number[];
};

/** A clock on which waiting takes no time and is written down. */
function countingClock(): Clock & {readonly waited: number[]} {
	const waited: number[] = [];
	return {
		waited,
		now: () => Date.now(),
		elapsed: () => performance.now(),
		sleep: async (ms, signal) => {
			signal?.throwIfAborted();
			waited.push(ms);
		},
	};
}

/** The product's client as a site has it, with all of ghcr.io mirrored at `host`. */
export async function openSite(
	host: string,
	keys: readonly SampleKey[],
	more: Partial<RegistryConfig> = {},
): Promise<Site> {
	const artifacts = await mkdtemp(join(tmpdir(), 'artifacts-'));
	const clock = countingClock();
	const registry = openRegistry({
		repository: `ghcr.io/${releasePath}`,
		artifacts,
		mirrors: {'ghcr.io': host},
		noProxy: [],
		credentials: () => undefined,
		keys: async () => keys.map(({name, publicPem}) => ({name, pem: publicPem})),
		policy: 'require',
		clock,
		...more,
	});
	return {
		registry,
		artifacts,
		waited: () => clock.waited,
		[Symbol.asyncDispose]: async () => {
			await registry[Symbol.asyncDispose]();
			await rm(artifacts, {recursive: true, force: true});
		},
	};
}

/** The code of a failure, or what came instead. */
export const codeOf = (result: Result<unknown>): string =>
	result.ok ? `no problem: ${JSON.stringify(result.value)?.slice(0, 200)}` : result.problem.code;

/** The value, or a failed test that prints the problem. */
export function taken<T>(result: Result<T>): T {
	if (!result.ok) throw new Error(JSON.stringify(result.problem, undefined, 1));
	return result.value;
}
