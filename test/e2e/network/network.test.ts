import assert from 'node:assert/strict';
import {readdir, readFile} from 'node:fs/promises';
import {join} from 'node:path';
import {describe, test} from 'node:test';
import {network} from '../../../server/operations/network/network.ts';
import type {View} from '../../../shared/view/view.ts';
import {startAppliance, type TestAppliance} from '../../harness/appliance.ts';

const fixed = {mode: 'static', address: '192.168.64.20/24', dnsMode: 'custom', dnsServers: '192.168.64.1'};

const ask = (appliance: TestAppliance, values: Readonly<Record<string, string>>, only?: 'test') =>
	appliance.call('start', {body: {kind: 'network', input: {values, ...(only && {only})}}}, AbortSignal.timeout(10_000));
/** Asks once the machine's own settings have been read. */
async function begin(...asked: Parameters<typeof ask>): ReturnType<typeof ask> {
	await asked[0].until('the present settings', view => view.network.settings.link !== '');
	return ask(...asked);
}
const act = (appliance: TestAppliance, id: string, action: string) =>
	appliance.call('act', {params: {id, action}, body: {secrets: {}}}, AbortSignal.timeout(10_000));
const waits = (view: View) => view.network.pending !== undefined;
const isOver = (view: View) => view.operation?.kind === 'network' && view.operation.state !== 'running';

/** Every file that a change of the network may touch, by name. */
async function files(root: string): Promise<Readonly<Record<string, string>>> {
	const found: Record<string, string> = {};
	for (const folder of [
		'etc/netplan',
		'etc/systemd/resolved.conf.d',
		'etc/systemd/timesyncd.conf.d',
		'etc/rancher/k3s',
	])
		for (const name of await readdir(join(root, folder)).catch((): string[] => []))
			found[`${folder}/${name}`] = await readFile(join(root, folder, name), 'utf8');
	found.resolvers = await readFile(join(root, 'etc/alga-appliance/resolv.conf'), 'utf8').catch(() => 'absent');
	return found;
}
const addressOf = (view: View) => view.network.settings.address;

test('new settings wait to be kept on every surface, and stay once they are kept', async () => {
	await using appliance = await startAppliance({speed: 20});
	const started = await begin(appliance, fixed);
	assert.ok(started.ok, started.ok ? '' : started.problem.what);
	const waiting = await appliance.until('the question whether to keep them', waits);
	assert.equal(addressOf(waiting), '192.168.64.20/24');
	assert.deepEqual(waiting.operation?.actions, ['keep', 'revert']);
	assert.equal(waiting.network.pending?.id, started.value.id);
	const second = await begin(appliance, fixed);
	assert.equal(second.ok ? 'begun' : second.problem.code, 'operation.busy');
	assert.ok((await act(appliance, started.value.id, 'keep')).ok);
	const kept = await appliance.until('the end', isOver);
	assert.equal(kept.operation?.state, 'succeeded', kept.operation?.problem?.what ?? '');
	assert.equal(kept.network.pending, undefined);
	const now = await files(appliance.root);
	assert.match(now['etc/netplan/90-alga-appliance.yaml'] ?? '', /192\.168\.64\.20\/24/);
	assert.equal(
		now['etc/netplan/50-cloud-init.yaml'],
		undefined,
		'another file would keep DHCP beside the fixed address',
	);
	assert.equal(now.resolvers, 'nameserver 192.168.64.1\n');
});

test('settings that nobody keeps undo themselves, byte by byte, and the screens say why', async () => {
	await using appliance = await startAppliance({speed: 120});
	const before = await files(appliance.root);
	assert.ok((await begin(appliance, {...fixed, timeServers: 'ntp.example.com'})).ok);
	await appliance.until('the question whether to keep them', waits);
	const over = await appliance.until('the end', isOver);
	assert.equal(over.operation?.state, 'cancelled');
	assert.match(over.operation?.problem?.what ?? '', /as it was before.*Nobody kept/u);
	assert.deepEqual(over.operation?.actions, [], 'there is nothing to decide any more');
	assert.deepEqual(await files(appliance.root), before);
	assert.equal(addressOf(over), '192.168.64.8/24');
});

test('going back now does not wait for the clock', async () => {
	await using appliance = await startAppliance({speed: 10});
	const before = await files(appliance.root);
	const started = await begin(appliance, fixed);
	await appliance.until('the question whether to keep them', waits);
	assert.ok(started.ok && (await act(appliance, started.value.id, 'revert')).ok);
	const over = await appliance.until('the end', isOver);
	assert.match(over.operation?.problem?.what ?? '', /chose to go back/u);
	assert.deepEqual(await files(appliance.root), before);
});

test('an address that somebody has, a card that is not there, and a wrong value are refused before anything changes', async () => {
	await using appliance = await startAppliance({speed: 60});
	const before = await files(appliance.root);
	const outside = await begin(appliance, {...fixed, gateway: '10.0.0.1'});
	assert.ok(!outside.ok && outside.problem.field === 'gateway', 'the wrong setting is named');
	assert.match(outside.problem.what, /10\.0\.0\.1 is not in the network of 192\.168\.64\.20\/24/u);
	for (const [values, code, field] of [
		[{...fixed, address: '192.168.64.9/24'}, 'network.address-taken', 'address'],
		[{...fixed, link: 'eth7'}, 'input.invalid', 'link'],
	] as const) {
		assert.ok((await begin(appliance, values)).ok);
		const over = await appliance.until(`the refusal of ${field}`, view => view.operation?.problem?.field === field);
		assert.equal(over.operation?.problem?.code, code);
	}
	assert.deepEqual(await files(appliance.root), before);
	assert.deepEqual(
		appliance.simulator.box.ledger().filter(entry => entry.changed),
		[],
	);
});

test('trying settings changes nothing and says which name servers do not answer', async () => {
	await using appliance = await startAppliance({speed: 60, scenario: 'dns-refused'});
	assert.ok((await begin(appliance, {...fixed, dnsServers: '192.168.64.1'}, 'test')).ok);
	const over = await appliance.until('the end', isOver);
	assert.equal(over.operation?.state, 'succeeded', over.operation?.problem?.what ?? '');
	assert.match(over.network.tried?.text ?? '', /192\.168\.64\.1 does not answer/u);
	assert.deepEqual(
		appliance.simulator.box.ledger().filter(entry => entry.changed),
		[],
	);
});

/** Until somebody is asked: begins (1), then each step is written as running and as done. */
const asking = network.steps.findIndex(step => step.asks === true);
const transitions = network.steps
	.slice(0, asking + 1)
	.flatMap((step, index) => [
		{write: 2 + index * 2, what: `${step.id} begins`, isAsked: index === asking},
		...(index === asking ? [] : [{write: 3 + index * 2, what: `${step.id} is done`, isAsked: false}]),
	]);

describe('kill -9 of the engine at every transition of a network change', {concurrency: 3}, () => {
	for (const {write, what} of transitions)
		for (const when of ['before', 'after'] as const)
			test(`${when} it is written that ${what}: nobody keeps it, so the network ends as it was`, async () => {
				await using appliance = await startAppliance({speed: 120, dieAt: {write, when}});
				const before = await files(appliance.root);
				const begun = await begin(appliance, fixed);
				// The engine may die before it has answered.
				assert.ok(begun.ok || begun.problem.code === 'engine.unreachable', begun.ok ? '' : begun.problem.what);
				await appliance.died();
				await appliance.startEngine();
				const over = await appliance.until('an end', view => view.operation === null || isOver(view));
				assert.ok(
					over.operation === null || over.operation.state === 'cancelled',
					`${over.operation?.state} ${over.operation?.problem?.what}`,
				);
				assert.deepEqual(await files(appliance.root), before);
				assert.equal(addressOf(over), '192.168.64.8/24');
			});
});

test('a countdown goes on after a crash, and what is kept then stays', async () => {
	await using appliance = await startAppliance({speed: 10});
	const started = await begin(appliance, fixed);
	const first = await appliance.until('the question whether to keep them', waits);
	await appliance.killEngine();
	await appliance.startEngine();
	const again = await appliance.until('the same question', waits);
	assert.equal(again.network.pending?.until, first.network.pending?.until, 'a crash gives no more time');
	assert.ok(started.ok && (await act(appliance, started.value.id, 'keep')).ok);
	const kept = await appliance.until('the end', isOver);
	assert.equal(kept.operation?.state, 'succeeded', kept.operation?.problem?.what ?? '');
	assert.equal(addressOf(kept), '192.168.64.20/24');
});

test('an installed appliance moves: Kubernetes is made a member at its new address, and the login page follows', async () => {
	await using appliance = await startAppliance({speed: 50});
	await appliance.setUp();
	await appliance.until(
		'setup to be over',
		view => view.setup.state === 'done' && view.operation?.state === 'succeeded',
		120_000,
	);
	const started = await begin(appliance, fixed);
	assert.ok(started.ok, started.ok ? '' : started.problem.what);
	await appliance.until('the question whether to keep them', waits);
	assert.ok((await act(appliance, started.value.id, 'keep')).ok);
	const kept = await appliance.until('the end', isOver, 90_000);
	assert.equal(kept.operation?.state, 'succeeded', kept.operation?.problem?.what ?? '');
	const commands = appliance.simulator.box.ledger().map(entry => entry.what);
	const [stop, start] = ['run systemctl stop k3s', 'run systemctl start k3s'].map(what => commands.lastIndexOf(what));
	const reset = commands.findIndex(what => what.includes('--cluster-reset'));
	assert.ok(stop !== undefined && start !== undefined && stop < reset && reset < start, commands.slice(-12).join('\n'));
	const moved = await appliance.until('login at the new address', view =>
		view.identity.loginUrl.includes('192.168.64.20'),
	);
	assert.equal(moved.identity.loginUrl, 'http://192.168.64.20:3000');
	const values = appliance.simulator.store
		.list('ConfigMap', 'alga-system')
		.map(one => JSON.stringify(one))
		.join('');
	assert.match(values, /http:\/\/192\.168\.64\.20:3000/u);
});
