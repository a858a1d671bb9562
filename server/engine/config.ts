import {readFileSync} from 'node:fs';
import {readSettings} from '../settings.ts';
import {makePaths, type Paths} from './paths.ts';

/** Everything the engine is told from outside; the only place that reads the environment. */
export type Config = {
	readonly paths: Paths;
	readonly version: string;
	readonly releaseRepository: string;
	readonly registryHost: string;
	/** Registry host → where it is mirrored. */
	readonly mirrors: Readonly<Record<string, string>>;
	readonly trustPolicy: 'require' | 'allow-unsigned';
	/** An authority that registries of this site are certified by, beside those that Ubuntu trusts. */
	readonly registryCa: {readonly file: string; readonly pem: string} | undefined;
	/** Where the node's own mirror listens, if not at its usual port. */
	readonly mirrorPort?: number;
	readonly ports: {readonly http: number; readonly https: number};
	/** Unix group that may use the console's socket, as systemd set it up; modes are set here. */
	readonly notifySocket: string | undefined;
};

/** Reads environment and settings; throws with the field's name, since a wrong setting must stop the start, not be guessed. */
export function readConfig(environment: Readonly<Record<string, string | undefined>>, version: string): Config {
	const paths = makePaths(environment.ALGA_APPLIANCE_ROOT ?? '/');
	const settings = readSettings(`${paths.intent}/appliance.json`);
	return {
		paths,
		version,
		releaseRepository: settings.releaseRepository,
		registryHost: settings.releaseRepository.split('/')[0] ?? 'ghcr.io',
		mirrors: settings.mirrors,
		trustPolicy: settings.trustPolicy,
		registryCa:
			settings.registryCa === undefined
				? undefined
				: {file: settings.registryCa, pem: readFileSync(settings.registryCa, 'utf8')},
		ports: {http: settings.httpPort, https: settings.httpsPort},
		notifySocket: environment.NOTIFY_SOCKET,
	};
}
