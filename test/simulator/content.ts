import {gunzipSync} from 'node:zlib';
import {extract} from 'tar-stream';
import type {ReleaseManifest} from '../../shared/release/manifest.ts';
import {
	digestOf,
	type SampleArtifact,
	type SampleKey,
	type SampleRelease,
	type SampleVersions,
	sampleRelease,
} from '../harness/release.ts';
import {at, isFields} from './kube/object.ts';

/** A release as the world holds it: what the registry serves, and what Flux and the box make of it. */
export type Content = {
	readonly manifest: ReleaseManifest;
	readonly artifacts: readonly SampleArtifact[];
	/** Files of the config bundle. */
	readonly bundle: ReadonlyMap<string, string>;
	/** Programs that are this release's k3s. */
	readonly binaries: readonly Uint8Array[];
};

/** The release of the sample, signed with this key. */
export async function contentFor(
	version: string,
	key: SampleKey,
	overrides: Partial<ReleaseManifest> = {},
	versions: SampleVersions = {},
): Promise<Content> {
	return contentOf(await sampleRelease(version, key, overrides, versions));
}

async function contentOf({manifest, artifacts}: SampleRelease): Promise<Content> {
	const blobs = artifacts.flatMap(one => one.blobs);
	const binaries = blobs.filter(blob => digestOf(blob) === manifest.k3s.binary.amd64.digest);
	const config = artifacts.find(one => digestOf(one.manifest.body) === manifest.config.digest);
	return {manifest, artifacts, binaries, bundle: config === undefined ? new Map() : await layerFiles(config)};
}

/** The text files in an artifact's first layer. */
async function layerFiles({manifest, blobs}: SampleArtifact): Promise<ReadonlyMap<string, string>> {
	const described: unknown = JSON.parse(Buffer.from(manifest.body).toString('utf8'));
	const layers = isFields(described) && Array.isArray(described.layers) ? described.layers : [];
	const first: unknown = layers[0];
	const layer = blobs.find(blob => isFields(first) && digestOf(blob) === first.digest);
	const files = new Map<string, string>();
	if (layer === undefined) return files;
	const unpacking = extract();
	unpacking.end(gunzipSync(layer));
	for await (const entry of unpacking) {
		const chunks: Uint8Array[] = [];
		for await (const chunk of entry) if (chunk instanceof Uint8Array) chunks.push(chunk);
		files.set(entry.header.name, Buffer.concat(chunks).toString('utf8'));
	}
	return files;
}

/** cosign's signatures of a digest among these artifacts. */
export function signaturesIn(
	artifacts: readonly SampleArtifact[],
	repository: string,
	digest: string,
): readonly {readonly payload: Uint8Array; readonly signature: string}[] {
	const beside = artifacts.filter(
		one => one.repository === repository && one.tags.includes(`${digest.replace(':', '-')}.sig`),
	);
	return beside.flatMap(({manifest, blobs}) => {
		const described: unknown = JSON.parse(Buffer.from(manifest.body).toString('utf8'));
		const layers: readonly unknown[] = isFields(described) && Array.isArray(described.layers) ? described.layers : [];
		return layers.flatMap(layer => {
			const payload = blobs.find(blob => isFields(layer) && digestOf(blob) === layer.digest);
			const signature = at(layer, 'annotations', 'dev.cosignproject.cosign/signature');
			return payload === undefined || typeof signature !== 'string' ? [] : [{payload, signature}];
		});
	});
}
