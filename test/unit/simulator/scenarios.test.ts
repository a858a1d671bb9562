import assert from 'node:assert/strict';
import {test} from 'node:test';
import {statusOf} from '../../simulator/controllers/shapes.ts';
import {at} from '../../simulator/kube/object.ts';
import {
	bootstrapJobFails,
	missingBackgroundImage,
	pvcSubpath,
	temporalSchema,
} from '../../simulator/scenarios/application.ts';
import {dnsRefused, registryUnreachable} from '../../simulator/scenarios/preflight.ts';
import {apiFlaps, powerLoss, registryOutage} from '../../simulator/scenarios/weather.ts';
import type {Simulator} from '../../simulator/simulator.ts';
import {installApplication, installKubernetes} from './installer.ts';
import {eventually, working, world} from './world.ts';

const waiting = ({store}: Simulator, component: string): string => {
	const pod = store.list('Pod', 'msp').find(one => one.metadata.labels?.['app.kubernetes.io/component'] === component);
	const containers = at(pod, 'status', 'containerStatuses');
	const state: unknown = Array.isArray(containers) ? at(containers[0], 'state', 'waiting') : undefined;
	return `${String(at(state, 'reason') ?? '')}: ${String(at(state, 'message') ?? '')}`;
};

test('an undisturbed installation ends with every workload of the profile working and the login page answering', async () => {
	await using one = await world();
	const {simulator, content} = one;
	await installKubernetes(simulator, content);
	await installApplication(simulator, content);
	for (const {workload} of content.manifest.profile.components) {
		await eventually(simulator, workload.name, () => working(simulator, workload.name));
	}
	const answer = await simulator.host.fetch('http://192.168.64.8:3000/', simulator.signal);
	assert.ok(answer.ok);
	assert.equal(answer.value.status, 307);
	assert.equal(answer.value.headers.location, '/auth/signin');
});

for (const scenario of [registryOutage, powerLoss]) {
	test(`${scenario.name} delays an installation but does not stop it`, async () => {
		await using one = await world(scenario);
		const {simulator, content} = one;
		await installKubernetes(simulator, content);
		await installApplication(simulator, content);
		for (const {workload} of content.manifest.profile.components) {
			await eventually(simulator, workload.name, () => working(simulator, workload.name));
		}
	});
}

test('a missing worker image leaves the application working and says "not found" with the image', async () => {
	await using one = await world(missingBackgroundImage);
	const {simulator, content} = one;
	await installKubernetes(simulator, content);
	await installApplication(simulator, content);
	await eventually(simulator, 'the application', () => working(simulator, 'alga-core-sebastian'));
	await eventually(simulator, 'the back-off', () =>
		/^ImagePullBackOff: .*nine-minds\/workflow-worker@sha256:\w+: not found$/.test(
			waiting(simulator, 'workflow-worker'),
		),
	);
	assert.ok(!working(simulator, 'workflow-worker'));
});

test('a volume without its folder holds the database and lets Helm run into its timeout', async () => {
	await using one = await world(pvcSubpath);
	const {simulator, content} = one;
	await installKubernetes(simulator, content);
	await installApplication(simulator, content);
	await eventually(simulator, 'the configuration error', () =>
		waiting(simulator, 'db').startsWith(
			'CreateContainerConfigError: failed to create subPath directory for volumeMount "db-data"',
		),
	);
	await eventually(simulator, 'the timeout', () =>
		statusOf(simulator.store.get('HelmRelease', 'alga-system', 'alga-core')).conditions.some(
			({reason, message}) => reason === 'InstallFailed' && message?.endsWith('context deadline exceeded') === true,
		),
	);
});

test('Temporal without a schema crashes with its words in the previous log, and login works', async () => {
	await using one = await world(temporalSchema);
	const {simulator, content} = one;
	await installKubernetes(simulator, content);
	await installApplication(simulator, content);
	await eventually(simulator, 'the application', () => working(simulator, 'alga-core-sebastian'));
	await eventually(simulator, 'the crash loop', () => waiting(simulator, 'temporal').startsWith('CrashLoopBackOff'));
	assert.ok(!working(simulator, 'temporal-worker'));
});

test('a bootstrap job that used up its attempts works once it was deleted and Helm is asked again', async () => {
	await using one = await world(bootstrapJobFails);
	const {simulator, content} = one;
	const {store} = simulator;
	await installKubernetes(simulator, content);
	await installApplication(simulator, content);
	const job = () => store.get('Job', 'msp', 'alga-core-sebastian-bootstrap');
	await eventually(simulator, 'the failed job', () =>
		statusOf(job()).conditions.some(({type, reason}) => type === 'Failed' && reason === 'BackoffLimitExceeded'),
	);
	store.remove('Job', 'msp', 'alga-core-sebastian-bootstrap');
	store.change('HelmRelease', 'alga-system', 'alga-core', one => ({
		...one,
		metadata: {...one.metadata, annotations: {'reconcile.fluxcd.io/requestedAt': 'now'}},
	}));
	await eventually(simulator, 'the application', () => working(simulator, 'alga-core-sebastian'));
});

test('an API that flaps goes away and comes back', async () => {
	await using one = await world(apiFlaps);
	const {simulator, content} = one;
	await installKubernetes(simulator, content);
	await eventually(simulator, 'the flap', () => simulator.kube.state() === 'refuses');
	await eventually(simulator, 'the return', () => simulator.kube.state() === 'serves');
});

test('a refused name server refuses on the box, and one set by hand answers', async () => {
	await using one = await world(dnsRefused);
	const {host, signal} = one.simulator;
	const refused = await host.lookup('ghcr.io', undefined, signal);
	assert.equal(refused.ok ? '' : refused.problem.code, 'dns.refused');
	assert.ok((await host.lookup('ghcr.io', '9.9.9.9', signal)).ok);
	await host.writeFile('/etc/systemd/resolved.conf.d/50-alga-appliance.conf', '[Resolve]\nDNS=9.9.9.9\n', 0o644);
	await host.run({argv: ['systemctl', 'restart', 'systemd-resolved'], deadlineMs: 1000});
	assert.ok((await host.lookup('ghcr.io', undefined, signal)).ok);
});

test('an unreachable registry breaks connections and times out from the box', async () => {
	await using one = await world(registryUnreachable);
	const {host, signal, registryUrl} = one.simulator;
	await assert.rejects(fetch(`${registryUrl}/v2/`));
	const answer = await host.fetch('https://ghcr.io/v2/', signal);
	assert.equal(answer.ok ? '' : answer.problem.code, 'network.timed-out');
});
