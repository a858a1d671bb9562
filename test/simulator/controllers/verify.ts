import {verify} from 'node:crypto';
import {at, type Stored} from '../kube/object.ts';
import type {Cluster} from './cluster.ts';

/** Why the source controller does not believe an artifact, in its words; undefined when it does or was not asked to check. */
export function unverified(
	{store, signaturesOf}: Pick<Cluster, 'store' | 'signaturesOf'>,
	source: Stored,
	repository: string,
	digest: string,
): string | undefined {
	if (at(source, 'spec', 'verify') === undefined) return undefined;
	const name = String(at(source, 'spec', 'verify', 'secretRef', 'name') ?? '');
	const prefix = "failed to verify the signature using provider 'cosign':";
	const data = at(store.get('Secret', source.metadata.namespace, name), 'data');
	if (typeof data !== 'object' || data === null) return `${prefix} secrets "${name}" not found`;
	const keys = Object.entries(data)
		.filter(([file]) => file.endsWith('.pub'))
		.map(([, text]) => Buffer.from(String(text), 'base64').toString('utf8'));
	const isSigned = signaturesOf(repository, digest).some(({payload, signature}) =>
		keys.some(key => verify('sha256', payload, key, Buffer.from(signature, 'base64'))),
	);
	return isSigned ? undefined : `${prefix} no matching signatures were found for '${repository}@${digest}'`;
}
