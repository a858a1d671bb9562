import assert from 'node:assert/strict';
import {once} from 'node:events';
import {mkdtemp, rm} from 'node:fs/promises';
import {createServer, type ServerResponse} from 'node:http';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {type TestContext, test} from 'node:test';
import {makeStore, type Shown} from '../../../shared/view/store.ts';
import {connectEngine, parseEvent} from '../../../tui/engine-client.ts';
import {systemTimer} from '../../../tui/terminal/timer.ts';
import {now} from '../../fixtures/views/base.ts';
import {views} from '../../fixtures/views/views.ts';

test('a block of an event stream is read as it is written', () => {
	assert.deepEqual(parseEvent('id: 4\nevent: view\ndata: {"a":\ndata: 1}'), {name: 'view', data: {a: 1}});
	assert.deepEqual(parseEvent('id: 4\r\ndata:{"a":1}'), {name: 'message', data: {a: 1}});
	assert.equal(parseEvent(': heartbeat'), undefined);
	assert.deepEqual(parseEvent('event: view\ndata: {'), {name: 'view', data: undefined});
});

test('the view arrives whole, then section by section, in pieces of any size', async context => {
	const engine = await stubEngine(context);
	const {store, until} = watch();
	context.after(connectEngine(engine.socket, store, () => now, systemTimer).close);
	const stream = await engine.stream();
	const bytes = Buffer.from(
		event('view', {revision: 7, view: views.installing}) +
			event('sections', {revision: 8, sections: {rollup: views.healthy.rollup}}),
	);
	for (let at = 0; at < bytes.length; at += 997) stream.write(bytes.subarray(at, at + 997));
	const shown = await until(({revision}) => revision === 8);
	assert.equal(shown.view?.rollup.state, 'fully_healthy');
	assert.equal(shown.view?.operation?.id, 'op-1');
	assert.equal(shown.link.state, 'live');
});

test('a lost engine is told with the last data kept, and found again by itself', async context => {
	const engine = await stubEngine(context);
	const {store, until} = watch();
	context.after(connectEngine(engine.socket, store, () => now, systemTimer).close);
	(await engine.stream()).write(event('view', {revision: 1, view: views.healthy}));
	await until(({revision}) => revision === 1);
	engine.dropAll();
	const lost = await until(({link}) => link.state === 'lost');
	assert.equal(lost.view?.rollup.state, 'fully_healthy');
	const again = await engine.stream();
	assert.match(engine.paths.at(-1) ?? '', /after=1$/);
	again.write(event('view', {revision: 9, view: views.failed}));
	const back = await until(({revision}) => revision === 9);
	assert.equal(back.link.state, 'live');
});

test('a revision that is missing makes the console ask for the whole view', async context => {
	const engine = await stubEngine(context);
	const {store, until} = watch();
	context.after(connectEngine(engine.socket, store, () => now, systemTimer).close);
	(await engine.stream()).write(
		event('view', {revision: 1, view: views.healthy}) + event('sections', {revision: 5, sections: {}}),
	);
	(await engine.stream()).write(event('view', {revision: 6, view: views.failed}));
	assert.equal((await until(({revision}) => revision === 6)).view?.rollup.state, 'failed_action_required');
});

test('a refusal comes back as the engine worded it, a silent socket as an engine that is away', async context => {
	const engine = await stubEngine(context);
	const client = connectEngine(engine.socket, makeStore(now), () => now, systemTimer);
	context.after(client.close);
	const refused = await client.call('start', {body: {kind: 'bundle'}}, AbortSignal.timeout(5000));
	assert.equal(!refused.ok && refused.problem.what, 'Setup is running since 14:01.');
	const nowhere = connectEngine(`${engine.socket}.none`, makeStore(now), () => now, systemTimer);
	context.after(nowhere.close);
	const away = await nowhere.call('view', {}, AbortSignal.timeout(5000));
	assert.equal(!away.ok && away.problem.code, 'engine.unreachable');
});

const event = (name: string, data: unknown): string => `event: ${name}\ndata: ${JSON.stringify(data)}\n\n`;

/** A store whose states can be waited for. */
function watch() {
	const store = makeStore(now);
	const until = (is: (shown: Shown) => boolean) =>
		new Promise<Shown>((resolve, reject) => {
			const limit = setTimeout(() => reject(new Error(`never came; last: ${JSON.stringify(store.get().link)}`)), 8000);
			const look = () => {
				if (!is(store.get())) return;
				clearTimeout(limit);
				unsubscribe();
				resolve(store.get());
			};
			const unsubscribe = store.subscribe(look);
			queueMicrotask(look);
		});
	return {store, until};
}

/** A server on a socket of its own: hands out its event streams one by one, refuses every command. */
async function stubEngine(context: TestContext) {
	const folder = await mkdtemp(join(tmpdir(), 'alga-console-'));
	const socket = join(folder, 'engine.sock');
	const open = new Set<ServerResponse>();
	const waiting: ServerResponse[] = [];
	const paths: string[] = [];
	let arrived = () => {};
	const server = createServer((request, response) => {
		if (request.method !== 'GET') {
			response.writeHead(409, {'content-type': 'application/json'});
			response.end(
				JSON.stringify({problem: {code: 'operation.busy', what: 'Setup is running since 14:01.', next: 'Wait.'}}),
			);
			return;
		}
		paths.push(request.url ?? '');
		response.writeHead(200, {'content-type': 'text/event-stream'});
		response.flushHeaders();
		open.add(response);
		waiting.push(response);
		arrived();
	});
	server.listen(socket);
	await once(server, 'listening');
	context.after(async () => {
		server.closeAllConnections();
		server.close();
		await rm(folder, {recursive: true});
	});
	return {
		socket,
		paths,
		dropAll() {
			for (const response of open) response.destroy();
			open.clear();
		},
		async stream(): Promise<ServerResponse> {
			for (;;) {
				const next = waiting.shift();
				if (next !== undefined) return next;
				await new Promise<void>(resolve => {
					arrived = resolve;
				});
			}
		},
	};
}
