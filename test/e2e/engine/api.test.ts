import assert from 'node:assert/strict';
import {request} from 'node:http';
import {join} from 'node:path';
import {describe, test} from 'node:test';
import {routes, Sections, Snapshot} from '../../../shared/api/routes.ts';
import type {View} from '../../../shared/view/view.ts';
import {answers, startAppliance, type TestAppliance} from '../../harness/appliance.ts';
import {ask, problemOf} from './sockets.ts';

const gatewayOf = (appliance: TestAppliance) => join(appliance.root, 'run/alga-appliance/gateway.sock');
const start = (appliance: TestAppliance, values: unknown = answers) =>
	ask(appliance.socket, 'POST', '/v1/operations', {kind: 'setup', input: {values}});
const act = (appliance: TestAppliance, id: string, action: string) =>
	ask(appliance.socket, 'POST', `/v1/operations/${id}/${action}`, {});

/** A client of the event stream that keeps what it was sent, as the console does. */
function listen(socketPath: string, after?: number) {
	let view: View | undefined;
	let revision = after ?? 0;
	let wholes = 0;
	let gaps = 0;
	let rest = '';
	const stop = new AbortController();
	const asking = request(
		{socketPath, path: after === undefined ? '/v1/events' : `/v1/events?after=${after}`, signal: stop.signal},
		answer => {
			answer.setEncoding('utf8');
			answer.on('error', () => undefined);
			answer.on('data', (piece: string) => {
				rest += piece;
				const blocks = rest.split('\n\n');
				rest = blocks.pop() ?? '';
				for (const block of blocks) {
					const [, event] = /^event: (.*)$/m.exec(block) ?? [];
					const [, data = ''] = /^data: (.*)$/m.exec(block) ?? [];
					if (event === 'view') {
						const whole = Snapshot.parse(JSON.parse(data));
						({view, revision} = whole);
						wholes++;
					} else if (event === 'sections') {
						const part = Sections.parse(JSON.parse(data));
						if (part.revision !== revision + 1) gaps++;
						revision = part.revision;
						if (view !== undefined) view = {...view, ...(part.sections as Partial<View>)};
					}
				}
			});
		},
	);
	asking.on('error', () => undefined);
	asking.end();
	return {
		now: () => ({view, revision, wholes, gaps}),
		take: (known: View) => {
			view = known;
		},
		[Symbol.dispose]: () => stop.abort(),
	};
}

/** Waits for two looks at the same revision: what the stream told and what a fresh question tells. */
async function sameAsFresh(client: ReturnType<typeof listen>, socket: string, what: string): Promise<void> {
	const end = performance.now() + 20_000;
	for (;;) {
		const fresh = Snapshot.parse(JSON.parse((await ask(socket, 'GET', '/v1/view')).text));
		const {view, revision, gaps} = client.now();
		assert.equal(gaps, 0, `${what}: no revision was left out`);
		if (revision === fresh.revision) return assert.deepEqual(view, fresh.view, what);
		assert.ok(performance.now() < end, `${what}: stream at ${revision}, engine at ${fresh.revision}`);
		await new Promise(resolve => setTimeout(resolve, 5));
	}
}

describe('the engine’s routes', {concurrency: 2}, () => {
	test('a second setup while one runs is refused with the running one’s id and start', async () => {
		await using appliance = await startAppliance({speed: 60});
		const first = await start(appliance);
		assert.equal(first.status, 202, first.text);
		const {id} = JSON.parse(first.text);
		const second = await start(appliance, {...answers, companyName: 'Another'});
		assert.equal(second.status, 409, second.text);
		const problem = problemOf(second);
		assert.equal(problem.code, 'operation.busy');
		const told = `${problem.what} ${problem.why ?? ''} ${problem.detail ?? ''} ${problem.next}`;
		assert.ok(told.includes(id), told);
		const {operation, history} = await appliance.view();
		assert.ok(operation);
		assert.match(told, /\d\d:\d\d|ago|T\d\d/, 'when it was started');
		assert.deepEqual(
			history.map(one => one.id),
			[id],
			'nothing of the second was begun',
		);
	});

	test('a wrong value names its field and the fix, and nothing is started or kept', async () => {
		await using appliance = await startAppliance();
		const cases: readonly (readonly [string, Record<string, string>])[] = [
			['adminEmail', {adminEmail: 'ada'}],
			['companyName', {companyName: '  '}],
			['adminPassword', {adminPassword: ''}],
			['appUrl', {appUrl: 'not an address'}],
			['channel', {channel: 'beta'}],
			['hostName', {hostName: '-bad-'}],
			['dnsServers', {dnsMode: 'custom', dnsServers: '300.1.1.1'}],
			['httpProxy', {httpProxy: 'ftp://proxy'}],
			['shoeSize', {shoeSize: '45'}],
		];
		for (const [field, values] of cases) {
			const answer = await start(appliance, {...answers, ...values});
			assert.equal(answer.status, 422, `${field}: ${answer.text}`);
			const problem = problemOf(answer);
			assert.equal(problem.code, 'input.invalid', field);
			assert.equal(problem.field, field, answer.text);
			assert.ok(problem.what.length > 10 && problem.next.length > 10, answer.text);
		}
		const view = await appliance.view();
		assert.equal(view.operation, null);
		assert.deepEqual(view.history, []);
		assert.equal(view.setup.state, 'waiting');
		assert.deepEqual(
			appliance.simulator.box.ledger().filter(entry => entry.changed),
			[],
		);
	});

	test('drafts refuse secrets and strangers whole, tell what is wrong, and survive a killed engine', async () => {
		await using appliance = await startAppliance();
		const put = (values: Record<string, string>) => ask(appliance.socket, 'PUT', '/v1/setup/draft', {values});
		for (const [field, value] of [
			['adminPassword', 'x'],
			['nosuch', 'x'],
			['companyName', 'x'.repeat(5000)],
		] as const) {
			const refused = await put({hostName: 'kept-half', [field]: value});
			assert.equal(refused.status, 422, refused.text);
			assert.equal(problemOf(refused).field, field);
		}
		assert.notEqual((await appliance.view()).setup.draft.hostName, 'kept-half', 'nothing is kept by half');
		const kept = await put({companyName: 'Müller & Söhne', adminEmail: 'ada'});
		assert.equal(kept.status, 200, kept.text);
		assert.ok(JSON.parse(kept.text).problems.adminEmail, kept.text);
		await appliance.killEngine();
		await appliance.startEngine();
		const {setup} = await appliance.view();
		assert.equal(setup.draft.companyName, 'Müller & Söhne');
		assert.equal(setup.draft.adminEmail, 'ada');
		assert.ok(setup.problems.adminEmail);
		// From the other door it is the same draft.
		const other = await ask(gatewayOf(appliance), 'PUT', '/v1/setup/draft', {values: {adminEmail: 'ada@example.com'}});
		assert.equal(other.status, 200, other.text);
		assert.equal((await appliance.view()).setup.draft.adminEmail, 'ada@example.com');
	});

	test('a late client, one that comes back, and one of an older engine miss nothing', async () => {
		await using appliance = await startAppliance({speed: 300});
		using early = listen(appliance.socket);
		using outside = listen(gatewayOf(appliance));
		await appliance.setUp();
		await appliance.until('Kubernetes is being installed', view =>
			Boolean(view.operation?.steps.some(step => step.id === 'k3s' && step.state !== 'waiting')),
		);
		using late = listen(appliance.socket);
		const seen = Snapshot.parse(JSON.parse((await ask(appliance.socket, 'GET', '/v1/view')).text));
		await appliance.until(
			'something newer',
			view => view.operation?.steps.find(step => step.id === 'k3s')?.state === 'done',
		);
		using back = listen(appliance.socket, seen.revision);
		back.take(seen.view);
		await appliance.until('the end', view => view.operation?.state === 'succeeded');
		for (const [what, client, socket] of [
			['early', early, appliance.socket],
			['outside', outside, gatewayOf(appliance)],
			['late', late, appliance.socket],
			['back', back, appliance.socket],
		] as const)
			await sameAsFresh(client, socket, what);
		assert.equal(early.now().wholes, 1, 'the whole view came once, then sections');
		assert.equal(back.now().wholes, 1, 'an old revision is answered with the whole view');

		const {revision} = early.now();
		await appliance.killEngine();
		await appliance.startEngine();
		using stale = listen(appliance.socket, revision);
		await sameAsFresh(stale, appliance.socket, 'after a restart');
		assert.equal(stale.now().wholes, 1);
	});

	test('each door has its own routes and no others', async () => {
		await using appliance = await startAppliance();
		for (const [door, socket] of [
			['console', appliance.socket],
			['gateway', gatewayOf(appliance)],
		] as const)
			for (const route of Object.values(routes)) {
				if (route.kind === 'stream') continue;
				const path = route.path.replace(/:\w+/g, 'none');
				const answer = await ask(socket, route.method, path, route.method === 'GET' ? undefined : {});
				const served = route.doors.some(one => one === door);
				if (served) assert.notEqual(problemCode(answer.text), 'route.unknown', `${door} ${route.method} ${path}`);
				else {
					assert.equal(answer.status, 404, `${door} ${route.method} ${path}`);
					assert.equal(problemCode(answer.text), 'route.unknown');
				}
				assert.ok(answer.status < 500, `${door} ${path}: ${answer.text}`);
			}
	});

	test('setup is cancelled while it only looks, put away, and started anew; nothing was changed', async () => {
		await using appliance = await startAppliance({speed: 20});
		const {id} = JSON.parse((await start(appliance)).text);
		const cancelled = await act(appliance, id, 'cancel');
		assert.equal(cancelled.status, 200, cancelled.text);
		const view = await appliance.until('cancelled', one => one.operation?.state === 'cancelled');
		assert.equal(view.operation?.id, id);
		assert.deepEqual(
			appliance.simulator.box.ledger().filter(entry => entry.changed),
			[],
		);
		const again = await start(appliance);
		assert.equal(again.status, 202, again.text);
		assert.notEqual(JSON.parse(again.text).id, id);
		assert.equal((await act(appliance, id, 'retry')).status, 404, 'the one before is over');
	});

	test('after a setup that failed, one with other answers takes its place and succeeds', async () => {
		await using appliance = await startAppliance({scenario: 'channel-missing'});
		const missing = await appliance.setUp({...answers, channel: 'nightly'}).then(async id => {
			const view = await appliance.until('a failure', one => one.operation?.state === 'failed');
			assert.equal(view.operation?.id, id);
			return view;
		});
		assert.ok(missing.operation);
		assert.ok(missing.operation.actions.includes('retry'));
		assert.ok(missing.operation.actions.includes('dismiss'));
		assert.match(missing.operation.problem?.what ?? '', /nightly|channel/i);
		const put = await act(appliance, missing.operation.id, 'dismiss');
		assert.equal(put.status, 200, put.text);
		const away = await appliance.view();
		assert.notEqual(away.operation?.state, 'failed');
		const second = await start(appliance, {...answers, releasePin: '1.4.2', companyName: 'Second Try'});
		assert.equal(second.status, 202, second.text);
		await appliance.until('login', view => view.tiers.some(tier => tier.id === 'login' && tier.ready));
		await appliance.until('the end', view => view.operation?.state === 'succeeded');
	});

	test('the log of an operation is readable from its first moment to after a restart, and a stranger is not found', async () => {
		await using appliance = await startAppliance({speed: 300});
		const read = (id: string, query = '') =>
			ask(appliance.socket, 'GET', `/v1/logs/${encodeURIComponent(`operation:${id}`)}${query}`);
		const {id} = JSON.parse((await start(appliance)).text);
		let reads = 0;
		const queries = [
			'',
			'?limit=5',
			'?from=first&direction=newer',
			'?previous=false',
			'?filter=done',
			'?severity=error',
			'?at=0',
		];
		for (;;) {
			for (const query of queries) {
				const page = await read(id, query);
				assert.equal(page.status, 200, `read ${reads}${query}: ${page.text}`);
				reads++;
			}
			const {operation} = await appliance.view();
			assert.notEqual(operation?.state, 'failed', operation?.problem?.what ?? '');
			if (operation?.state === 'succeeded') break;
		}
		await appliance.killEngine();
		await appliance.startEngine();
		const page = await read(id, '?from=first&direction=newer');
		assert.equal(page.status, 200, page.text);
		assert.match(page.text, /Checks passed: started/);
		for (const stranger of ['setup-none', '../../etc/passwd', '', '%00']) {
			const answer = await read(stranger);
			assert.equal(answer.status, 404, `${stranger}: ${answer.text}`);
			assert.equal(problemOf(answer).code, 'log.not-found');
		}
		for (const query of ['?limit=0', '?limit=x', '?cursor=nonsense', '?direction=up', '?previous=perhaps']) {
			const answer = await read(id, query);
			assert.ok(answer.status === 422 || answer.status === 200, `${query}: ${answer.status} ${answer.text}`);
		}
	});
});

const problemCode = (text: string): string | undefined => JSON.parse(text || '{}').problem?.code;
