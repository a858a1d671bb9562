import assert from 'node:assert/strict';
import {spawn} from 'node:child_process';
import {hash} from 'node:crypto';
import {once} from 'node:events';
import {chmod, chown, mkdir, mkdtemp, rm, writeFile} from 'node:fs/promises';
import {connect} from 'node:net';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import test from 'node:test';
import fc from 'fast-check';
import {buildPage} from '../../../server/gateway/page/build.ts';
import {OperationAction} from '../../../shared/operations/operation.ts';
import {type Stage, startStage, until} from './harness.ts';
import {startStubEngine} from './stub-engine.ts';
import {backgroundIssueView, freshView} from './views.ts';

/** Sends bytes as they are; what came back until the connection ended. */
function sendRaw(stage: Stage, bytes: string): Promise<string> {
	return new Promise(resolve => {
		const socket = connect(stage.gateway().httpPort, '127.0.0.1');
		const chunks: Buffer[] = [];
		socket.on('data', (chunk: Buffer) => chunks.push(chunk));
		socket.on('error', () => undefined);
		socket.on('close', () => resolve(Buffer.concat(chunks).toString('latin1')));
		socket.end(bytes);
	});
}

const paths = fc.oneof(
	{
		weight: 6,
		arbitrary: fc.constantFrom(
			'/',
			'/setup',
			'/healthz',
			'/api/status',
			'/api/v1/view',
			'/api/v1/bundles/{name}',
			'/api/v1/events',
			'/api/v1/session',
			'/api/v1/session/claim',
			'/api/v1/session/login',
			'/api/v1/session/logout',
			'/api/v1/operations',
			'/api/v1/operations/a/retry',
			'/api/v1/operations/a/steal',
			'/api/v1/setup/draft',
			'/api/v1/logs/engine',
			'/api/v1/logs/engine/follow',
			'/api/openapi.json',
			'/v1/view',
			'/v1/access/credential',
			'/v1/access/reset',
			'/v1/access/claim',
			'/v1/access/status-token',
			'/api/v1/access/credential',
			'/api/v1/../../v1/access/reset',
			'/api/v1/logs/..%2f..%2faccess%2fcredential',
			'/api/v1/logs/%2e%2e',
			'/%',
			'/%00',
			'//',
			'/..',
			'/page.js',
			'/api/v1/operations/%2e%2e/retry',
		),
	},
	fc.string().map(text => `/${encodeURI(text.toWellFormed())}`),
	fc.string().map(text => `/api/v1/${text.replaceAll(/[\s\r\n]/g, '')}`),
);
const methods = fc.oneof(
	{weight: 3, arbitrary: fc.constantFrom('GET', 'POST', 'PUT')},
	fc.constantFrom(
		'GET',
		'HEAD',
		'POST',
		'PUT',
		'DELETE',
		'PATCH',
		'OPTIONS',
		'TRACE',
		'PROPFIND',
		'CONNECT',
		'BREW',
		'get',
	),
);
const header = fc.tuple(
	fc.constantFrom(
		'origin',
		'cookie',
		'authorization',
		'content-type',
		'content-length',
		'transfer-encoding',
		'expect',
		'accept-encoding',
		'sec-fetch-site',
		'last-event-id',
		'if-none-match',
		'x-forwarded-for',
		'upgrade',
		'connection',
		'range',
		'te',
	),
	fc.oneof(
		fc.string(),
		fc.constantFrom(
			'application/json',
			'text/plain',
			'chunked',
			'5',
			'-1',
			'99999999999',
			'Bearer x',
			'alga_session=x',
			'same-origin',
			'100-continue',
			'null',
			'websocket',
			'\u0000',
			'x'.repeat(20_000),
		),
	),
);
const bodies = fc.oneof(
	fc.json(),
	fc.string(),
	fc.constantFrom(
		'',
		'{',
		'{"__proto__":{"a":1}}',
		'{"constructor":{"prototype":{}}}',
		'[]',
		'null',
		'"',
		'{"token":{}}',
		`{"password":"${'x'.repeat(70_000)}"}`,
		'{"kind":"setup","input":null}',
		'\u0000',
	),
);

const mustNotSay =
	/\bat .+:\d+:\d+|node_modules|server\/gateway|192\.168\.64|alga-01|7F3K|scrypt\$|site-1|workflow-worker/;

test('whatever is sent without a session: no mistake of ours, no stack, no secret, no fact', async () => {
	await using stage = await startStage();
	const {origin} = new URL(stage.url());
	const seen = new Set<string>();
	await fc.assert(
		fc.asyncProperty(
			methods,
			paths,
			fc.oneof(fc.constant([]), fc.array(header, {maxLength: 3})),
			bodies,
			fc.boolean(),
			async (method, path, headers, body, own) => {
				const lines = headers.map(([name, value]) => `${name}: ${value.replaceAll(/[\r\n]/g, '')}\r\n`).join('');
				const length = headers.some(([name]) => /^(content-length|transfer-encoding)$/.test(name))
					? ''
					: `content-length: ${Buffer.byteLength(body)}\r\n`;
				const ours = own ? `origin: ${origin}\r\ncontent-type: application/json\r\n` : '';
				const answer = await sendRaw(
					stage,
					`${method} ${path} HTTP/1.1\r\nhost: ${new URL(origin).host}\r\nconnection: close\r\n${ours}${lines}${length}\r\n${body}`,
				);
				seen.add(answer.slice(9, 12));
				const shown = answer.replace(/<!doctype html>[\s\S]*/, '');
				assert.doesNotMatch(answer, /^HTTP\/1\.1 5(?!03)/, `${method} ${path}`);
				assert.doesNotMatch(shown, mustNotSay, `${method} ${path}`);
			},
		),
		{numRuns: 1200},
	);
	for (const status of ['200', '400', '401', '403', '404'])
		assert.ok(seen.has(status), `some answer is ${status}: ${[...seen].join(' ')}`);
	assert.equal((await stage.ask('/healthz')).status, 200);
	assert.ok(!stage.logged.some(line => line.startsWith('mistake')), stage.logged.join('\n'));
	const allowed = /^\/v1\/(events|access\/(credential|certificate|claim))$/;
	assert.deepEqual(
		stage.engine.asked.filter(({path}) => !allowed.test(path)),
		[],
		'nothing else reached the engine',
	);
});

test('whatever somebody signed in sends: no mistake of ours, and only listed routes reach the engine', async () => {
	await using stage = await startStage();
	const cookie = await stage.claim();
	const {origin, host} = new URL(stage.url());
	const loud = paths.filter(path => !/logout|events|follow/.test(path));
	await fc.assert(
		fc.asyncProperty(methods, loud, bodies, async (method, path, body) => {
			const answer = await sendRaw(
				stage,
				`${method} ${path} HTTP/1.1\r\nhost: ${host}\r\nconnection: close\r\norigin: ${origin}\r\ncookie: ${cookie}\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
			);
			assert.doesNotMatch(answer, /^HTTP\/1\.1 5/, `${method} ${path} ${body.slice(0, 200)}`);
			assert.doesNotMatch(
				answer.replace(/<!doctype html>[\s\S]*/, ''),
				/\bat .+:\d+:\d+|node_modules|server\/gateway|7F3K|scrypt\$/,
			);
		}),
		{numRuns: 800},
	);
	assert.ok(!stage.logged.some(line => line.startsWith('mistake')), stage.logged.join('\n'));
	const allowed =
		/^(\/v1\/(events|operations|operations\/[\w-][\w.:-]*\/(retry|cancel|dismiss|give-secret)|setup\/draft|logs\/[^/]+|access\/(credential|certificate|claim))|\/api\/status)$/;
	assert.deepEqual(
		stage.engine.asked.filter(({path}) => !allowed.test(path)),
		[],
	);
});

test('an engine that answers nonsense or fails is 502 in words, never passed on', async () => {
	await using stage = await startStage();
	const cookie = await stage.claim();
	stage.engine.answerOnce('/api/status', 500, 'Error: secret at /srv/engine.ts:1:1');
	const nonsense = await stage.ask('/api/status', {cookie});
	assert.equal(nonsense.status, 502);
	assert.doesNotMatch(nonsense.text, /secret|engine\.ts/);
	stage.engine.answerOnce(
		'/v1/operations',
		409,
		JSON.stringify({problem: {code: 'operation.busy', what: 'Setup is running.', next: 'Wait.'}}),
	);
	const busy = await stage.ask('/api/v1/operations', {method: 'POST', body: {kind: 'bundle'}, cookie});
	assert.equal(busy.status, 409);
	assert.match(busy.text, /Setup is running/);
});

test('a hundred clients that never finish their request do not hold up others', async () => {
	await using stage = await startStage();
	const sockets = Array.from({length: 100}, () => {
		const socket = connect(stage.gateway().httpPort, '127.0.0.1');
		socket.on('error', () => undefined);
		socket.write('GET / HTTP/1.1\r\nhost: x\r\nx-slow: ');
		return socket;
	});
	await Promise.all(sockets.map(socket => once(socket, 'connect')));
	assert.equal((await stage.ask('/healthz')).status, 200);
	for (const socket of sockets) socket.destroy();
});

test('one address can open only so many connections', async () => {
	await using stage = await startStage();
	let refused = 0;
	const sockets = Array.from({length: 300}, () => {
		const socket = connect(stage.gateway().httpPort, '127.0.0.1');
		socket.on('error', () => undefined);
		socket.on('close', () => {
			refused += 1;
		});
		return socket;
	});
	await until(() => refused >= 44, 'the connections beyond the limit to be closed');
	assert.equal((await stage.ask('/healthz', {from: '127.0.0.77'})).status, 200, 'another address is served');
	for (const socket of sockets) socket.destroy();
});

test('the page is strict about what may run in it, and its script may be kept for ever', async () => {
	await using stage = await startStage();
	const page = await stage.ask('/');
	const policy = String(page.headers['content-security-policy']);
	assert.match(policy, /default-src 'none'/);
	assert.match(policy, /frame-ancestors 'none'/);
	assert.doesNotMatch(policy, /unsafe|\*/);
	assert.equal(page.headers['x-content-type-options'], 'nosniff');
	assert.equal(page.headers['referrer-policy'], 'no-referrer');
	assert.equal(page.headers['strict-transport-security'], undefined);
	assert.doesNotMatch(page.text, /style=|onclick/i);
	const style = /<style>(.*)<\/style>/s.exec(page.text)?.[1] ?? '';
	assert.ok(style.length > 1000 && policy.includes(`'sha256-${hash('sha256', style, 'base64')}'`), policy);
	for (const [tag] of page.text.matchAll(/<script[^>]*>/g)) assert.match(tag, / src="|type="application\/json"/);
	const path = /src="(\/page\.[0-9a-f]{16}\.js)"/.exec(page.text)?.[1] ?? '';
	const script = await stage.ask(path);
	assert.match(String(script.headers['cache-control']), /immutable/);
	const again = await stage.ask(path, {headers: {'if-none-match': String(script.headers.etag)}});
	assert.equal(again.status, 304);
	assert.equal((await stage.ask('/setup')).headers.location, '/#setup');
});

test('a support bundle is given as a file to who is signed in, and nothing else is', async () => {
	await using stage = await startStage();
	const bundle = '/api/v1/bundles/alga-support-site-1.tar.gz';
	assert.equal((await stage.ask(bundle)).status, 401);
	const cookie = await stage.claim();
	const given = await stage.ask(bundle, {cookie});
	assert.equal(given.status, 200, given.text);
	assert.equal(given.text, 'a archive');
	assert.equal(given.headers['content-type'], 'application/gzip');
	assert.equal(given.headers['content-disposition'], 'attachment; filename="alga-support-site-1.tar.gz"');
	for (const other of [
		'alga-support-site-2.tar.gz',
		'..%2F..%2Fjournal.db',
		'journal.db',
		'alga-support-site-1.tar.gz.part',
	])
		assert.equal((await stage.ask(`/api/v1/bundles/${other}`, {cookie})).status, 404, other);
});

test('the description names every route with its schema', async () => {
	await using stage = await startStage();
	const cookie = await stage.claim();
	const description = (await stage.ask('/api/openapi.json', {cookie})).json();
	assert.deepEqual(Object.keys(Object(description.paths)).sort(), [
		'/api/status',
		'/api/v1/bundles/{name}',
		'/api/v1/events',
		'/api/v1/logs/{source}',
		'/api/v1/logs/{source}/follow',
		'/api/v1/operations',
		'/api/v1/operations/{id}/{action}',
		'/api/v1/session',
		'/api/v1/session/claim',
		'/api/v1/session/login',
		'/api/v1/session/logout',
		'/api/v1/setup/draft',
		'/api/v1/view',
		'/healthz',
	]);
});

test('every action an operation can offer passes the gateway, and the description names them all', async () => {
	await using stage = await startStage();
	const cookie = await stage.claim();
	for (const action of OperationAction.options) {
		const path = `operations/network-7a41c09be2/${action}`;
		const answer = await stage.ask(`/api/v1/${path}`, {method: 'POST', body: {}, cookie});
		assert.equal(answer.status, 200, `${action}: ${answer.text}`);
		assert.equal(stage.engine.asked.at(-1)?.path, `/v1/${path}`);
	}
	const before = stage.engine.asked.length;
	const other = '/api/v1/operations/network-7a41c09be2/constructor';
	assert.equal((await stage.ask(other, {method: 'POST', body: {}, cookie})).status, 404);
	assert.equal(stage.engine.asked.length, before);
	const {paths} = (await stage.ask('/api/openapi.json', {cookie})).json();
	const {parameters} = Object(paths)['/api/v1/operations/{id}/{action}'].post;
	const named = parameters.find((one: {name: string}) => one.name === 'action');
	assert.deepEqual(named.schema.enum, OperationAction.options);
});

test('the certificate is kept over a restart and told to the engine', async () => {
	await using stage = await startStage();
	const {fingerprint} = stage.gateway();
	assert.match(fingerprint, /^([0-9A-F]{2}:){31}[0-9A-F]{2}$/);
	await until(
		() =>
			stage.engine.asked.some(
				({path, body}) => path === '/v1/access/certificate' && Object(body).fingerprint === fingerprint,
			),
		'the fingerprint to be told',
	);
	await stage.restart();
	assert.equal(stage.gateway().fingerprint, fingerprint);
});

test('the gateway runs as another user and cannot read what the engine keeps', {
	skip: process.getuid?.() !== 0 && 'needs root to become somebody else',
}, async () => {
	const root = await mkdtemp(join(tmpdir(), 'gateway-user-'));
	await using cleanup = new AsyncDisposableStack();
	cleanup.defer(() => rm(root, {recursive: true, force: true}));
	await chmod(root, 0o755);
	const nobody = 65_534;
	const secret = join(root, 'setup-token');
	await writeFile(secret, 'TOKEN', {mode: 0o600});
	const state = join(root, 'state');
	await mkdir(state);
	await chown(state, nobody, nobody);
	await buildPage(join(root, 'page'));
	const engine = cleanup.use(await startStubEngine(join(root, 'gateway.sock'), freshView()));
	await chmod(engine.socketPath, 0o666);
	const asNobody = {uid: nobody, gid: nobody, env: {}};
	const reader = spawn(process.execPath, ['-e', `require('node:fs').readFileSync(${JSON.stringify(secret)})`], {
		...asNobody,
		stdio: 'ignore',
	});
	const [code] = await once(reader, 'exit');
	assert.notEqual(code, 0, 'the engine’s file must not be readable');
	const main = join(import.meta.dirname, '../../../server/gateway/main.ts');
	const ports = ['--http-port', '0', '--https-port', '0', '--host', '127.0.0.1'];
	const gateway = spawn(
		process.execPath,
		[main, '--engine', engine.socketPath, '--state', state, '--page', join(root, 'page'), ...ports],
		{...asNobody, stdio: ['ignore', 'pipe', 'pipe']},
	);
	let said = '';
	gateway.stdout.on('data', chunk => (said += chunk));
	gateway.stderr.on('data', chunk => (said += chunk));
	cleanup.defer(async () => {
		if (gateway.exitCode !== null) return;
		gateway.kill('SIGTERM');
		await once(gateway, 'exit');
	});
	await until(() => /http port (\d+), https port/.test(said) || gateway.exitCode !== null, 'the gateway to listen');
	const port = /http port (\d+)/.exec(said)?.[1];
	assert.ok(port, said);
	await until(
		async () => (await (await fetch(`http://127.0.0.1:${port}/api/v1/session`)).text()).includes('"setupWaiting":true'),
		'the engine to be reached',
	);
});

test('the view that has issues is served as the engine tells it', async () => {
	await using stage = await startStage(backgroundIssueView());
	const answer = await stage.ask('/api/v1/view', {headers: {authorization: `Bearer ${stage.engine.statusToken}`}});
	assert.deepEqual(answer.json().view, JSON.parse(JSON.stringify(stage.engine.view())));
});
