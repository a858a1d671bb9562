import type {Clock} from '../engine/clock.ts';
import type {Config} from '../engine/config.ts';
import type {RegistrySettings} from '../operations/step.ts';
import {type OpenRegistry, openRegistry} from './open.ts';
import type {Site} from './site.ts';

/** One registry client per set of settings, made when first asked for: connections and tokens are kept. */
export function registryFactory(
	config: Config,
	clock: Clock,
	site: Site,
): ((settings: RegistrySettings) => OpenRegistry) & AsyncDisposable {
	const open = new Map<string, OpenRegistry>();
	const factory = ({httpProxy, noProxy, dns}: RegistrySettings) => {
		const servers = dns.mode === 'custom' ? dns.servers : [];
		const mirrors = site.mirrors();
		const key = JSON.stringify([httpProxy, noProxy, servers, mirrors]);
		const found =
			open.get(key) ??
			openRegistry({
				repository: config.releaseRepository,
				artifacts: config.paths.artifacts,
				mirrors,
				proxy: httpProxy,
				servers,
				noProxy,
				credentials: () => undefined,
				...(site.ca && {ca: site.ca.pem}),
				keys: site.keys,
				policy: site.policy,
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
