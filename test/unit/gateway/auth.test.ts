import assert from 'node:assert/strict';
import {mkdtemp, readFile, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import test from 'node:test';
import {addressKey} from '../../../server/gateway/auth/address.ts';
import {openLockout} from '../../../server/gateway/auth/lockout.ts';
import {openSessions} from '../../../server/gateway/auth/sessions.ts';
import {hashPassword, verifyPassword} from '../../../server/password/hash.ts';
import {waitAfter} from '../../../server/password/patience.ts';

const quiet = () => undefined;
const hour = 60 * 60_000;

async function scratch(): Promise<{readonly dir: string} & AsyncDisposable> {
	const dir = await mkdtemp(join(tmpdir(), 'auth-'));
	return {dir, [Symbol.asyncDispose]: () => rm(dir, {recursive: true, force: true})};
}

test('an IPv4 address counts alone, an IPv6 site counts by its /64', () => {
	for (const [remote, key] of [
		['192.168.1.7', '192.168.1.7'],
		['::ffff:192.168.1.7', '192.168.1.7'],
		['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
		['2001:db8:1:2::9', '2001:db8:1:2::/64'],
		['2001:0db8:0001:0002:ffff::', '2001:db8:1:2::/64'],
		['2001:db8:1:3::9', '2001:db8:1:3::/64'],
		['fe80::1%eth0', 'fe80:0:0:0::/64'],
		['::1', '0:0:0:0::/64'],
		[undefined, ''],
	] as const) {
		assert.equal(addressKey(remote), key, String(remote));
	}
});

test('the wait begins with the fifth wrong try, doubles, and ends growing at an hour', () => {
	assert.deepEqual([1, 4, 5, 6, 7, 11, 12, 40].map(waitAfter), [0, 0, 30_000, 60_000, 120_000, 1_920_000, hour, hour]);
});

test('a table of guessers is bounded, and a clock set back locks nobody for days', async () => {
	await using place = await scratch();
	const lockout = await openLockout(place.dir, quiet, 100);
	for (let guesser = 0; guesser < 300; guesser++) await lockout.take(`10.0.${guesser >> 8}.${guesser & 255}`, guesser);
	const kept = JSON.parse(await readFile(join(place.dir, 'lockouts.json'), 'utf8'));
	assert.equal(Object.keys(kept).length, 100);
	for (let tries = 0; tries < 5; tries++) assert.equal(await lockout.take('10.9.9.9', 1000 * hour), 0);
	assert.equal(await lockout.take('10.9.9.9', 0), 30_000);
	assert.equal(await lockout.take('10.9.9.9', 30_001), 0);
});

test('a file of lockouts or sessions that cannot be understood is as good as none', async () => {
	await using place = await scratch();
	await writeFile(join(place.dir, 'lockouts.json'), '{"a":');
	await writeFile(join(place.dir, 'sessions.json'), '{"epoch":"x"}');
	assert.equal(await (await openLockout(place.dir, quiet)).take('a', 0), 0);
	assert.equal((await openSessions(place.dir, quiet)).count(), 0);
});

test('a disk that is full is told and keeps nobody from signing in', async () => {
	const told: string[] = [];
	const sessions = await openSessions('/dev/null/nowhere', line => told.push(line)).catch(() => undefined);
	assert.equal(sessions, undefined, 'a folder that is none is said at the start');
	await using place = await scratch();
	const working = await openSessions(place.dir, line => told.push(line));
	await rm(place.dir, {recursive: true});
	const secret = await working.start('http', 0, 0);
	assert.ok(working.find(secret, 'http', 1));
	assert.match(told.join(), /cannot write/);
});

test('a password is known by its hash alone, with the settings the hash names', async () => {
	const hash = await hashPassword('correct horse');
	assert.match(hash, /^scrypt\$16384\$8\$5\$[\w-]{22}\$[\w-]{43}$/);
	assert.equal(await verifyPassword('correct horse', hash), true);
	assert.equal(await verifyPassword('correct horsf', hash), false);
	assert.notEqual(await hashPassword('correct horse'), hash);
	// "é" as one character and as two is one password on two keyboards.
	assert.equal(
		await verifyPassword('caf\u0065\u0301 caf\u0065\u0301', await hashPassword('caf\u00e9 caf\u00e9')),
		true,
	);
});

test('a hash that would cost too much, or of another kind, lets nobody in', async () => {
	const [, , , , salt, key] = (await hashPassword('x')).split('$');
	for (const hash of [
		'',
		'unreadable',
		`scrypt$${2 ** 24}$8$1$${salt}$${key}`,
		`scrypt$16384$8$0$${salt}$${key}`,
		`scrypt$3$8$1$${salt}$${key}`,
		`argon2$16384$8$5$${salt}$${key}`,
		`scrypt$16384$8$5$${salt}$AAAA`,
	]) {
		assert.equal(await verifyPassword('x', hash), false, hash);
	}
});

test('a session ends idle after two hours, after a day in any case, and with another epoch', async () => {
	await using place = await scratch();
	const sessions = await openSessions(place.dir, quiet);
	await sessions.setEpoch(4);
	const secret = await sessions.start('http', 4, 0);
	assert.ok(sessions.find(secret, 'http', 1.9 * hour));
	assert.equal(sessions.find(secret, 'https', 1.9 * hour), undefined);
	for (let at = 2; at < 24; at++) assert.ok(sessions.find(secret, 'http', at * hour), `hour ${at}`);
	assert.equal(sessions.find(secret, 'http', 24 * hour + 1), undefined);
	const idle = await sessions.start('http', 4, 0);
	assert.equal(sessions.find(idle, 'http', 2 * hour + 1), undefined);
	const early = await sessions.start('http', 4, 100 * hour);
	assert.ok(sessions.find(early, 'http', 10 * hour), 'a clock that was set back ends nothing');
	assert.equal(sessions.find(early, 'http', 12 * hour + 1), undefined, 'nor does it prolong anything');
	const old = await sessions.start('http', 3, 0);
	assert.equal(sessions.find(old, 'http', 1), undefined, 'a password of an older epoch begins nothing');
	const kept = await sessions.start('http', 4, 0);
	await sessions.setEpoch(2);
	assert.equal(sessions.find(kept, 'http', 1), undefined, 'any other epoch ends it, lower ones too');
});

test('there are never more than two hundred sessions, and no cookie is in the file', async () => {
	await using place = await scratch();
	const sessions = await openSessions(place.dir, quiet);
	const first = await sessions.start('http', 0, 0);
	for (let more = 0; more < 205; more++) await sessions.start('http', 0, 1);
	assert.equal(sessions.count(), 200);
	assert.equal(sessions.find(first, 'http', 2), undefined);
	assert.ok(!(await readFile(join(place.dir, 'sessions.json'), 'utf8')).includes(first));
});
