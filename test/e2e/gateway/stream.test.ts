import assert from 'node:assert/strict';
import {get, type IncomingMessage} from 'node:http';
import {connect} from 'node:net';
import test from 'node:test';
import {readEvents, type ServerEvent} from '../../../server/gateway/events.ts';
import {type Stage, startStage, until} from './harness.ts';
import {backgroundIssueView} from './views.ts';

type Stream = {readonly events: ServerEvent[]; readonly closed: () => boolean; readonly close: () => void};

function listen(stage: Stage, cookie: string, lastEventId?: string): Promise<Stream> {
	return new Promise((resolve, reject) => {
		const headers = {cookie, ...(lastEventId !== undefined && {'last-event-id': lastEventId})};
		const request = get(`${stage.url()}/api/v1/events`, {headers, agent: false}, (answer: IncomingMessage) => {
			const events: ServerEvent[] = [];
			let closed = false;
			const read = async () => {
				for await (const event of readEvents(answer)) events.push(event);
			};
			read().then(
				() => {
					closed = true;
				},
				() => {
					closed = true;
				},
			);
			resolve({events, closed: () => closed, close: () => request.destroy()});
		});
		request.once('error', reject);
	});
}
const idsOf = ({events}: Stream) => events.filter(({id}) => id !== '').map(({id}) => id);

test('a stream begins with the whole view, without the setup token, then carries what changes', async () => {
	await using stage = await startStage();
	const cookie = await stage.claim();
	stage.engine.publish({access: {state: 'claimed', setupToken: 'SECRET-TOKEN'}});
	const stream = await listen(stage, cookie);
	await until(() => stream.events.length >= 2, 'the view and the state of the line');
	assert.deepEqual(
		stream.events.map(({event}) => event),
		['view', 'link'],
	);
	stage.engine.publish({activity: []});
	await until(() => stream.events.at(-1)?.event === 'sections', 'the changed section');
	assert.deepEqual(Object.keys(JSON.parse(stream.events.at(-1)?.data ?? '').sections), ['activity']);
	stage.engine.publish({access: {state: 'claimed', setupToken: 'SECRET-TOKEN'}});
	await until(() => stream.events.at(-1)?.data.includes('access') === true, 'the access section');
	assert.ok(!JSON.stringify(stream.events).includes('SECRET-TOKEN'));
	assert.ok(!(await stage.ask('/api/v1/view', {cookie})).text.includes('SECRET-TOKEN'));
	stream.close();
});

test('a stream that comes back gets just what it missed; after another engine the whole view', async () => {
	await using stage = await startStage();
	const cookie = await stage.claim();
	const first = await listen(stage, cookie);
	await until(() => idsOf(first).length === 1, 'the view');
	const seen = idsOf(first).at(-1);
	first.close();
	stage.engine.publish({activity: []});
	stage.engine.publish({blockers: []});
	await until(async () => (await stage.ask('/api/v1/view', {cookie})).json().revision === 4, 'both changes');
	const second = await listen(stage, cookie, seen);
	await until(() => second.events.length >= 3, 'what was missed');
	assert.deepEqual(
		second.events.map(({event}) => event),
		['sections', 'sections', 'link'],
	);
	const last = idsOf(second).at(-1);
	second.close();

	await stage.engine.kill();
	await stage.engine.start();
	stage.engine.publish({activity: []});
	await until(
		async () => (await stage.ask('/api/v1/view', {cookie})).headers['alga-engine'] === 'live',
		'the new engine',
	);
	const third = await listen(stage, cookie, last);
	await until(() => third.events.length >= 2, 'the whole view');
	assert.equal(third.events[0]?.event, 'view');
	third.close();
});

test('while the engine is away the last view stays, with its age, and everybody is told', async () => {
	await using stage = await startStage(backgroundIssueView());
	const headers = {authorization: `Bearer ${stage.engine.statusToken}`};
	assert.equal((await stage.ask('/api/v1/view', {headers})).headers['alga-engine'], 'live');
	await stage.engine.kill();
	await until(
		async () => (await stage.ask('/api/v1/view', {headers})).headers['alga-engine'] === 'lost',
		'the loss to be noticed',
	);
	stage.clock.offset = 90_000;
	const answer = await stage.ask('/api/v1/view', {headers});
	assert.equal(answer.status, 200);
	assert.ok(Number(answer.headers.age) >= 89);
	const status = await stage.ask('/api/status', {headers});
	assert.equal(status.status, 503);
	assert.match(status.text, /engine does not answer/);
	assert.equal((await stage.ask('/healthz')).status, 200);
});

test('fifty pages are served by one subscription', async () => {
	await using stage = await startStage();
	const cookie = await stage.claim();
	const before = stage.engine.asked.filter(({path}) => path === '/v1/events').length;
	const streams = await Promise.all(Array.from({length: 50}, () => listen(stage, cookie)));
	stage.engine.publish({activity: []});
	await until(
		() => streams.every(({events}) => events.some(({event}) => event === 'sections')),
		'the change on every page',
	);
	assert.equal(stage.engine.asked.filter(({path}) => path === '/v1/events').length, before);
	for (const stream of streams) stream.close();
	await until(() => stage.gateway().listeners() === 0, 'nobody to listen any more');
});

test('a page that does not read is dropped and the others are not', async () => {
	await using stage = await startStage();
	const cookie = await stage.claim();
	const reader = await listen(stage, cookie);
	const socket = connect(stage.gateway().httpPort, '127.0.0.1');
	socket.pause();
	socket.on('error', () => undefined);
	socket.write(`GET /api/v1/events HTTP/1.1\r\nhost: x\r\ncookie: ${cookie}\r\n\r\n`);
	await until(() => stage.gateway().listeners() === 2, 'both to listen');
	const text = 'x'.repeat(100_000);
	for (let change = 0; change < 150 && stage.gateway().listeners() === 2; change++) {
		stage.engine.publish({activity: [{at: change, mark: 'good', source: 'engine', text}]});
		await until(() => reader.events.filter(({event}) => event === 'sections').length > change, 'the reader to keep up');
	}
	assert.equal(stage.gateway().listeners(), 1);
	assert.equal(reader.closed(), false);
	reader.close();
	socket.destroy();
});

test('a stream ends with its session', async () => {
	await using stage = await startStage();
	const cookie = await stage.claim();
	const stream = await listen(stage, cookie);
	await until(() => stream.events.length > 0, 'the view');
	stage.engine.reset();
	await until(() => stream.closed(), 'the stream to end');
	assert.equal(stream.events.at(-1)?.event, 'signed-out');
});

test('a log is read by pages and followed from where a page ended', async () => {
	await using stage = await startStage(backgroundIssueView());
	const claimed = {...stage.engine.view(), access: {state: 'unclaimed'} as const};
	stage.engine.publish({access: claimed.access});
	const cookie = await stage.claim();
	const line = (text: string) => ({severity: 'info', text, cut: 0}) as const;
	stage.engine.log(...Array.from({length: 30}, (_, at) => line(`line ${at}`)));
	const page = await stage.ask('/api/v1/logs/container:db?limit=10&previous=false', {cookie});
	assert.equal(page.status, 200);
	assert.deepEqual(page.json().newer, '30');
	const request = get(`${stage.url()}/api/v1/logs/container:db/follow?cursor=30`, {headers: {cookie}, agent: false});
	const events: ServerEvent[] = [];
	const reading = new Promise<void>(done => {
		request.on('response', async answer => {
			try {
				for await (const event of readEvents(answer)) events.push(event);
			} catch {
				done(); // Closed below, while it was read.
			}
		});
	});
	request.on('error', () => undefined);
	await until(() => stage.engine.asked.some(({path}) => path.endsWith('/follow')), 'the follower to arrive');
	stage.engine.log(line('line 30'));
	await until(() => events.length === 1, 'the new line');
	assert.match(events[0]?.data ?? '', /line 30/);
	request.destroy();
	await reading;
});
