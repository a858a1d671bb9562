import assert from 'node:assert/strict';
import {randomUUID} from 'node:crypto';
import {after, before, test} from 'node:test';
import {AppsV1Api, CoreV1Api, KubeConfig, type V1Pod, Watch} from '@kubernetes/client-node';
import {speedClock} from '../../simulator/clock.ts';
import {type KubeServer, serveKube} from '../../simulator/kube/server.ts';
import {makeStore, type Store} from '../../simulator/kube/store.ts';

let store: Store;
let server: KubeServer;
const writes: string[] = [];
const clock = speedClock(Date.parse('2026-03-01T10:00:00Z'), 1);

before(async () => {
	store = makeStore(clock, randomUUID);
	server = await serveKube({
		store,
		now: clock.now,
		version: () => 'v1.33.4+k3s1',
		logs: {
			lines: ({run}) => (run === 'previous' ? undefined : ['one', 'two', 'three']),
			follow: () => ({[Symbol.dispose]: () => undefined}),
		},
		recorded: ({verb, kind, name, changed}) => writes.push(`${verb} ${kind} ${name} ${changed}`),
	});
	server.set('serves');
	store.put({apiVersion: 'v1', kind: 'Namespace', metadata: {name: 'msp'}});
});
after(() => server.close());

/** An independent client, as anybody's kubectl would connect. */
function client(): KubeConfig {
	const config = new KubeConfig();
	config.loadFromOptions({
		clusters: [{name: 'a', server: server.url, skipTLSVerify: true}],
		users: [{name: 'a', token: 'somebody'}],
		contexts: [{name: 'a', cluster: 'a', user: 'a'}],
		currentContext: 'a',
	});
	return config;
}

const call = async (
	path: string,
	method = 'GET',
	body?: unknown,
	type = 'application/apply-patch+yaml',
): Promise<{code: number; body: Record<string, unknown>}> => {
	const answer = await fetch(`${server.url}${path}`, {
		method,
		headers: {authorization: 'Bearer somebody', ...(body !== undefined && {'content-type': type})},
		...(body !== undefined && {body: JSON.stringify(body)}),
	});
	return {code: answer.status, body: JSON.parse(await answer.text())};
};

const settings = (name: string, data: Record<string, string>) => ({
	apiVersion: 'v1',
	kind: 'ConfigMap',
	metadata: {name, namespace: 'msp'},
	data,
});
const at = (name: string, manager: string, more = '') =>
	`/api/v1/namespaces/msp/configmaps/${name}?fieldManager=${manager}${more}`;
const pod = (name: string) =>
	store.put({
		apiVersion: 'v1',
		kind: 'Pod',
		metadata: {name, namespace: 'msp', labels: {app: name}},
		spec: {containers: [{name: 'main', image: 'x'}]},
	});

/** The events of a watch until it has `many`, or its connection ends. */
async function watched(
	path: string,
	many: number,
): Promise<readonly {type: string; object: Record<string, unknown>}[]> {
	const stop = new AbortController();
	const answer = await fetch(`${server.url}${path}`, {
		headers: {authorization: 'Bearer somebody'},
		signal: AbortSignal.any([stop.signal, AbortSignal.timeout(10_000)]),
	});
	const events: {type: string; object: Record<string, unknown>}[] = [];
	let rest = '';
	const decoder = new TextDecoder();
	try {
		for await (const chunk of answer.body ?? []) {
			const lines = (rest + decoder.decode(chunk, {stream: true})).split('\n');
			rest = lines.pop() ?? '';
			events.push(...lines.map(line => JSON.parse(line)));
			if (events.length >= many) break;
		}
	} catch {
		// A cut connection ends the watch; what came before it is the answer.
	}
	stop.abort();
	return events;
}

test('an independent client lists, creates, reads and deletes', async () => {
	const core = client().makeApiClient(CoreV1Api);
	await core.createNamespacedConfigMap({
		namespace: 'msp',
		body: {metadata: {name: 'made'}, data: {a: '1'}, apiVersion: 'v1', kind: 'ConfigMap'},
	});
	assert.equal((await core.readNamespacedConfigMap({namespace: 'msp', name: 'made'})).data?.a, '1');
	await assert.rejects(
		core.createNamespacedConfigMap({
			namespace: 'msp',
			body: {metadata: {name: 'made'}, apiVersion: 'v1', kind: 'ConfigMap'},
		}),
		/AlreadyExists/,
	);
	await core.deleteNamespacedConfigMap({namespace: 'msp', name: 'made'});
	await assert.rejects(core.readNamespacedConfigMap({namespace: 'msp', name: 'made'}), /NotFound/);
	assert.deepEqual((await client().makeApiClient(AppsV1Api).listNamespacedDeployment({namespace: 'msp'})).items, []);
});

test('an independent client watches pods come, change and go', async () => {
	const seen: string[] = [];
	const enough = Promise.withResolvers<void>();
	const watching = await new Watch(client()).watch(
		'/api/v1/namespaces/msp/pods',
		{},
		(phase: string, object: V1Pod) => {
			if (object.metadata?.name !== 'seen') return;
			seen.push(phase);
			if (phase === 'DELETED') enough.resolve();
		},
		() => enough.resolve(),
	);
	const made = pod('seen');
	store.put({...made, status: {phase: 'Running'}});
	store.remove('Pod', 'msp', 'seen');
	await enough.promise;
	watching.abort();
	assert.deepEqual(seen, ['ADDED', 'MODIFIED', 'DELETED']);
});

test('a list comes in pages that together hold everything once', async () => {
	for (const name of ['page-a', 'page-b', 'page-c']) pod(name);
	const names: unknown[] = [];
	let token = '';
	do {
		const {body} = await call(`/api/v1/pods?limit=2&labelSelector=app in (page-a,page-b,page-c)&continue=${token}`);
		const list = JSON.parse(JSON.stringify(body));
		names.push(...list.items.map((one: {metadata: {name: string}}) => one.metadata.name));
		token = list.metadata.continue ?? '';
	} while (token !== '');
	assert.deepEqual(names, ['page-a', 'page-b', 'page-c']);
});

test('a watch from a known version misses nothing; from a forgotten one it is told 410', async () => {
	const {body} = await call('/api/v1/pods');
	const version = JSON.parse(JSON.stringify(body)).metadata.resourceVersion;
	pod('later');
	const [first] = await watched(`/api/v1/pods?watch=true&resourceVersion=${version}`, 1);
	assert.equal(first?.type, 'ADDED');
	store.compact();
	pod('latest');
	const [gone] = await watched(`/api/v1/pods?watch=true&resourceVersion=${version}`, 1);
	assert.deepEqual([gone?.type, gone?.object.code, gone?.object.reason], ['ERROR', 410, 'Expired']);
});

test('a streaming list ends its beginning with a bookmark', async () => {
	pod('streamed');
	const many = store.list('Pod').length;
	const events = await watched(
		'/api/v1/pods?watch=true&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true',
		many + 1,
	);
	assert.ok(events.slice(0, many).every(one => one.type === 'ADDED'));
	assert.deepEqual(JSON.parse(JSON.stringify(events[many])).object.metadata.annotations, {
		'k8s.io/initial-events-end': 'true',
	});
});

test('a watch that is cut in the middle of an object leaves half a line', async () => {
	while (server.watchers() > 0) await new Promise(resolve => setImmediate(resolve));
	const answer = await fetch(`${server.url}/api/v1/pods?watch=true`, {headers: {authorization: 'Bearer somebody'}});
	server.cutWatches('mid-object');
	let text = '';
	const decoder = new TextDecoder();
	await assert.rejects(async () => {
		for await (const chunk of answer.body ?? []) text += decoder.decode(chunk, {stream: true});
	});
	assert.throws(() => JSON.parse(text.split('\n').at(-1) ?? ''));
});

test('applying twice changes once; a field given up is taken away', async () => {
	writes.length = 0;
	assert.equal((await call(at('owned', 'alga'), 'PATCH', settings('owned', {a: '1', b: '2'}))).code, 201);
	assert.equal((await call(at('owned', 'alga'), 'PATCH', settings('owned', {a: '1', b: '2'}))).code, 200);
	const {body} = await call(at('owned', 'alga'), 'PATCH', settings('owned', {a: '1'}));
	assert.deepEqual(body.data, {a: '1'});
	assert.deepEqual(writes, ['apply ConfigMap owned true', 'apply ConfigMap owned false', 'apply ConfigMap owned true']);
});

test('two managers conflict over a field with its name, and force takes it over', async () => {
	await call(at('fought', 'helm'), 'PATCH', settings('fought', {a: '1'}));
	const refused = await call(at('fought', 'alga'), 'PATCH', settings('fought', {a: '2'}));
	assert.equal(refused.code, 409);
	assert.match(String(refused.body.message), /conflict with "helm": \.data\.a/);
	assert.deepEqual((await call(at('fought', 'alga', '&force=true'), 'PATCH', settings('fought', {a: '2'}))).body.data, {
		a: '2',
	});
	assert.equal((await call(at('fought', 'helm'), 'PATCH', settings('fought', {a: '1'}))).code, 409);
});

test('containers are merged by name', async () => {
	const workload = (containers: unknown) => ({
		apiVersion: 'apps/v1',
		kind: 'Deployment',
		metadata: {name: 'web', namespace: 'msp'},
		spec: {selector: {matchLabels: {a: 'b'}}, template: {metadata: {labels: {a: 'b'}}, spec: {containers}}},
	});
	const path = (manager: string) => `/apis/apps/v1/namespaces/msp/deployments/web?fieldManager=${manager}`;
	await call(path('one'), 'PATCH', workload([{name: 'web', image: 'x'}]));
	const {body} = await call(path('two'), 'PATCH', workload([{name: 'side', image: 'y'}]));
	const containers = (from: unknown) => JSON.parse(JSON.stringify(from)).spec.template.spec.containers;
	assert.deepEqual(containers(body), [
		{name: 'web', image: 'x'},
		{name: 'side', image: 'y'},
	]);
	assert.deepEqual(containers((await call(path('one'), 'PATCH', workload(undefined))).body), [
		{name: 'side', image: 'y'},
	]);
});

test('what is not right is refused as the real server refuses it', async () => {
	const cases: readonly [string, number, Promise<{code: number}>][] = [
		['no field manager', 422, call('/api/v1/namespaces/msp/configmaps/x', 'PATCH', settings('x', {}))],
		['an unknown patch type', 415, call(at('x', 'a'), 'PATCH', settings('x', {}), 'application/json')],
		[
			'a namespace that is not there',
			404,
			call('/api/v1/namespaces/nowhere/configmaps/x?fieldManager=a', 'PATCH', {
				...settings('x', {}),
				metadata: {name: 'x', namespace: 'nowhere'},
			}),
		],
		['another name than the address says', 400, call(at('y', 'a'), 'PATCH', settings('x', {}))],
		['another kind than the address says', 400, call(at('x', 'a'), 'PATCH', {...settings('x', {}), kind: 'Secret'})],
		['a kind before its definition', 404, call('/apis/helm.toolkit.fluxcd.io/v2/helmreleases')],
		[
			'a secret that is not base64',
			400,
			call('/api/v1/namespaces/msp/secrets/s?fieldManager=a', 'PATCH', {
				apiVersion: 'v1',
				kind: 'Secret',
				metadata: {name: 's', namespace: 'msp'},
				data: {a: '%'},
			}),
		],
	];
	for (const [what, code, answer] of cases) {
		assert.equal((await answer).code, code, what);
	}
	assert.equal(
		(
			await call(
				'/api/v1/namespaces/msp',
				'PUT',
				{apiVersion: 'v1', kind: 'Namespace', metadata: {name: 'msp', resourceVersion: '1'}},
				'application/json',
			)
		).code,
		409,
	);
	assert.equal((await fetch(`${server.url}/api/v1/pods`)).status, 401);
});

test('stringData is stored as base64 and never shown again', async () => {
	const {body} = await call('/api/v1/namespaces/msp/secrets/kept?fieldManager=a', 'PATCH', {
		apiVersion: 'v1',
		kind: 'Secret',
		metadata: {name: 'kept', namespace: 'msp'},
		stringData: {password: 'word'},
	});
	assert.deepEqual(body.data, {password: Buffer.from('word').toString('base64')});
	assert.equal(body.stringData, undefined);
});

test('a definition makes its kind known, and taking it away makes it unknown again', async () => {
	const definition = {
		apiVersion: 'apiextensions.k8s.io/v1',
		kind: 'CustomResourceDefinition',
		metadata: {name: 'things.example.org'},
		spec: {
			group: 'example.org',
			scope: 'Namespaced',
			names: {kind: 'Thing', plural: 'things'},
			versions: [{name: 'v1', served: true}],
		},
	};
	const path = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions/things.example.org';
	assert.equal((await call(`${path}?fieldManager=a`, 'PATCH', definition)).code, 201);
	assert.equal((await call('/apis/example.org/v1/things')).code, 200);
	assert.equal((await call(path, 'DELETE')).code, 200);
	assert.equal((await call('/apis/example.org/v1/things')).code, 404);
});

test('a log is cut to its last lines, and a previous run that never was is refused', async () => {
	pod('talks');
	const core = client().makeApiClient(CoreV1Api);
	assert.equal(await core.readNamespacedPodLog({namespace: 'msp', name: 'talks', tailLines: 2}), 'two\nthree\n');
	await assert.rejects(
		core.readNamespacedPodLog({namespace: 'msp', name: 'talks', previous: true}),
		/previous terminated container/,
	);
});

test('an API that refuses breaks every connection and serves again afterwards', async () => {
	server.set('refuses');
	await assert.rejects(fetch(`${server.url}/readyz`));
	server.set('serves');
	assert.equal((await fetch(`${server.url}/readyz`)).status, 200);
});
