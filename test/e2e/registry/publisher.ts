import {generateKeyPairSync} from 'node:crypto';
import {mkdir, mkdtemp, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {systemClock} from '../../../server/engine/clock.ts';
import {releaseCommand} from '../../../server/registry/release-cli.ts';
import {readKeys} from '../../../server/registry/site.ts';
import {ok} from '../../../shared/problem.ts';
import {type RealRegistry, startDockerRegistry, store} from '../../harness/registry.ts';
import {releasePath, sampleKey, sampleRelease} from '../../harness/release.ts';

export type Publisher = AsyncDisposable & {
	readonly folder: string;
	readonly registry: RealRegistry;
	/** Runs the command line with the mirror added; what it printed, and how it ended. */
	readonly run: (...argv: string[]) => Promise<{readonly code: number; readonly out: string; readonly error: string}>;
	/** Writes a draft of this version over what is in the registry and returns its path. */
	readonly draft: (version: string, changes?: Readonly<Record<string, unknown>>) => Promise<string>;
	/** Makes a key pair in the folder: `<name>.key` (with this passphrase) and `trust/<name>.pub`. */
	readonly key: (name: string, passphrase?: string) => Promise<string>;
	readonly trust: string;
};

/** A release engineer's desk: a real registry that holds images, charts and Flux, but no release yet. */
export async function openPublisher(): Promise<Publisher> {
	const closing = new AsyncDisposableStack();
	const registry = closing.use(await startDockerRegistry());
	const folder = await mkdtemp(join(tmpdir(), 'publisher-'));
	closing.defer(() => rm(folder, {recursive: true, force: true}));
	const trust = join(folder, 'trust');
	await mkdir(trust);
	const sample = await sampleRelease('1.0.0', sampleKey());
	await store(
		registry.origin,
		sample.artifacts.filter(one => one.repository !== releasePath),
	);
	await writeFile(join(folder, 'k3s'), '#!/bin/sh\necho k3s\n');
	await writeFile(join(folder, 'airgap.tar.zst'), 'images');
	return {
		folder,
		registry,
		trust,
		run: async (...argv) => {
			const out: string[] = [];
			const error: string[] = [];
			const code = await releaseCommand([...argv, '--mirror', `ghcr.io=${registry.host}`], {
				out: line => void out.push(line),
				error: line => void error.push(line),
				credentials: () => undefined,
				proxy: undefined,
				noProxy: [],
				passphrase: async () => 'correct horse',
				keys: readKeys,
				sockets: [],
				startMirror: async () => ok(undefined),
				clock: systemClock,
				signal: new AbortController().signal,
			});
			return {code, out: out.join('\n'), error: error.join('\n')};
		},
		draft: async (version, changes = {}) => {
			const {builtAt: _, ...manifest} = sample.manifest;
			const file = join(folder, `draft-${version}.json`);
			const draft = {
				...manifest,
				version,
				k3s: {version: manifest.k3s.version, binary: {amd64: 'k3s'}, airgapImages: {amd64: 'airgap.tar.zst'}},
				config: {repository: manifest.config.repository},
				flux: {version: 'v2.6.4', manifests: {repository: manifest.flux.manifests.repository}},
				charts: manifest.charts.map(({digest: _digest, ...chart}) => chart),
				images: manifest.images.map(({name, repository}) => ({name, repository, tag: '1.0.0'})),
				...changes,
			};
			await writeFile(file, JSON.stringify(draft));
			return file;
		},
		key: async (name, passphrase) => {
			const {publicKey, privateKey} = generateKeyPairSync('ec', {namedCurve: 'P-256'});
			const file = join(folder, `${name}.key`);
			const secret = passphrase === undefined ? {} : {cipher: 'aes-256-cbc', passphrase};
			await writeFile(file, privateKey.export({type: 'pkcs8', format: 'pem', ...secret}), {mode: 0o600});
			await writeFile(join(trust, `${name}.pub`), publicKey.export({type: 'spki', format: 'pem'}));
			return file;
		},
		[Symbol.asyncDispose]: () => closing.disposeAsync(),
	};
}
