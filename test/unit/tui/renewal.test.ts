import assert from 'node:assert/strict';
import {mkdtempSync, renameSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {test} from 'node:test';
import {watchRenewal} from '../../../tui/renewal.ts';

test('a console gives way to the new one when engine and program have changed, and not for one of them alone', t => {
	const folder = mkdtempSync(join(tmpdir(), 'alga-renewal-'));
	t.after(() => rmSync(folder, {recursive: true, force: true}));
	const program = join(folder, 'console.js');
	writeFileSync(program, 'old');
	const isRenewed = watchRenewal(program, '1.0.0');
	assert.equal(isRenewed(undefined), false);
	assert.equal(isRenewed('1.0.1'), false, 'an engine of another version, and nothing else to start');
	rmSync(program);
	assert.equal(isRenewed('1.0.1'), false, 'between the two files');
	writeFileSync(`${program}.new`, 'new');
	renameSync(`${program}.new`, program);
	assert.equal(isRenewed('1.0.0'), false);
	assert.equal(isRenewed('1.0.1'), true);
});
