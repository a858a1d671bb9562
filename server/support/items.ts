import type {Fact} from '../../shared/facts/fact.ts';
import {ok, type Result} from '../../shared/problem.ts';
import {onHost} from '../engine/paths.ts';
import type {Host} from '../host/host.ts';
import type {Logs} from '../logs/logs.ts';
import type {Records} from '../operations/step.ts';
import type {Evidence} from './evidence.ts';
import {logItems} from './log-items.ts';
import {timeline} from './timeline.ts';

/** What a collector may look at. */
export type Sources = {
	readonly host: Host;
	readonly logs: Logs;
	readonly records: Records;
	readonly evidence: Evidence;
};

/** One file of the bundle and how it is had. It fails alone; its text is redacted by whoever writes it. */
export type Item = {
	/** Path in the archive. */
	readonly file: string;
	readonly title: string;
	readonly deadlineMs: number;
	/** Where the text comes from on the machine, when that says what it is. */
	readonly from?: string;
	readonly collect: (sources: Sources, signal: AbortSignal) => Promise<Result<string>>;
};

const json = (value: unknown): string => `${JSON.stringify(value, undefined, 2)}\n`;
const commandMs = 10_000;

const told = (file: string, title: string, tell: (sources: Sources) => unknown): Item => ({
	file,
	title,
	deadlineMs: 5000,
	collect: async sources => ok(json(tell(sources))),
});

/** What a command says. One that fails tells why: that is evidence too. */
const command = (file: string, title: string, ...argv: readonly [string, ...string[]]): Item => ({
	file,
	title,
	deadlineMs: commandMs,
	collect: ({host}, signal) => host.run({argv, deadlineMs: commandMs, signal}),
});

const copy = (path: string, title: string): Item => ({
	file: `machine/files${path}`,
	title,
	deadlineMs: 5000,
	from: path,
	collect: ({host}) => host.readFile(path),
});

/** A kind as the watch cache last saw it, with its age: it is there while Kubernetes is not. */
const cached = (file: string, title: string, fact: (evidence: Evidence) => Fact<unknown>): Item =>
	told(`kubernetes/${file}.json`, title, ({evidence}) => fact(evidence));

const own: readonly Item[] = [
	told('appliance/status.json', 'Status document', ({evidence}) => evidence.status),
	told('appliance/view.json', 'Everything the screens show', ({evidence: {view}}) => ({
		...view,
		access: {state: view.access.state},
	})),
	told('appliance/facts.json', 'Everything the judgement was made from', ({evidence}) => evidence.question),
	told('appliance/operations.json', 'Operations with every step', ({evidence}) =>
		evidence.operations.map(({steps, ...one}) => ({...one, steps: Object.fromEntries(steps)})),
	),
	told('appliance/activity.json', 'What happened, by time', ({evidence}) =>
		evidence.activities.map(({at, ...one}) => ({at: new Date(at).toISOString(), ...one})),
	),
	told('appliance/release.json', 'Releases: installed, previous, available', ({records}) => ({
		current: records.get('release.current'),
		previous: records.get('release.previous'),
		target: records.get('release.target'),
		available: records.get('release.available'),
		history: records.get('release.history'),
		planned: records.get('update.schedule'),
	})),
	told('appliance/settings.json', 'Settings without secrets', ({records, evidence}) => ({
		answers: records.get('setup.answers'),
		network: evidence.view.network.settings,
	})),
];

const machine: readonly Item[] = [
	{
		file: 'machine/facts.json',
		title: 'The machine as the engine sees it now',
		deadlineMs: 15_000,
		collect: async ({host}, signal) => ok(json(await host.facts(signal))),
	},
	told('machine/probes.json', 'Name lookup, registry and login page, as probed', ({evidence}) => evidence.host.probes),
	command('machine/uname.txt', 'Kernel', 'uname', '-a'),
	command('machine/uptime.txt', 'Load', 'uptime'),
	command('machine/df.txt', 'Disk space', 'df', '-h'),
	command('machine/df-inodes.txt', 'Disk inodes', 'df', '-i'),
	command('machine/lsblk.txt', 'Block devices', 'lsblk', '-o', 'NAME,SIZE,TYPE,FSTYPE,MOUNTPOINTS,MODEL'),
	command('machine/free.txt', 'Memory', 'free', '-m'),
	// Without arguments: those of other programs are not ours to tell.
	command('machine/processes.txt', 'Processes', 'ps', '-eo', 'pid,ppid,user,stat,pcpu,rss,etime,comm', '--sort=-rss'),
	command('machine/failed-units.txt', 'Failed services', 'systemctl', '--failed', '--no-pager'),
	command('machine/k3s-unit.txt', 'Service k3s', 'systemctl', 'status', 'k3s', '--no-pager', '--lines=0'),
	command('machine/time.txt', 'Time', 'timedatectl'),
	command('machine/boots.txt', 'Restarts of the machine', 'journalctl', '--list-boots', '--no-pager'),
	command('network/addresses.txt', 'Addresses', 'ip', 'addr'),
	command('network/routes.txt', 'Routes', 'ip', 'route'),
	command('network/resolvers.txt', 'Name servers', 'resolvectl', 'status', '--no-pager'),
	command('network/links.txt', 'Links', 'networkctl', 'list', '--no-pager'),
	command('network/listening.txt', 'Listening ports', 'ss', '-Htulnp'),
	copy('/etc/os-release', 'Ubuntu version'),
	copy('/etc/hosts', 'Own names'),
	copy('/etc/resolv.conf', 'Name lookup of programs'),
	copy('/etc/alga-appliance/appliance.json', 'Settings of the site'),
	copy(onHost.setup, 'Answers of setup'),
	copy(onHost.resolvers, 'Name servers for Kubernetes'),
	copy(onHost.k3sConfig, 'k3s settings'),
	copy(onHost.k3sRegistries, 'k3s registries'),
];

const kubernetes: readonly Item[] = [
	cached('api', 'Kubernetes version and answer time', ({cluster}) => cluster.api),
	cached('nodes', 'Nodes', ({cluster}) => cluster.nodes),
	cached('pods', 'Pods', ({cluster}) => cluster.pods),
	cached('workloads', 'Deployments, stateful sets, daemon sets', ({cluster}) => cluster.workloads),
	cached('jobs', 'Jobs', ({cluster}) => cluster.jobs),
	cached('volume-claims', 'Volume claims', ({cluster}) => cluster.claims),
	cached('storage-classes', 'Storage classes', ({cluster}) => cluster.storageClasses),
	cached('flux', 'Flux and Helm conditions', ({cluster}) => cluster.flux),
	cached('events', 'Events', ({cluster}) => cluster.events),
	cached('secrets-without-values', 'Secrets: names and names of keys', ({cluster}) => cluster.secrets),
	command('kubernetes/k3s-version.txt', 'k3s version', onHost.k3sBinary, '--version'),
	command('kubernetes/containers.txt', 'Containers, as the node knows them', onHost.k3sBinary, 'crictl', 'ps', '-a'),
	command('kubernetes/images.txt', 'Images on the node', onHost.k3sBinary, 'crictl', 'images'),
	command(
		'kubernetes/objects.txt',
		'Objects, as kubectl lists them',
		onHost.k3sBinary,
		'kubectl',
		'get',
		'all,pvc,pv,ocirepositories,kustomizations,helmreleases',
		'-A',
		'-o',
		'wide',
		'--request-timeout=8s',
	),
	command(
		'kubernetes/nodes.txt',
		'Nodes, described',
		onHost.k3sBinary,
		'kubectl',
		'describe',
		'nodes',
		'--request-timeout=8s',
	),
];

/** Everything a bundle tries to hold, the most telling first: a bundle that runs out of time has those. */
export const itemsFor = (sources: Sources): readonly Item[] => [
	...own,
	timeline,
	...machine,
	...kubernetes,
	...logItems(sources),
];
