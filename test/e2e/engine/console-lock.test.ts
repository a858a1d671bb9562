import assert from 'node:assert/strict';
import {statSync} from 'node:fs';
import {join} from 'node:path';
import {after, before, describe, test} from 'node:test';
import {makeStore} from '../../../shared/view/store.ts';
import {connectEngine, type EngineClient} from '../../../tui/engine-client.ts';
import {systemTimer} from '../../../tui/terminal/timer.ts';
import {startAppliance, type TestAppliance} from '../../harness/appliance.ts';
import {ask, problemOf} from './sockets.ts';

const password = 'canary-Console/7';

describe('the console password is held by the engine', {concurrency: 1}, () => {
	let appliance: TestAppliance;
	let root: string;
	before(async () => {
		appliance = await startAppliance({speed: 1});
		root = join(appliance.root, 'run/alga-appliance/root.sock');
	});
	after(() => appliance?.[Symbol.asyncDispose]());
	const commands = [
		['POST', '/v1/operations', {kind: 'preflight', input: {values: {}}}],
		['PUT', '/v1/setup/draft', {values: {}}],
		['POST', '/v1/operations/x/cancel', {}],
		['POST', '/v1/access/reset', {}],
		['POST', '/v1/access/status-token', {}],
		['POST', '/v1/pictures', {text: '', svg: ''}],
		['PUT', '/v1/console/password', {mode: 'off'}],
		['GET', '/v1/bundles/any.tar.gz', undefined],
	] as const;
	const set = (body: object) => ask(root, 'PUT', '/v1/console/password', body);

	test('root’s socket is root’s alone', () => {
		assert.equal(statSync(root).mode & 0o777, 0o600);
	});

	test('on: everything can be read but the setup token, and every command is refused', async () => {
		assert.equal((await set({mode: 'on'})).status, 422, 'no mode without a password');
		assert.equal((await set({mode: 'on', password: 'short'})).status, 422);
		assert.equal((await set({mode: 'on', password})).status, 200);
		for (const [method, path, body] of commands) {
			const answer = await ask(appliance.socket, method, path, body);
			assert.equal(answer.status, 401, path);
			assert.equal(problemOf(answer).code, 'auth.required');
		}
		const seen = JSON.parse((await ask(appliance.socket, 'GET', '/v1/view')).text).view;
		assert.deepEqual(seen.access, {state: 'unclaimed', console: {mode: 'on', locked: true}});
		assert.ok(seen.machine.length > 0);
		assert.equal((await ask(appliance.socket, 'GET', '/api/status')).status, 200);
		const rooted = JSON.parse((await ask(root, 'GET', '/v1/view')).text).view;
		assert.match(rooted.access.setupToken, /-/, 'root needs no password');
	});

	test('lockdown: only who and where this is, and no other route answers', async () => {
		assert.equal((await set({mode: 'lockdown', password})).status, 200);
		for (const path of ['/api/status', '/v1/logs/engine'])
			assert.equal((await ask(appliance.socket, 'GET', path)).status, 401, path);
		const seen = JSON.parse((await ask(appliance.socket, 'GET', '/v1/view')).text).view;
		assert.notEqual(seen.identity.hostname, '');
		assert.deepEqual(
			[seen.machine, seen.activity, seen.logs, seen.network.interfaces, seen.operation],
			[[], [], [], [], null],
		);
		assert.equal(seen.access.setupToken, undefined);
		assert.equal(JSON.parse((await ask(root, 'GET', '/v1/view')).text).view.machine.length > 0, true);
	});

	test('a console that gives the password sees and does everything, until it locks or the password changes', async () => {
		const store = makeStore(Date.now());
		const client: EngineClient = connectEngine(appliance.socket, store, Date.now, systemTimer);
		try {
			await until('the reduced view', () => store.get().view?.access.console?.locked === true);
			assert.deepEqual(store.get().view?.machine, []);
			const wrong = await client.call('unlock', {body: {password: 'not it'}}, AbortSignal.timeout(10_000));
			assert.ok(!wrong.ok && wrong.problem.code === 'auth.denied');
			const right = await client.call('unlock', {body: {password}}, AbortSignal.timeout(10_000));
			assert.ok(right.ok);
			client.session(right.value.session);
			await until('the whole view', () => (store.get().view?.machine.length ?? 0) > 0);
			assert.match(store.get().view?.access.setupToken ?? '', /-/);
			const draft = await client.call('draft', {body: {values: {companyName: 'Example'}}}, AbortSignal.timeout(10_000));
			assert.ok(draft.ok);
			const told = store.get().view?.activity.filter(({source}) => source === 'Console') ?? [];
			assert.ok(told.some(({text}) => /wrong password/.test(text)) && told.some(({text}) => /unlocked/.test(text)));

			assert.equal((await set({mode: 'lockdown'})).status, 200);
			await until('the reduced view again', () => store.get().view?.machine.length === 0);
			const refused = await client.call('draft', {body: {values: {}}}, AbortSignal.timeout(10_000));
			assert.ok(!refused.ok && refused.problem.code === 'auth.required', 'a change ends every session');
		} finally {
			client.close();
		}
	});

	test('wrong tries wait longer and longer, also after a restart, and the right one waits with them', async () => {
		assert.equal((await set({mode: 'on'})).status, 200);
		for (let tries = 0; tries < 6; tries++)
			await ask(appliance.socket, 'POST', '/v1/console/unlock', {password: 'wrong'});
		await appliance.killEngine();
		await appliance.startEngine();
		const answer = await ask(appliance.socket, 'POST', '/v1/console/unlock', {password});
		assert.equal(problemOf(answer).code, 'auth.locked');
		assert.match(problemOf(answer).next, /Wait (?:\d+ s|1 min)/);
		assert.equal((await set({mode: 'off'})).status, 200);
		assert.equal((await ask(appliance.socket, 'PUT', '/v1/setup/draft', {values: {}})).status, 200, 'off: no password');
	});
});

async function until(what: string, isSo: () => boolean): Promise<void> {
	const deadline = Date.now() + 20_000;
	while (!isSo()) {
		if (Date.now() > deadline) assert.fail(`not within 20 s: ${what}`);
		await new Promise(resolve => setTimeout(resolve, 20));
	}
}
