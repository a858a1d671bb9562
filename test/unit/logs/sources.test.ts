import assert from 'node:assert/strict';
import {test} from 'node:test';
import {sourceLister} from '../../../server/logs/sources.ts';
import type {Pod} from '../../../shared/facts/cluster.ts';
import {cri, makeBox, page, texts, write} from './box.ts';

const pod = (namespace: string, name: string, containers: readonly string[]): Pod => ({
	kind: 'Pod',
	name,
	namespace,
	uid: name,
	labels: {'app.kubernetes.io/name': name},
	phase: 'Running',
	conditions: [],
	initContainers: [],
	claims: [],
	containers: containers.map(each => ({name: each, image: 'i', ready: true, restarts: 0, state: {is: 'running'}})),
});

test('the application’s containers stand before those of Kubernetes; the list is the same while nothing changed', () => {
	const list = sourceLister();
	const pods = [pod('kube-system', 'coredns', ['coredns']), pod('msp', 'web', ['main', 'side'])];
	const made = list([{id: 'setup-1'}], pods);
	assert.deepEqual(made[0], {id: 'operation:setup-1', title: 'Operation setup-1', kind: 'operation'});
	assert.deepEqual(
		made.filter(each => each.kind === 'container'),
		[
			{id: 'pod:msp:web:main', title: 'web (main)', kind: 'container', component: 'web'},
			{id: 'pod:msp:web:side', title: 'web (side)', kind: 'container', component: 'web'},
			{id: 'pod:kube-system:coredns:coredns', title: 'coredns', kind: 'container', component: 'coredns'},
		],
	);
	assert.equal(list([{id: 'setup-1'}], pods), made);
	assert.notEqual(list([{id: 'setup-1'}, {id: 'setup-2'}], pods), made);
});

test('with Kubernetes down the containers whose files are here can be chosen and read', async () => {
	await using box = await makeBox();
	await write(box, '0.log', cri('still readable'));
	const [found] = box.logs.sources().filter(each => each.kind === 'container');
	assert.equal(found?.id, 'pod:msp:web-1:main');
	assert.deepEqual(texts(await page(box, {}, found?.id)), ['still readable']);
	assert.equal(box.logs.sources(), box.logs.sources());
});
