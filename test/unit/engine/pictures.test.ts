import assert from 'node:assert/strict';
import {mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {test} from 'node:test';
import {keepPicture} from '../../../server/engine/pictures.ts';

test('a picture is kept for root alone, and only the newest twenty stay beside the bundles', t => {
	const folder = mkdtempSync(join(tmpdir(), 'alga-pictures-'));
	t.after(() => rmSync(folder, {recursive: true, force: true}));
	writeFileSync(join(folder, 'bundle.tar.gz'), '');
	let last = '';
	for (let at = 0; at < 25; at++) {
		const kept = keepPicture(folder, at * 1000, {text: `screen ${at}`, svg: '<svg/>'});
		assert.ok(kept.ok);
		last = kept.value.file;
	}
	assert.equal(readdirSync(folder).length, 41);
	assert.equal(readFileSync(last.replace('.svg', '.txt'), 'utf8'), 'screen 24');
	assert.equal(statSync(last).mode & 0o777, 0o600);
});

test('a folder that cannot be written says so', () => {
	const kept = keepPicture('/dev/null/nothing', 0, {text: '', svg: ''});
	assert.equal(kept.ok, false);
});
