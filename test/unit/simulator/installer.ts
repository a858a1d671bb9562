import {readFile} from 'node:fs/promises';
import {join} from 'node:path';
import {gunzipSync} from 'node:zlib';
import {extract} from 'tar-stream';
import {parse, parseAllDocuments} from 'yaml';
import type {Content} from '../../simulator/content.ts';
import type {Simulator} from '../../simulator/simulator.ts';

export type Body = {
	readonly apiVersion: string;
	readonly kind: string;
	readonly metadata: {readonly name: string; readonly namespace?: string};
	readonly [field: string]: unknown;
};

/** Plurals of what the installer applies. */
const plurals: Readonly<Record<string, string>> = {
	Namespace: 'namespaces',
	ConfigMap: 'configmaps',
	Secret: 'secrets',
	Deployment: 'deployments',
	PersistentVolumeClaim: 'persistentvolumeclaims',
	Pod: 'pods',
	CustomResourceDefinition: 'customresourcedefinitions',
	OCIRepository: 'ocirepositories',
	Kustomization: 'kustomizations',
	HelmRelease: 'helmreleases',
	Job: 'jobs',
};

/** One request to the simulated API, with the credentials its kubeconfig gives. */
export async function api(
	simulator: Simulator,
	path: string,
	init: {method?: string; body?: unknown; type?: string} = {},
): Promise<{code: number; body: Record<string, unknown>}> {
	const kubeconfig: unknown = parse(await readFile(join(simulator.root, 'etc/rancher/k3s/k3s.yaml'), 'utf8'));
	const token = JSON.stringify(kubeconfig).match(/"token":"([^"]+)"/)?.[1] ?? '';
	const answer = await fetch(`${simulator.apiUrl}${path}`, {
		method: init.method ?? 'GET',
		headers: {
			authorization: `Bearer ${token}`,
			...(init.body !== undefined && {'content-type': init.type ?? 'application/json'}),
		},
		...(init.body !== undefined && {body: JSON.stringify(init.body)}),
		signal: AbortSignal.timeout(20_000),
	});
	const text = await answer.text();
	return {code: answer.status, body: text.startsWith('{') ? JSON.parse(text) : {text}};
}

export function pathOf({apiVersion, kind, metadata: {name, namespace}}: Body): string {
	const base = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
	return `${base}${namespace === undefined ? '' : `/namespaces/${namespace}`}/${plurals[kind] ?? ''}/${name}`;
}

export async function applyBody(
	simulator: Simulator,
	body: Body,
	manager = 'alga-appliance',
	more = '',
): Promise<{code: number; body: Record<string, unknown>}> {
	return api(simulator, `${pathOf(body)}?fieldManager=${manager}${more}`, {
		method: 'PATCH',
		body,
		type: 'application/apply-patch+yaml',
	});
}

async function must(simulator: Simulator, body: Body): Promise<void> {
	const {code, body: answer} = await applyBody(simulator, body);
	if (code > 201) throw new Error(`${body.kind} ${body.metadata.name}: ${code} ${JSON.stringify(answer)}`);
}

/** k3s on the box, as any installer would do it: binary, configuration, unit, start. */
export async function installKubernetes({host, root, clock, signal}: Simulator, {binaries}: Content): Promise<void> {
	const [binary] = binaries;
	if (binary === undefined) throw new Error('the release has no k3s');
	const ok = (result: {ok: boolean}) => {
		if (!result.ok) throw new Error(JSON.stringify(result));
	};
	ok(await host.writeFile('/var/tmp/k3s', binary));
	ok(await host.placeFile(join(root, 'var/tmp/k3s'), '/usr/local/bin/k3s', 0o755));
	ok(await host.writeFile('/etc/rancher/k3s/config.yaml', 'cluster-init: true\n'));
	ok(
		await host.writeFile('/etc/systemd/system/k3s.service', '[Service]\nExecStart=/usr/local/bin/k3s server\n', 0o644),
	);
	for (const argv of [
		['systemctl', 'daemon-reload'],
		['systemctl', 'enable', '--now', 'k3s'],
	] as const)
		ok(await host.run({argv, deadlineMs: 300_000}));
	await clock.sleep(1000, signal);
}

/** Everything an installer hands to the cluster. */
export async function installApplication(simulator: Simulator, {manifest, artifacts}: Content): Promise<void> {
	const flux = artifacts.find(one => one.repository === 'fluxcd/flux-manifests');
	const layer = flux?.blobs[1];
	if (layer === undefined) throw new Error('the release has no Flux');
	const unpacking = extract();
	unpacking.end(gunzipSync(layer));
	for await (const entry of unpacking) {
		const chunks: Uint8Array[] = [];
		for await (const chunk of entry) if (chunk instanceof Uint8Array) chunks.push(chunk);
		if (!entry.header.name.endsWith('.yaml')) continue; // Flux's version is told beside its manifests.
		for (const document of parseAllDocuments(Buffer.concat(chunks).toString('utf8')))
			await must(simulator, document.toJS());
	}
	for (const name of ['alga-system', 'msp'])
		await must(simulator, {apiVersion: 'v1', kind: 'Namespace', metadata: {name}});
	for (const name of Object.keys(manifest.values)) {
		await must(simulator, {
			apiVersion: 'v1',
			kind: 'ConfigMap',
			metadata: {name: `appliance-values-${name}`, namespace: 'alga-system'},
			data: {'values.yaml': '{}'},
		});
	}
	await must(simulator, {
		apiVersion: 'v1',
		kind: 'Secret',
		metadata: {name: 'appliance-initial-tenant', namespace: 'msp'},
		stringData: {adminPassword: 'not-a-real-one'},
	});
	for (const {workload, secrets} of manifest.profile.components) {
		for (const {name, keys} of secrets)
			await must(simulator, {
				apiVersion: 'v1',
				kind: 'Secret',
				metadata: {name, namespace: workload.namespace},
				stringData: Object.fromEntries(keys.map(key => [key, 'made'])),
			});
	}
	await must(simulator, {
		apiVersion: 'source.toolkit.fluxcd.io/v1',
		kind: 'OCIRepository',
		metadata: {name: 'alga-appliance', namespace: 'flux-system'},
		spec: {interval: '10m', url: `oci://${manifest.config.repository}`, ref: {digest: manifest.config.digest}},
	});
	await must(simulator, {
		apiVersion: 'kustomize.toolkit.fluxcd.io/v1',
		kind: 'Kustomization',
		metadata: {name: 'alga-appliance', namespace: 'flux-system'},
		spec: {
			interval: '10m',
			path: `./profiles/${manifest.profile.name}`,
			prune: true,
			sourceRef: {kind: 'OCIRepository', name: 'alga-appliance'},
		},
	});
}
