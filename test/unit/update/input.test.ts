import assert from 'node:assert/strict';
import {test} from 'node:test';
import {currentRelease, unproven} from '../../../server/operations/setup/release.ts';
import type {RecordKey, Records} from '../../../server/operations/step.ts';
import {parseRollback, parseUpdate} from '../../../server/operations/update/input.ts';
import {addHistory, readHistory, wayBack} from '../../../server/operations/update/target.ts';
import type {ReleaseManifest} from '../../../shared/release/manifest.ts';
import {sampleKey, sampleRelease} from '../../harness/release.ts';

const key = sampleKey();
const site = {
	channel: 'stable',
	dns: {mode: 'system'},
	timeServers: [],
	noProxy: [],
	company: 'Example IT',
	administrator: {firstName: 'Ada', lastName: 'Lovelace', email: 'ada@example.com'},
};

async function release(version: string, overrides: Partial<ReleaseManifest> = {}) {
	const {manifest, digest} = await sampleRelease(version, key, overrides);
	return {manifest, digest, signedBy: 'alga-test', channel: 'stable', at: 1};
}

function recordsOf(values: Partial<Record<RecordKey, unknown>>): Records {
	const kept = new Map<string, unknown>(Object.entries(values));
	return {get: name => kept.get(name), set: (name, value) => void kept.set(name, value)};
}

const old = await release('1.4.2');
const next = await release('1.4.3');
const told = (result: ReturnType<typeof parseRollback>) => (result.ok ? 'accepted' : result.problem.what);

test('nothing is updated or rolled back before a release is installed', () => {
	const records = recordsOf({'setup.answers': site});
	assert.match(told(parseUpdate({}, {records})), /No release has been installed/u);
	assert.match(told(parseRollback({phrase: 'rollback'}, {records})), /no release to return to/u);
});

test('an offered version is planned by the digest that was seen, another one by its name', () => {
	const records = recordsOf({'setup.answers': site, 'release.current': old, 'release.available': next});
	for (const [asked, digest] of [
		[{version: '1.4.3'}, next.digest],
		[{}, next.digest],
		[{version: '1.4.4'}, undefined],
	] as const) {
		const parsed = parseUpdate(asked, {records});
		assert.ok(parsed.ok);
		assert.equal(parsed.value.input.digest, digest);
	}
});

test('a pinned appliance takes no release by itself, and keeps its pin when one is named', () => {
	const records = recordsOf({'setup.answers': {...site, releasePin: '1.4.2'}, 'release.current': old});
	assert.match(told(parseUpdate({}, {records})), /pinned to 1\.4\.2/u);
	const named = parseUpdate({version: '1.4.3'}, {records});
	assert.ok(named.ok);
	assert.equal(named.value.input.answers.releasePin, '1.4.2');
});

test('the way back leads from a failed switch to the recorded release, else to the one before it', () => {
	const committed = recordsOf({'release.current': next, 'release.previous': old, 'release.target': next});
	assert.equal(unproven(committed), undefined);
	assert.deepEqual([wayBack(committed)?.from.digest, wayBack(committed)?.to.digest], [next.digest, old.digest]);
	const failed = recordsOf({'release.current': old, 'release.target': next});
	assert.equal(currentRelease(failed)?.digest, old.digest);
	assert.deepEqual([wayBack(failed)?.from.digest, wayBack(failed)?.to.digest], [next.digest, old.digest]);
	assert.equal(wayBack(recordsOf({'release.current': old, 'release.target': old})), undefined);
});

test('a release whose publisher says that it cannot be undone is not', async () => {
	for (const [rollback, words] of [
		['none', /cannot be undone/u],
		['data-restore', /together with the data/u],
	] as const) {
		const oneWay = await release('1.4.4', {rollback});
		const records = recordsOf({
			'setup.answers': site,
			'release.current': oneWay,
			'release.previous': old,
			'release.target': oneWay,
		});
		assert.match(told(parseRollback({phrase: 'rollback'}, {records})), words);
	}
});

test('the way back wants the phrase and the release it leads to', () => {
	const records = recordsOf({
		'setup.answers': site,
		'release.current': next,
		'release.previous': old,
		'release.target': next,
	});
	assert.match(told(parseRollback({phrase: 'yes'}, {records})), /phrase/u);
	assert.match(told(parseRollback({phrase: 'rollback', version: '1.3.0'}, {records})), /leads to 1\.4\.2/u);
	assert.equal(told(parseRollback({phrase: ' Rollback ', version: '1.4.2'}, {records})), 'accepted');
});

test('what an operation did is in the history once, as it was said first', () => {
	const records = recordsOf({});
	const entry = {operation: 'update-1', at: 1, title: 'Update to 1.4.3', mark: 'good', text: 'from 1.4.2'} as const;
	addHistory(records, entry);
	addHistory(records, {...entry, text: 'done'});
	assert.deepEqual(readHistory(records), [entry]);
});
