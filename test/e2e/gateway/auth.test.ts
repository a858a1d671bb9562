import assert from 'node:assert/strict';
import {stat} from 'node:fs/promises';
import {join} from 'node:path';
import test from 'node:test';
import {password, startStage, until} from './harness.ts';
import {backgroundIssueView} from './views.ts';

test('the setup token buys one session and a password, once', async () => {
	await using stage = await startStage();
	const cookie = await stage.claim();
	assert.match(cookie, /^alga_session=[\w-]{43}$/);
	assert.equal((await stage.ask('/api/v1/view', {cookie})).status, 200);
	const again = await stage.ask('/api/v1/session/claim', {method: 'POST', body: {token: stage.engine.token, password}});
	assert.equal(again.status, 401);
	assert.notEqual(await stage.login(), cookie);
});

test('a short password is refused with its field before the token is tried', async () => {
	await using stage = await startStage();
	const answer = await stage.ask('/api/v1/session/claim', {
		method: 'POST',
		body: {token: stage.engine.token, password: 'short'},
	});
	assert.equal(answer.status, 400);
	assert.match(answer.text, /password: at least 10 characters/);
	assert.ok(stage.engine.asked.every(({path}) => path !== '/v1/access/claim'));
});

test('nobody who is not signed in learns more than product, version and that setup waits', async () => {
	await using stage = await startStage();
	const facts = (await stage.ask('/api/v1/session')).json();
	assert.deepEqual(Object.keys(facts).sort(), ['ports', 'product', 'setupWaiting', 'signedIn', 'version']);
	for (const path of [
		'/api/v1/view',
		'/api/v1/events',
		'/api/status',
		'/api/v1/logs/engine',
		'/api/v1/logs/engine/follow',
		'/api/openapi.json',
	]) {
		const answer = await stage.ask(path);
		assert.equal(answer.status, 401, path);
		assert.doesNotMatch(answer.text, /192\.168|alga-01|setup-token/);
	}
	for (const [method, path] of [
		['POST', '/api/v1/operations'],
		['POST', '/api/v1/operations/a/retry'],
		['PUT', '/api/v1/setup/draft'],
		['POST', '/api/v1/session/logout'],
	] as const) {
		assert.equal((await stage.ask(path, {method, body: {}})).status, 401, path);
	}
});

test('a session dies at logout, at a reset of the password, and when its time is over', async () => {
	await using stage = await startStage();
	const first = await stage.claim();
	assert.equal((await stage.ask('/api/v1/session/logout', {method: 'POST', body: {}, cookie: first})).status, 200);
	assert.equal((await stage.ask('/api/v1/view', {cookie: first})).status, 401);

	const idle = await stage.login();
	stage.clock.offset = 3 * 60 * 60_000;
	assert.equal((await stage.ask('/api/v1/view', {cookie: idle})).status, 401);

	const reset = await stage.login();
	stage.engine.reset();
	await until(
		async () => (await stage.ask('/api/v1/view', {cookie: reset})).status === 401,
		'the session to end with the password',
	);
});

test('a clock that was set back ends no session, and a password set since then is the one that counts', async () => {
	await using stage = await startStage();
	const first = await stage.claim();
	stage.clock.offset = -5 * 60 * 60_000;
	assert.equal((await stage.ask('/api/v1/view', {cookie: first})).status, 200);
	await stage.engine.choosePassword('another good one');
	await stage.login('another good one');
});

test('sessions and lockouts outlive a restart, in files only their owner reads, without the cookie in them', async () => {
	await using stage = await startStage();
	const cookie = await stage.claim();
	for (let tries = 0; tries < 5; tries++) {
		await stage.ask('/api/v1/session/login', {method: 'POST', body: {password: 'wrong'}, from: '127.0.0.9'});
	}
	await stage.restart();
	await until(async () => (await stage.ask('/api/v1/view', {cookie})).status === 200, 'the old session to work again');
	const locked = await stage.ask('/api/v1/session/login', {method: 'POST', body: {password}, from: '127.0.0.9'});
	assert.equal(locked.status, 429);
	assert.ok(Number(locked.headers['retry-after']) > 20);
	for (const name of ['sessions.json', 'lockouts.json', 'tls.key']) {
		assert.equal((await stat(join(stage.stateDir, name))).mode & 0o777, 0o600, name);
	}
});

test('five wrong tries lock their own address alone, longer each time; many at once count as many', async () => {
	await using stage = await startStage();
	await stage.claim();
	const attempt = (typed: string, from: string) =>
		stage.ask('/api/v1/session/login', {method: 'POST', body: {password: typed}, from});
	const statuses = (await Promise.all(Array.from({length: 12}, () => attempt('wrong', '127.0.0.5')))).map(
		({status}) => status,
	);
	assert.equal(statuses.filter(status => status === 401).length, 5);
	assert.equal((await attempt(password, '127.0.0.5')).status, 429);
	assert.equal((await attempt(password, '127.0.0.6')).status, 200);
	stage.clock.offset = 31_000;
	assert.equal((await attempt('wrong', '127.0.0.5')).status, 401);
	const longer = await attempt(password, '127.0.0.5');
	assert.ok(Number(longer.headers['retry-after']) > 50, 'the second wait is longer');
	stage.clock.offset = 31_000 + 61_000;
	assert.equal((await attempt(password, '127.0.0.5')).status, 200);
});

test('a change asked for by another site, or by nobody, is refused', async () => {
	await using stage = await startStage();
	const cookie = await stage.claim();
	const change = (headers: Record<string, string>) =>
		stage.ask('/api/v1/operations', {method: 'POST', body: {kind: 'preflight'}, cookie, headers});
	assert.equal((await change({origin: 'http://evil.example'})).status, 403);
	assert.equal((await change({origin: 'null'})).status, 403);
	assert.equal((await change({'sec-fetch-site': 'cross-site'})).status, 403);
	assert.equal((await change({'sec-fetch-site': 'same-origin'})).status, 202);
});

test('a session begun over TLS is Secure and is worth nothing on plain HTTP', async () => {
	await using stage = await startStage();
	const cookie = await stage.claim(password, 'https');
	assert.match(cookie, /^__Host-alga_session=/);
	assert.equal((await stage.ask('/api/v1/view', {cookie, scheme: 'https'})).status, 200);
	assert.equal((await stage.ask('/api/v1/view', {cookie})).status, 401);
	assert.equal((await stage.ask('/api/v1/view', {cookie: cookie.replace('__Host-', '')})).status, 401);
});

test('the status token reads status and view, and nothing else', async () => {
	await using stage = await startStage(backgroundIssueView());
	const headers = {authorization: `Bearer ${stage.engine.statusToken}`};
	assert.equal((await stage.ask('/api/status', {headers})).status, 200);
	assert.equal((await stage.ask('/api/v1/view', {headers})).status, 200);
	assert.equal((await stage.ask('/api/v1/events', {headers})).status, 401);
	assert.equal((await stage.ask('/api/v1/logs/engine', {headers})).status, 401);
	assert.equal(
		(await stage.ask('/api/v1/operations', {method: 'POST', body: {kind: 'preflight'}, headers})).status,
		401,
	);
	assert.equal((await stage.ask('/api/status', {headers: {authorization: 'Bearer wrong'}})).status, 401);
});

test('without the engine nobody is let in and no try is counted', async () => {
	await using stage = await startStage();
	const cookie = await stage.claim();
	await stage.engine.kill();
	for (let tries = 0; tries < 7; tries++) {
		assert.equal((await stage.ask('/api/v1/session/login', {method: 'POST', body: {password}})).status, 503);
	}
	assert.equal((await stage.ask('/api/v1/view', {cookie})).status, 200, 'who was signed in still sees the last view');
	await stage.engine.start();
	await until(
		async () => (await stage.ask('/api/v1/session/login', {method: 'POST', body: {password}})).status === 200,
		'to sign in again',
	);
});
