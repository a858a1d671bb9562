import * as z from 'zod';
import {fail, ok, type Result} from '../../../shared/problem.ts';
import type {KubeObject} from '../../cluster/cluster.ts';
import {deadline} from '../../engine/clock.ts';
import type {Step, Work} from '../step.ts';
import type {SetupRun} from './input.ts';
import {namespaceObject} from './objects.ts';

const namespace = 'alga-system';
const name = 'appliance-storage-smoke';
/** A slow disk imports its images for minutes before the first pod can run. */
const smokeDeadlineMs = 15 * 60_000;
const claimId = {apiVersion: 'v1', kind: 'PersistentVolumeClaim', namespace, name} as const;
const podId = {apiVersion: 'v1', kind: 'Pod', namespace, name} as const;

const claim: KubeObject = {
	apiVersion: 'v1',
	kind: 'PersistentVolumeClaim',
	metadata: {name, namespace},
	spec: {accessModes: ['ReadWriteOnce'], resources: {requests: {storage: '8Mi'}}},
};

/** k3s ships this image with itself, so the test needs no download of its own. */
const smokeImage = 'rancher/mirrored-library-busybox:1.37.0';

const pod: KubeObject = {
	apiVersion: 'v1',
	kind: 'Pod',
	metadata: {name, namespace},
	spec: {
		restartPolicy: 'Never',
		containers: [
			{
				name: 'write',
				image: smokeImage,
				command: ['sh', '-c', 'echo ok > /data/probe && grep -q ok /data/probe'],
				volumeMounts: [{name: 'data', mountPath: '/data'}],
			},
		],
		volumes: [{name: 'data', persistentVolumeClaim: {claimName: name}}],
	},
};

const PodStatus = z.object({
	status: z.object({phase: z.string().optional(), message: z.string().optional()}).optional(),
});

/** A volume is made, written to and read back before the database is trusted to one. */
export const smokeTestStorage: Step<SetupRun> = {
	id: 'storage',
	title: 'Storage tested',
	phase: 'storage',
	usualMs: [10_000, 60_000],
	effect: 'changes',
	check: async ({records}) => ok(records.get('storage.smoke') !== undefined),
	run: smokeTest,
	verify: async ({records, clock, cluster, signal}) => {
		if (records.get('storage.smoke') === undefined) records.set('storage.smoke', {at: clock.now()});
		// What the test made is taken away again, also after an earlier engine left it.
		for (const id of [podId, claimId]) {
			const removed = await cluster.remove(id, signal);
			if (!removed.ok) return removed;
		}
		return ok(undefined);
	},
};

async function smokeTest({cluster, clock, signal, detail}: Work<SetupRun>): Promise<Result<void>> {
	detail('waiting for the storage class');
	const isLate = deadline(clock, smokeDeadlineMs);
	for (;;) {
		const classes = cluster.facts().storageClasses;
		if (classes.state === 'known' && classes.value.some(one => one.isDefault)) break;
		if (isLate())
			return fail({
				code: 'storage.smoke-failed',
				what: 'Kubernetes has no default storage class after 15 minutes.',
				why: 'The local-path provisioner did not start.',
				next: 'Look at the pods of kube-system (Diagnostics), then retry.',
				retry: 'safe',
			});
		await clock.sleep(1000, signal);
	}
	// A pod left by an interrupted try would answer for this one.
	const cleared = await cluster.remove(podId, signal);
	if (!cleared.ok) return cleared;
	for (const object of [namespaceObject(namespace), claim, pod]) {
		const applied = await cluster.apply(object, signal);
		if (!applied.ok) return applied;
	}
	detail('writing to a new volume and reading it back');
	for (;;) {
		const got = await cluster.get(podId, signal);
		const status = got.ok ? PodStatus.safeParse(got.value).data?.status : undefined;
		if (status?.phase === 'Succeeded') return ok(undefined);
		if (status?.phase === 'Failed')
			return fail({
				code: 'storage.smoke-failed',
				what: 'A new volume could not be written and read back.',
				next: 'Check the disk and its file system, then retry.',
				retry: 'safe',
				...(status.message && {detail: status.message}),
			});
		if (isLate())
			return fail({
				code: 'storage.smoke-failed',
				what: 'The storage test did not finish in 15 minutes.',
				why: 'Its volume was not made or its pod not started.',
				next: 'Open Diagnostics: it names what holds the pod. Then retry.',
				retry: 'safe',
			});
		await clock.sleep(1000, signal);
	}
}
