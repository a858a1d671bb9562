import assert from 'node:assert/strict';
import {test} from 'node:test';
import fc from 'fast-check';
import {evidenceOf} from '../../../server/support/analysis.ts';
import {linesOf, type Moment} from '../../../server/support/timeline.ts';
import {layers} from '../../../shared/diagnosis/blocker.ts';

const moment = fc.record({
	at: fc.oneof(fc.integer({min: -5, max: 4_000_000_000_000}), fc.constant(Number.NaN)),
	from: fc.constantFrom('step' as const, 'event' as const, 'unit' as const),
	about: fc.string(),
	severity: fc.constantFrom('info' as const, 'error' as const),
	text: fc.string({maxLength: 2000}),
});

test('the timeline is one JSON object a line, in the order of time, whatever its sources tell', () => {
	fc.assert(
		fc.property(fc.array(moment), (moments: readonly Moment[]) => {
			const lines = linesOf(moments)
				.split('\n')
				.slice(0, -1)
				.map(line => JSON.parse(line));
			assert.equal(lines.length, moments.filter(({at}) => at > 0).length);
			const times = lines.map(({at}) => Date.parse(at));
			assert.deepEqual(
				times,
				times.toSorted((a, b) => a - b),
			);
		}),
	);
});

test('a blocker points to its own logs and objects first, and to nothing the bundle lacks', () => {
	const files = new Set([
		'kubernetes/workloads.json',
		'kubernetes/events.json',
		'logs/pod/msp/workflow-worker-7c9d-x2x4k/worker.log',
		'logs/pod/msp/workflow-server-7c9d-x2x4k/server.log',
		'logs/pod/other/workflow-worker-1/worker.log',
	]);
	const subject = {kind: 'Deployment', namespace: 'msp', name: 'workflow-worker'};
	assert.deepEqual(evidenceOf({subject, components: ['workflow-worker'], layer: 'image'}, files), [
		'kubernetes/workloads.json',
		'logs/pod/msp/workflow-worker-7c9d-x2x4k/worker.log',
		'kubernetes/events.json',
	]);
	for (const layer of layers)
		for (const file of evidenceOf({subject, components: [], layer}, files)) assert.ok(files.has(file), file);
	assert.deepEqual(evidenceOf({subject, components: [], layer: 'k3s'}, new Set()), []);
});
