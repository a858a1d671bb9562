import {createHash} from 'node:crypto';
import {existsSync} from 'node:fs';
import {writeFile} from 'node:fs/promises';
import {buffer} from 'node:stream/consumers';
import {createGzip} from 'node:zlib';
import {pack} from 'tar-stream';
import {fetch} from 'undici';
import {freePort, until} from './child.ts';
import type {Workspace} from './workspace.ts';

/** Debian's docker-registry; the suite that needs it is skipped where it is not installed. */
export const registryProgram = '/usr/bin/docker-registry';

export function registryAvailable(): boolean {
	return existsSync(registryProgram);
}

/** A real OCI registry on loopback, over plain HTTP, empty and anonymous. */
export type TestRegistry = {
	/** `127.0.0.1:PORT` */
	readonly host: string;
	/** Publishes files as one gzipped tar layer under a tag and answers with the manifest's digest. */
	readonly push: (artifact: Artifact) => Promise<string>;
};

export type Artifact = {
	readonly kind: keyof typeof mediaTypes;
	readonly repository: string;
	readonly tag: string;
	readonly files: Readonly<Record<string, string>>;
	/** What the config blob says; Helm wants the chart's metadata there. */
	readonly config?: unknown;
};

const mediaTypes = {
	flux: {
		config: 'application/vnd.cncf.flux.config.v1+json',
		layer: 'application/vnd.cncf.flux.content.v1.tar+gzip',
	},
	helm: {
		config: 'application/vnd.cncf.helm.config.v1+json',
		layer: 'application/vnd.cncf.helm.chart.content.v1.tar+gzip',
	},
} as const;

/** Starts a registry whose storage is in the workspace. */
export async function startRegistry(workspace: Workspace): Promise<TestRegistry> {
	const host = `127.0.0.1:${await freePort()}`;
	const configFile = `${workspace.directory}/registry.json`;
	const storage = {filesystem: {rootdirectory: `${workspace.directory}/registry`}, delete: {enabled: true}};
	await writeFile(configFile, JSON.stringify({version: 0.1, storage, http: {addr: host}}));
	const child = workspace.start('docker-registry', registryProgram, ['serve', configFile]);
	await until(
		'the registry answers',
		async signal => ((await fetch(`http://${host}/v2/`, {signal})).ok ? true : undefined),
		{
			children: [child],
		},
	);
	return {host, push: artifact => push(host, artifact)};
}

async function push(host: string, {kind, repository, tag, files, config = {}}: Artifact): Promise<string> {
	const base = `http://${host}/v2/${repository}`;
	const types = mediaTypes[kind];
	const blobs = {config: Buffer.from(JSON.stringify(config)), layer: await tarGzip(files)};
	for (const blob of Object.values(blobs)) await putBlob(base, blob);
	const describe = (part: keyof typeof blobs) => ({
		...{mediaType: types[part], digest: digestOf(blobs[part]), size: blobs[part].length},
	});
	const mediaType = 'application/vnd.oci.image.manifest.v1+json';
	const manifest = JSON.stringify({
		...{schemaVersion: 2, mediaType, config: describe('config'), layers: [describe('layer')]},
	});
	await accepted(
		await fetch(`${base}/manifests/${tag}`, {method: 'PUT', headers: {'content-type': mediaType}, body: manifest}),
	);
	return digestOf(Buffer.from(manifest));
}

async function putBlob(base: string, blob: Buffer): Promise<void> {
	const opened = await accepted(await fetch(`${base}/blobs/uploads/`, {method: 'POST'}));
	const location = new URL(opened.headers.get('location') ?? '', base);
	location.searchParams.set('digest', digestOf(blob));
	const headers = {'content-type': 'application/octet-stream'};
	await accepted(await fetch(location, {method: 'PUT', headers, body: blob}));
}

async function accepted<R extends {readonly ok: boolean; readonly status: number; text(): Promise<string>}>(
	response: R,
): Promise<R> {
	if (!response.ok) throw new Error(`the registry said ${response.status}: ${await response.text()}`);
	return response;
}

async function tarGzip(files: Readonly<Record<string, string>>): Promise<Buffer> {
	const tar = pack();
	for (const [name, content] of Object.entries(files)) tar.entry({name, mtime: new Date(0)}, content);
	tar.finalize();
	return buffer(tar.pipe(createGzip()));
}

function digestOf(content: Buffer): string {
	return `sha256:${createHash('sha256').update(content).digest('hex')}`;
}
