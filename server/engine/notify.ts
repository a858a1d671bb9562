import {execFile} from 'node:child_process';

/** A third of the unit's WatchdogSec, so that a late ping does no harm. */
const pingMs = 20_000;
/** Starting a child takes long on a machine that thrashes; a word that comes late is better than none. */
const toldMs = 18_000;

/**
 * Tells systemd that the engine is ready and alive (sd_notify(3)). Node has no datagram Unix sockets, so
 * `systemd-notify` speaks for it; the unit says NotifyAccess=all. Outside systemd it does nothing.
 */
export function notifySystemd(socket: string | undefined): Disposable {
	if (socket === undefined) return {[Symbol.dispose]: () => undefined};
	const tell = (...words: string[]) =>
		execFile('systemd-notify', words, {timeout: toldMs, env: {NOTIFY_SOCKET: socket, PATH: '/usr/bin:/bin'}}, error => {
			if (error) console.error(`systemd was not told ${words.join(' ')}: ${error.message}`);
		});
	tell('--ready', '--status=serving');
	// Ready is said again each time: if the first word was lost, the unit would be starting until it is killed.
	const ping = setInterval(() => tell('--ready', 'WATCHDOG=1'), pingMs);
	return {
		[Symbol.dispose]: () => {
			clearInterval(ping);
			tell('--stopping');
		},
	};
}
