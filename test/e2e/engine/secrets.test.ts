import assert from 'node:assert/strict';
import {readdirSync, readFileSync, statSync} from 'node:fs';
import {join, relative} from 'node:path';
import {test} from 'node:test';
import {answers, startAppliance, type TestAppliance} from '../../harness/appliance.ts';
import {ask} from './sockets.ts';

const password = answers.adminPassword ?? '';

/** A secret in every form in which it could have slipped out. */
const formsOf = (secret: string): readonly string[] => [
	secret,
	JSON.stringify(secret).slice(1, -1),
	encodeURIComponent(secret),
	Buffer.from(secret).toString('base64').replace(/=+$/, ''),
	Buffer.from(secret).toString('hex'),
];

const holds = (text: Buffer | string, secret: string): boolean => {
	const bytes = Buffer.from(text);
	return formsOf(secret).some(form => bytes.includes(form));
};

/** Every file below the root but sockets, by its path within. */
function filesBelow(root: string): readonly string[] {
	return readdirSync(root, {recursive: true, withFileTypes: true})
		.filter(entry => entry.isFile())
		.map(entry => join(entry.parentPath, entry.name));
}

/** The files of the appliance that hold the secret. A file that is gone by now held it for nobody. */
function filesWith(root: string, secret: string): readonly string[] {
	return filesBelow(root)
		.filter(file => {
			try {
				return holds(readFileSync(file), secret);
			} catch {
				return false;
			}
		})
		.map(file => relative(root, file));
}

function processTells(pid: number): string {
	return ['cmdline', 'environ'].map(name => readFileSync(`/proc/${pid}/${name}`, 'utf8')).join('\n');
}

/** What anybody can read of a running appliance: both sockets, every log they offer, and the process list. */
async function tellings(appliance: TestAppliance): Promise<ReadonlyMap<string, string>> {
	const told = new Map<string, string>([['process', processTells(appliance.enginePid())]]);
	for (const door of ['engine', 'gateway']) {
		const socket = join(appliance.root, `run/alga-appliance/${door}.sock`);
		for (const path of ['/v1/view', '/api/status']) {
			const answer = await ask(socket, 'GET', path);
			assert.equal(answer.status, 200, `${door} ${path}: ${answer.text.slice(0, 300)}`);
			told.set(`${door} ${path}`, answer.text);
		}
	}
	for (const {id} of (await appliance.view()).logs.filter(one => one.id.startsWith('operation:'))) {
		const page = await ask(appliance.socket, 'GET', `/v1/logs/${encodeURIComponent(id)}`);
		assert.equal(page.status, 200, `${id}: ${page.text}`);
		told.set(id, page.text);
	}
	return told;
}

test('the administrator’s password is nowhere during and after setup, and its Secret goes with bootstrap', async () => {
	await using appliance = await startAppliance({speed: 300});
	const {store} = appliance.simulator;
	const tenants = () => store.list('Secret', 'msp').filter(one => one.metadata.name === 'appliance-initial-tenant');
	await appliance.setUp();
	let looks = 0;
	let lived = false;
	const look = async () => {
		lived ||= tenants().length > 0;
		for (const [where, text] of await tellings(appliance)) assert.equal(holds(text, password), false, where);
		assert.deepEqual(filesWith(appliance.root, password), []);
		looks++;
	};
	const deadline = AbortSignal.timeout(60_000);
	for (;;) {
		await look();
		const {operation} = await appliance.view();
		assert.notEqual(operation?.state, 'failed', operation?.problem?.what ?? '');
		if (operation?.state === 'succeeded') break;
		deadline.throwIfAborted();
	}
	await look();
	assert.ok(looks > 3, `looked ${looks} times while setup ran`);
	assert.ok(lived, 'the Secret was seen, so the password had reached the application');
	assert.deepEqual(tenants(), [], 'the Secret is gone');
	assert.equal(holds(appliance.complaints(), password), false, 'standard error');
	const kept = filesBelow(appliance.root).map(file => relative(appliance.root, file));
	for (const wanted of ['var/lib/alga-appliance/journal.db', 'var/lib/alga-appliance/journal.db-wal'])
		assert.ok(kept.includes(wanted), `${wanted} was among what was searched: ${kept.join(' ')}`);
});

test('a refused start or draft does not repeat the password, and nothing of it is kept', async () => {
	await using appliance = await startAppliance();
	const {socket, root} = appliance;
	const wrong = {...answers, adminEmail: 'nobody', timeServers: password, appUrl: `ftp://${password}`};
	const requests: readonly (readonly [string, string, unknown])[] = [
		['POST', '/v1/operations', {kind: 'setup', input: {values: {...answers, adminEmail: 'nobody'}}}],
		['POST', '/v1/operations', {kind: 'setup', input: {values: {...answers, companyName: ''}}}],
		['POST', '/v1/operations', {kind: 'setup', input: {values: {...answers, nosuch: 'x'}}}],
		['POST', '/v1/operations', {kind: 'setup', input: {values: {...answers, adminPassword: [password]}}}],
		['POST', '/v1/operations', {kind: 'sotup', input: {values: wrong}}],
		['POST', '/v1/operations', `{"kind":"setup","input":{"values":{"adminPassword":"${password}"`],
		['PUT', '/v1/setup/draft', {values: {companyName: 'Example', adminPassword: password}}],
		['POST', '/v1/operations/setup-none/give-secret', {secrets: {adminPassword: password}}],
	];
	for (const [method, path, body] of requests) {
		const answer = await ask(socket, method, path, body);
		assert.ok(answer.status >= 400 && answer.status < 500, `${path}: ${answer.status} ${answer.text}`);
		assert.equal(holds(answer.text, password), false, `${path}: ${answer.text}`);
	}
	assert.deepEqual(filesWith(root, password), []);
	assert.equal(holds(JSON.stringify(await appliance.view()), password), false);
});

test('the setup token is the console’s alone, works once, and leaves nothing behind', async () => {
	await using appliance = await startAppliance();
	const {root, socket} = appliance;
	const gateway = join(root, 'run/alga-appliance/gateway.sock');
	const {setupToken: token = ''} = (await appliance.view()).access;
	assert.match(token, /^[0-9A-Z-]{19}$/);
	assert.deepEqual(filesWith(root, token), ['var/lib/alga-appliance/setup-token']);
	assert.equal(statSync(join(root, 'var/lib/alga-appliance/setup-token')).mode & 0o777, 0o600);
	for (const path of ['/v1/view', '/api/status', '/v1/access/credential'])
		assert.equal(holds((await ask(gateway, 'GET', path)).text, token), false, path);
	assert.equal(holds((await ask(socket, 'GET', '/api/status')).text, token), false);
	assert.equal(holds(processTells(appliance.enginePid()), token), false);

	const nearly = `${token.slice(0, -1)}${token.endsWith('2') ? '3' : '2'}`;
	const denied = await ask(gateway, 'POST', '/v1/access/claim', {token: nearly, passwordHash: 'hash'});
	assert.equal(denied.status, 403, denied.text);
	assert.equal(holds(denied.text, nearly) || holds(denied.text, token), false);
	assert.equal((await ask(gateway, 'POST', '/v1/access/claim', {token, passwordHash: 'hash'})).status, 200);
	assert.equal((await ask(gateway, 'POST', '/v1/access/claim', {token, passwordHash: 'other'})).status, 403);
	assert.equal((await appliance.view()).access.setupToken, undefined);
	assert.deepEqual(filesWith(root, token), []);
	assert.deepEqual(filesWith(root, nearly), [], 'a wrong token is not written down either');
});

test('a status token is told once and kept as a hash only', async () => {
	await using appliance = await startAppliance();
	const made = await ask(appliance.socket, 'POST', '/v1/access/status-token', {});
	const {token} = JSON.parse(made.text);
	assert.match(token, /^[\w-]{32}$/);
	assert.deepEqual(filesWith(appliance.root, token), []);
	for (const [where, text] of await tellings(appliance)) assert.equal(holds(text, token), false, where);
	const gateway = join(appliance.root, 'run/alga-appliance/gateway.sock');
	assert.equal(holds((await ask(gateway, 'GET', '/v1/access/credential')).text, token), false);
	assert.equal(statSync(join(appliance.root, 'var/lib/alga-appliance/credential.json')).mode & 0o777, 0o600);
});
