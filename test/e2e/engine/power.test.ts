import assert from 'node:assert/strict';
import {after, before, describe, test} from 'node:test';
import {startAppliance, type TestAppliance} from '../../harness/appliance.ts';
import {ask, problemOf} from './sockets.ts';

describe('power', {concurrency: 1}, () => {
	let appliance: TestAppliance;
	before(async () => {
		appliance = await startAppliance({speed: 600});
	});
	after(() => appliance?.[Symbol.asyncDispose]());
	const want = (action: string, phrase: string) =>
		ask(appliance.socket, 'POST', '/v1/operations', {kind: 'power', input: {action, phrase}});
	const commands = () => appliance.simulator.box.ledger().map(({what}) => what);
	const ended = () =>
		appliance.until('the operation has ended', ({operation}) => operation === null || operation.state !== 'running');

	test('a restart wants its typed word, and is refused while anything else runs', async () => {
		assert.equal(problemOf(await want('restart-gateway', 'reboot')).field, 'phrase');
		await ask(appliance.socket, 'POST', '/v1/operations', {kind: 'preflight', input: {values: {}}});
		assert.equal(problemOf(await want('restart-gateway', 'restart')).code, 'operation.busy');
		await ended();
		assert.equal((await want('restart-gateway', 'restart')).status, 202);
		await ended();
		assert.ok(
			commands().some(what => what.includes('systemctl restart alga-appliance-gateway.service')),
			commands().join('\n'),
		);
	});

	test('the engine is told to restart without waiting for itself, once, though it dies of it', async () => {
		assert.equal((await want('restart-engine', 'restart')).status, 202);
		await ended();
		const told = () => commands().filter(what => what.includes('restart alga-appliance.service')).length;
		assert.equal(told(), 1);
		await appliance.killEngine();
		await appliance.startEngine();
		await ended();
		assert.equal(told(), 1);
	});

	test('a machine restarts every time it is told to, not only the first', async () => {
		const reboots = () => commands().filter(what => what === 'reboot').length;
		for (const times of [1, 2]) {
			assert.equal((await want('reboot', 'reboot')).status, 202);
			await ended();
			assert.equal(reboots(), times);
		}
	});
});
