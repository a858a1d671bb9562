import {lastSeen} from '../../shared/facts/fact.ts';
import {bytes} from '../../shared/format.ts';
import {fail, ok, type Result} from '../../shared/problem.ts';
import {type BundleFile, diskFull} from '../support/bundles.ts';
import {collect, type Outcome} from '../support/collect.ts';
import {knownSecrets} from '../support/known.ts';
import type {Operation, Step, Work} from './step.ts';

type Nothing = Readonly<Record<never, never>>;
/** Below this nothing is written: what is left belongs to the application. */
const leastFree = 200 << 20;
/** For reading what must be masked; what Kubernetes does not give by then is left to the rules. */
const secretsMs = 20_000;

/** The bundle of this operation, when it is there already: an engine that died after writing it makes no second one. */
const madeBy = ({bundles, id}: Pick<Work<Nothing>, 'bundles' | 'id'>): BundleFile | undefined =>
	bundles.list().find(one => one.name.endsWith(`-${suffix(id)}.tar.gz`));
const suffix = (id: string): string => id.replace(/^bundle-/u, '').replaceAll(/\W/gu, '');

const write: Step<Nothing> = {
	id: 'write',
	title: 'Bundle written',
	phase: 'app-readiness',
	usualMs: [5000, 90_000],
	effect: 'reads',
	check: async work => ok(madeBy(work) !== undefined),
	run: async work => {
		const {host, logs, records, cluster, clock, id, signal, log, detail} = work;
		const evidence = work.evidence();
		const free = freeBytes(work);
		if (free !== undefined && free < leastFree)
			return fail(diskFull(`Only ${bytes(free)} are free on the disk that the bundle would be written to.`));
		detail('reading what must not be in it');
		const known = await knownSecrets(
			{host, cluster, evidence},
			AbortSignal.any([signal, AbortSignal.timeout(secretsMs)]),
		);
		const at = clock.now();
		const day = new Date(at).toISOString().slice(0, 16).replaceAll(/\D/gu, '');
		const name = `alga-support-${evidence.view.identity.siteId}-${day}-${suffix(id)}.tar.gz`;
		const entries = collect(
			{host, logs, records, evidence},
			{
				known,
				at,
				signal,
				progress: (title, done, total) => detail(`${done + 1} of ${total}: ${title}`),
				finished: outcomes => tell(outcomes, log),
			},
		);
		const written = await work.bundles.write(name, entries, at);
		if (!written.ok) return written;
		detail(`${written.value.path}, ${bytes(written.value.sizeBytes)}`);
		log(`${written.value.path}, ${bytes(written.value.sizeBytes)}`);
		return ok(undefined);
	},
	verify: async work =>
		madeBy(work) === undefined
			? fail({
					code: 'file.unwritable',
					what: 'The support bundle is not where it was written.',
					next: 'Make it again.',
					retry: 'safe',
				})
			: ok(undefined),
};

function tell(outcomes: readonly Outcome[], log: (line: string) => void): void {
	log(`${outcomes.filter(one => 'bytes' in one).length} of ${outcomes.length} parts collected`);
	for (const one of outcomes) if ('missing' in one) log(`not in it: ${one.file}: ${one.missing}`);
}

/** Free space of the file system that holds the bundles. */
function freeBytes({evidence}: Pick<Work<Nothing>, 'evidence'>): number | undefined {
	const disks = lastSeen(evidence().host.disks) ?? [];
	const holds = disks.filter(one => '/var/lib/alga-appliance/bundles'.startsWith(one.path.replace(/\/?$/u, '/')));
	return holds.sort((a, b) => b.path.length - a.path.length)[0]?.freeBytes;
}

const nothing = (): Result<Nothing> => ok({});

/** One file for support. It changes nothing, and needs neither Kubernetes nor a network. */
export const bundle: Operation<Nothing> = {
	kind: 'bundle',
	parse: () => ok({input: {}, secrets: {}}),
	revive: nothing,
	steps: [write],
};
