import assert from 'node:assert/strict';
import {randomBytes} from 'node:crypto';
import {after, before, describe, test} from 'node:test';
import {availability} from './binaries.ts';
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
