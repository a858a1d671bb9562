import {mkdir, readdir, readFile, rm, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {parse, stringify} from 'yaml';
import type {Clock} from '../../../server/engine/clock.ts';
import {at} from '../kube/object.ts';
import {type Machine, networkResolver, resolversOf} from './machine.ts';
import type {Outcome, Services} from './services.ts';

/** What commands act on. */
export type Bench = {
	readonly root: string;
	readonly machine: Machine;
	readonly services: Services;
	readonly clock: Clock;
	readonly images: Set<string>;
	/** Why an image cannot be had at present. */
	readonly pullFailure: (image: string) => string | undefined;
	readonly power: (action: 'reboot' | 'shutdown') => void;
};

type Tool = {
	readonly run: (bench: Bench, args: readonly string[]) => Promise<Outcome> | Outcome;
	/** Whether this use changes the machine: only that goes into the ledger. */
	readonly changes: (args: readonly string[]) => boolean;
};

const done = (out = ''): Outcome => ({code: 0, out});
const failed = (out: string, code = 1): Outcome => ({code, out});
const never = () => false;
const always = () => true;
const first = (args: readonly string[]) => args.find(arg => !arg.startsWith('-')) ?? '';
const after = (args: readonly string[], ...flags: readonly string[]): string | undefined => {
	const index = args.findIndex(arg => flags.includes(arg));
	if (index >= 0) return args[index + 1];
	return args
		.find(arg => flags.some(flag => arg.startsWith(`${flag}=`)))
		?.split('=')
		.slice(1)
		.join('=');
};

/** The programs of the box, by name. Whatever is not here is not installed. */
export const tools: Readonly<Record<string, Tool>> = {
	systemctl: {
		changes: args => !['is-active', 'is-enabled', 'show', 'status', 'list-units', 'cat', ''].includes(first(args)),
		run: async ({services, power, machine, root}, args) => {
			const verb = first(args);
			if (args.some(arg => arg.startsWith('systemd-resolved'))) machine.ownResolvers = await readResolved(root);
			if (verb !== 'reboot' && verb !== 'poweroff') return services.systemctl(args);
			power(verb === 'reboot' ? 'reboot' : 'shutdown');
			return done();
		},
	},
	hostnamectl: {
		changes: args => ['set-hostname', 'hostname'].includes(first(args)) && args.length > 1,
		run: async ({machine, root}, args) => {
			const name = args.filter(arg => !arg.startsWith('-'))[1];
			if (name === undefined)
				return done(` Static hostname: ${machine.hostname}\nOperating System: Ubuntu 24.04.2 LTS`);
			if (!/^[a-z0-9]([-a-z0-9.]{0,62}[a-z0-9])?$/i.test(name))
				return failed(`Could not set static hostname: Invalid static hostname '${name}'`);
			machine.hostname = name;
			await mkdir(join(root, 'etc'), {recursive: true});
			await writeFile(join(root, 'etc/hostname'), `${name}\n`);
			return done();
		},
	},
	timedatectl: {
		changes: args => first(args).startsWith('set-'),
		run: ({machine}, args) => {
			const [verb = 'status', value = ''] = args.filter(arg => !arg.startsWith('-'));
			if (verb === 'set-timezone') machine.timezone = value;
			return ['set-timezone', 'set-ntp', 'status', 'show', 'show-timesync', 'timesync-status'].includes(verb)
				? done(`NTPSynchronized=yes\nTimezone=${machine.timezone}`)
				: failed(`Unknown command verb '${verb}'.`);
		},
	},
	modprobe: {
		changes: always,
		run: (_, args) =>
			['overlay', 'br_netfilter'].includes(args.at(-1) ?? '')
				? done()
				: failed(`modprobe: FATAL: Module ${args.at(-1) ?? ''} not found in directory /lib/modules/6.8.0-57-generic`),
	},
	sysctl: {
		changes: args => args.some(arg => ['-w', '-p', '--system', '--load'].includes(arg) || arg.includes('=')),
		run: (_, args) => done(args.at(-1) ?? ''),
	},
	resolvectl: {
		changes: args => ['flush-caches', 'dns', 'domain'].includes(first(args)),
		run: ({machine}) =>
			done(`Global: ${resolversOf(machine).join(' ')}\nLink 2 (eth0): ${resolversOf(machine).join(' ')}`),
	},
	netplan: {
		changes: args => ['apply', 'try', 'set'].includes(first(args)),
		run: async ({machine, root}, args) => {
			if (!['apply', 'generate', 'get'].includes(first(args)))
				return failed(`netplan: error: invalid choice: '${first(args)}'`, 2);
			const folder = join(root, 'etc/netplan');
			if (first(args) === 'get') return done(await mergedNetplan(folder));
			return first(args) === 'apply' ? applyNetplan(machine, folder) : done();
		},
	},
	find: {
		changes: never,
		run: async ({root}, [folder = '/']) => {
			const names = await readdir(join(root, folder)).catch((): string[] => []);
			return done(names.map(name => `${join(folder, name)}\n`).join(''));
		},
	},
	ping: {
		changes: never,
		run: ({machine}, args) =>
			[machine.network.gateway, machine.network.address, '192.168.64.9'].includes(args.at(-1) ?? '')
				? done('1 packets transmitted, 1 received, 0% packet loss')
				: failed('1 packets transmitted, 0 received, 100% packet loss'),
	},
	journalctl: {changes: never, run: ({services}, args) => journal(services, args)},
	k3s: {
		changes: args => /^(save|delete|prune|pull|rmi|restore)$/.test(args[1] ?? '') || args.includes('--cluster-reset'),
		run: k3s,
	},
	update_ca_certificates: {changes: always, run: () => done('Updating certificates in /etc/ssl/certs...')},
};

/** The name a tool is listed under. */
export const toolNamed = (path: string): Tool | undefined => tools[path.split('/').at(-1)?.replaceAll('-', '_') ?? ''];

/** The servers of systemd-resolved's drop-in files. */
async function readResolved(root: string): Promise<readonly string[]> {
	const folder = join(root, 'etc/systemd/resolved.conf.d');
	const names = (await readdir(folder).catch((): string[] => [])).filter(name => name.endsWith('.conf')).sort();
	const texts = await Promise.all(names.map(name => readFile(join(folder, name), 'utf8')));
	return texts.flatMap(text => /^DNS=(.*)$/m.exec(text)?.[1]?.split(/\s+/).filter(Boolean) ?? []);
}

/** What a fresh machine has: one card that asks DHCP. Written by its installer. */
export const installersNetplan = 'network:\n  version: 2\n  ethernets:\n    eth0:\n      dhcp4: true\n';

async function mergedNetplan(folder: string): Promise<string> {
	const names = (await readdir(folder).catch((): string[] => [])).filter(name => name.endsWith('.yaml')).sort();
	const texts = await Promise.all(names.map(name => readFile(join(folder, name), 'utf8')));
	const ethernets = Object.assign({}, ...texts.map(text => at(parse(text), 'network', 'ethernets') ?? {}));
	return stringify({network: {version: 2, ethernets}});
}

async function applyNetplan(machine: Machine, folder: string): Promise<Outcome> {
	const names = await readdir(folder).catch((): string[] => []);
	for (const name of names.filter(one => one.endsWith('.yaml')).sort()) {
		let read: unknown;
		try {
			read = parse(await readFile(join(folder, name), 'utf8'));
		} catch (error) {
			return failed(`/etc/netplan/${name}: Error in network definition: ${String(error).split('\n')[0] ?? ''}`, 78);
		}
		const link = at(read, 'network', 'ethernets', 'eth0');
		const addresses = at(link, 'addresses');
		if (Array.isArray(addresses)) {
			const [address = '', prefix = '24'] = String(addresses[0]).split('/');
			const routes = at(link, 'routes');
			const gateway = Array.isArray(routes) ? at(routes[0], 'via') : undefined;
			Object.assign(machine.network, {
				address,
				prefix: Number(prefix),
				origin: 'static',
				...(typeof gateway === 'string' && {gateway}),
			});
		} else if (at(link, 'dhcp4') === true)
			Object.assign(machine.network, {
				address: '192.168.64.8',
				prefix: 24,
				origin: 'dhcp',
				gateway: '192.168.64.1',
				resolvers: [networkResolver],
			});
		const servers = at(link, 'nameservers', 'addresses');
		if (Array.isArray(servers)) machine.network.resolvers = servers.map(String);
	}
	return done();
}

function journal(services: Services, args: readonly string[]): Outcome {
	const unit = (after(args, '-u', '--unit') ?? '').replace(/\.service$/, '');
	const lines = services.journal(unit);
	const many = Number(after(args, '-n', '--lines') ?? lines.length);
	const shown = many > 0 ? lines.slice(-many) : [];
	const format = after(args, '-o', '--output') ?? 'short';
	if (shown.length === 0) return done(format === 'short' ? '-- No entries --' : '');
	return done(
		shown
			.map((line, index) =>
				format === 'json'
					? JSON.stringify({
							MESSAGE: line,
							_SYSTEMD_UNIT: `${unit}.service`,
							__CURSOR: `s=${unit};i=${index}`,
							PRIORITY: '6',
						})
					: line,
			)
			.join('\n'),
	);
}

async function k3s(bench: Bench, args: readonly string[]): Promise<Outcome> {
	const {services, root, machine, clock, images} = bench;
	const version = await services.k3sVersion();
	if (version === undefined) return failed('/usr/local/bin/k3s: cannot execute: required file not found', 126);
	const [command, verb = ''] = args;
	if (command === '--version') return done(`k3s version ${version} (a1b2c3d4)\ngo version go1.24.2`);
	if (command === 'server' && args.includes('--cluster-reset'))
		return services.active('k3s')
			? failed('level=fatal msg="cannot perform cluster-reset while server is running"')
			: done(
					'level=info msg="Managed etcd cluster membership has been reset, restart without --cluster-reset flag now."',
				);
	if (!services.active('k3s')) return failed('level=fatal msg="Error: k3s is not running: connection refused"');
	const folder = join(root, 'var/lib/rancher/k3s/server/db/snapshots');
	if (command === 'etcd-snapshot') {
		await mkdir(folder, {recursive: true});
		if (verb === 'save') {
			const name = `${after(args, '--name') ?? 'on-demand'}-${machine.hostname}-${Math.floor(clock.now() / 1000)}`;
			await clock.sleep(3000);
			await writeFile(join(folder, name), 'etcd snapshot of the simulated box\n');
			return done(`level=info msg="Snapshot ${name} saved."`);
		}
		if (verb === 'delete') {
			for (const name of args.slice(2)) await rm(join(folder, name), {force: true});
			return done();
		}
		if (verb !== 'list' && verb !== 'ls') return failed(`No help topic for '${verb}'`);
		const names = await readdir(folder);
		return done(
			[
				'Name Location Size Created',
				...names.map(
					name =>
						`${name} file:///var/lib/rancher/k3s/server/db/snapshots/${name} 38 ${new Date(clock.now()).toISOString()}`,
				),
			].join('\n'),
		);
	}
	if (command === 'secrets-encrypt' && verb === 'status')
		return done('Encryption Status: Enabled\nCurrent Rotation Stage: start');
	if (command !== 'crictl') return failed(`No help topic for '${command ?? ''}'`);
	if (verb === 'images')
		return done(
			after(args, '-o', '--output') === 'json'
				? JSON.stringify({images: [...images].map(image => ({id: image, repoTags: [], repoDigests: [image]}))})
				: ['IMAGE', ...images].join('\n'),
		);
	if (verb === 'rmi') return done('');
	if (verb === 'pull') {
		const image = args.at(-1) ?? '';
		const failure = bench.pullFailure(image);
		if (failure !== undefined) return failed(`E pulling image: ${failure}`);
		await clock.sleep(30_000);
		images.add(image);
		return done(`Image is up to date for ${image}`);
	}
	return failed(`No help topic for '${verb}'`);
}
