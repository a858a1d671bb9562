import {lastSeen} from '../../../shared/facts/fact.ts';
import type {HostFacts} from '../../../shared/facts/host.ts';
import {bytes} from '../../../shared/format.ts';
import {primaryAddress} from '../../../shared/network/primary.ts';
import {fail, ok, type Result} from '../../../shared/problem.ts';
import {releaseRepository} from '../../../shared/release/manifest.ts';
import {deadline} from '../../engine/clock.ts';
import {onHost} from '../../engine/paths.ts';
import {registriesFor, registriesMark} from '../../registry/mirror.ts';
import type {Step, Work} from '../step.ts';
import type {SetupRun} from './input.ts';
import {k3sConfig, k3sEnvironment, k3sUnit} from './k3s-files.ts';
import {targetRelease} from './release.ts';

const commandMs = 30_000;
/** k3s makes certificates, starts etcd and unpacks itself on first start. */
const startMs = 300_000;
const readyDeadlineMs = 600_000;

type Architecture = 'amd64' | 'arm64';

function architectureOf(facts: HostFacts): Result<Architecture> {
	const architecture = lastSeen(facts.machine)?.architecture;
	if (architecture === 'amd64' || architecture === 'arm64') return ok(architecture);
	return fail({
		code: 'platform.unsupported',
		what: 'The processor of this machine is not known or not supported.',
		next: 'Run the checks again.',
	});
}

type Wanted = {readonly path: string; readonly content: string; readonly mode: number};

/** Where containerd fetches instead. Without mirrors there is no such file, and one that somebody else wrote stays. */
export async function registriesFile({host, site}: Pick<Work<SetupRun>, 'host' | 'site'>): Promise<readonly Wanted[]> {
	const mirrors = site.mirrors();
	const present = await host.readFile(onHost.k3sRegistries);
	const isOurs = present.ok && present.value.startsWith(registriesMark);
	if (Object.keys(mirrors).length === 0 && !isOurs) return [];
	return [{path: onHost.k3sRegistries, mode: 0o600, content: registriesFor(mirrors, site.ca?.file)}];
}

async function wantedFiles(work: Work<SetupRun>): Promise<readonly Wanted[]> {
	const {host, input, signal} = work;
	const facts = await host.facts(signal);
	const nodeName = lastSeen(facts.machine)?.hostname ?? 'alga';
	const appHost = input.answers.appUrl === undefined ? [] : [new URL(input.answers.appUrl).hostname];
	return [
		{path: onHost.k3sConfig, mode: 0o600, content: k3sConfig(nodeName, await host.exists(onHost.resolvers), appHost)},
		{
			path: onHost.k3sEnvironment,
			mode: 0o600,
			content: k3sEnvironment(input.answers, primaryAddress(lastSeen(facts.network))?.address),
		},
		{path: onHost.k3sUnit, mode: 0o644, content: k3sUnit},
		...(await registriesFile(work)),
	];
}

async function outdated(work: Work<SetupRun>): Promise<readonly Wanted[]> {
	const present = await Promise.all(
		(await wantedFiles(work)).map(async file => ({file, now: await work.host.readFile(file.path)})),
	);
	return present.filter(({file, now}) => !now.ok || now.value !== file.content).map(({file}) => file);
}

/** The version of the binary in place, or undefined when there is none that runs. */
async function installedVersion({host, signal}: Work<SetupRun>): Promise<string | undefined> {
	if (!(await host.exists(onHost.k3sBinary))) return undefined;
	const answer = await host.run({argv: [onHost.k3sBinary, '--version'], deadlineMs: commandMs, signal});
	return answer.ok ? /k3s version (\S+)/.exec(answer.value)?.[1] : undefined;
}

/** Kubernetes as a pinned, checksummed binary with our unit and configuration (DESIGN D4, D5). */
export const installK3s: Step<SetupRun> = {
	id: 'k3s',
	title: 'Kubernetes installed',
	phase: 'k3s',
	usualMs: [90_000, 240_000],
	effect: 'changes',
	check: async work => {
		const target = targetRelease(work.records);
		if (!target.ok) return target;
		if ((await installedVersion(work)) !== target.value.manifest.k3s.version || (await outdated(work)).length > 0)
			return ok(false);
		const ready = await work.cluster.ready(AbortSignal.any([work.signal, AbortSignal.timeout(5000)]));
		return ok(ready.ok);
	},
	run: install,
	// A young API still drops a connection now and then: one that is lost is no reason to stop.
	verify: work => waitForApi(work),
};

async function install(work: Work<SetupRun>): Promise<Result<void>> {
	const {host, records, signal, log, registry, input} = work;
	const target = targetRelease(records);
	if (!target.ok) return target;
	const {k3s} = target.value.manifest;
	const architecture = architectureOf(await host.facts(signal));
	if (!architecture.ok) return architecture;
	const source = registry(input.answers);
	const fetchBlob = async (blob: {digest: string; size: number}, what: string) => {
		work.detail(`downloading ${what}, ${bytes(blob.size)}`);
		return source.download({repository: releaseRepository, ...blob}, work.bytes, signal);
	};

	if ((await installedVersion(work)) !== k3s.version) {
		const blob = k3s.binary[architecture.value];
		if (blob === undefined)
			return fail({
				code: 'platform.unsupported',
				what: `Release ${target.value.manifest.version} has no Kubernetes for ${architecture.value}.`,
				next: 'Choose another release.',
			});
		const file = await fetchBlob(blob, `k3s ${k3s.version}`);
		if (!file.ok) return file;
		const placed = await host.placeFile(file.value, onHost.k3sBinary, 0o755);
		if (!placed.ok) return placed;
		log(`placed k3s ${k3s.version} (${blob.digest})`);
	}
	const images = k3s.airgapImages?.[architecture.value];
	if (images !== undefined) {
		const file = await fetchBlob(images, 'the images of Kubernetes itself');
		if (!file.ok) return file;
		const placed = await host.placeFile(
			file.value,
			`${onHost.k3sImages}/k3s-airgap-images-${architecture.value}.tar.zst`,
			0o644,
		);
		if (!placed.ok) return placed;
	}
	for (const file of await outdated(work)) {
		const written = await host.writeFile(file.path, file.content, file.mode);
		if (!written.ok) return written;
		log(`wrote ${file.path}`);
	}
	return startK3s(work);
}

/** Starts it anew; pods that run go on. Resolves when its API answers. */
export async function startK3s(work: Work<SetupRun>): Promise<Result<void>> {
	const {host, signal, log} = work;
	work.detail('starting Kubernetes');
	for (const argv of [
		['systemctl', 'daemon-reload'],
		['systemctl', 'enable', 'k3s'],
		['systemctl', 'restart', 'k3s'],
	] as const) {
		const done = await host.run({argv, deadlineMs: startMs, signal, onLine: log});
		if (!done.ok)
			return fail({
				...done.problem,
				code: 'k3s.not-started',
				what: `Kubernetes did not start: ${done.problem.what}`,
				next: 'Read its log (Logs, k3s), repair what it names, then retry.',
				retry: 'safe',
			});
	}
	return waitForApi(work);
}

async function waitForApi({cluster, clock, signal, detail}: Work<SetupRun>): Promise<Result<void>> {
	detail('waiting for Kubernetes to answer');
	const isLate = deadline(clock, readyDeadlineMs);
	for (;;) {
		const ready = await cluster.ready(signal);
		if (ready.ok) return ok(undefined);
		signal.throwIfAborted();
		if (isLate()) {
			return fail({
				code: 'k3s.not-started',
				what: 'Kubernetes runs but its API did not answer for 10 minutes.',
				why: ready.problem.what,
				next: 'Read its log (Logs, k3s). Slow disks are the most frequent cause.',
				retry: 'safe',
			});
		}
		await clock.sleep(2000, signal);
	}
}
