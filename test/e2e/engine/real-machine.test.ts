import assert from 'node:assert/strict';
import {spawn} from 'node:child_process';
import {createHash} from 'node:crypto';
import {once} from 'node:events';
import {
	existsSync,
	lstatSync,
	mkdirSync,
	mkdtempSync,
	readdirSync,
	readFileSync,
	readlinkSync,
	rmSync,
	statfsSync,
	symlinkSync,
	writeFileSync,
} from 'node:fs';
import {arch, availableParallelism, hostname, release as kernelRelease, networkInterfaces, tmpdir} from 'node:os';
import {join} from 'node:path';
import {suite, test} from 'node:test';
import {execa} from 'execa';
import {onHost} from '../../../server/engine/paths.ts';
import {linuxHost} from '../../../server/host/linux.ts';
import {diskOf} from '../../../server/operations/preflight/machine.ts';
import {type Client, makeClient} from '../../../shared/api/client.ts';
import type {Fact} from '../../../shared/facts/fact.ts';
import {bytes} from '../../../shared/format.ts';
import type {View} from '../../../shared/view/view.ts';
import {answers, picture} from '../../harness/appliance.ts';
import {registryMissing, skopeoMissing, startDockerRegistry} from '../../harness/registry.ts';
import {digestOf, type SampleArtifact, type SampleKey, sampleKey, sampleRelease} from '../../harness/release.ts';
import {ask} from './sockets.ts';

const main = join(import.meta.dirname, '../../../server/engine/main.ts');
/** No machine has this, so that on none of them setup can come to the step that changes something. */
const impossible = {cpuCores: 4096, memoryBytes: 2 ** 50, diskBytes: 2 ** 52};
const nowhere = 'downloads.alga-appliance.invalid';

/** An artifact as an OCI layout, which any client of the format can read (OCI image specification, "image-layout"). */
function writeLayout(folder: string, {manifest, blobs, tags}: SampleArtifact): void {
	const store = join(folder, 'blobs/sha256');
	mkdirSync(store, {recursive: true});
	for (const blob of [manifest.body, ...blobs]) writeFileSync(join(store, digestOf(blob).slice(7)), blob);
	writeFileSync(join(folder, 'oci-layout'), JSON.stringify({imageLayoutVersion: '1.0.0'}));
	const of = {mediaType: manifest.mediaType, digest: digestOf(manifest.body), size: manifest.body.byteLength};
	writeFileSync(
		join(folder, 'index.json'),
		JSON.stringify({
			schemaVersion: 2,
			manifests: tags.map(tag => ({...of, annotations: {'org.opencontainers.image.ref.name': tag}})),
		}),
	);
}

async function pushWithSkopeo(host: string, folder: string, artifacts: readonly SampleArtifact[]): Promise<void> {
	for (const [index, artifact] of artifacts.entries()) {
		const layout = join(folder, String(index));
		writeLayout(layout, artifact);
		for (const tag of artifact.tags)
			await execa(
				'skopeo',
				[
					'--insecure-policy',
					'copy',
					'--preserve-digests',
					'--dest-tls-verify=false',
					`oci:${layout}:${tag}`,
					`docker://${host}/${artifact.repository}:${tag}`,
				],
				{timeout: 30_000},
			);
	}
}

type RealEngine = AsyncDisposable & {
	readonly root: string;
	readonly call: Client;
	readonly view: () => Promise<View>;
	/** The operation's end, whatever it is. */
	readonly ended: (id: string) => Promise<View>;
};

/** The engine as it ships, on this machine; only its own files are below a root of their own. */
async function startOnThisMachine(registry: string, key: SampleKey): Promise<RealEngine> {
	const root = mkdtempSync(join(tmpdir(), 'alga-real-'));
	const intent = join(root, 'etc/alga-appliance');
	mkdirSync(join(intent, 'trust'), {recursive: true});
	writeFileSync(join(intent, 'trust', `${key.name}.pub`), key.publicPem);
	writeFileSync(join(intent, 'appliance.json'), JSON.stringify({mirrors: {'ghcr.io': `http://${registry}`}}));
	// What the machine's own name service is told, seen through the root.
	symlinkSync('/etc/resolv.conf', join(root, 'etc/resolv.conf'));
	if (existsSync('/run/systemd/resolve')) {
		mkdirSync(join(root, 'run/systemd'), {recursive: true});
		symlinkSync('/run/systemd/resolve', join(root, 'run/systemd/resolve'));
	}
	let complaints = '';
	const engine = spawn(process.execPath, [main], {
		stdio: ['ignore', 'ignore', 'pipe'],
		env: {PATH: process.env.PATH, ALGA_APPLIANCE_ROOT: root},
	});
	engine.stderr.on('data', (text: Buffer) => {
		complaints = (complaints + text.toString()).slice(-20_000);
	});
	const kill = () => engine.kill('SIGKILL');
	process.on('exit', kill);
	const socket = join(root, 'run/alga-appliance/engine.sock');
	const call = makeClient(async ({method, path, body}) => {
		const answer = await ask(socket, method, path, body);
		return {status: answer.status, body: answer.text};
	});
	const view = async () => {
		const got = await call('view', {}, AbortSignal.timeout(10_000));
		if (!got.ok) throw new Error(`${got.problem.what}\n${complaints}`);
		return got.value.view;
	};
	const wait = async <T>(what: string, look: () => Promise<T | undefined>, ms: number): Promise<T> => {
		const end = performance.now() + ms;
		while (performance.now() < end) {
			const found = await look();
			if (found !== undefined) return found;
			await new Promise(resolve => setTimeout(resolve, 50));
		}
		throw new Error(`did not come within ${ms} ms: ${what}\n${complaints}`);
	};
	await wait(
		'an answering engine',
		async () => {
			if (engine.exitCode !== null) throw new Error(`the engine ended\n${complaints}`);
			return existsSync(socket) ? ask(socket, 'GET', '/api/status').catch(() => undefined) : undefined;
		},
		20_000,
	);
	return {
		root,
		call,
		view,
		ended: id =>
			wait(
				`the end of ${id}`,
				async () => {
					const seen = await view();
					return seen.operation?.id === id && seen.operation.state !== 'running' ? seen : undefined;
				},
				90_000,
			),
		[Symbol.asyncDispose]: async () => {
			if (engine.exitCode === null && engine.signalCode === null) {
				const late = setTimeout(kill, 5000);
				engine.kill('SIGTERM');
				await once(engine, 'exit');
				clearTimeout(late);
			}
			process.off('exit', kill);
			rmSync(root, {recursive: true, force: true});
		},
	};
}

/** Path, kind, mode and content of everything that setup would change on a machine. */
function machineState(): ReadonlyMap<string, string> {
	const state = new Map<string, string>();
	for (const folder of ['/etc', '/usr/local/bin', '/usr/lib/systemd/system'])
		for (const entry of existsSync(folder) ? readdirSync(folder, {recursive: true, withFileTypes: true}) : []) {
			const path = join(entry.parentPath, entry.name);
			const {mode} = lstatSync(path);
			const content = entry.isSymbolicLink() ? readlinkSync(path) : entry.isFile() ? digestOf(readFileSync(path)) : '';
			state.set(path, `${mode.toString(8)} ${content}`);
		}
	for (const path of [
		'/var/lib/rancher',
		'/var/lib/alga-appliance',
		'/run/alga-appliance',
		'/run/k3s',
		...Object.values(onHost),
	])
		state.set(path, `${state.get(path) ?? ''} ${existsSync(path) ? 'there' : 'not there'}`);
	return state;
}

const changed = (before: ReadonlyMap<string, string>, after: ReadonlyMap<string, string>) =>
	[...new Set([...before.keys(), ...after.keys()])].filter(path => before.get(path) !== after.get(path));

function factOf<T>(fact: Fact<T>): T {
	return fact.state === 'known' ? fact.value : assert.fail(JSON.stringify(fact));
}

test('the Linux port tells the facts of this machine as the kernel tells them', async () => {
	const facts = await linuxHost('/').facts(AbortSignal.timeout(20_000));
	const machine = factOf(facts.machine);
	assert.equal(machine.hostname, hostname());
	assert.equal(machine.kernel, kernelRelease());
	assert.equal(machine.cpuCores, availableParallelism());
	assert.equal(machine.architecture, arch() === 'x64' ? 'amd64' : 'arm64');
	assert.equal(machine.bootId, readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim());

	const kilobytes = /MemTotal:\s+(\d+) kB/.exec(readFileSync('/proc/meminfo', 'utf8'))?.[1];
	assert.equal(factOf(facts.memory).totalBytes, Number(kilobytes) * 1024);

	const disk = diskOf('/var/lib/rancher', factOf(facts.disks));
	assert.ok(disk, 'a file system holds /var/lib/rancher');
	const real = statfsSync(disk.path);
	assert.equal(disk.sizeBytes, real.blocks * real.bsize);
	assert.ok(Math.abs(disk.freeBytes - real.bavail * real.bsize) < disk.sizeBytes / 20, 'free space');

	const network = factOf(facts.network);
	const told = network.links.flatMap(link => link.addresses.map(({address}) => `${link.name} ${address}`)).sort();
	const kernel = Object.entries(networkInterfaces()).flatMap(([name, list = []]) =>
		list.map(({address}) => `${name} ${address}`),
	);
	assert.deepEqual(
		kernel.filter(one => !told.includes(one)),
		[],
		`told: ${told.join(', ')}`,
	);
	if (!existsSync('/run/systemd/resolve/resolv.conf'))
		assert.deepEqual(
			network.resolvers.map(one => one.address),
			[...readFileSync('/etc/resolv.conf', 'utf8').matchAll(/^nameserver\s+(\S+)/gm)].map(([, address]) => address),
		);
	// A machine without a running systemd cannot tell of its clock; then it says so rather than guess.
	if (facts.clock.state === 'unknown') assert.match(facts.clock.why, /timedatectl/);
});

suite('the engine on this machine, a real registry beside it', {skip: registryMissing || skopeoMissing}, () => {
	test('checks and setup resolve a pushed release, say in words why this machine will not do, and change nothing', async () => {
		const key = sampleKey();
		await using registry = await startDockerRegistry();
		const sample = await sampleRelease('3.1.4', key, {
			requirements: impossible,
			hosts: [{host: nowhere, port: 443, purpose: 'image downloads'}],
		});
		await pushWithSkopeo(registry.host, join(registry.folder, 'layouts'), sample.artifacts);
		const before = machineState();
		await using engine = await startOnThisMachine(registry.host, key);

		for (const kind of ['preflight', 'setup'] as const) {
			const started = await engine.call(
				'start',
				{body: {kind, input: {values: {...answers}}}},
				AbortSignal.timeout(10_000),
			);
			assert.ok(started.ok, started.ok ? '' : started.problem.what);
			const view = await engine.ended(started.value.id);
			const found = new Map(view.checks.map(one => [one.id, one]));
			const row = (id: string) =>
				`${found.get(id)?.result} | ${found.get(id)?.found} | ${found.get(id)?.problem?.what}`;
			const all = `${picture(view)}\n${[...found.keys()].map(row).join('\n')}`;

			assert.match(row('release'), /^ok \| 3\.1\.4, signed by alga-test/, all);
			assert.match(row('registry'), /^ok \| ghcr\.io in \d+ ms/, all);
			assert.ok(row('cpu').startsWith(`fails | ${availableParallelism()} core`), all);
			assert.match(row('cpu'), /has \d+ cores; 4096 are needed/, all);
			const kilobytes = Number(/MemTotal:\s+(\d+) kB/.exec(readFileSync('/proc/meminfo', 'utf8'))?.[1]);
			assert.ok(row('memory').startsWith(`fails | ${bytes(kilobytes * 1024)} |`), all);
			assert.match(row('disk'), /^fails \| .+ free on \/.* has .+ free; .+ are needed/, all);
			// The one registry that the release names is mirrored here by its address.
			assert.match(row('dns'), /^skipped \| not needed: releases come from a mirror/, all);
			assert.match(row('downloads'), /^skipped \| not needed/, all);
			for (const check of found.values()) {
				assert.ok(['ok', 'warns', 'fails', 'unknown', 'skipped'].includes(check.result), `${check.id} ${check.result}`);
				if (check.result === 'fails') assert.ok(check.problem?.next, `${check.id} says what to do`);
			}

			assert.equal(view.operation?.state, 'failed', all);
			assert.match(view.operation?.problem?.next ?? '', /Nothing has been changed on this machine\./);
			assert.deepEqual(
				view.operation?.steps.filter(step => step.state !== 'waiting').map(step => step.id),
				['preflight'],
			);
			assert.deepEqual(
				view.tiers.filter(tier => tier.ready).map(tier => tier.id),
				[],
				'nothing is installed, so nothing is ready',
			);
			assert.equal(view.identity.hostname, hostname());
			const own = Object.values(networkInterfaces()).flatMap(list => list?.filter(one => !one.internal) ?? []);
			if (own.length > 0)
				assert.ok(
					own.some(one => view.identity.address.includes(one.address)),
					view.identity.address,
				);
			const log = await engine.call(
				'logs',
				{params: {source: `operation:${started.value.id}`}, query: {}},
				AbortSignal.timeout(10_000),
			);
			assert.match(log.ok ? log.value.lines.map(line => line.text).join('\n') : log.problem.what, /fails +Processor/);
		}
		const hash = createHash('sha256')
			.update(JSON.stringify([...before]))
			.digest('hex');
		assert.deepEqual(changed(before, machineState()), [], `state before: ${before.size} entries, ${hash}`);
	});
});
