import {readdir, readFile} from 'node:fs/promises';
import {join} from 'node:path';
import type {Clock} from '../engine/clock.ts';
import type {Config} from '../engine/config.ts';
import type {RegistrySettings} from '../operations/step.ts';
import {type OpenRegistry, openRegistry} from './open.ts';
import type {TrustKey} from './signature.ts';

/** One registry client per set of settings, made when first asked for: connections and tokens are kept. */
export function registryFactory(
	config: Config,
	clock: Clock,
): ((settings: RegistrySettings) => OpenRegistry) & AsyncDisposable {
	const open = new Map<string, OpenRegistry>();
	const factory = ({httpProxy, noProxy}: RegistrySettings) => {
		const key = JSON.stringify([httpProxy, noProxy]);
		const found =
			open.get(key) ??
			openRegistry({
				repository: config.releaseRepository,
				artifacts: config.paths.artifacts,
				mirrors: config.mirrors,
				proxy: httpProxy,
				noProxy,
				credentials: () => undefined,
				keys: () => readKeys(config.paths.trust),
				policy: config.trustPolicy,
				clock,
			});
		open.set(key, found);
		return found;
	};
	return Object.assign(factory, {
		[Symbol.asyncDispose]: async () => {
			await Promise.all([...open.values()].map(one => one[Symbol.asyncDispose]()));
		},
	});
}

/** Every `.pub` file of the trust folder; several are valid at once, so that keys can be rotated. */
export async function readKeys(folder: string): Promise<readonly TrustKey[]> {
	let names: string[];
	try {
		names = await readdir(folder);
	} catch {
		return []; // No folder trusts nobody; the signature check says so.
	}
	return Promise.all(
		names
			.filter(name => name.endsWith('.pub'))
			.sort()
			.map(async name => ({name: name.slice(0, -4), pem: await readFile(join(folder, name), 'utf8')})),
	);
}
