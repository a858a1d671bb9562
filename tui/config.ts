import {readFileSync, readlinkSync} from 'node:fs';
import {parseArgs} from 'node:util';
import type {Tier} from './terminal/glyphs.ts';
import type {LineFacts} from './terminal/line.ts';

/** Everything the console reads from its environment and arguments, in one place. */
export type Config = {
	readonly socket: string;
	/** Undefined: judged from the terminal. */
	readonly tier: Tier | undefined;
	/** Undefined: the terminal is asked. */
	readonly size: {readonly columns: number; readonly rows: number} | undefined;
	readonly line: LineFacts;
	/** How often the console of this terminal ended by an error in the last five minutes; counted by its unit. */
	readonly crashes: number;
};

const usage = 'alga-console [--socket PATH] [--tier rich|vt|basic] [--size 80x24] [--baud 115200]';

/** Reads the configuration; a wrong argument is an error that names it. */
export function readConfig(
	args: readonly string[],
	env: Readonly<Record<string, string | undefined>>,
): {readonly ok: true; readonly config: Config} | {readonly ok: false; readonly message: string} {
	let values: {socket?: string; tier?: string; size?: string; baud?: string};
	try {
		({values} = parseArgs({
			args: [...args],
			options: {socket: {type: 'string'}, tier: {type: 'string'}, size: {type: 'string'}, baud: {type: 'string'}},
		}));
	} catch (error) {
		return {ok: false, message: `${error instanceof Error ? error.message : String(error)}\nUsage: ${usage}`};
	}
	const tier = values.tier ?? env.ALGA_CONSOLE_TIER;
	if (tier !== undefined && !isTier(tier)) return {ok: false, message: `--tier is rich, vt or basic, not ${tier}`};
	const size = values.size === undefined ? undefined : /^(\d{1,3})x(\d{1,3})$/.exec(values.size);
	if (size === null) return {ok: false, message: `--size is columns x rows, such as 80x24, not ${values.size}`};
	const baud = Number(values.baud ?? env.ALGA_CONSOLE_BAUD ?? Number.NaN);
	const root = env.ALGA_APPLIANCE_ROOT ?? '';
	return {
		ok: true,
		config: {
			socket: values.socket ?? env.ALGA_APPLIANCE_SOCKET ?? `${root}/run/alga-appliance/engine.sock`,
			tier,
			size: size === undefined ? undefined : {columns: Number(size[1]), rows: Number(size[2])},
			line: {
				term: env.TERM ?? '',
				tty: ttyKind(),
				...(baud > 0 && {baud}),
				utf8: isUtf8(env),
			},
			crashes: Number(env.ALGA_CONSOLE_CRASHES) || 0,
		},
	};
}

const isTier = (name: string): name is Tier => name === 'rich' || name === 'vt' || name === 'basic';

/** The device behind standard output: /dev/tty1 is the Linux console, /dev/ttyS0 a serial line, /dev/pts/0 an emulator. */
function ttyKind(): LineFacts['tty'] {
	try {
		const device = readlinkSync('/proc/self/fd/1');
		if (/^\/dev\/(?:tty\d*|console)$/.test(device)) return 'vt';
		return /^\/dev\/(?:tty(?:S|AMA|USB|ACM)\d+|hvc\d+)$/.test(device) ? 'serial' : 'pty';
	} catch {
		return 'pty'; // No /proc: an emulator on a developer's machine.
	}
}

/** A Linux console says itself whether it is in UTF-8; elsewhere the locale does. */
function isUtf8(env: Readonly<Record<string, string | undefined>>): boolean {
	const locale = env.LC_ALL || env.LC_CTYPE || env.LANG || '';
	if (/utf-?8/i.test(locale)) return true;
	if (ttyKind() !== 'vt') return false;
	try {
		return readFileSync('/sys/module/vt/parameters/default_utf8', 'utf8').trim() === '1';
	} catch {
		return false; // Not told: ASCII is right everywhere.
	}
}
