import assert from 'node:assert/strict';
import {test} from 'node:test';
import {installApplication, installKubernetes} from './installer.ts';
import {eventually, working, world} from './world.ts';

test('an undisturbed installation ends with every workload of the profile working and the login page answering', async () => {
	await using one = await world();
	const {simulator, content} = one;
	await installKubernetes(simulator, content);
	await installApplication(simulator, content);
	for (const {workload} of content.manifest.profile.components) {
		await eventually(simulator, workload.name, () => working(simulator, workload.name));
	}
	const minutes = (simulator.clock.now() - simulator.timeline.start) / 60_000;
	assert.ok(minutes > 15 && minutes < 60, `took ${minutes} virtual minutes`);
	const answer = await simulator.host.fetch('http://192.168.64.8:3000/', simulator.signal);
	assert.ok(answer.ok);
	assert.equal(answer.value.status, 307);
	assert.equal(answer.value.headers.location, '/auth/signin');
});
