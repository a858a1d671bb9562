import {lastSeen} from '../facts/fact.ts';
import type {HostFacts, NetworkFacts} from '../facts/host.ts';
import {bytes} from '../format.ts';
import {primaryAddress} from '../network/primary.ts';
import type {Mark, Row, View} from './view.ts';

/** What the network lacks, told apart: no cable, no address, only link-local, no gateway. */
export function addressWords(network: NetworkFacts | undefined): string {
	if (network === undefined) return 'network not read yet';
	const physical = network.links.filter(link => link.physical && link.name !== 'lo');
	if (physical.length === 0) return 'no network card';
	if (!physical.some(link => link.carrier)) return `${physical[0]?.name ?? ''}: no cable`;
	const primary = primaryAddress(network);
	if (primary === undefined) return `${physical.find(link => link.carrier)?.name ?? ''}: no address (no DHCP answer)`;
	if (primary.origin === 'link-local') return `${primary.link} link-local only: no DHCP answer`;
	const gateway = network.routes.some(route => route.destination === 'default');
	return `${primary.link} ${primary.address}/${primary.prefix} ${primary.origin}${gateway ? '' : ', no gateway'}`;
}

/** Whatever else is so: an appliance that cannot remember what it does begins nothing, and says it on every screen. */
export const stateRefused = (why: string): Pick<View['rollup'], 'message' | 'nextAction'> => ({
	message: `The disk refuses what the appliance writes, so nothing is begun: ${why}`,
	nextAction: 'Make room on the disk, or repair it. The appliance goes on by itself.',
});

/** Only when it cannot be written: then it is the first thing to know. */
export const stateRow = (why: string | undefined): Row[] =>
	why === undefined
		? []
		: [{id: 'state', label: 'State', mark: 'failed', text: `cannot be written, so nothing is begun: ${why}`}];

/** What is known of the machine, a row each. */
export function machineRows(host: HostFacts): Row[] {
	const row = (
		id: string,
		label: string,
		fact: {state: string; at?: number; why?: string},
		mark: Mark,
		text: string,
	): Row =>
		fact.state === 'unknown'
			? {id, label, mark: 'unknown', text: fact.why ?? 'not known'}
			: {
					id,
					label,
					mark: fact.state === 'stale' ? 'attention' : mark,
					text: fact.state === 'stale' ? `${text} (old: ${fact.why ?? ''})` : text,
					...(fact.at !== undefined && {at: fact.at}),
				};
	const machine = lastSeen(host.machine);
	const network = lastSeen(host.network);
	const memory = lastSeen(host.memory);
	const clock = lastSeen(host.clock);
	const disks = lastSeen(host.disks) ?? [];
	const failed = (lastSeen(host.services) ?? []).filter(one => one.active === 'failed');
	const primary = primaryAddress(network);
	const dns = host.probes.findLast(one => one.check === 'dns');
	const registry = host.probes.findLast(one => one.check === 'registry');
	return [
		row(
			'network',
			'Network',
			host.network,
			primary && primary.origin !== 'link-local' ? 'good' : 'failed',
			addressWords(network),
		),
		...(dns
			? [
					{
						id: 'dns',
						label: 'Name lookup',
						mark: dns.ok ? ('good' as const) : ('failed' as const),
						text: `${network?.resolvers.map(one => one.address).join(', ') ?? ''} ${dns.ok ? 'answers' : dns.outcome}`.trim(),
						at: dns.at,
					},
				]
			: []),
		...(registry
			? [
					{
						id: 'internet',
						label: 'Internet',
						mark: registry.ok ? ('good' as const) : ('failed' as const),
						text: `${registry.target} ${registry.outcome}`,
						at: registry.at,
					},
				]
			: []),
		...disks
			.filter(disk => disk.sizeBytes > 2 ** 30)
			.map(disk =>
				row(
					`disk ${disk.path}`,
					`Disk ${disk.path}`,
					host.disks,
					disk.readOnly || disk.freeBytes < disk.sizeBytes * 0.1
						? 'failed'
						: disk.freeBytes < disk.sizeBytes * 0.2
							? 'attention'
							: 'good',
					`${bytes(disk.freeBytes)} free of ${bytes(disk.sizeBytes)}${disk.readOnly ? ', read-only' : ''}`,
				),
			),
		row(
			'memory',
			'Memory',
			host.memory,
			memory && memory.availableBytes < memory.totalBytes * 0.05 ? 'attention' : 'good',
			memory ? `${bytes(memory.availableBytes)} free of ${bytes(memory.totalBytes)}` : '',
		),
		row(
			'cpu',
			'Processor',
			host.machine,
			'good',
			machine
				? `${machine.cpuCores} cores, ${machine.architecture}${memory ? `, load ${memory.load1.toFixed(1)}` : ''}`
				: '',
		),
		row(
			'clock',
			'Clock',
			host.clock,
			clock?.synchronised ? 'good' : 'attention',
			clock ? `${clock.synchronised ? 'synchronised' : 'not synchronised'}, ${clock.timezone}` : '',
		),
		row('os', 'System', host.machine, 'good', machine ? `${machine.os.name}, Linux ${machine.kernel}` : ''),
		...(lastSeen(host.rebootRequired)
			? [
					row(
						'reboot',
						'Restart',
						host.rebootRequired,
						'attention',
						'Ubuntu asks for a restart (updates were installed)',
					),
				]
			: []),
		...(failed.length > 0
			? [row('services', 'Services', host.services, 'attention', `failed: ${failed.map(one => one.name).join(', ')}`)]
			: []),
	];
}
