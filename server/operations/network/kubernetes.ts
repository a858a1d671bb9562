import {lastSeen} from '../../../shared/facts/fact.ts';
import {primaryAddress} from '../../../shared/network/primary.ts';
import {fail, ok, type Result} from '../../../shared/problem.ts';
import {onHost} from '../../engine/paths.ts';
import {Answers} from '../setup/input.ts';
import {appUrlOf, selectionObject, valuesObjects} from '../setup/objects.ts';
import {currentRelease} from '../setup/release.ts';
import type {Step, Work} from '../step.ts';
import type {NetworkRun} from './input.ts';
import {Change} from './machine.ts';

/** k3s stops its own processes, then starts etcd from its files. Milliseconds. */
const serviceMs = 300_000;
const readyMs = 600_000;
const etcdResetFlag = '/var/lib/rancher/k3s/server/db/reset-flag';

const addressNow = async ({host, signal}: Work<NetworkRun>) =>
	primaryAddress(lastSeen((await host.facts(signal)).network))?.address;

const changeOf = ({records, id}: Work<NetworkRun>): Change | undefined => {
	const change = Change.safeParse(records.get('network.change')).data;
	return change?.id === id ? change : undefined;
};

/** Whether a file that the change may touch reads differently now. */
async function differs({host}: Work<NetworkRun>, change: Change, path: string): Promise<boolean> {
	const before = change.files.find(file => file.path === path)?.content ?? undefined;
	const now = (await host.exists(path)) ? await host.readFile(path) : undefined;
	return (now?.ok ? now.value : undefined) !== before;
}

/**
 * Kubernetes is told once the change is kept. etcd knows its one member by address and refuses to start at another:
 * k3s makes the member anew around the same data (k3s documentation, `--cluster-reset`).
 */
export const tellKubernetes: Step<NetworkRun> = {
	id: 'kubernetes',
	title: 'Kubernetes uses them',
	phase: 'k3s',
	usualMs: [5000, 180_000],
	effect: 'changes',
	check: async work => ok(changeOf(work)?.told === true || !(await work.host.exists(onHost.k3sUnit))),
	run: async work => {
		const {cluster, detail, log, records, signal} = work;
		const change = changeOf(work);
		if (change === undefined) return ok(undefined);
		const address = await addressNow(work);
		const run = (...argv: [string, ...string[]]) => work.host.run({argv, deadlineMs: serviceMs, signal, onLine: log});
		if (address !== undefined && address !== change.address) {
			detail(`Kubernetes moves from ${change.address ?? 'no address'} to ${address}`);
			const cleared = await work.host.removeFile(etcdResetFlag);
			if (!cleared.ok) return cleared;
			const commands: [string, ...string[]][] = [
				['systemctl', 'stop', 'k3s'],
				[onHost.k3sBinary, 'server', '--cluster-reset'],
				['systemctl', 'start', 'k3s'],
			];
			for (const command of commands) {
				const done = await run(...command);
				if (!done.ok) return done;
			}
		} else if (await differs(work, change, onHost.k3sEnvironment)) {
			const restarted = await run('systemctl', 'restart', 'k3s');
			if (!restarted.ok) return restarted;
		}
		detail('waiting for Kubernetes to answer');
		const ready = await cluster.ready(AbortSignal.any([signal, AbortSignal.timeout(readyMs)]));
		if (!ready.ok) return ready;
		const asked = await restartNameLookup(work, change);
		if (!asked.ok) return asked;
		records.set('network.change', {...change, told: true});
		return ok(undefined);
	},
	verify: async () => ok(undefined),
};

/** A pod reads its name servers when it is made; those of the cluster's own lookup are made anew. */
async function restartNameLookup(work: Work<NetworkRun>, change: Change): Promise<Result<void>> {
	if (!(await differs(work, change, onHost.resolvers))) return ok(undefined);
	const done = await work.cluster.patch(
		{apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'kube-system', name: 'coredns'},
		{spec: {template: {metadata: {annotations: {'alga.appliance/name-servers-of': work.id}}}}},
		work.signal,
	);
	if (done.ok || done.problem.code === 'cluster.not-found') return ok(undefined);
	return done;
}

/** Where nobody chose a login address it is the machine's own, and the application must know it. */
export const tellLogin: Step<NetworkRun> = {
	id: 'login',
	title: 'Login address handed on',
	phase: 'app-readiness',
	usualMs: [1000, 5000],
	effect: 'changes',
	check: async work => {
		const answers = Answers.safeParse(work.records.get('setup.answers')).data;
		const moved = (await addressNow(work)) !== changeOf(work)?.address;
		return ok(currentRelease(work.records) === undefined || answers?.appUrl !== undefined || !moved);
	},
	run: async work => {
		const current = currentRelease(work.records);
		const answers = Answers.safeParse(work.records.get('setup.answers'));
		if (current === undefined || !answers.success) return ok(undefined);
		const {manifest, digest, channel, pin} = current;
		const url = appUrlOf(answers.data, manifest, await addressNow(work));
		work.detail(url);
		for (const object of [
			...valuesObjects(manifest, answers.data, url),
			selectionObject(manifest, digest, channel, pin, url),
		]) {
			const applied = await work.cluster.apply(object, work.signal);
			if (!applied.ok) return applied;
		}
		return ok(undefined);
	},
	verify: async () => ok(undefined),
};

/** The members of a cluster know each other by address; moving one by itself would break it off. */
export function refusesToMove({cluster, input}: Pick<Work<NetworkRun>, 'cluster' | 'input'>): Result<void> {
	const {settings, before} = input;
	const nodes = lastSeen(cluster.facts().nodes)?.length ?? 1;
	const moves =
		settings.address.mode === 'dhcp'
			? before.mode !== 'dhcp'
			: !before.address.startsWith(`${settings.address.address}/`);
	if (nodes < 2 || !moves) return ok(undefined);
	return fail({
		code: 'operation.not-allowed',
		field: 'address',
		what: `This machine is one of ${nodes} nodes, which know each other by address.`,
		next: 'Take this node out of the cluster first, change its address, then let it join again.',
	});
}
