import assert from 'node:assert/strict';
import {test} from 'node:test';
import {answers} from '../../harness/appliance.ts';
import {ended, installed, kept, publish, running, succeeded} from './appliance.ts';

test('setup that is run again mends what is installed, and never brings another release', async () => {
	await using appliance = await installed();
	const secrets = async () => {
		const {intent, ...others} = await kept(appliance.simulator);
		assert.ok(intent.ok);
		return others;
	};
	const untouched = await secrets();
	const before = running(appliance.simulator).images;
	await publish(appliance, '1.4.3');
	await publish(appliance, '1.6.0', {upgradeFrom: ['1.5.x'], channel: 'nightly'});

	const again = await ended(appliance, await appliance.setUp({...answers, channel: 'nightly'}));
	succeeded(again);
	assert.equal(again.updates.current?.version, '1.4.2');
	assert.equal(again.updates.channel, 'nightly');
	assert.deepEqual(running(appliance.simulator).images, before);
	assert.deepEqual(await secrets(), untouched);

	const other = await ended(appliance, await appliance.setUp({...answers, releasePin: '1.4.3'}));
	assert.equal(other.operation?.state, 'failed');
	assert.equal(other.operation?.problem?.field, 'releasePin');
	assert.match(other.operation?.problem?.what ?? '', /1\.4\.3 is asked for, but 1\.4\.2 is installed/u);
	assert.match(other.operation?.problem?.next ?? '', /alga-appliance update --to 1\.4\.3/u);
	assert.equal(other.updates.current?.version, '1.4.2');
});
