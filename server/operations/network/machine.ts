import * as z from 'zod';
import {lastSeen} from '../../../shared/facts/fact.ts';
import type {NetworkSettings} from '../../../shared/network/settings.ts';
import {fail, ok, type Result} from '../../../shared/problem.ts';
import {onHost} from '../../engine/paths.ts';
import {k3sEnvironment} from '../setup/k3s-files.ts';
import type {Work} from '../step.ts';
import {
	netplanFolder,
	netplanYaml,
	networkdFiles,
	networkdUnits,
	ourNetplan,
	siteFiles,
	type WantedFile,
	withoutCloudInit,
} from './files.ts';
import type {NetworkRun} from './input.ts';

/** netplan waits for its daemons; everything else takes well under a second. Milliseconds. */
const commandMs = 60_000;

/** What was there before, byte by byte, and until when the change may wait for its answer. */
export const Change = z.object({
	id: z.string(),
	manager: z.enum(['netplan', 'networkd']),
	hostName: z.string(),
	address: z.string().optional(),
	files: z.array(z.object({path: z.string(), mode: z.number(), content: z.string().nullable()})),
	/** Set at the moment the change is made. */
	until: z.number().optional(),
	/** Kubernetes has been told. */
	told: z.boolean().optional(),
});
export type Change = z.infer<typeof Change>;

type Machine = Pick<Work<NetworkRun>, 'host' | 'signal' | 'log'>;

/** Putting back what was there must not be stopped by the operation being stopped: only the engine's end does. */
const run = ({host, log}: Machine, ...argv: [string, ...string[]]) =>
	host.run({argv, deadlineMs: commandMs, onLine: log});

/** Who makes the network of this machine. */
export async function managerOf({host}: Pick<Machine, 'host'>): Promise<Result<Change['manager']>> {
	if (await host.exists('/usr/sbin/netplan')) return ok('netplan');
	const networkd = await host.run({argv: ['systemctl', 'is-active', 'systemd-networkd'], deadlineMs: commandMs});
	if (networkd.ok) return ok('networkd');
	return fail({
		code: 'network.unmanaged',
		what: 'The network of this machine is made neither by netplan nor by systemd-networkd.',
		next: 'Change it with the program that makes it; the appliance shows it as it is.',
	});
}

const isGone = async (host: Machine['host'], path: string) => !(await host.exists(path));

/** Every file the change may touch, as it is now. */
export async function remember(work: Machine, manager: Change['manager']): Promise<Result<Change['files']>> {
	const {host} = work;
	const paths = new Map<string, number>([
		[onHost.resolvers, 0o644],
		[onHost.resolved, 0o644],
		[onHost.timesyncd, 0o644],
		[onHost.k3sEnvironment, 0o600],
	]);
	if (manager === 'netplan') {
		const listed = await run(work, 'find', netplanFolder, '-maxdepth', '1', '-name', '*.yaml');
		if (!listed.ok) return listed;
		for (const path of [ourNetplan, ...listed.value.split('\n').filter(Boolean)]) paths.set(path, 0o600);
		paths.set(withoutCloudInit.path, withoutCloudInit.mode);
	} else for (const path of Object.values(networkdFiles)) paths.set(path, 0o644);
	const files: Change['files'] = [];
	for (const [path, mode] of paths) {
		if (await isGone(host, path)) {
			files.push({path, mode, content: null});
			continue;
		}
		const read = await host.readFile(path);
		if (!read.ok) return read;
		files.push({path, mode, content: read.value});
	}
	return ok(files);
}

/** What is to stand in every one of the remembered files. */
export async function wanted(work: Work<NetworkRun>, change: Change): Promise<Result<readonly WantedFile[]>> {
	const {settings} = work.input;
	const facts = lastSeen((await work.host.facts(work.signal)).network);
	const upstream = (facts?.resolvers ?? [])
		.map(one => one.address)
		.filter(address => !address.startsWith('127.') && address !== '::1' && !address.startsWith('fe80:'));
	const files: WantedFile[] = [...siteFiles(settings, upstream)];
	const had = (path: string) => change.files.find(one => one.path === path)?.content ?? undefined;
	if (had(onHost.k3sEnvironment) !== undefined || settings.httpProxy !== undefined)
		files.push({path: onHost.k3sEnvironment, mode: 0o600, content: environmentFor(settings, change)});
	if (change.manager === 'networkd') return ok([...files, ...networkdUnits(settings)]);
	const merged = await run(work, 'netplan', 'get');
	if (!merged.ok) return merged;
	files.push({path: ourNetplan, mode: 0o600, content: netplanYaml(merged.value, settings)});
	for (const {path} of change.files)
		if (path.startsWith(`${netplanFolder}/`) && path !== ourNetplan)
			files.push({path, mode: 0o600, content: undefined});
	if (await work.host.exists('/etc/cloud/cloud.cfg.d')) files.push(withoutCloudInit);
	return ok(files);
}

const environmentFor = (settings: NetworkSettings, change: Change): string =>
	k3sEnvironment(
		{noProxy: settings.noProxy, ...(settings.httpProxy !== undefined && {httpProxy: settings.httpProxy})},
		settings.address.mode === 'static' ? settings.address.address : change.address,
	);

/** Writes the files, then has everybody who reads them read them. The same way leads there and back. */
export async function bringAbout(
	work: Machine,
	manager: Change['manager'],
	files: readonly WantedFile[],
	hostName: string,
): Promise<Result<void>> {
	const {host, log, signal} = work;
	const touched = new Set<string>();
	// What goes is taken away last: a crash between leaves two files that say the same rather than none.
	for (const file of [...files].sort((a, b) => Number(a.content === undefined) - Number(b.content === undefined))) {
		const now = (await isGone(host, file.path)) ? undefined : await host.readFile(file.path);
		if (now?.ok ? now.value === file.content : file.content === undefined) continue;
		const done =
			file.content === undefined
				? await host.removeFile(file.path)
				: await host.writeFile(file.path, file.content, file.mode);
		if (!done.ok) return done;
		log(`${file.content === undefined ? 'took away' : 'wrote'} ${file.path}`);
		touched.add(file.path);
	}
	const facts = await host.facts(signal);
	if (lastSeen(facts.machine)?.hostname !== hostName) {
		const named = await run(work, 'hostnamectl', 'set-hostname', hostName);
		if (!named.ok) return named;
	}
	const commands: [string, ...string[]][] =
		manager === 'netplan'
			? [
					['netplan', 'generate'],
					['netplan', 'apply'],
				]
			: [['networkctl', 'reload']];
	if (touched.has(onHost.resolved)) commands.push(['systemctl', 'restart', 'systemd-resolved']);
	if (touched.has(onHost.timesyncd)) commands.push(['systemctl', 'try-restart', 'systemd-timesyncd']);
	for (const command of commands) {
		const done = await run(work, ...command);
		if (!done.ok) return done;
	}
	return ok(undefined);
}
