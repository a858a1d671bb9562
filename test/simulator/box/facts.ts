import {known} from '../../../shared/facts/fact.ts';
import type {HostFacts, Link, NetworkFacts} from '../../../shared/facts/host.ts';
import type {Conditions} from '../conditions.ts';
import {type Machine, resolversOf} from './machine.ts';
import type {Services} from './services.ts';

const pod: Link = {
	name: 'cni0',
	physical: false,
	carrier: true,
	mtu: 1450,
	addresses: [{address: '10.42.0.1', prefix: 24, family: 4, origin: 'unknown'}],
};
const overlay: Link = {
	name: 'flannel.1',
	physical: false,
	carrier: true,
	mtu: 1450,
	addresses: [{address: '10.42.0.0', prefix: 32, family: 4, origin: 'unknown'}],
};

/** Addresses, routes and resolvers of a VM behind a hypervisor's DHCP. */
export function networkFacts(machine: Machine, services: Services): NetworkFacts {
	const {network} = machine;
	const up = services.active('k3s');
	return {
		links: [
			{
				name: 'lo',
				physical: false,
				carrier: true,
				mtu: 65_536,
				addresses: [{address: '127.0.0.1', prefix: 8, family: 4, origin: 'static'}],
			},
			{
				name: 'eth0',
				physical: true,
				carrier: true,
				mac: '52:54:00:a1:9a:01',
				mtu: 1500,
				speed: 1000,
				addresses: [{address: network.address, prefix: network.prefix, family: 4, origin: network.origin}],
			},
			...(up ? [pod, overlay] : []),
		],
		routes: [
			{destination: 'default', gateway: network.gateway, device: 'eth0', metric: 100},
			{destination: `${network.address.replace(/\.\d+$/, '.0')}/${network.prefix}`, device: 'eth0', metric: 100},
			...(up ? [{destination: '10.42.0.0/24', device: 'cni0'}] : []),
		],
		resolvers: resolversOf(machine).map(address => ({
			address,
			origin: machine.ownResolvers.length === 0 && network.origin === 'dhcp' ? ('dhcp' as const) : ('static' as const),
			link: 'eth0',
		})),
		searchDomains: ['localdomain'],
	};
}

/** Everything the box knows of itself now. */
export function boxFacts(machine: Machine, world: Conditions, services: Services, now: number): HostFacts {
	const gib = 2 ** 30;
	const running = services.active('k3s');
	return {
		machine: known(
			{
				hostname: machine.hostname,
				os: {id: 'ubuntu', version: '24.04', name: 'Ubuntu 24.04.2 LTS'},
				kernel: '6.8.0-57-generic',
				architecture: 'amd64',
				cpuCores: world.cpuCores,
				bootedAt: machine.bootedAt,
				bootId: machine.bootId,
			},
			now,
		),
		network: known(networkFacts(machine, services), now),
		disks: known(
			[
				{
					path: '/',
					device: '/dev/vda2',
					kind: 'ext4',
					sizeBytes: world.disk.sizeBytes,
					freeBytes: world.disk.freeBytes,
					inodes: {total: 13_107_200, free: 12_900_000},
					readOnly: false,
				},
				{
					path: '/boot/efi',
					device: '/dev/vda1',
					kind: 'vfat',
					sizeBytes: gib,
					freeBytes: gib - 6_000_000,
					readOnly: false,
				},
			],
			now,
		),
		memory: known(
			{
				totalBytes: world.memoryBytes,
				availableBytes: world.memoryBytes - (running ? 9 : 1) * gib,
				swapBytes: 0,
				load1: running ? 1.4 : 0.1,
			},
			now,
		),
		clock: known(
			{synchronised: world.clock === 'synchronised', service: 'systemd-timesyncd', timezone: machine.timezone},
			now,
		),
		services: known(services.states(), now),
		rebootRequired: known(false, now),
		probes: [],
		journals: [],
	};
}
