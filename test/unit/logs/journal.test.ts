import assert from 'node:assert/strict';
import {execFileSync} from 'node:child_process';
import {existsSync} from 'node:fs';
import {chmod, mkdtemp, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {describe, test} from 'node:test';
import {makeBox, page, query, readBack, readOn, texts} from './box.ts';

const maker = ['/usr/lib/systemd/systemd-journal-remote', '/lib/systemd/systemd-journal-remote'].find(existsSync);
const id = 'unit:k3s';

/** A real journal of these messages, read by the real journalctl through a script that names its folder. */
async function makeJournal(
	entries: readonly {readonly message: string; readonly priority?: number; readonly unit?: string}[],
) {
	const folder = await mkdtemp(join(tmpdir(), 'journal-'));
	const export_ = entries.map(({message, priority = 6, unit = 'k3s.service'}, index) =>
		[
			`__REALTIME_TIMESTAMP=${(1_767_225_600_000 + index) * 1000}`,
			`__MONOTONIC_TIMESTAMP=${index + 1}`,
			`_BOOT_ID=${'0'.repeat(31)}1`,
			`_MACHINE_ID=${'0'.repeat(31)}2`,
			`PRIORITY=${priority}`,
			`_SYSTEMD_UNIT=${unit}`,
			`MESSAGE=${message}`,
			'',
			'',
		].join('\n'),
	);
	execFileSync(maker ?? '', ['--output', join(folder, 'all.journal'), '-'], {
		input: export_.join(''),
		stdio: ['pipe', 'ignore', 'pipe'],
	});
	const journalctl = join(folder, 'journalctl');
	await writeFile(journalctl, `#!/bin/sh\nexec journalctl --directory=${folder} "$@"\n`);
	await chmod(journalctl, 0o755);
	return {journalctl, [Symbol.asyncDispose]: () => rm(folder, {recursive: true, force: true})};
}

describe('the journal', {
	skip: maker === undefined && 'systemd-journal-remote, which writes journals for tests, is not installed',
}, () => {
	const messages = Array.from({length: 450}, (_, index) => `message ${index}`);

	test('every line of a unit is reached in both directions, and no other unit’s', async () => {
		await using journal = await makeJournal([
			{message: 'other', unit: 'ssh.service'},
			...messages.map(message => ({message})),
		]);
		await using box = await makeBox(journal);
		const newest = await page(box, {}, id);
		assert.deepEqual(texts(newest), messages.slice(-200));
		assert.equal(newest.lines[0]?.at, 1_767_225_600_000 + 251);
		assert.deepEqual(await readBack(box, {}, id), messages);
		assert.deepEqual(await readOn(box, {}, id), messages);
		const nothingNew = await page(box, {cursor: newest.newer, direction: 'newer'}, id);
		assert.deepEqual([nothingNew.lines, nothingNew.newer], [[], newest.newer]);
	});

	test('severity comes from the priority, or from the words of what wrote to stdout', async () => {
		await using journal = await makeJournal([
			{message: 'quiet', priority: 7},
			{message: 'refused', priority: 3},
			{message: 'time="…" level=warning msg=slow'},
			{message: 'E0101 00:00:00.000 reflector.go:1] failed'},
		]);
		await using box = await makeBox(journal);
		const {lines} = await page(box, {}, id);
		assert.deepEqual(
			lines.map(each => each.severity),
			['debug', 'error', 'warning', 'error'],
		);
		assert.deepEqual(texts(await page(box, {severity: 'error'}, id)), [
			'refused',
			'E0101 00:00:00.000 reflector.go:1] failed',
		]);
		assert.deepEqual(texts(await page(box, {at: 1_767_225_600_002, limit: 1}, id)).length, 1);
	});

	test('following begins after the cursor', async () => {
		await using journal = await makeJournal(messages.map(message => ({message})));
		await using box = await makeBox(journal);
		const {newer} = await page(box, {from: 'first', limit: 440, direction: 'newer'}, id);
		const stop = new AbortController();
		const seen: string[] = [];
		for await (const one of box.logs.follow(
			id,
			{cursor: newer, previous: false},
			AbortSignal.any([stop.signal, AbortSignal.timeout(10_000)]),
		)) {
			seen.push(...texts(one));
			if (seen.length >= 10) stop.abort();
		}
		assert.deepEqual(seen, messages.slice(440));
	});
});

test('a machine without a journal says which command to try', async () => {
	await using box = await makeBox({journalctl: '/nonexistent/journalctl'});
	const answer = await box.logs.page(id, query());
	assert.equal(!answer.ok && answer.problem.code, 'command.missing');
});
