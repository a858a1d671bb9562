import {createHash} from 'node:crypto';
import {once} from 'node:events';
import {createServer} from 'node:http';
import {setTimeout as sleep} from 'node:timers/promises';
import {CustomObjectsApi, type KubeConfig, PatchStrategy, setHeaderOptions} from '@kubernetes/client-node';
import {fetch} from 'undici';
import * as z from 'zod';

/*
 * source-controller cannot be built from the Go module proxy (github.com/fluxcd/pkg/artifact, which it needs, is not
 * served). This does the part of its work that kustomize-controller and helm-controller depend on, for OCIRepository
 * alone: pull the artifact from the registry, check its digest, serve it, and say so in `status`. What it proves
 * nothing about is source-controller itself.
 */

const group = {group: 'source.toolkit.fluxcd.io', version: 'v1', plural: 'ocirepositories'} as const;

const condition = z.object({type: z.string(), status: z.string(), reason: z.string(), message: z.string()});
const repository = z.object({
	metadata: z.object({namespace: z.string(), name: z.string(), generation: z.number()}),
	spec: z.object({
		url: z.string(),
		suspend: z.boolean().optional(),
		ref: z.object({tag: z.string().optional(), digest: z.string().optional()}).optional(),
		layerSelector: z.object({mediaType: z.string().optional()}).optional(),
	}),
	status: z
		.object({
			observedGeneration: z.number().optional(),
			artifact: z.object({revision: z.string()}).optional(),
			conditions: z.array(condition).optional(),
		})
		.optional(),
});
type Repository = z.infer<typeof repository>;

const manifestType = 'application/vnd.oci.image.manifest.v1+json';
const manifest = z.object({layers: z.array(z.object({mediaType: z.string(), digest: z.string(), size: z.number()}))});

type Pulled = {readonly revision: string; readonly digest: string; readonly content: Buffer};

/** Starts the stand-in; dispose to stop it. It looks at every OCIRepository twice a second. */
export async function startSourceStandIn(kubeConfig: KubeConfig): Promise<AsyncDisposable> {
	const api = kubeConfig.makeApiClient(CustomObjectsApi);
	const stored = new Map<string, Buffer>();
	const server = createServer((request, response) => {
		const content = stored.get(request.url ?? '');
		if (content === undefined) response.writeHead(404).end();
		else response.writeHead(200, {'content-length': content.length}).end(content);
	});
	server.listen(0, '127.0.0.1');
	await once(server, 'listening');
	const address = server.address();
	if (address === null || typeof address === 'string') throw new Error('the artifact server has no port');
	const origin = `http://127.0.0.1:${address.port}`;

	const reconcile = async (object: Repository, signal: AbortSignal) => {
		const {namespace, name, generation} = object.metadata;
		const pulled = await pull(object, signal).catch((error: unknown) =>
			error instanceof Error ? error : new Error(String(error)),
		);
		const status =
			pulled instanceof Error
				? {conditions: [ready(generation, 'False', 'OCIArtifactPullFailed', pulled.message)]}
				: {
						artifact: store(namespace, name, pulled),
						conditions: [ready(generation, 'True', 'Succeeded', `stored artifact for digest '${pulled.revision}'`)],
					};
		if (unchanged(object, status)) return;
		const body = {status: {observedGeneration: generation, ...status}};
		const options = setHeaderOptions('Content-Type', PatchStrategy.MergePatch);
		await api.patchNamespacedCustomObjectStatus({...group, namespace, name, body}, options);
	};
	const store = (namespace: string, name: string, {revision, digest, content}: Pulled) => {
		const path = `/ocirepository/${namespace}/${name}/${digest.replace(':', '-')}.tar.gz`;
		stored.set(path, content);
		const lastUpdateTime = new Date().toISOString();
		return {path: path.slice(1), url: origin + path, revision, digest, lastUpdateTime, size: content.length};
	};

	const stop = new AbortController();
	const loop = async () => {
		while (!stop.signal.aborted) {
			try {
				const list = z
					.object({items: z.array(repository)})
					.parse(await api.listCustomObjectForAllNamespaces({...group, resourcePlural: group.plural}));
				for (const object of list.items) if (object.spec.suspend !== true) await reconcile(object, stop.signal);
			} catch (error) {
				// The API server may be restarting; the next turn tells.
				if (!stop.signal.aborted) console.error(`source stand-in: ${error instanceof Error ? error.message : error}`);
			}
			await sleep(500, undefined, {signal: stop.signal}).catch(() => undefined);
		}
	};
	const running = loop();
	return {
		[Symbol.asyncDispose]: async () => {
			stop.abort();
			await running;
			server.closeAllConnections();
			server.close();
			await once(server, 'close');
		},
	};
}

/** Pulls the layer that an OCIRepository selects, and checks it against the digest in the manifest. */
async function pull({spec}: Repository, signal: AbortSignal): Promise<Pulled> {
	const url = new URL(spec.url.replace(/^oci:/, 'http:'));
	const base = `${url.origin}/v2${url.pathname}`;
	const reference = spec.ref?.digest ?? spec.ref?.tag ?? 'latest';
	const found = await fetch(`${base}/manifests/${reference}`, {headers: {accept: manifestType}, signal});
	if (!found.ok) throw new Error(`failed to determine artifact digest: GET ${spec.url}:${reference}: ${found.status}`);
	const bytes = Buffer.from(await found.arrayBuffer());
	const {layers} = manifest.parse(JSON.parse(bytes.toString('utf8')));
	const wanted = spec.layerSelector?.mediaType;
	const layer = layers.find(({mediaType}) => wanted === undefined || mediaType === wanted);
	if (layer === undefined) throw new Error(`failed to find layer with media type '${wanted}' in artifact`);
	const blob = await fetch(`${base}/blobs/${layer.digest}`, {signal});
	const content = Buffer.from(await blob.arrayBuffer());
	if (digestOf(content) !== layer.digest) throw new Error(`layer ${layer.digest} does not match its digest`);
	const digest = digestOf(bytes);
	const revision = spec.ref?.digest === undefined ? `${reference}@${digest}` : digest;
	return {revision, digest: layer.digest, content};
}

function ready(observedGeneration: number, status: 'True' | 'False', reason: string, message: string) {
	const lastTransitionTime = new Date().toISOString();
	return {type: 'Ready', status, reason, message, observedGeneration, lastTransitionTime};
}

function unchanged(
	{metadata, status}: Repository,
	next: {readonly conditions: readonly z.infer<typeof condition>[]},
): boolean {
	if (status?.observedGeneration !== metadata.generation) return false;
	const [before] = status.conditions ?? [];
	const [after] = next.conditions;
	return before?.status === after?.status && before?.message === after?.message;
}

function digestOf(content: Buffer): string {
	return `sha256:${createHash('sha256').update(content).digest('hex')}`;
}
