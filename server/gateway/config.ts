import {join} from 'node:path';
import {parseArgs} from 'node:util';
import manifest from '../../package.json' with {type: 'json'};
import {readSettings} from '../settings.ts';

/** Everything the gateway is told from outside; nothing else in it reads arguments or environment. */
export type GatewayConfig = {
	/** The engine's socket for the gateway: it knows fewer routes than the console's. */
	readonly engineSocket: string;
	/** The gateway's own folder: sessions, lockouts, certificate. */
	readonly stateDir: string;
	/** Folder with the built page. */
	readonly pageDir: string;
	/** `::` listens on IPv4 as well. */
	readonly host: string;
	readonly httpPort: number;
	readonly httpsPort: number;
	readonly version: string;
};

/** Reads the command line over the environment over the appliance's defaults. Throws on an unknown argument. */
export function readConfig(args: readonly string[], env: Readonly<Record<string, string | undefined>>): GatewayConfig {
	const {values} = parseArgs({
		args: [...args],
		options: {
			engine: {type: 'string'},
			state: {type: 'string'},
			page: {type: 'string'},
			host: {type: 'string'},
			'http-port': {type: 'string'},
			'https-port': {type: 'string'},
		},
	});
	const root = env.ALGA_APPLIANCE_ROOT ?? '/';
	const ports = settledPorts(join(root, 'etc/alga-appliance/appliance.json'));
	return {
		engineSocket: values.engine ?? join(root, 'run/alga-appliance/gateway.sock'),
		// systemd hands a service its StateDirectory= this way.
		stateDir: values.state ?? env.STATE_DIRECTORY ?? join(root, 'var/lib/alga-appliance-gateway'),
		pageDir: values.page ?? join(import.meta.dirname, 'page'),
		host: values.host ?? '::',
		httpPort: port(values['http-port'], ports.http),
		httpsPort: port(values['https-port'], ports.https),
		version: manifest.version,
	};
}

function port(typed: string | undefined, otherwise: number): number {
	if (typed === undefined) return otherwise;
	const number = Number(typed);
	if (!Number.isInteger(number) || number < 0 || number > 65_535) throw new Error(`not a port: ${typed}`);
	return number;
}

/** With a wrong file the engine does not start and says why; the page is then where people look, so it starts all the same. */
function settledPorts(file: string): {readonly http: number; readonly https: number} {
	try {
		const {httpPort, httpsPort} = readSettings(file);
		return {http: httpPort, https: httpsPort};
	} catch (error) {
		process.stderr.write(`the usual ports are used: ${error instanceof Error ? error.message : String(error)}\n`);
		return {http: 8080, https: 8443};
	}
}
