import {Agent, fetch} from 'undici';
import * as z from 'zod';
import type {ControlPlane} from './control-plane.ts';

/** Any Kubernetes object, sent and read as it is. */
export type AnyObject = {
	readonly apiVersion: string;
	readonly kind: string;
	readonly metadata: {readonly name: string; readonly namespace?: string; readonly [field: string]: unknown};
	readonly [field: string]: unknown;
};

const anyObject = z.looseObject({
	apiVersion: z.string(),
	kind: z.string(),
	metadata: z.looseObject({name: z.string(), namespace: z.string().optional()}),
});

const resources = z.object({
	resources: z.array(z.object({name: z.string(), kind: z.string(), namespaced: z.boolean()})),
});

/** Sends one request as the administrator; throws with the API's own message unless it succeeds. */
export async function request(
	{url, caPem, adminToken}: Pick<ControlPlane, 'url' | 'caPem' | 'adminToken'>,
	method: string,
	path: string,
	body?: {readonly type: string; readonly content: unknown},
): Promise<unknown> {
	const dispatcher = new Agent({connect: {ca: caPem}});
	try {
		const response = await fetch(url + path, {
			...{method, dispatcher, signal: AbortSignal.timeout(30_000)},
			headers: {authorization: `Bearer ${adminToken}`, ...(body && {'content-type': body.type})},
			...(body && {body: JSON.stringify(body.content)}),
		});
		const text = await response.text();
		if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
		return JSON.parse(text);
	} finally {
		await dispatcher.close();
	}
}

/**
 * Server-side apply as the product writes: field manager `alga-appliance`, conflicts forced. The object is sent as it
 * is; client-node's own `KubernetesObjectApi` drops the `x-kubernetes-*` fields of a CustomResourceDefinition.
 */
export async function apply(plane: ControlPlane, object: AnyObject): Promise<AnyObject> {
	const path = `${await pathOf(plane, object)}?fieldManager=alga-appliance&force=true`;
	return anyObject.parse(await request(plane, 'PATCH', path, {type: 'application/apply-patch+yaml', content: object}));
}

/** Merge patch of the object's `status`, which an apply does not touch. */
export async function patchStatus(plane: ControlPlane, object: AnyObject, status: unknown): Promise<void> {
	const body = {type: 'application/merge-patch+json', content: {status}};
	await request(plane, 'PATCH', `${await pathOf(plane, object)}/status`, body);
}

async function pathOf(plane: ControlPlane, {apiVersion, kind, metadata}: AnyObject): Promise<string> {
	const root = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
	const known = resources.parse(await request(plane, 'GET', root)).resources;
	const resource = known.find(candidate => candidate.kind === kind && !candidate.name.includes('/'));
	if (resource === undefined) throw new Error(`the API does not serve ${apiVersion} ${kind}`);
	const scope = resource.namespaced ? `/namespaces/${metadata.namespace ?? 'default'}` : '';
	return `${root}${scope}/${resource.name}/${metadata.name}`;
}
