import assert from 'node:assert/strict';
import {test} from 'node:test';
import {startAppliance} from '../../harness/appliance.ts';

test('a repair that changed nothing is not called done: the issue is told again, with what to do', async () => {
	await using appliance = await startAppliance({scenario: 'missing-background-image', speed: 300});
	await appliance.setUp();
	const broken = await appliance.until(
		'people can log in, with an issue left',
		view => view.operation?.state === 'succeeded' && view.blockers.some(one => one.fix !== undefined),
	);
	const blocker = broken.blockers.find(one => one.fix !== undefined);
	const started = await appliance.call(
		'start',
		{body: {kind: 'fix', input: {blocker: blocker?.id, fix: blocker?.fix?.id}}},
		AbortSignal.timeout(10_000),
	);
	assert.ok(started.ok, started.ok ? '' : started.problem.what);
	const over = await appliance.until(
		'the end of the repair',
		({operation}) => operation?.id === started.value.id && operation.state !== 'running',
		120_000,
	);
	assert.equal(over.operation?.state, 'failed');
	assert.match(over.operation?.problem?.what ?? '', /^The repair was made, (?:and the issue came back|but)/u);
	assert.notEqual(over.operation?.problem?.next, '');
});
