import assert from 'node:assert/strict';
import {mkdtemp, readdir, readFile, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {test} from 'node:test';
import {readDraft} from '../../../server/registry/publish/draft.ts';
import {isFloating} from '../../../shared/release/lint.ts';

test('the example draft in the documents is one', async () => {
	const draft = await readDraft(join(import.meta.dirname, '../../../docs/release-draft.example.yaml'));
	assert.ok(draft.ok, draft.ok ? '' : (draft.problem.detail ?? ''));
	assert.equal(draft.value.version, '1.5.0');
});

test('the example names every chart of the default tree, values for every HelmRelease, and no tag that moves', async () => {
	const draft = await readDraft(join(import.meta.dirname, '../../../docs/release-draft.example.yaml'));
	assert.ok(draft.ok);
	const tree = join(import.meta.dirname, '../../../flux-assets');
	const files = (await readdir(tree, {recursive: true, withFileTypes: true})).filter(one => one.isFile());
	const texts = await Promise.all(files.map(one => readFile(join(one.parentPath, one.name), 'utf8')));
	const taken = texts.flatMap(text => /url: oci:\/\/(\S+)/.exec(text)?.[1] ?? []);
	assert.ok(taken.length > 0);
	assert.deepEqual(draft.value.charts.map(one => one.repository).sort(), taken.sort());
	const releases = texts.flatMap(text => /kind: HelmRelease\nmetadata:\n {2}name: (\S+)/.exec(text)?.[1] ?? []);
	assert.deepEqual(Object.keys(draft.value.values).sort(), releases.sort());
	assert.deepEqual(draft.value.upgradeFrom, []);
	for (const image of draft.value.images) if ('tag' in image) assert.equal(isFloating(image.tag), false, image.name);
});

test('a tag floats by its name, not by being long or unusual', () => {
	for (const tag of ['latest', 'Stable', 'nightly', 'main', 'master', 'edge', 'dev', '1-latest', 'v1.5-stable'])
		assert.ok(isFloating(tag), tag);
	for (const tag of ['1.5.0', 'v1.6.2', 'pg16', '7-alpine', 'main-3fa91c2', '2026-11-21-nightly', '1.5.0-dev.3'])
		assert.equal(isFloating(tag), false, tag);
});

test('a draft that is wrong is refused with the path of the field', async () => {
	const folder = await mkdtemp(join(tmpdir(), 'draft-'));
	try {
		const file = join(folder, 'draft.yaml');
		for (const [text, field] of [
			['schema: alga.appliance.release/v2', 'version'],
			['{', ''],
		] as const) {
			await writeFile(file, text);
			const draft = await readDraft(file);
			assert.ok(!draft.ok);
			assert.equal(draft.problem.code, 'input.invalid');
			assert.equal(draft.problem.field ?? '', field);
		}
		assert.equal((await readDraft(join(folder, 'none'))).ok, false);
	} finally {
		await rm(folder, {recursive: true, force: true});
	}
});
