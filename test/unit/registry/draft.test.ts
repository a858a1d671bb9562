import assert from 'node:assert/strict';
import {mkdtemp, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {test} from 'node:test';
import {readDraft} from '../../../server/registry/publish/draft.ts';

test('the example draft in the documents is one', async () => {
	const draft = await readDraft(join(import.meta.dirname, '../../../docs/release-draft.example.yaml'));
	assert.ok(draft.ok, draft.ok ? '' : (draft.problem.detail ?? ''));
	assert.equal(draft.value.version, '1.5.0');
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
