import assert from 'node:assert/strict';
import {mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {dirname, join} from 'node:path';
import {afterEach, beforeEach, test} from 'node:test';
import {idleMs, openConsoleLock} from '../../../server/engine/console-lock.ts';
import {makePaths} from '../../../server/engine/paths.ts';

const password = 'a console password';
let root = '';
let now = 1_000_000;
beforeEach(() => {
	root = mkdtempSync(join(tmpdir(), 'alga-lock-'));
	now = 1_000_000;
});
afterEach(() => rmSync(root, {recursive: true, force: true}));
const open = () => openConsoleLock(makePaths(root), () => now);

async function unlocked(lock: ReturnType<typeof open>): Promise<string> {
	const answer = await lock.unlock(password);
	assert.ok(answer.ok, JSON.stringify(answer));
	return answer.value.session;
}

test('the password is on disk as a hash for root alone', async () => {
	await open().change('on', password);
	const file = makePaths(root).consoleLock;
	assert.equal(readFileSync(file, 'utf8').includes(password), false);
	assert.match(readFileSync(file, 'utf8'), /scrypt\$/);
	assert.equal(statSync(file).mode & 0o777, 0o600);
	assert.equal(open().mode(), 'on');
});

test('a session is over after ten minutes without a sign of life, and when the clock is set back', async () => {
	const lock = open();
	await lock.change('on', password);
	const session = await unlocked(lock);
	now += idleMs - 1;
	assert.equal(lock.isOpen(session), true, 'and lives on from here');
	now += idleMs - 1;
	assert.equal(lock.isKnown(session), true);
	assert.equal(lock.sweep(), 0);
	now += 1;
	assert.equal(lock.isOpen(session), false);
	assert.equal(lock.sweep(), 1);
	const next = await unlocked(lock);
	now -= 365 * 86_400_000;
	assert.equal(lock.isOpen(next), false);
});

test('many tries at once are counted one by one, and a clock set back does not lock for a year', async () => {
	const lock = open();
	await lock.change('lockdown', password);
	const tried = await Promise.all(Array.from({length: 4}, () => lock.unlock('wrong')));
	assert.ok(tried.every(answer => !answer.ok && answer.problem.code === 'auth.denied'));
	await lock.unlock('wrong');
	const sixth = await lock.unlock(password);
	assert.ok(!sixth.ok && sixth.problem.code === 'auth.locked');
	now -= 365 * 86_400_000;
	await lock.unlock(password);
	now += 31_000;
	await unlocked(lock);
});

test('a file that cannot be read locks the console; setting it anew opens it', async () => {
	const file = makePaths(root).consoleLock;
	mkdirSync(dirname(file), {recursive: true});
	writeFileSync(file, '{');
	const lock = open();
	assert.equal(lock.isOpen(undefined), false);
	assert.equal((await lock.unlock('')).ok, false);
	assert.equal((await lock.change('off', undefined)).ok, true);
	assert.equal(lock.isOpen(undefined), true);
});
