import assert from 'node:assert/strict';
import {test} from 'node:test';
import {connectHost, readLedger} from '../../simulator/host-client.ts';
import {installKubernetes} from './installer.ts';
import {eventually, world} from './world.ts';

const run = (...argv: [string, ...string[]]) => ({argv, deadlineMs: 60_000});

test('looking at the machine changes nothing', async () => {
	await using one = await world();
	const {host, box, signal} = one.simulator;
	await host.facts(signal);
	await host.readFile('/etc/hostname');
	await host.lookup('ghcr.io', undefined, signal);
	await host.fetch('https://ghcr.io/v2/', signal);
	await host.run(run('systemctl', 'is-active', 'k3s'));
	await host.run(run('journalctl', '--unit', 'k3s', '--lines', '60', '--output', 'cat', '--no-pager'));
	await host.portOwners([6443, 3000]);
	assert.deepEqual(box.ledger(), []);
});

test('what is changed is in the ledger in order, and the same again is marked as no change', async () => {
	await using one = await world();
	const {host, box} = one.simulator;
	await host.run(run('hostnamectl', 'set-hostname', 'alga-01'));
	await host.writeFile('/etc/a', 'one');
	await host.writeFile('/etc/a', 'one');
	assert.deepEqual(
		box.ledger().map(({what, changed}) => `${what} ${changed}`),
		['run hostnamectl set-hostname alga-01 true', 'write /etc/a true', 'write /etc/a false'],
	);
	const {machine} = await host.facts(AbortSignal.timeout(5000));
	assert.ok(machine.state === 'known' && machine.value.hostname === 'alga-01');
});

test('a program that is not installed is missing, and a unit that is not there does not start', async () => {
	await using one = await world();
	const {host} = one.simulator;
	for (const program of ['kubectl', 'apt-get', '/usr/local/bin/k3s']) {
		const answer = await host.run(run(program, '--version'));
		assert.equal(answer.ok ? '' : answer.problem.code, 'command.missing', program);
	}
	const started = await host.run(run('systemctl', 'start', 'k3s'));
	assert.equal(started.ok ? '' : started.problem.code, 'command.failed');
});

test('a binary that is none does not start, and the unit is failed', async () => {
	await using one = await world();
	const {host, signal} = one.simulator;
	await host.writeFile('/usr/local/bin/k3s', 'not a program', 0o755);
	await host.writeFile('/etc/rancher/k3s/config.yaml', 'cluster-init: true\n');
	await host.writeFile('/etc/systemd/system/k3s.service', '[Service]\n', 0o644);
	assert.ok(!(await host.run(run('systemctl', 'enable', '--now', 'k3s'))).ok);
	const {services} = await host.facts(signal);
	assert.ok(
		services.state === 'known' && services.value.some(({name, active}) => name === 'k3s' && active === 'failed'),
	);
});

test('Kubernetes starts once all it needs is there, and comes back by itself after a power cut', async () => {
	await using one = await world();
	const {simulator, content} = one;
	await installKubernetes(simulator, content);
	const version = await simulator.host.run(run('/usr/local/bin/k3s', '--version'));
	assert.ok(version.ok && version.value.includes(content.manifest.k3s.version));
	await eventually(simulator, 'CoreDNS', () => simulator.store.list('Pod', 'kube-system').length >= 3);
	const before = await simulator.host.facts(simulator.signal);
	await simulator.box.cyclePower(1000);
	await eventually(simulator, 'the API', () => simulator.kube.state() === 'serves');
	const after = await simulator.host.facts(simulator.signal);
	assert.ok(before.machine.state === 'known' && after.machine.state === 'known');
	assert.notEqual(before.machine.value.bootId, after.machine.value.bootId);
});

test('the box in another process answers the same, hands over output as it comes, and aborts', async () => {
	await using one = await world();
	const {rpcSocket, host, signal} = one.simulator;
	const far = connectHost(rpcSocket);
	const lines: string[] = [];
	assert.ok((await far.run({...run('hostnamectl', 'status'), onLine: line => lines.push(line)})).ok);
	assert.ok(lines.some(line => line.includes('alga-appliance')));
	assert.deepEqual((await far.facts(signal)).network.state, 'known');
	assert.ok((await far.writeFile('/etc/b', 'written far away')).ok);
	const read = await host.readFile('/etc/b');
	assert.equal(read.ok ? read.value : '', 'written far away');
	assert.deepEqual(
		(await readLedger(rpcSocket)).map(({what}) => what),
		['write /etc/b'],
	);
	const missing = await far.readFile('/etc/nothing');
	assert.equal(missing.ok ? '' : missing.problem.code, 'file.unreadable');
	await assert.rejects(far.facts(AbortSignal.abort(new Error('enough'))), /enough/);
});
