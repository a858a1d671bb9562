import assert from 'node:assert/strict';
import {randomBytes} from 'node:crypto';
import {after, before, describe, test} from 'node:test';
import {KubeConfig, Watch} from '@kubernetes/client-node';
import {availability} from './binaries.ts';
import {until} from './child.ts';
import {type ControlPlane, startControlPlane} from './control-plane.ts';
import {startRelay} from './proxy.ts';
import {apply, request} from './rest.ts';

const available = await availability(['etcd', 'kube-apiserver']);

describe('trouble a real API server can give', {skip: available.state === 'absent' && available.why}, () => {
	let plane: ControlPlane;
	before(async () => {
		plane = await startControlPlane();
	});
	after(() => plane?.stop());

	const configMap = (name: string, text = '') => ({
		...{apiVersion: 'v1', kind: 'ConfigMap', metadata: {namespace: 'default', name}, data: {text}},
	});

	test('a watch from before a restart is told 410 Gone', async () => {
		const {metadata} = await apply(plane, configMap('old'));
		for (const text of ['a', 'b', 'c']) await apply(plane, configMap('old', text));
		await plane.restartApiServer();
		const query = `watch=true&timeoutSeconds=1&resourceVersion=${Number(metadata.resourceVersion) - 1}`;
		const event = await request(plane, 'GET', `/api/v1/namespaces/default/configmaps?${query}`);
		assert.partialDeepStrictEqual(event, {type: 'ERROR', object: {code: 410, reason: 'Expired'}});
	});

	test('a frozen API server says nothing on an open watch, and goes on where it was', async () => {
		const kubeConfig = new KubeConfig();
		kubeConfig.loadFromFile(plane.kubeconfigPath);
		const seen = new Set<string>();
		const see = (_phase: string, object: {readonly metadata: {readonly name: string}}) =>
			seen.add(object.metadata.name);
		const ended: unknown[] = [];
		const watch = await new Watch(kubeConfig).watch('/api/v1/configmaps', {}, see, error => ended.push(error));
		plane.freezeApiServer();
		const written = apply(plane, configMap('late'));
		const first = await Promise.race([written, new Promise(resolve => setTimeout(resolve, 500, 'silence'))]);
		assert.equal(first, 'silence');
		assert.deepEqual([seen.has('late'), ended], [false, []]);
		plane.thawApiServer();
		await written;
		await until('the watch saw it', async () => (seen.has('late') ? true : undefined));
		watch.abort();
	});

	test('a relay cuts an answer in the middle, and passes everything again afterwards', async () => {
		await apply(plane, configMap('large', randomBytes(250_000).toString('hex')));
		await using relay = await startRelay(plane.url);
		const through = {...plane, url: relay.url};
		const read = () => request(through, 'GET', '/api/v1/namespaces/default/configmaps/large');
		relay.cutAfter(100_000);
		await assert.rejects(read());
		relay.cutAfter(Number.POSITIVE_INFINITY);
		assert.partialDeepStrictEqual(await read(), {metadata: {name: 'large'}});
	});
});
