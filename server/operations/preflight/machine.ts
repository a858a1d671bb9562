import {bytes} from '../../../shared/format.ts';
import {type Check, cannotTell, fails, fine, warns} from './check.ts';

/** Below this the running system itself is short, whatever the release says. */
const least = {cpuCores: 2, memoryBytes: 4 * 2 ** 30, diskBytes: 40 * 2 ** 30};

/** Memory a VM is given and memory Linux reports differ by what firmware and kernel keep. */
const memoryTolerance = 0.94;

export const cpuCheck: Check = {
	id: 'cpu',
	title: 'Processor',
	phase: 'k3s',
	needed: ({release}) => `${release?.manifest.requirements.cpuCores ?? least.cpuCores} cores`,
	look: async ({facts: {machine}, release}) => {
		if (machine.state === 'unknown') return cannotTell(machine.why);
		const needed = release?.manifest.requirements.cpuCores ?? least.cpuCores;
		const {cpuCores, architecture} = machine.value;
		const found = `${cpuCores} ${cpuCores === 1 ? 'core' : 'cores'}, ${architecture}`;
		if (architecture === 'other') {
			return fails(found, {
				code: 'platform.unsupported',
				what: 'This processor is neither amd64 nor arm64.',
				next: 'Use a machine with an x86-64 or 64-bit ARM processor.',
			});
		}
		if (release && release.manifest.k3s.binary[architecture] === undefined) {
			return fails(found, {
				code: 'platform.unsupported',
				what: `Release ${release.manifest.version} is not built for ${architecture}.`,
				next: 'Use an amd64 machine, or a release that is built for this one.',
			});
		}
		if (cpuCores >= needed) return fine(found);
		return fails(found, {
			code: 'preflight.failed',
			what: `This machine has ${cpuCores} cores; ${needed} are needed.`,
			why: 'With fewer the database and the application time out while they start.',
			next: 'Give the virtual machine more cores in the hypervisor and start it again.',
		});
	},
};

export const memoryCheck: Check = {
	id: 'memory',
	title: 'Memory',
	phase: 'k3s',
	needed: ({release}) => bytes(release?.manifest.requirements.memoryBytes ?? least.memoryBytes),
	look: async ({facts: {memory}, release}) => {
		if (memory.state === 'unknown') return cannotTell(memory.why);
		const needed = release?.manifest.requirements.memoryBytes ?? least.memoryBytes;
		const found = bytes(memory.value.totalBytes);
		if (memory.value.totalBytes >= needed * memoryTolerance) return fine(found);
		return fails(found, {
			code: 'preflight.failed',
			what: `This machine has ${found} of memory; ${bytes(needed)} are needed.`,
			why: 'With less the kernel stops parts of the application at random.',
			next: 'Give the virtual machine more memory in the hypervisor and start it again.',
		});
	},
};

export const diskCheck: Check = {
	id: 'disk',
	title: 'Disk for data',
	phase: 'storage',
	needed: ({release}) => `${bytes(release?.manifest.requirements.diskBytes ?? least.diskBytes)} free`,
	look: async ({facts: {disks}, release}) => {
		if (disks.state === 'unknown') return cannotTell(disks.why);
		const needed = release?.manifest.requirements.diskBytes ?? least.diskBytes;
		const disk = diskOf('/var/lib/rancher', disks.value);
		if (disk === undefined) return cannotTell('no file system holds /var/lib/rancher');
		const found = `${bytes(disk.freeBytes)} free on ${disk.path}`;
		if (disk.readOnly)
			return fails(`${disk.path} is read-only`, {
				code: 'preflight.failed',
				what: `The file system ${disk.path} is read-only.`,
				why: 'The kernel does this after disk errors.',
				next: 'Check the virtual disk and its storage, then restart the machine.',
			});
		if (disk.inodes && disk.inodes.free < disk.inodes.total * 0.05)
			return fails(`${disk.inodes.free} inodes free`, {
				code: 'preflight.failed',
				what: `${disk.path} has almost no inodes left.`,
				next: 'Remove small files, or use a larger disk.',
			});
		if (disk.freeBytes >= needed) return fine(found);
		return fails(found, {
			code: 'preflight.failed',
			what: `${disk.path} has ${bytes(disk.freeBytes)} free; ${bytes(needed)} are needed.`,
			why: 'Images and the database would fill it, and a full disk stops everything.',
			next: 'Make the virtual disk larger in the hypervisor, grow the file system, and run the checks again.',
		});
	},
};

/** The file system that holds a path: the one with the longest mount point before it. */
export function diskOf<D extends {readonly path: string}>(path: string, disks: readonly D[]): D | undefined {
	return disks
		.filter(disk => path === disk.path || path.startsWith(disk.path.endsWith('/') ? disk.path : `${disk.path}/`))
		.sort((a, b) => b.path.length - a.path.length)[0];
}

export const clockCheck: Check = {
	id: 'clock',
	title: 'Clock',
	phase: 'network',
	needed: () => 'synchronised',
	look: async ({facts: {clock}, release, clock: time}) => {
		if (release && time.now() < Date.parse(release.manifest.builtAt) - 86_400_000) {
			return fails(new Date(time.now()).toISOString().slice(0, 16), {
				code: 'preflight.failed',
				what: 'The clock of this machine is behind the release it is about to install.',
				why: 'Certificates are refused when the clock is wrong.',
				next: 'Set the time in the hypervisor or name a time server (Names, Time servers), then run the checks again.',
			});
		}
		if (clock.state === 'unknown') return cannotTell(clock.why);
		if (clock.value.synchronised) return fine(`synchronised${clock.value.service ? ` by ${clock.value.service}` : ''}`);
		return warns('not synchronised', {
			code: 'preflight.needs-acceptance',
			what: 'No time server has been reached yet.',
			why: 'A clock that drifts makes logins and downloads fail.',
			next: 'Name a time server that this machine can reach (Names, Time servers), or accept this.',
		});
	},
};

/** TCP ports that k3s and the application listen on (k3s documentation, "Networking"). */
const ports = [6443, 10250, 2379, 2380, 3000, 6444, 10248, 10249, 10256, 10257, 10259];

export const portsCheck: Check = {
	id: 'ports',
	title: 'Ports',
	phase: 'k3s',
	needed: () => 'free',
	look: async ({host, facts: {services}}) => {
		const installed =
			services.state !== 'unknown' && services.value.some(one => one.name === 'k3s' && one.active !== 'absent');
		const owners = await host.portOwners(ports);
		if (!owners.ok) return cannotTell(owners.problem.what);
		const foreign = owners.value.filter(owner => !(installed && /^(k3s|containerd|etcd|node)/.test(owner.process)));
		const [first] = foreign;
		if (first === undefined) return fine(installed ? 'used by k3s' : 'free');
		return fails(foreign.map(({port, process}) => `${port} ${process}`).join(', '), {
			code: 'preflight.failed',
			what: `Port ${first.port} is used by ${first.process}.`,
			why: 'Kubernetes needs it.',
			next: `Stop ${first.process}, or use a machine of its own for the appliance.`,
		});
	},
};
