import {readFile, statfs} from 'node:fs/promises';
import {arch, availableParallelism, freemem, hostname, loadavg, release, totalmem, uptime} from 'node:os';
import * as z from 'zod';
import {type Fact, known, unknown} from '../../shared/facts/fact.ts';
import type {
	ClockFacts,
	Filesystem,
	HostFacts,
	MachineFacts,
	MemoryFacts,
	NetworkFacts,
	ServiceState,
} from '../../shared/facts/host.ts';
import {ok, type Result} from '../../shared/problem.ts';
import type {FileVerbs} from './files.ts';
import type {Host} from './host.ts';
import {parseAddresses, parseNetworkctl, parseResolvConf, parseRoutes} from './network-parse.ts';

const commandMs = 5000;
type Run = Host['run'];

/**
 * Everything about the machine, each group read on its own; what fails is unknown with the reason. Never rejects: a machine
 * that is slow, or an engine that stops, ends the commands, and the rest is told as it was found.
 */
export async function readFacts(runs: Run, files: FileVerbs, signal: AbortSignal): Promise<HostFacts> {
	const run: Run = command => runs({...command, signal});
	const [network, disks, clock, services, machine, memory, reboot] = await Promise.all([
		fact(() => readNetwork(run, files)),
		fact(async () => ok(await readDisks())),
		fact(() => readClock(run, files)),
		fact(() => readServices(run)),
		fact(async () => ok(await readMachine())),
		fact(async () => ok(await readMemory())),
		fact(async () => ok(await files.exists('/run/reboot-required'))),
	]);
	return {network, disks, clock, services, machine, memory, rebootRequired: reboot, probes: [], journals: []};
}

async function fact<T>(read: () => Promise<Result<T>>): Promise<Fact<T>> {
	try {
		const value = await read();
		return value.ok ? known(value.value, Date.now()) : unknown(value.problem.what);
	} catch (error) {
		return unknown(error instanceof Error ? error.message : String(error));
	}
}

/** Interfaces, routes and resolvers: `ip` and systemd-networkd where they are, resolv.conf where they are not. */
export async function readNetwork(run: Run, files: FileVerbs): Promise<Result<NetworkFacts>> {
	const [addresses, routes, networkd] = await Promise.all([
		run({argv: ['ip', '-json', '-details', 'addr'], deadlineMs: commandMs}),
		run({argv: ['ip', '-json', 'route'], deadlineMs: commandMs}),
		run({argv: ['networkctl', '--json=short', 'list'], deadlineMs: commandMs}),
	]);
	if (!addresses.ok) return addresses;
	const links = parseAddresses(addresses.value);
	if (!links.ok) return links;
	const parsedRoutes = routes.ok ? parseRoutes(routes.value) : ok([]);
	const speeds = await Promise.all(links.value.map(async link => ({...link, ...(await speedOf(link.name))})));
	const fromNetworkd = networkd.ok ? parseNetworkctl(networkd.value) : undefined;
	const upstream = await files.readFile('/run/systemd/resolve/resolv.conf');
	const plain = upstream.ok ? upstream : await files.readFile('/etc/resolv.conf');
	const conf = parseResolvConf(plain.ok ? plain.value : '');
	const named = fromNetworkd && fromNetworkd.resolvers.length > 0 ? fromNetworkd : conf;
	return ok({
		links: speeds,
		routes: parsedRoutes.ok ? parsedRoutes.value : [],
		resolvers: named.resolvers,
		searchDomains: named.searchDomains,
	});
}

async function speedOf(link: string): Promise<{speed?: number}> {
	try {
		const speed = Number(await readFile(`/sys/class/net/${link}/speed`, 'utf8'));
		return speed > 0 ? {speed} : {};
	} catch {
		return {}; // Virtual interfaces have none.
	}
}

async function readMachine(): Promise<MachineFacts> {
	const release_ = Object.fromEntries(
		(await readFile('/etc/os-release', 'utf8'))
			.split('\n')
			.map(line => line.split('='))
			.map(([key, ...value]) => [key ?? '', value.join('=').replaceAll('"', '')]),
	);
	const architecture = arch() === 'x64' ? 'amd64' : arch() === 'arm64' ? 'arm64' : 'other';
	return {
		hostname: hostname(),
		os: {id: release_.ID ?? '', version: release_.VERSION_ID ?? '', name: release_.PRETTY_NAME ?? 'Linux'},
		kernel: release(),
		architecture,
		cpuCores: availableParallelism(),
		bootedAt: Math.round(Date.now() - uptime() * 1000),
		bootId: (await readFile('/proc/sys/kernel/random/boot_id', 'utf8')).trim(),
	};
}

async function readMemory(): Promise<MemoryFacts> {
	const lines = Object.fromEntries(
		[...(await readFile('/proc/meminfo', 'utf8')).matchAll(/^(\w+):\s+(\d+) kB$/gm)].map(([, key, kilobytes]) => [
			key,
			Number(kilobytes) * 1024,
		]),
	);
	return {
		totalBytes: lines.MemTotal ?? totalmem(),
		availableBytes: lines.MemAvailable ?? freemem(),
		swapBytes: lines.SwapTotal ?? 0,
		load1: loadavg()[0] ?? 0,
	};
}

/**
 * File systems with a disk behind them, and whatever the root is on; each once, at its first place. The machine's mounts
 * are those of process 1: this one's own have /usr read-only and its folders mounted apart (systemd.exec(5)).
 */
async function readDisks(): Promise<readonly Filesystem[]> {
	const mounts = (await readFile('/proc/1/mounts', 'utf8')).split('\n').map(line => line.split(' '));
	const seen = new Map<string, Filesystem>();
	for (const [device, path, kind, options] of mounts) {
		if (device === undefined || path === undefined || kind === undefined) continue;
		const decoded = path.replaceAll(/\\(\d{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
		if (!(device.startsWith('/dev/') || decoded === '/') || /^\/(snap|boot\/efi|etc\/)/.test(decoded)) continue;
		// A bind mount, such as Kubernetes makes for parts of a volume, is no other disk.
		if (seen.has(device)) continue;
		const stat = await statfs(decoded);
		seen.set(device, {
			path: decoded,
			device,
			kind,
			sizeBytes: stat.blocks * stat.bsize,
			freeBytes: stat.bavail * stat.bsize,
			inodes: {total: stat.files, free: stat.ffree},
			readOnly: options?.split(',').includes('ro') ?? false,
		});
	}
	return [...seen.values()];
}

async function readClock(run: Run, files: FileVerbs): Promise<Result<ClockFacts>> {
	const shown = await run({
		argv: ['timedatectl', 'show', '--property=NTPSynchronized', '--property=Timezone'],
		deadlineMs: commandMs,
	});
	if (!shown.ok) return shown;
	const service = (await files.exists('/run/systemd/timesync/synchronized')) ? 'systemd-timesyncd' : undefined;
	return ok({
		synchronised: /NTPSynchronized=yes/.test(shown.value),
		timezone: /Timezone=(.*)/.exec(shown.value)?.[1] ?? 'UTC',
		...(service && {service}),
	});
}

const Units = z.array(z.object({unit: z.string(), active: z.string()}));

async function readServices(run: Run): Promise<Result<readonly ServiceState[]>> {
	const [failed, k3s] = await Promise.all([
		run({argv: ['systemctl', 'list-units', '--failed', '--output=json', '--no-pager'], deadlineMs: commandMs}),
		run({argv: ['systemctl', 'show', 'k3s', '--property=ActiveState', '--property=LoadState'], deadlineMs: commandMs}),
	]);
	if (!failed.ok) return failed;
	const units = Units.safeParse(JSON.parse(failed.value || '[]'));
	const active = k3s.ok ? /ActiveState=(\w+)/.exec(k3s.value)?.[1] : undefined;
	const absent = !k3s.ok || /LoadState=not-found/.test(k3s.value);
	const state = absent
		? 'absent'
		: active === 'active' || active === 'activating' || active === 'failed'
			? active
			: 'inactive';
	return ok([
		{name: 'k3s', active: state},
		...(units.success
			? units.data.filter(one => one.unit !== 'k3s.service').map(one => ({name: one.unit, active: 'failed' as const}))
			: []),
	]);
}
