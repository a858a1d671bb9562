import {execFile} from 'node:child_process';

/** Half of the unit's WatchdogSec, so that one late ping does no harm. */
const pingMs = 30_000;

/**
 * Tells systemd that the engine is ready and alive (sd_notify(3)). Node has no datagram Unix sockets, so
 * `systemd-notify` speaks for it; the unit says NotifyAccess=all. Outside systemd it does nothing.
 */
export function notifySystemd(socket: string | undefined): Disposable {
	if (socket === undefined) return {[Symbol.dispose]: () => undefined};
	const tell = (...words: string[]) =>
		execFile('systemd-notify', words, {timeout: 5000, env: {NOTIFY_SOCKET: socket, PATH: '/usr/bin:/bin'}}, error => {
			if (error) console.error(`systemd was not told ${words.join(' ')}: ${error.message}`);
		});
	tell('--ready', '--status=serving');
	const ping = setInterval(() => tell('WATCHDOG=1'), pingMs);
	return {
		[Symbol.dispose]: () => {
			clearInterval(ping);
			tell('--stopping');
		},
	};
}
