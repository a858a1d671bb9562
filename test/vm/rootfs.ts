import {createHash} from 'node:crypto';
import {existsSync, mkdirSync, renameSync, rmSync, writeFileSync} from 'node:fs';
import {resolve} from 'node:path';
import {execa} from 'execa';

/** A small Debian with systemd 257: between Ubuntu 24.04's 255 and what comes. One tree for containers and the VM. */
const suite = 'trixie';
const packages = [
	'systemd-sysv',
	'systemd-resolved',
	'dbus',
	'udev',
	'linux-image-cloud-amd64',
	'login',
	'iproute2',
	'kmod',
	'procps',
	'util-linux',
	'kbd',
	'console-setup',
	'libpam-systemd',
	'ca-certificates',
	'curl',
	'libatomic1',
];

/** What a machine must have to run these tests; empty: everything. */
export function missingForMachines(tools: readonly string[]): string {
	if (process.platform !== 'linux' || process.getuid?.() !== 0) return 'needs root on Linux';
	const missing = tools.filter(
		tool => !['/usr/bin', '/usr/sbin', '/bin', '/sbin'].some(at => existsSync(`${at}/${tool}`)),
	);
	return missing.length === 0 ? '' : `needs ${missing.join(', ')}`;
}

/** The tree of a fresh machine, made once per list of packages (about a minute) and never written to. */
export async function rootfs(): Promise<string> {
	const key = createHash('sha256')
		.update([suite, ...packages].join(' '))
		.digest('hex')
		.slice(0, 12);
	const tree = resolve(`.cache/vm/rootfs-${key}`);
	if (existsSync(tree)) return tree;
	mkdirSync('.cache/vm', {recursive: true});
	const making = `${tree}.${process.pid}`;
	try {
		await execa('mmdebstrap', ['--variant=minbase', `--include=${packages.join(',')}`, suite, making], {
			timeout: 300_000,
		});
		writeFileSync(`${making}/etc/hostname`, 'alga-lab\n');
		writeFileSync(`${making}/etc/fstab`, '/dev/vda / ext4 defaults,noatime 0 1\n');
		// Empty: every boot is a first boot, with an id of its own.
		writeFileSync(`${making}/etc/machine-id`, '');
		await execa('chroot', [making, 'passwd', '--delete', 'root']);
		renameSync(making, tree);
	} finally {
		rmSync(making, {recursive: true, force: true});
	}
	return tree;
}
