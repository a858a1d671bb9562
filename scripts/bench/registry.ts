import {execFile} from 'node:child_process';
import {randomBytes} from 'node:crypto';
import {mkdtemp, open, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {promisify} from 'node:util';
import {systemClock} from '../../server/engine/clock.ts';
import {hashFile} from '../../server/registry/download.ts';
import {streamOf} from '../../server/registry/layout.ts';
import {digestOf, imageType} from '../../server/registry/oci.ts';
import {openRegistry} from '../../server/registry/open.ts';
import {makePusher} from '../../server/registry/push.ts';
import type {Result} from '../../shared/problem.ts';
import {startDockerRegistry} from '../../test/harness/registry.ts';
import type {Row} from './row.ts';

const run = promisify(execFile);
const megabyte = 2 ** 20;
const blobBytes = 2 * 1024 * megabyte;
const rounds = 3;
const repository = 'bench.example/blob';

/** Fetching a 2 GB blob, verified and on the disk, beside `skopeo copy` from the same registry. */
export async function bench(): Promise<Row[]> {
	const folder = await mkdtemp(join(tmpdir(), 'bench-registry-'));
	await using closing = new AsyncDisposableStack();
	closing.defer(() => rm(folder, {recursive: true, force: true}));
	const real = closing.use(await startDockerRegistry());
	const artifacts = join(folder, 'artifacts');
	const client = closing.use(
		openRegistry({
			repository,
			artifacts,
			mirrors: {'bench.example': real.host},
			noProxy: [],
			credentials: () => undefined,
			keys: async () => [],
			policy: 'require',
			clock: systemClock,
		}),
	);
	const never = new AbortController().signal;
	const source = join(folder, 'source');
	await writeRandom(source);
	const blob = {digest: await hashFile(source), size: blobBytes};
	const pusher = makePusher(client.http, client.puller);
	const config = Buffer.from('{}');
	taken(await pusher.blob(repository, {...blob, body: streamOf(source)}, never));
	taken(await pusher.blob(repository, {digest: digestOf(config), size: config.length, body: config}, never));
	await rm(source);
	const manifest = {
		schemaVersion: 2,
		mediaType: imageType,
		config: {mediaType: 'application/vnd.oci.empty.v1+json', digest: digestOf(config), size: config.length},
		layers: [{mediaType: 'application/octet-stream', ...blob}],
	};
	const body = Buffer.from(JSON.stringify(manifest));
	taken(await pusher.manifest(repository, '1', {mediaType: imageType, body}, never));

	const ours: number[] = [];
	const theirs: number[] = [];
	let extra = 0;
	for (let round = 0; round < rounds; round++) {
		const copy = join(folder, 'copy');
		const image = `docker://${real.host}/blob:1`;
		theirs.push(await timed(() => run('skopeo', ['copy', '--quiet', '--src-tls-verify=false', image, `dir:${copy}`])));
		await rm(copy, {recursive: true, force: true});
		const before = process.memoryUsage.rss();
		const watch = () => {
			extra = Math.max(extra, process.memoryUsage.rss() - before);
		};
		ours.push(await timed(async () => taken(await client.download({repository, ...blob}, watch, never))));
		await rm(artifacts, {recursive: true, force: true});
	}
	const rate = (times: readonly number[]) => blobBytes / megabyte / Math.min(...times);
	return [
		{name: 'skopeo copy of a 2 GB blob', value: rate(theirs), unit: 'MB/s'},
		{
			name: 'download and verify it, against skopeo copy',
			value: rate(ours),
			unit: 'MB/s',
			target: '>= 0.9x',
			ratio: rate(ours) / rate(theirs),
		},
		{name: 'resident memory grown while downloading', value: extra / megabyte, unit: 'MB', target: '< 60 MB'},
	];
}

/** Seconds. */
async function timed(work: () => Promise<unknown>): Promise<number> {
	const began = performance.now();
	await work();
	return (performance.now() - began) / 1000;
}

async function writeRandom(path: string): Promise<void> {
	await using file = await open(path, 'w');
	const block = randomBytes(8 * megabyte);
	for (let written = 0; written < blobBytes; written += block.length) {
		block.writeUInt32LE(written / block.length);
		await file.writeFile(block);
	}
}

function taken<T>(result: Result<T>): T {
	if (!result.ok) throw new Error(JSON.stringify(result.problem));
	return result.value;
}
