import assert from 'node:assert/strict';
import {cp, mkdir, rm, writeFile} from 'node:fs/promises';
import {join, resolve} from 'node:path';
import {suite, test} from 'node:test';
import {readDraft} from '../../../server/registry/publish/draft.ts';
import {registryMissing, store} from '../../harness/registry.ts';
import {artifact} from '../../harness/release.ts';
import {openPublisher} from './publisher.ts';

const example = resolve(import.meta.dirname, '../../../docs/release-draft.example.yaml');

suite('the example of a draft', {skip: registryMissing}, () => {
	test('it is built, pushed, signed and promoted as it stands, into a registry that holds what it names', async () => {
		await using desk = await openPublisher();
		const draft = await readDraft(example);
		assert.ok(draft.ok);
		const {charts, images, k3s} = draft.value;
		const named = [
			...charts.map(({repository, version}) => ({repository, tag: version})),
			...images.flatMap(one => ('tag' in one ? [one] : [])),
		];
		const bytes = (text: string) => new TextEncoder().encode(text);
		await store(
			desk.registry.origin,
			named.map(({repository, tag}) =>
				artifact(
					repository.replace('ghcr.io/', ''),
					[tag],
					{mediaType: 'application/vnd.oci.image.config.v1+json', bytes: bytes(`{"name":"${repository}"}`)},
					[{mediaType: 'application/vnd.oci.image.layer.v1.tar+gzip', bytes: bytes(repository)}],
				),
			),
		);
		// Beside it lie the files of k3s that it names by path.
		const file = join(desk.folder, 'draft.yaml');
		await cp(example, file);
		await rm(join(desk.folder, 'k3s'));
		await mkdir(join(desk.folder, 'k3s'));
		for (const path of [k3s.binary.amd64, k3s.airgapImages?.amd64 ?? ''])
			await writeFile(join(desk.folder, path), path);
		const key = await desk.key('publisher');
		const layout = join(desk.folder, 'layout');
		for (const step of [
			['build', file, '-o', layout],
			['lint', layout],
			['push', layout, '--key', key],
			['promote', draft.value.version, 'candidate', '--trust', desk.trust],
			['promote', draft.value.version, 'stable', '--trust', desk.trust],
		]) {
			const done = await desk.run('release', ...step);
			assert.equal(done.code, 0, `${step[0]}: ${done.error}`);
		}
		assert.match((await desk.run('release', 'show', 'stable', '--trust', desk.trust)).out, /Signed by publisher/);
	});
});
