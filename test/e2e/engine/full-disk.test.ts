import assert from 'node:assert/strict';
import {mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {test} from 'node:test';
import {openJournal} from '../../../server/engine/journal.ts';
import {steadyJournal} from '../../../server/engine/steady-journal.ts';
import {startAppliance} from '../../harness/appliance.ts';
import {ask, problemOf} from './sockets.ts';

test('an engine whose state cannot be opened stays up, says why, and begins nothing', async () => {
	await using appliance = await startAppliance({speed: 1});
	await appliance.killEngine();
	// No journal can be made below a file; the rest of the disk works, as root ignores read-only modes.
	const state = join(appliance.root, 'var/lib/alga-appliance');
	rmSync(state, {recursive: true, force: true});
	writeFileSync(state, '');
	await appliance.startEngine();
	const view = await appliance.until('the reason', ({machine}) => machine.some(({id}) => id === 'state'));
	const row = view.machine[0];
	assert.deepEqual([row?.id, row?.mark], ['state', 'failed']);
	assert.match(row?.text ?? '', /cannot be written, so nothing is begun: .*(?:ENOTDIR|EEXIST|not a directory)/i);
	assert.match(view.rollup.message, /^The disk refuses what the appliance writes/);
	const answer = await ask(appliance.socket, 'POST', '/v1/operations', {kind: 'preflight', input: {values: {}}});
	assert.equal(answer.status, 507);
	assert.equal(problemOf(answer).code, 'journal.unwritable');
	assert.match(problemOf(answer).next, /Make room/);
});

test('a disk that is full loses events and refuses operations, and all is well once there is room', t => {
	const folder = mkdtempSync(join(tmpdir(), 'alga-full-'));
	t.after(() => rmSync(folder, {recursive: true, force: true}));
	const real = openJournal(join(folder, 'journal.db'));
	let full = true;
	const write = (act: () => void) => {
		if (full) throw new Error('database or disk is full');
		act();
	};
	const {journal, trouble} = steadyJournal(
		() => ({
			...real,
			activity: entry => write(() => real.activity(entry)),
			set: (key, value) => write(() => real.set(key, value)),
		}),
		() => assert.fail('the journal was there'),
		() => undefined,
	);
	const event = {at: 1, mark: 'good', source: 'test', text: 'an event'} as const;
	journal.activity(event);
	assert.match(trouble() ?? '', /full/);
	assert.throws(() => journal.set('setup.draft', {}), /full/);
	full = false;
	journal.activity(event);
	assert.equal(trouble(), undefined);
	assert.equal(journal.activities(10).length, 1);
	real[Symbol.dispose]();
});

test('a journal that was opened on a read-only disk is found out at once, and written again when the disk is well', t => {
	const folder = mkdtempSync(join(tmpdir(), 'alga-readonly-'));
	t.after(() => rmSync(folder, {recursive: true, force: true}));
	let disk: 'read-only' | 'well' = 'read-only';
	// SQLite opens what it may only read, and such a connection never writes.
	const openNow = () => {
		const real = openJournal(join(folder, 'journal.db'));
		if (disk === 'well') return real;
		const refuse = () => {
			throw new Error('attempt to write a readonly database');
		};
		return {...real, set: refuse, begin: refuse, activity: refuse};
	};
	const {journal, trouble, prove} = steadyJournal(
		openNow,
		() => assert.fail('the journal was there'),
		() => undefined,
	);
	t.after(() => journal[Symbol.dispose]());
	assert.match(trouble() ?? '', /readonly/);
	assert.throws(() => journal.set('setup.draft', {}), /readonly/);
	prove('look');
	assert.match(trouble() ?? '', /readonly/);
	disk = 'well';
	prove('look');
	assert.equal(trouble(), undefined);
	journal.set('setup.draft', {hostName: 'alga-01'});
	assert.deepEqual(journal.get('setup.draft'), {hostName: 'alga-01'});
});
