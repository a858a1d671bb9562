import {randomBytes} from 'node:crypto';
import {lastSeen} from '../../../shared/facts/fact.ts';
import {primaryAddress} from '../../../shared/network/primary.ts';
import {ok, type Result} from '../../../shared/problem.ts';
import {identityObjects} from '../../cluster/identity.ts';
import {onHost} from '../../engine/paths.ts';
import type {Step, Work} from '../step.ts';
import type {SetupRun} from './input.ts';
import {
	appUrlOf,
	namespaceObject,
	namespaces,
	selectionObject,
	tenantSecret,
	tenantSecretObject,
	valuesObjects,
} from './objects.ts';
import {type TargetRelease, targetRelease} from './release.ts';

/** Values and credentials, as the application expects to find them; applying them again says the same. */
export const applySettings: Step<SetupRun> = {
	id: 'settings',
	title: 'Settings applied',
	phase: 'flux',
	usualMs: [1000, 5000],
	effect: 'changes',
	check: async () => ok(false),
	run: applyAll,
	verify: async ({host, input, records}) => {
		records.set('setup.answers', input.answers);
		return host.writeFile(onHost.setup, `${JSON.stringify(input.answers, undefined, 2)}\n`, 0o600);
	},
};

/** The first tenant's Secret: the one place the password goes. After bootstrap it is gone for good and not asked for again. */
export const applyTenant: Step<SetupRun> = {
	id: 'tenant',
	title: 'Administrator handed over',
	phase: 'app-bootstrap',
	usualMs: [500, 2000],
	effect: 'changes',
	needs: ['adminPassword'],
	check: async ({records, cluster, signal}) => {
		if (records.get('bootstrap.done') !== undefined) return ok(true);
		const tenant = await cluster.get(tenantSecret, signal);
		return tenant.ok ? ok(tenant.value !== undefined) : tenant;
	},
	run: async ({cluster, input, secrets, signal}) => {
		const secret = await cluster.apply(tenantSecretObject(input.answers, secrets.adminPassword ?? ''), signal);
		return secret.ok ? ok(undefined) : secret;
	},
	verify: async () => ok(undefined),
};

async function applyAll(work: Work<SetupRun>): Promise<Result<void>> {
	const target = targetRelease(work.records);
	if (!target.ok) return target;
	const address = primaryAddress(lastSeen((await work.host.facts(work.signal)).network))?.address;
	const {manifest, digest, channel, pin} = target.value;
	const appUrl = appUrlOf(work.input.answers, manifest, address);
	const objects = [
		...namespaces.map(namespaceObject),
		...valuesObjects(manifest, work.input.answers, appUrl),
		selectionObject(manifest, digest, channel, pin, appUrl),
		...identityObjects(),
	];
	for (const object of objects) {
		const applied = await work.cluster.apply(object, work.signal);
		if (!applied.ok) return applied;
	}
	return makeCredentials(work, target.value);
}

/** Credentials of the components are made once and never rewritten: the database keeps the first it was given. */
export async function makeCredentials(
	{cluster, signal, log}: Pick<Work<unknown>, 'cluster' | 'signal' | 'log'>,
	{manifest}: Pick<TargetRelease, 'manifest'>,
): Promise<Result<void>> {
	const wanted = new Map<string, {namespace: string; name: string; keys: Set<string>}>();
	for (const {workload, secrets} of manifest.profile.components) {
		for (const {name, keys} of secrets) {
			const one = wanted.get(`${workload.namespace}/${name}`) ?? {
				namespace: workload.namespace,
				name,
				keys: new Set<string>(),
			};
			for (const key of keys) one.keys.add(key);
			wanted.set(`${workload.namespace}/${name}`, one);
		}
	}
	for (const {namespace, name, keys} of wanted.values()) {
		if (name === tenantSecret.name) continue;
		const present = await cluster.get({apiVersion: 'v1', kind: 'Secret', namespace, name}, signal);
		if (!present.ok) return present;
		if (present.value !== undefined) continue;
		const stringData = Object.fromEntries([...keys].map(key => [key, randomBytes(24).toString('base64url')]));
		const made = await cluster.apply(
			{apiVersion: 'v1', kind: 'Secret', metadata: {name, namespace}, type: 'Opaque', stringData},
			signal,
		);
		if (!made.ok) return made;
		log(`made credentials ${namespace}/${name}`);
	}
	return ok(undefined);
}
