import assert from 'node:assert/strict';
import {test} from 'node:test';
import type {Pod} from '../../../shared/facts/cluster.ts';
import {known, unknown} from '../../../shared/facts/fact.ts';
import {ok} from '../../../shared/problem.ts';
import {makeBox, page, readBack, texts} from './box.ts';

const id = 'pod:msp:web-2:main';
const elsewhere: Pod = {
	kind: 'Pod',
	name: 'web-2',
	namespace: 'msp',
	uid: 'u',
	labels: {},
	phase: 'Running',
	node: 'second',
	conditions: [],
	containers: [],
	initContainers: [],
	claims: [],
};
const nothing = unknown('not asked');

function remote(lines: () => readonly string[]) {
	return makeBox({
		cluster: {
			facts: () => ({
				api: nothing,
				nodes: nothing,
				pods: known([elsewhere], 1),
				workloads: nothing,
				jobs: nothing,
				claims: nothing,
				events: nothing,
				flux: nothing,
				storageClasses: nothing,
				secrets: nothing,
				logs: [],
			}),
			podLog: async ({tailLines}) => ok(lines().slice(-tailLines)),
		},
	});
}

test('a container on another node is read through the API, back to the oldest line it gives', async () => {
	let lines = Array.from({length: 950}, (_, index) => `line ${index}`);
	await using box = await remote(() => lines);
	const newest = await page(box, {}, id);
	assert.deepEqual(texts(newest), lines.slice(-200));
	assert.deepEqual(await readBack(box, {}, id), lines);
	assert.deepEqual(texts(await page(box, {from: 'first', limit: 2}, id)), ['line 0', 'line 1']);
	assert.deepEqual(texts(await page(box, {cursor: newest.newer, direction: 'newer'}, id)), []);
	lines = [...lines, 'line 950', 'line 951'];
	const next = await page(box, {cursor: newest.newer, direction: 'newer'}, id);
	assert.deepEqual([texts(next), next.dropped], [['line 950', 'line 951'], 0]);
});

test('when more was written than the API gives, the gap is told', async () => {
	let lines = ['line 0'];
	await using box = await remote(() => lines);
	const {newer} = await page(box, {}, id);
	lines = Array.from({length: 9000}, (_, index) => `line ${index}`);
	const next = await page(box, {cursor: newer, direction: 'newer', limit: 500}, id);
	assert.equal(next.dropped, 1);
	assert.equal(next.lines.length, 500);
});
