import {join} from 'node:path';
import manifest from '../../package.json' with {type: 'json'};

/** What the command line is told by its surroundings; nothing else in it reads the environment. */
export type CliConfig = {readonly socket: string; readonly version: string; readonly columns: number};

export const readCliConfig = (env: Readonly<Record<string, string | undefined>>): CliConfig => ({
	// Root's own socket asks for no console password; nobody else can open it.
	socket:
		env.ALGA_APPLIANCE_SOCKET ??
		join(env.ALGA_APPLIANCE_ROOT ?? '/', 'run/alga-appliance', process.getuid?.() === 0 ? 'root.sock' : 'engine.sock'),
	version: manifest.version,
	columns: process.stdout.columns || 100,
});
