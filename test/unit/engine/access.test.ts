import assert from 'node:assert/strict';
import {existsSync, mkdtempSync, readFileSync, rmSync, statSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {afterEach, beforeEach, test} from 'node:test';
import {openAccess} from '../../../server/engine/access.ts';
import {makePaths} from '../../../server/engine/paths.ts';

let root = '';
beforeEach(() => {
	root = mkdtempSync(join(tmpdir(), 'access-'));
});
afterEach(() => rmSync(root, {recursive: true, force: true}));

test('the setup token has 80 bits, is 0600 on disk, and is the same after a restart', () => {
	const paths = makePaths(root);
	const token = openAccess(paths).setupToken() ?? '';
	assert.match(token, /^[2-9A-HJ-NP-Z]{4}(-[2-9A-HJ-NP-Z]{4}){3}$/);
	assert.equal(statSync(paths.setupToken).mode & 0o777, 0o600);
	assert.equal(openAccess(paths).setupToken(), token);
});

test('a token works once, in any case and without dashes, and is destroyed by it', () => {
	const paths = makePaths(root);
	const access = openAccess(paths);
	const token = access.setupToken() ?? '';
	assert.equal(access.claim('AAAA-AAAA-AAAA-AAAA', 'hash').ok, false);
	assert.equal(access.claim('', 'hash').ok, false);
	assert.equal(access.claim(token.toLowerCase().replaceAll('-', ''), 'scrypt$x').ok, true);
	assert.equal(existsSync(paths.setupToken), false);
	assert.equal(access.claim(token, 'other').ok, false);
	assert.equal(openAccess(paths).credential().passwordHash, 'scrypt$x');
	assert.equal(openAccess(paths).setupToken(), undefined);
});

test('a reset forgets the password, raises the epoch and makes another token', () => {
	const access = openAccess(makePaths(root));
	const first = access.setupToken() ?? '';
	const claimed = access.claim(first, 'h');
	const reset = access.reset();
	assert.ok(claimed.ok && reset.epoch > claimed.value.epoch);
	assert.notEqual(access.setupToken(), first);
	assert.equal(access.state(), 'unclaimed');
});

test('the status token is kept as a hash only', () => {
	const paths = makePaths(root);
	const {token} = openAccess(paths).newStatusToken();
	assert.equal(readFileSync(paths.credential, 'utf8').includes(token), false);
});
