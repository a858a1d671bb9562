import * as z from 'zod';
import {lastSeen} from '../../../shared/facts/fact.ts';
import {bytes} from '../../../shared/format.ts';
import {fail, ok, type Result} from '../../../shared/problem.ts';
import {type ReleaseManifest, releaseRepository} from '../../../shared/release/manifest.ts';
import {onHost} from '../../engine/paths.ts';
import {registriesFile, startK3s} from '../setup/k3s.ts';
import {currentRelease} from '../setup/release.ts';
import type {Step, Work} from '../step.ts';
import type {UpdateRun} from './input.ts';
import {imageReference} from './plan.ts';
import {planOf} from './target.ts';

const listMs = 60_000;
const snapshotMs = 600_000;
const keptSnapshots = 5;
/** One image on a slow line. */
const pullMs = 60 * 60_000;

/** Kubernetes' own state, so that support can put it back. What a failed try left is not taken for a snapshot. */
export const snapshot: Step<UpdateRun> = {
	id: 'snapshot',
	title: 'Snapshot taken',
	phase: 'storage',
	usualMs: [3000, 30_000],
	effect: 'reads',
	check: async ({host, id, signal}) => {
		const listed = await host.run({argv: [onHost.k3sBinary, 'etcd-snapshot', 'ls'], deadlineMs: listMs, signal});
		return listed.ok ? ok(listed.value.includes(id)) : listed;
	},
	run: async ({host, id, signal, log, detail}) => {
		detail('saving the state of Kubernetes');
		const saved = await host.run({
			argv: [onHost.k3sBinary, 'etcd-snapshot', 'save', '--name', id],
			deadlineMs: snapshotMs,
			signal,
			onLine: log,
		});
		if (!saved.ok)
			return fail({
				...saved.problem,
				what: `No snapshot could be taken: ${saved.problem.what}`,
				next: 'Look at the log of this operation and at the disk, then retry. Nothing has been switched.',
				retry: 'safe',
			});
		await pruneSnapshots({host, signal, log});
		return ok(undefined);
	},
	verify: async () => ok(undefined),
};

/** Of the snapshots taken before updates only the newest stay: each is as large as the state of Kubernetes. */
async function pruneSnapshots({host, signal, log}: Pick<Work<UpdateRun>, 'host' | 'signal' | 'log'>): Promise<void> {
	const argv = (...more: string[]) => [onHost.k3sBinary, 'etcd-snapshot', ...more] as const;
	const listed = await host.run({argv: argv('ls'), deadlineMs: listMs, signal});
	const old = (listed.ok ? listed.value.split('\n') : [])
		.map(row => row.trim().split(/\s+/))
		.filter(([name = '']) => /^(update|rollback)-/.test(name))
		.sort((a, b) => ((a.at(-1) ?? '') < (b.at(-1) ?? '') ? -1 : 1))
		.slice(0, -keptSnapshots)
		.flatMap(([name]) => name ?? []);
	if (old.length === 0) return;
	const removed = await host.run({argv: argv('delete', ...old), deadlineMs: snapshotMs, signal});
	// Too many snapshots are no reason against an update.
	log(removed.ok ? `removed ${old.length} old snapshots` : `old snapshots stay: ${removed.problem.what}`);
}

/** Images are fetched from where the site says now: a bundle may have been imported since Kubernetes was started. */
export const siteRegistries: Step<UpdateRun> = {
	id: 'registries',
	title: 'Registries set',
	phase: 'release-source',
	usualMs: [100, 60_000],
	// It follows the site's settings, not the release: whatever becomes of the update, it is right so.
	effect: 'reads',
	check: async work => ok((await changedRegistries(work)).length === 0),
	run: async work => {
		for (const {path, content, mode} of await changedRegistries(work)) {
			const written = await work.host.writeFile(path, content, mode);
			if (!written.ok) return written;
			work.log(`wrote ${path}`);
		}
		return startK3s(work);
	},
	verify: async () => ok(undefined),
};

async function changedRegistries(work: Work<UpdateRun>) {
	const present = await work.host.readFile(onHost.k3sRegistries);
	return (await registriesFile(work)).filter(({content}) => !present.ok || present.value !== content);
}

const Listed = z.object({images: z.array(z.object({repoDigests: z.array(z.string()).nullish()}))});

/** The images of a release that containerd does not hold yet. */
async function missingImages(
	{host, signal}: Work<UpdateRun>,
	{images}: ReleaseManifest,
): Promise<Result<ReleaseManifest['images']>> {
	const listed = await host.run({
		argv: [onHost.k3sBinary, 'crictl', 'images', '-o', 'json'],
		deadlineMs: listMs,
		signal,
	});
	if (!listed.ok) return listed;
	const parsed = Listed.safeParse(parseJson(listed.value));
	if (!parsed.success) {
		return fail({
			code: 'answer.malformed',
			what: 'The list of images on this machine could not be read.',
			next: 'Retry. If it stays so, make a support bundle.',
			detail: z.prettifyError(parsed.error),
			retry: 'safe',
		});
	}
	const present = new Set(parsed.data.images.flatMap(one => one.repoDigests ?? []));
	return ok(images.filter(image => !present.has(imageReference(image))));
}

function parseJson(text: string): unknown {
	try {
		return JSON.parse(text);
	} catch {
		return undefined; // Told as a malformed answer by whoever parses its shape.
	}
}

/** Everything large is on the machine before anything is switched: a registry that goes away then does no harm. */
export const fetchImages: Step<UpdateRun> = {
	id: 'images',
	title: 'Images fetched',
	phase: 'release-source',
	usualMs: [60_000, 20 * 60_000],
	effect: 'reads',
	check: async work => {
		const plan = planOf(work);
		if (!plan.ok) return plan;
		if (newKubernetes(work, plan.value.manifest)) return ok(false);
		const missing = await missingImages(work, plan.value.manifest);
		return missing.ok ? ok(missing.value.length === 0) : missing;
	},
	run: fetchAll,
	verify: async work => {
		const plan = planOf(work);
		if (!plan.ok) return plan;
		const missing = await missingImages(work, plan.value.manifest);
		if (!missing.ok) return missing;
		const [first] = missing.value;
		if (first === undefined) return ok(undefined);
		return fail({
			code: 'registry.unavailable',
			what: `The image ${first.name} was fetched but is not on the machine.`,
			why: 'Kubernetes removes images when the disk is nearly full.',
			next: 'Make room on the disk, then retry. Nothing has been switched.',
			retry: 'safe',
		});
	},
};

async function fetchAll(work: Work<UpdateRun>): Promise<Result<void>> {
	const {host, signal, detail, log} = work;
	const plan = planOf(work);
	if (!plan.ok) return plan;
	const {manifest} = plan.value;
	if (newKubernetes(work, manifest)) {
		const fetched = await fetchKubernetes(work, manifest);
		if (!fetched.ok) return fetched;
	}
	const missing = await missingImages(work, manifest);
	if (!missing.ok) return missing;
	const total = sum(missing.value);
	for (const [index, image] of missing.value.entries()) {
		const size = image.size === undefined ? '' : `, ${bytes(image.size)}`;
		detail(`pulling ${image.name}${size}, ${index + 1} of ${missing.value.length}`);
		if (total !== undefined) work.bytes(sum(missing.value.slice(0, index)) ?? 0, total);
		const pulled = await host.run({
			argv: [onHost.k3sBinary, 'crictl', 'pull', imageReference(image)],
			deadlineMs: pullMs,
			signal,
			onLine: log,
		});
		if (!pulled.ok) {
			return fail({
				...pulled.problem,
				code: 'registry.unavailable',
				what: `The image ${image.name} could not be fetched.`,
				why: pulled.problem.detail?.split('\n').at(-1)?.slice(0, 300) ?? pulled.problem.what,
				next: 'See Diagnostics for network and registry, then retry; what is fetched already is kept. Nothing has been switched.',
				retry: 'safe',
			});
		}
	}
	if (total !== undefined) work.bytes(total, total);
	return ok(undefined);
}

/** Bytes of these images, or undefined when the release does not state one of them. */
function sum(images: ReleaseManifest['images']): number | undefined {
	let total = 0;
	for (const {size} of images) {
		if (size === undefined) return undefined;
		total += size;
	}
	return total;
}

const newKubernetes = ({records}: Work<UpdateRun>, {k3s}: ReleaseManifest): boolean =>
	currentRelease(records)?.manifest.k3s.version !== k3s.version;

/** k3s of the new release, verified and kept beside; the step that installs it finds it there. */
async function fetchKubernetes(work: Work<UpdateRun>, {k3s}: ReleaseManifest): Promise<Result<void>> {
	const {host, registry, input, signal, detail} = work;
	const architecture = lastSeen((await host.facts(signal)).machine)?.architecture;
	if (architecture !== 'amd64' && architecture !== 'arm64') {
		return fail({
			code: 'platform.unsupported',
			what: 'The processor of this machine is not known or not supported.',
			next: 'Retry; if it stays so, make a support bundle.',
		});
	}
	for (const blob of [k3s.binary[architecture], k3s.airgapImages?.[architecture]]) {
		if (blob === undefined) continue;
		detail(`downloading Kubernetes ${k3s.version}, ${bytes(blob.size)}`);
		const file = await registry(input.answers).download({repository: releaseRepository, ...blob}, work.bytes, signal);
		if (!file.ok) return file;
	}
	return ok(undefined);
}
