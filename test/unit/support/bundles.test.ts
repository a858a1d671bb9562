import assert from 'node:assert/strict';
import {existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {test} from 'node:test';
import {unpack} from '../../../server/registry/layer.ts';
import {type Entry, openBundles} from '../../../server/support/bundles.ts';

const day = Date.UTC(2026, 1, 23);

async function* entries(...given: readonly Entry[]): AsyncGenerator<Entry> {
	yield* given;
}
async function* breaking(): AsyncGenerator<Entry> {
	yield {file: 'a.txt', text: 'first'};
	throw Object.assign(new Error('no space left on device'), {code: 'ENOSPC'});
}

function folder(): {readonly path: string} & Disposable {
	const path = mkdtempSync(join(tmpdir(), 'bundles-'));
	return {path, [Symbol.dispose]: () => rmSync(path, {recursive: true, force: true})};
}

test('a bundle is written whole, readable by root alone, and what is in it comes out again', async () => {
	using place = folder();
	const bundles = openBundles(place.path);
	const made = await bundles.write(
		'alga-support-site-1.tar.gz',
		entries({file: 'a/b.txt', text: 'one\n'}, {file: 'c.json', text: '{}'}),
		day,
	);
	assert.ok(made.ok, made.ok ? '' : made.problem.what);
	assert.equal(statSync(made.value.path).mode & 0o777, 0o600);
	const files = await unpack(readFileSync(made.value.path));
	assert.ok(files.ok);
	assert.deepEqual(
		[...files.value],
		[
			['a/b.txt', 'one\n'],
			['c.json', '{}'],
		],
	);
	assert.deepEqual(
		bundles.list().map(one => one.name),
		['alga-support-site-1.tar.gz'],
	);
});

test('a disk that becomes full is told in words, and leaves nothing behind', async () => {
	using place = folder();
	const bundles = openBundles(place.path);
	const made = await bundles.write('alga-support-site-1.tar.gz', breaking(), day);
	assert.ok(!made.ok);
	assert.equal(made.problem.code, 'disk.full');
	assert.match(made.problem.what, /disk became full/);
	assert.deepEqual(readdirSync(place.path), []);
	assert.deepEqual(bundles.list(), []);
});

test('the newest five are kept, an older half-written one is removed, and other files stay', async () => {
	using place = folder();
	writeFileSync(join(place.path, 'alga-support-old.tar.gz.part'), 'half');
	writeFileSync(join(place.path, 'release.tar'), 'a release');
	const bundles = openBundles(place.path);
	for (let count = 1; count <= 7; count++)
		assert.ok(
			(await bundles.write(`alga-support-site-${count}.tar.gz`, entries({file: 'a', text: `${count}`}), day)).ok,
		);
	assert.equal(bundles.list().length, 5);
	assert.ok(bundles.list().some(one => one.name === 'alga-support-site-7.tar.gz'));
	assert.ok(!existsSync(join(place.path, 'alga-support-old.tar.gz.part')));
	assert.ok(existsSync(join(place.path, 'release.tar')));
});

test('only bundles are handed out, by name and never by path', async () => {
	using place = folder();
	writeFileSync(join(place.path, 'journal.db'), 'x');
	const bundles = openBundles(place.path);
	for (const name of ['journal.db', '../journal.db', 'alga-support-../journal.db', '/etc/shadow', ''])
		assert.equal(bundles.read(name), undefined, name);
});
