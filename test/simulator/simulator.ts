import {createHash, randomUUID} from 'node:crypto';
import {existsSync, readFileSync} from 'node:fs';
import {chmod, mkdir, readdir, readFile, writeFile} from 'node:fs/promises';
import {dirname, join} from 'node:path';
import {parse, stringify} from 'yaml';
import type {Clock} from '../../server/engine/clock.ts';
import {onHost} from '../../server/engine/paths.ts';
import type {Host} from '../../server/host/host.ts';
import {entriesOf, type LayoutEntry, LayoutIndex} from '../../server/registry/layout.ts';
import {type SampleKey, sampleKey} from '../harness/release.ts';
import {type Box, makeBox} from './box/box.ts';
import {installersNetplan} from './box/commands.ts';
import {freshMachine, type Machine, networkResolver, resolversOf} from './box/machine.ts';
import type {Surroundings} from './box/reach.ts';
import {makeServices, type Services} from './box/services.ts';
import {type Timeline, timelineClock} from './clock.ts';
import {type Conditions, type Conducts, healthyConditions, makeConducts} from './conditions.ts';
import {type Content, contentFor, signaturesIn} from './content.ts';
import type {Cluster} from './controllers/cluster.ts';
import {pullFailure} from './controllers/kubelet.ts';
import {makeContainerLogs} from './controllers/logs.ts';
import {type ControlLoop, makeControlLoop} from './controllers/loop.ts';
import {bundledImages} from './controllers/system.ts';
import {webHost, webState} from './controllers/web.ts';
import {type HostServer, serveHost} from './host-server.ts';
import {keepWorld, readKept} from './kept.ts';
import {at} from './kube/object.ts';
import {type KubeServer, serveKube} from './kube/server.ts';
import {makeStore, type Store} from './kube/store.ts';
import {makeLedger} from './ledger.ts';
import {type SimulatedRegistry, serveRegistry} from './registry.ts';

/** What a scenario can do to the world, on virtual time. */
export type Scenario = {
	readonly name: string;
	/** One line for whoever chooses. */
	readonly title: string;
	/** Runs beside everything else until done or the simulator closes. */
	readonly start: (simulator: Simulator) => Promise<void>;
};

export type Simulator = AsyncDisposable & {
	/** The machine, as the engine's Host port. */
	readonly host: Host;
	readonly clock: Clock;
	readonly timeline: Timeline;
	readonly registryUrl: string;
	readonly apiUrl: string;
	/** The Host port for another process: `connectHost(rpcSocket)`. */
	readonly rpcSocket: string;
	readonly root: string;
	readonly box: Box;
	readonly store: Store;
	readonly kube: KubeServer;
	readonly registry: SimulatedRegistry;
	readonly conditions: Conditions;
	readonly conducts: Conducts;
	readonly services: Services;
	/** Releases that were published, oldest first. */
	readonly releases: () => readonly Content[];
	/** Publishes a release's artifacts; the registry and Flux know it from then on. */
	readonly publish: (content: Content) => void;
	/** The publisher's key, which the box trusts. */
	readonly key: SampleKey;
	/** Helm actions that are to fail, by release. */
	readonly helmTrouble: Cluster['helmTrouble'];
	/** What happened in the world, newest last. */
	readonly log: (line: string) => void;
	readonly lines: () => readonly string[];
	/** Resolves when the virtual clock is `ms` after the start. */
	readonly at: (ms: number) => Promise<void>;
	/** Resolves when something is so, looked at every virtual second. */
	readonly until: (isSo: () => boolean) => Promise<void>;
	/** The controllers rest and the clock becomes the wall's: for those who measure what one change costs. */
	readonly standStill: () => void;
	readonly signal: AbortSignal;
	readonly close: () => Promise<void>;
};

export type Options = {
	readonly scenario: Scenario;
	readonly speed: number;
	/** Folder for the box's files and the socket. */
	readonly root: string;
	readonly seed?: number;
	/** File in which the world outlives its process; one that comes again finds its machine just switched on. */
	readonly kept?: string;
	/** Virtual time at the start; the wall's when absent. */
	readonly start?: number;
	/** Releases in the registry; the product's sample when absent. */
	readonly content?: (key: SampleKey) => Promise<readonly Content[]>;
};

/** Log lines kept. */
const keptLines = 1000;
/** k3s after its process started: kubeconfig, then the API. */
const kubeconfigMs = 6000;
const apiMs = 14_000;

/** Starts the whole world: box, cluster, registry, and a scenario that acts on them. */
export async function startSimulator(options: Options): Promise<Simulator> {
	const {root, speed, scenario} = options;
	const kept = options.kept === undefined ? undefined : readKept(options.kept);
	const timeline = {
		start: Math.max(options.start ?? Date.now(), kept?.now ?? 0),
		epoch: Date.now(),
		speed,
	};
	const clock = timelineClock(timeline);
	const stop = new AbortController();
	const {signal} = stop;
	// Another sequence after a restart, or new pods would get the names of those that are there.
	const random = seeded((options.seed ?? 1) + (kept?.revision ?? 0));
	const conditions = healthyConditions();
	const conducts = makeConducts();
	const ledger = makeLedger();
	const registry = await serveRegistry();
	const store = makeStore(clock, randomUUID);
	const logs = makeContainerLogs(clock, root);
	const machine: Machine = {
		...(kept?.machine ?? freshMachine(randomUUID(), clock.now())),
		...(kept && {power: 'on', bootedAt: clock.now(), bootId: randomUUID()}),
	};
	const releases = new Map<string, Content>();
	const key = kept?.key ?? sampleKey();
	const binaries = new Map<string, string>();
	const lines: string[] = [];
	let version = 'v0.0.0';
	/** As containerd was told when k3s was started last. */
	let mirrored: readonly string[] = [];

	const log = (line: string) => {
		lines.push(`${new Date(clock.now()).toISOString().slice(11, 19)} ${line}`);
		if (lines.length > keptLines) lines.shift();
	};
	if (kept !== undefined) store.restore(kept.objects, kept.revision);
	const kube = await serveKube({
		store,
		now: clock.now,
		version: () => version,
		logs,
		recorded: ({verb, kind, namespace, name, changed}) => {
			ledger.note({
				at: clock.now(),
				kind: 'cluster',
				what: `${verb} ${kind} ${namespace === undefined ? '' : `${namespace}/`}${name}`,
				changed,
			});
			// What the API has acknowledged is in etcd.
			if (changed) keeping?.write();
		},
	});
	const cluster: Cluster = {
		store,
		clock,
		conditions,
		conducts,
		logs,
		images: new Set(kept?.images),
		random,
		chatterMs: Math.max(25_000, speed * 1000),
		releaseOf: digest => releases.get(digest)?.manifest,
		bundleOf: digest => releases.get(digest)?.bundle ?? new Map(),
		helmTrouble: new Map(),
		pull: {pod: undefined},
		resolves: () => conditions.dns === 'answers' || resolversOf(machine)[0] !== networkResolver,
		inRegistry: registry.holds,
		mirror: {
			serves: host => mirrored.includes(host),
			holds: (repository, reference) =>
				bundled(root).some(one => one.repository === repository && [one.reference, one.digest].includes(reference)),
		},
		signaturesOf: (repository, digest) =>
			[...releases.values()].flatMap(({artifacts}) => signaturesIn(artifacts, repository, digest)),
		data: {seeded: kept?.seeded ?? false},
		node: {name: () => machine.hostname, address: () => machine.network.address, version: () => version},
	};
	const loop: ControlLoop = makeControlLoop(cluster, speed, kept?.runs);

	const services = makeServices(
		root,
		clock,
		{
			versionOf: binary => binaries.get(sha256(binary)),
			start: async started => {
				version = started;
				mirrored = await mirroredHosts(root);
				if ((await readdir(join(root, onHost.k3sImages)).catch(() => [])).length > 0)
					for (const image of bundledImages) cluster.images.add(image);
				await clock.sleep(kubeconfigMs, signal);
				await writeKubeconfig(root, kube.url);
				await clock.sleep(apiMs - kubeconfigMs, signal);
				kube.set('serves');
				loop.resume();
				log(`the Kubernetes API answers (k3s ${version})`);
			},
			stop: () => {
				kube.set('refuses');
				loop.pause();
				log('Kubernetes stopped');
			},
		},
		kept?.units,
	);
	const surroundings: Surroundings = {
		machine,
		world: conditions,
		clock,
		web: {
			state: () => (machine.power === 'on' && services.active('k3s') ? webState(cluster) : 'absent'),
			host: () => webHost(cluster),
		},
	};
	const box = makeBox(
		{
			root,
			machine,
			services,
			clock,
			images: cluster.images,
			pullFailure: image => pullFailure(cluster, image),
		},
		surroundings,
		ledger,
		loop.reboot,
	);
	const rpcSocket = join(root, 'simulator.sock');
	const rpc: HostServer = await serveHost(rpcSocket, box.host, {ledger: box.ledger, lines: () => lines});

	const publish = (content: Content) => {
		const {manifest} = content;
		for (const artifact of content.artifacts) registry.publish(artifact);
		for (const binary of content.binaries) binaries.set(sha256(binary), manifest.k3s.version);
		releases.set(manifest.config.digest, content);
		log(`release ${manifest.version} is in the registry`);
	};
	for (const content of await (options.content?.(key) ?? firstRelease(key))) publish(content);
	if (kept === undefined) await writeSite(root, registry.url, key);

	const until = async (isSo: () => boolean) => {
		while (!isSo()) await clock.sleep(1000, signal);
	};
	const keeping =
		options.kept === undefined
			? undefined
			: keepWorld(options.kept, () => ({
					now: clock.now(),
					key,
					machine,
					units: services.units(),
					images: [...cluster.images],
					seeded: cluster.data.seeded,
					objects: store.all(),
					revision: store.revision(),
					runs: loop.runs(),
				}));
	const close = async () => {
		keeping?.[Symbol.dispose]();
		stop.abort(new Error('the simulator is closed'));
		loop.pause();
		await Promise.all([loop.ended, rpc.close(), kube.close(), registry.close()]);
	};
	const simulator: Simulator = {
		host: box.host,
		clock,
		timeline,
		registryUrl: registry.url,
		apiUrl: kube.url,
		rpcSocket,
		root,
		box,
		store,
		kube,
		registry: {...registry, set: state => applyRegistry(state)},
		conditions,
		conducts,
		services,
		releases: () => [...releases.values()],
		publish,
		key,
		helmTrouble: cluster.helmTrouble,
		log,
		lines: () => [...lines],
		at: async ms => {
			const left = timeline.start + ms - clock.now();
			if (left > 0) await clock.sleep(left, signal);
		},
		until,
		standStill: () => {
			loop.pause();
			Object.assign(timeline, {start: Date.now(), epoch: Date.now(), speed: 1});
		},
		signal,
		close,
		[Symbol.asyncDispose]: close,
	};
	const applyRegistry = (state: 'serves' | 'unreachable') => {
		conditions.registry = state;
		registry.set(state);
		log(`the registry is ${state === 'serves' ? 'reachable' : 'not reachable'}`);
	};
	loop.start(signal);
	if (kept !== undefined) {
		services.powerOff();
		loop.reboot();
		void services.boot();
	}
	scenario.start(simulator).catch((error: unknown) => {
		if (!signal.aborted) throw error;
	});
	return simulator;
}

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

const firstRelease = async (key: SampleKey) => [await contentFor('1.4.2', key)];

/** The hosts that k3s's registries.yaml sends to the node's own mirror. */
async function mirroredHosts(root: string): Promise<readonly string[]> {
	const text = await readFile(join(root, onHost.k3sRegistries), 'utf8').catch(() => '{}');
	const mirrors = at(parse(text), 'mirrors');
	return Object.entries(Object(mirrors)).flatMap(([host, mirror]) =>
		String(at(mirror, 'endpoint')).startsWith('http://127.0.0.1:') ? [host] : [],
	);
}

/** What the bundles that were imported hold. */
function bundled(root: string): readonly LayoutEntry[] {
	const index = join(root, 'var/lib/alga-appliance/bundles/layout/index.json');
	return existsSync(index) ? entriesOf(LayoutIndex.parse(JSON.parse(readFileSync(index, 'utf8')))) : [];
}

/** What a box holds before setup: the publisher's key, and where the site's registry mirror is. */
async function writeSite(root: string, registryUrl: string, key: SampleKey): Promise<void> {
	const folder = join(root, 'etc/alga-appliance');
	for (const one of ['etc/netplan', 'usr/sbin']) await mkdir(join(root, one), {recursive: true});
	await writeFile(join(root, 'usr/sbin/netplan'), '');
	await writeFile(join(root, 'etc/netplan/50-cloud-init.yaml'), installersNetplan, {mode: 0o600});
	await mkdir(join(folder, 'trust'), {recursive: true});
	await writeFile(join(folder, 'trust', `${key.name}.pub`), key.publicPem);
	await writeFile(
		join(folder, 'appliance.json'),
		`${JSON.stringify({mirrors: {'ghcr.io': registryUrl}}, undefined, 2)}\n`,
	);
}

/** Random numbers that are the same every time (mulberry32). */
function seeded(seed: number): () => number {
	let state = seed >>> 0;
	return () => {
		state = (state + 0x6d2b79f5) >>> 0;
		let mixed = Math.imul(state ^ (state >>> 15), state | 1);
		mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
		return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
	};
}

/** Access to the cluster, as k3s leaves it for root. */
async function writeKubeconfig(root: string, server: string): Promise<void> {
	const path = join(root, onHost.kubeconfig);
	await mkdir(dirname(path), {recursive: true});
	const named = {name: 'default'};
	await writeFile(
		path,
		stringify({
			apiVersion: 'v1',
			kind: 'Config',
			clusters: [{...named, cluster: {server}}],
			users: [{...named, user: {token: randomUUID()}}],
			contexts: [{...named, context: {cluster: 'default', user: 'default'}}],
			'current-context': 'default',
		}),
		{mode: 0o600},
	);
	await chmod(path, 0o600);
}
