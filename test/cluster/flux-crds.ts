import {existsSync} from 'node:fs';
import {cp, mkdir, readdir, readFile, rename} from 'node:fs/promises';
import {fileURLToPath} from 'node:url';
import {execa} from 'execa';
import {parse} from 'yaml';
import * as z from 'zod';
import {cacheDirectory} from './binaries.ts';
import {until} from './child.ts';
import type {RunningCluster} from './cluster.ts';
import {apply, request} from './rest.ts';

/** Flux modules whose CustomResourceDefinitions are used; their hashes are in flux/go.sum. */
const modules = [
	'github.com/fluxcd/source-controller@v1.9.5',
	'github.com/fluxcd/kustomize-controller@v1.9.5',
	'github.com/fluxcd/helm-controller@v1.6.4',
];

const downloads = z.object({Dir: z.string()});
const definition = z.looseObject({
	apiVersion: z.literal('apiextensions.k8s.io/v1'),
	kind: z.literal('CustomResourceDefinition'),
	metadata: z.looseObject({name: z.string()}),
	spec: z.looseObject({
		group: z.string(),
		names: z.looseObject({plural: z.string()}),
		versions: z.tuple([z.looseObject({name: z.string()})], z.unknown()),
	}),
});

/** Flux' own definitions, out of its modules; fetched once into the cache. Throws with Go's words if that fails. */
export async function loadFluxCrds(signal: AbortSignal): Promise<readonly z.infer<typeof definition>[]> {
	const directory = `${await cacheDirectory('flux')}/crds`;
	if (!existsSync(directory)) await fetchFluxCrds(directory, signal);
	const files = await readdir(directory);
	return Promise.all(
		files.toSorted().map(async file => definition.parse(parse(await readFile(`${directory}/${file}`, 'utf8')))),
	);
}

async function fetchFluxCrds(directory: string, signal: AbortSignal): Promise<void> {
	const partial = `${directory}.${process.pid}`;
	await mkdir(partial, {recursive: true});
	for (const module of modules) {
		const {stdout} = await execa('go', ['mod', 'download', '-json', module], {
			cwd: fileURLToPath(new URL('flux', import.meta.url)),
			env: {GOFLAGS: '-mod=readonly', GOTOOLCHAIN: 'local', GOWORK: 'off'},
			cancelSignal: signal,
		});
		await cp(`${downloads.parse(JSON.parse(stdout)).Dir}/config/crd/bases`, partial, {recursive: true});
	}
	await rename(partial, directory).catch(error => {
		if (!existsSync(directory)) throw error;
	});
}

/** Installs Flux' definitions and waits until the API serves them. */
export async function installFluxCrds(cluster: RunningCluster): Promise<void> {
	const crds = await loadFluxCrds(AbortSignal.timeout(120_000));
	await Promise.all(crds.map(crd => apply(cluster, crd)));
	for (const {metadata, spec} of crds) {
		const path = `/apis/${spec.group}/${spec.versions[0].name}/${spec.names.plural}`;
		// Established is not enough: the API answers 429 for a moment after it.
		await until(`${metadata.name} is served`, () => request(cluster, 'GET', path));
	}
}
