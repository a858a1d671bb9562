import {parseAllDocuments, stringify} from 'yaml';
import * as z from 'zod';
import {ok, type Result} from '../../../shared/problem.ts';
import type {ReleaseManifest} from '../../../shared/release/manifest.ts';
import type {KubeObject} from '../../cluster/cluster.ts';
import {isLoopback} from '../../registry/agents.ts';
import {endpointOf} from '../../registry/endpoint.ts';
import type {Registry} from '../../registry/registry.ts';
import type {Site} from '../../registry/site.ts';
import type {Work} from '../step.ts';
import type {SetupRun} from './input.ts';
import {fluxRoot, fluxSource} from './objects.ts';

/** By this address pods reach what the first node serves: k3s gives it the first network of its range. */
const nodeForPods = '10.42.0.1';
const trustSecret = 'alga-appliance-trust';
const caSecret = 'alga-appliance-registry-ca';

/** How Flux fetches one repository: fields of an OCIRepository. */
type Place = {
	readonly url: string;
	readonly insecure?: true;
	readonly certSecretRef?: {readonly name: string};
};

function placeOf(repository: string, {mirrors, ca}: Site): Place {
	const {origin, name} = endpointOf(repository, mirrors());
	const {protocol, host, port} = new URL(origin);
	const isPlain = protocol === 'http:';
	return {
		url: `oci://${isLoopback(host) ? `${nodeForPods}${port && `:${port}`}` : host}/${name}`,
		...(isPlain && {insecure: true as const}),
		...(!isPlain && ca && {certSecretRef: {name: caSecret}}),
	};
}

const secret = (name: string, files: Readonly<Record<string, string>>): KubeObject => ({
	apiVersion: 'v1',
	kind: 'Secret',
	metadata: {name, namespace: 'flux-system', labels: {'app.kubernetes.io/managed-by': 'alga-appliance'}},
	type: 'Opaque',
	// Not stringData: what is taken away there stays in data.
	data: Object.fromEntries(Object.entries(files).map(([file, text]) => [file, Buffer.from(text).toString('base64')])),
});

/**
 * What points Flux at a release: its tree by digest, from the site's mirror where there is one, its signature checked
 * again by Flux with the keys that are trusted now (DESIGN D3). What is not checked is said in the operation's log.
 */
export async function sourceObjects(
	work: Pick<Work<SetupRun>, 'site' | 'signal' | 'log'> & Pick<Registry, 'files'>,
	{manifest, signedBy}: {readonly manifest: ReleaseManifest; readonly signedBy?: string | undefined},
): Promise<Result<readonly KubeObject[]>> {
	const {site, log} = work;
	const keys = await site.keys();
	const unchecked = whyUnchecked(
		site,
		signedBy,
		keys.map(({name}) => name),
	);
	if (unchecked !== undefined) log(`Flux does not check the signature of the tree again: ${unchecked}`);
	const patches = await chartPatches(work, manifest);
	if (!patches.ok) return patches;
	return ok([
		...(site.ca ? [secret(caSecret, {'ca.crt': site.ca.pem})] : []),
		...(unchecked === undefined
			? [secret(trustSecret, Object.fromEntries(keys.map(({name, pem}) => [`${name}.pub`, pem])))]
			: []),
		fluxSource(manifest, {
			...placeOf(manifest.config.repository, site),
			...(unchecked === undefined && {verify: {provider: 'cosign', secretRef: {name: trustSecret}}}),
		}),
		fluxRoot(manifest, patches.value),
	]);
}

/** Why a signature cannot or need not be checked by Flux; undefined where it is. */
function whyUnchecked({policy}: Site, signedBy: string | undefined, trusted: readonly string[]): string | undefined {
	if (policy !== 'require') return 'this site lets unsigned releases through (trustPolicy).';
	if (signedBy !== undefined && trusted.includes(signedBy)) return undefined;
	// The way back must not be barred by a key that was retired since: the digest pins the very bytes that were checked.
	return `it was signed by ${signedBy ?? 'nobody'}, which is not trusted any more. It is pinned by the digest that was checked when it was installed.`;
}

const Chart = z.object({
	kind: z.literal('OCIRepository'),
	metadata: z.object({name: z.string()}),
	spec: z.object({url: z.string().startsWith('oci://')}),
});

/**
 * Charts are named in the release's own tree. Where a mirror or an authority applies to one, the tree's Kustomizations
 * are told to change its source; without either nothing is read.
 */
async function chartPatches(
	{site, files: read, signal}: Pick<Work<SetupRun>, 'site' | 'signal'> & Pick<Registry, 'files'>,
	{config, charts}: ReleaseManifest,
): Promise<Result<readonly unknown[]>> {
	const moved = (repository: string) => {
		const place = placeOf(repository, site);
		return place.url !== `oci://${repository}` || place.certSecretRef !== undefined;
	};
	if (!charts.some(({repository}) => moved(repository))) return ok([]);
	const files = await read({repository: config.repository, reference: config.digest}, signal);
	if (!files.ok) return files;
	const found = [...files.value]
		.filter(([path]) => /\.ya?ml$/u.test(path))
		.flatMap(([, text]) => parseAllDocuments(text))
		.flatMap(document => {
			const chart = Chart.safeParse('toJS' in document ? document.toJS() : undefined);
			return chart.success ? [chart.data] : [];
		});
	const patches = found
		.map(({metadata: {name}, spec: {url}}) => ({name, repository: url.replace('oci://', '')}))
		.filter(({repository}) => moved(repository))
		.map(({name, repository}) => ({
			target: {kind: 'OCIRepository', name},
			patch: stringify(
				Object.entries(placeOf(repository, site)).map(([field, value]) => ({op: 'add', path: `/spec/${field}`, value})),
			),
		}));
	// The root applies Kustomizations only; each of them is handed the same list and uses what it finds.
	return ok(
		patches.length === 0
			? []
			: [{target: {kind: 'Kustomization'}, patch: stringify([{op: 'add', path: '/spec/patches', value: patches}])}],
	);
}
