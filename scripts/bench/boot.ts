import {mkdtempSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {bootMachine, makeDisk} from '../../test/vm/machine.ts';
import {missingForMachines, rootfs} from '../../test/vm/rootfs.ts';
import {buildDeb} from '../deb/build.ts';
import type {Row} from './row.ts';

/** When a terminal's screen first held the product's name, in seconds since the kernel started; "late": it was there before anybody could look. */
const firstFrame = `seen=late
until grep -qa 'Alga Appliance' /dev/vcs1; do seen=live; sleep 0.1; done
read -r up _ </proc/uptime; echo "$up $seen"`;

/** When systemd says that a unit was reached, in seconds since the kernel started (systemd(1): monotonic microseconds). */
const reached = (unit: string) =>
	`until [ "$(systemctl show --value -p ActiveEnterTimestampMonotonic ${unit})" -gt 0 ]; do sleep 0.2; done
systemctl show --value -p ActiveEnterTimestampMonotonic ${unit}`;

/** Kilobytes of all processes of a unit: resident, and their share of what is shared. One may end meanwhile. */
const memory = (unit: string) =>
	`for pid in $(cat "/sys/fs/cgroup$(systemctl show --value -p ControlGroup ${unit})/cgroup.procs"); do cat "/proc/$pid/smaps_rollup" 2>/dev/null; done | awk '/^Rss:/ {rss += $2} /^Pss:/ {pss += $2} END {print rss, pss}'`;

/** A booted machine, emulated: from the kernel's start to the console's first frame beside systemd's own way, and memory in place. */
export async function bench(): Promise<Row[]> {
	const lacking = missingForMachines(['mmdebstrap', 'mke2fs', 'qemu-system-x86_64', 'dpkg-deb', 'chroot']);
	if (lacking !== '') {
		console.error(`boot is left out: ${lacking}`);
		return [];
	}
	const scratch = mkdtempSync(join(tmpdir(), 'bench-boot-'));
	await using opened = new AsyncDisposableStack();
	opened.defer(() => rmSync(scratch, {recursive: true, force: true}));
	const tree = await rootfs();
	const disk = await makeDisk(tree, await buildDeb('amd64', scratch), scratch);
	const machine = opened.use(await bootMachine(tree, disk, join(scratch, 'vm')));
	const deadlineMs = 300_000;
	const [frame = '', seen = ''] = (await machine.run(firstFrame, deadlineMs)).split(' ');
	const seconds = async (unit: string) => Number(await machine.run(reached(unit), deadlineMs)) / 1e6;
	// From here on a machine without us starts its logins; multi-user.target waits for the engine.
	const logins = await seconds('systemd-user-sessions.service');
	const multiUser = await seconds('multi-user.target');
	const engine = await seconds('alga-appliance.service');
	await machine.serial.until(/Press Enter for the Alga console/, deadlineMs);
	// What a start needs and nothing after it was given back.
	await machine.untilDisplay(/SETUP WAITING/, deadlineMs);
	const megabytes = async (unit: string) =>
		(await machine.run(memory(unit))).split(' ').map(kilobytes => Number(kilobytes) / 1024);
	const memories: Row[] = [];
	for (const unit of ['alga-appliance', 'alga-appliance-gateway', 'alga-appliance-console@tty1']) {
		const [rss = 0] = await megabytes(unit);
		memories.push({name: `${unit}: resident`, value: rss, unit: 'MB'});
	}
	const [, waiting = 0] = await megabytes('alga-appliance-console@ttyS0');
	return [
		{name: 'kernel start to logins allowed, by systemd', value: logins, unit: 's'},
		{name: 'kernel start to multi-user.target, by systemd', value: multiUser, unit: 's'},
		{name: 'kernel start to engine ready, by systemd', value: engine, unit: 's', ratio: engine / logins},
		{
			name: `kernel start to first frame on tty1${seen === 'late' ? ' or before' : ''} (ratios to logins allowed)`,
			value: Number(frame),
			unit: 's',
			ratio: Number(frame) / logins,
		},
		...memories,
		{name: 'sleeping ttyS0: PSS', value: waiting, unit: 'MB', target: 'under 3'},
	];
}
