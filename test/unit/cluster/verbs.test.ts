import assert from 'node:assert/strict';
import {test} from 'node:test';
import {identityObjects} from '../../../server/cluster/identity.ts';
import {parseKubeconfig} from '../../../server/cluster/kubeconfig.ts';
import {json, kubeconfig, page, pod, startScriptedApi, status} from './scripted-api.ts';
import {names, open, until} from './watching.ts';

const signal = AbortSignal.timeout(60_000);
const configMap = {apiVersion: 'v1', kind: 'ConfigMap', metadata: {name: 'a', namespace: 'msp'}, data: {}};

test('writing is server-side apply as the appliance, tried again while the server says not now', async () => {
	await using api = await startScriptedApi();
	let tries = 0;
	api.answer = ({method}, response) =>
		method === 'PATCH' && (++tries < 3 ? status(response, tries === 1 ? 503 : 429, 'Busy') : json(response, configMap));
	await using cluster = open({readKubeconfig: async () => api.kubeconfig});
	assert.ok((await cluster.apply(configMap, signal)).ok);
	const writes = api.requests.filter(each => each.startsWith('PATCH'));
	assert.deepEqual(
		writes,
		Array(3).fill('PATCH /api/v1/namespaces/msp/configmaps/a?fieldManager=alga-appliance&force=true'),
	);
});

for (const [code, expected] of [
	[401, 'cluster.denied'],
	[403, 'cluster.denied'],
	[409, 'cluster.conflict'],
	[422, 'cluster.rejected'],
	[400, 'cluster.rejected'],
] as const) {
	test(`HTTP ${code} is ${expected}, once, with the server’s words`, async () => {
		await using api = await startScriptedApi();
		api.answer = ({method}, response) => method === 'PATCH' && status(response, code, 'Reason', 'field is immutable');
		await using cluster = open({readKubeconfig: async () => api.kubeconfig});
		const answer = await cluster.apply(configMap, signal);
		assert.ok(!answer.ok);
		assert.equal(answer.problem.code, expected);
		assert.equal(answer.problem.detail, 'field is immutable');
		assert.match(answer.problem.what, /write ConfigMap msp\/a/u);
		assert.equal(api.requests.filter(each => each.startsWith('PATCH')).length, 1);
	});
}

test('a refused Secret is told without the server’s words: they may quote its values', async () => {
	await using api = await startScriptedApi();
	api.answer = ({method}, response) =>
		method === 'PATCH' && status(response, 422, 'Invalid', 'Invalid value: "hunter2"');
	await using cluster = open({readKubeconfig: async () => api.kubeconfig});
	const answer = await cluster.apply({...configMap, kind: 'Secret', stringData: {password: 'hunter2'}}, signal);
	assert.doesNotMatch(JSON.stringify(answer), /hunter2/u);
});

test('a kind that is not known by heart is looked up once', async () => {
	await using api = await startScriptedApi();
	const object = {apiVersion: 'example.org/v1', kind: 'Policy', metadata: {name: 'p'}};
	api.answer = ({url, method}, response) => {
		if (url === '/apis/example.org/v1')
			return json(response, {
				resources: [
					{name: 'policies/status', kind: 'Policy', namespaced: false},
					{name: 'policies', kind: 'Policy', namespaced: false},
				],
			});
		return method === 'PATCH' && json(response, object);
	};
	await using cluster = open({readKubeconfig: async () => api.kubeconfig});
	await cluster.apply(object, signal);
	await cluster.apply(object, signal);
	assert.equal(api.requests.filter(each => each === 'GET /apis/example.org/v1').length, 1);
	assert.equal(api.requests.filter(each => each.startsWith('PATCH /apis/example.org/v1/policies/p?')).length, 2);
});

test('deleting and getting what is not there are no errors', async () => {
	await using api = await startScriptedApi();
	api.answer = ({url}, response) => url.endsWith('/configmaps/a') && status(response, 404, 'NotFound');
	await using cluster = open({readKubeconfig: async () => api.kubeconfig});
	const id = {apiVersion: 'v1', kind: 'ConfigMap', namespace: 'msp', name: 'a'};
	assert.deepEqual(await cluster.remove(id, signal), {ok: true, value: undefined});
	assert.deepEqual(await cluster.get(id, signal), {ok: true, value: undefined});
});

test('once our identity exists reads use its token, writes stay with the administrator, and its loss is survived', async () => {
	await using api = await startScriptedApi();
	let powerless = false;
	const listedBy = new Set<string>();
	let watchedBy: string | undefined;
	api.answer = ({url, method, authorization, plural, query}, response) => {
		if (url === '/api/v1/namespaces/alga-system/serviceaccounts/alga-appliance/token')
			return (
				authorization === 'Bearer admin-token' &&
				json(response, {
					status: {token: 'own-token', expirationTimestamp: new Date(Date.now() * 20 + 3_600_000).toISOString()},
				})
			);
		if (method === 'PATCH') return authorization === 'Bearer admin-token' && json(response, configMap);
		if (powerless && authorization === 'Bearer own-token') return status(response, 403, 'Forbidden');
		if (plural !== 'pods') return false;
		if (query.get('watch') === 'true') {
			watchedBy = authorization;
			return false;
		}
		listedBy.add(authorization ?? '');
		return page(response, [pod('a')]);
	};
	await using cluster = open({readKubeconfig: async () => api.kubeconfig});
	await until(cluster, 'pods watched', ({pods}) => names(pods)[0] === 'a' && (api.watches.get('pods')?.size ?? 0) > 0);
	assert.deepEqual([...listedBy], ['Bearer own-token']);
	assert.ok((await cluster.apply(configMap, signal)).ok);
	powerless = true;
	for (const plural of api.watches.keys()) api.cut(plural);
	await until(
		cluster,
		'read by the administrator',
		({pods}) => pods.state === 'known' && watchedBy === 'Bearer admin-token',
	);
	assert.deepEqual(names(cluster.facts().pods), ['a']);
	assert.ok(!JSON.stringify(cluster.facts()).includes('token'));
});

test('our identity may only look', () => {
	const verbs = identityObjects()
		.flatMap(object => (Array.isArray(object.rules) ? object.rules : []))
		.flatMap((rule: {verbs: readonly string[]}) => rule.verbs);
	assert.deepEqual([...new Set(verbs)].sort(), ['get', 'list', 'watch']);
});

test('the access file of k3s is read with certificate and key', () => {
	const encoded = (text: string) => Buffer.from(text).toString('base64');
	const text = `apiVersion: v1
clusters:
- cluster: {certificate-authority-data: ${encoded('CA')}, server: "https://127.0.0.1:6443"}
  name: default
contexts:
- context: {cluster: default, user: default}
  name: default
current-context: default
kind: Config
users:
- name: default
  user: {client-certificate-data: ${encoded('CERT')}, client-key-data: ${encoded('KEY')}}
`;
	const parsed = parseKubeconfig(text);
	assert.ok(parsed.ok);
	assert.deepEqual(
		{...parsed.value, server: parsed.value.server.href},
		{server: 'https://127.0.0.1:6443/', ca: 'CA', certificate: 'CERT', key: 'KEY'},
	);
});

for (const text of [
	'',
	'{',
	'clusters: []',
	'users: [{name: x, user: {token: hunter2}}]',
	kubeconfig('file:///etc/hunter2'),
]) {
	test(`a damaged access file is a problem that quotes nothing of it: ${text.slice(0, 20)}`, () => {
		const parsed = parseKubeconfig(text);
		assert.equal(!parsed.ok && parsed.problem.code, 'answer.malformed');
		assert.doesNotMatch(JSON.stringify(parsed), /hunter2/u);
	});
}
