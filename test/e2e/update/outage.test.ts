import assert from 'node:assert/strict';
import {after, before, describe, test} from 'node:test';
import {update} from '../../../server/operations/update/update.ts';
import type {TestAppliance} from '../../harness/appliance.ts';
import {at} from '../../simulator/kube/object.ts';
import {ended, installed, kept, publish, retry, start, succeeded} from './appliance.ts';

const minute = 60_000;
/** An update waits this long for a registry before it gives up a request; the outage is longer. */
const outageMs = 6 * minute;

describe('one appliance whose registry goes away', () => {
	let appliance: TestAppliance;
	before(async () => {
		appliance = await installed();
	});
	after(async () => {
		await appliance?.[Symbol.asyncDispose]();
	});

	// Each release brings another Kubernetes and Flux, so that every step has something to do.
	for (const [index, step] of update.steps.entries()) {
		test(`the registry goes away as "${step.title}" begins: the update waits or stops, and then ends well`, async () => {
			const {registry, clock, store, box} = appliance.simulator;
			const untouched = await kept(appliance.simulator);
			const [before, version] = [`1.4.${index + 2}`, `1.4.${index + 3}`];
			const versions = {k3s: `v1.33.${index + 5}+k3s1`, flux: `v2.6.${index + 5}`};
			await publish(appliance, version, {}, versions);
			await appliance.killEngine();
			// The operation begins (1); then every step begins and is done.
			await appliance.startEngine({write: 2 + index * 2, when: 'after'});
			await start(appliance, 'update', {version}).catch((_error: unknown) => undefined); // The engine may die first.
			await appliance.died();
			registry.set('unreachable');
			await appliance.startEngine();
			await clock.sleep(outageMs);
			const away = await appliance.view();
			const isRecorded = away.operation === null || away.operation.state === 'succeeded';
			assert.equal(away.updates.current?.version, isRecorded ? version : before);
			if (away.operation?.state === 'failed') assert.ok(away.operation.problem?.next, 'it says what to do');
			registry.set('serves');
			const id = away.operation?.id ?? '';
			if (away.operation?.state === 'failed' || away.operation?.state === 'interrupted') await retry(appliance, id);
			if (!isRecorded) succeeded(await ended(appliance, id));
			const view = await appliance.until('the release', ({updates}) => updates.current?.version === version);
			assert.equal(view.updates.previous?.version, before);
			assert.deepEqual(await kept(appliance.simulator), untouched);
			const flux = store.get('ConfigMap', 'flux-system', 'appliance-flux');
			assert.equal(at(flux, 'data', 'version'), versions.flux);
			const started = box.ledger().filter(one => one.what.includes('restart k3s'));
			assert.ok(started.length > index, 'Kubernetes was started anew for its new version');
		});
	}

	test('of many updates only the newest snapshots stay', async () => {
		const {host} = appliance.simulator;
		const listed = await host.run({
			argv: ['/usr/local/bin/k3s', 'etcd-snapshot', 'ls'],
			deadlineMs: minute,
			signal: AbortSignal.timeout(minute),
		});
		assert.ok(listed.ok);
		const ours = listed.value.split('\n').filter(row => row.startsWith('update-'));
		assert.ok(ours.length <= 5 && ours.length > 0, listed.value);
	});
});
