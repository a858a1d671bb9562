import assert from 'node:assert/strict';
import {test} from 'node:test';
import {type Answerer, page, pod, startScriptedApi, status, text} from './scripted-api.ts';
import {names, open, until} from './watching.ts';

const isList: (given: Parameters<Answerer>[0], plural: string) => boolean = (given, plural) =>
	given.plural === plural && given.query.get('watch') !== 'true' && given.method === 'GET';
const isWatch: typeof isList = (given, plural) => given.plural === plural && given.query.get('watch') === 'true';
const podList =
	(items: () => readonly unknown[], resourceVersion = '100'): Answerer =>
	(given, response) =>
		isList(given, 'pods') && page(response, items(), {resourceVersion});

test('before Kubernetes exists every kind is unknown, and it is found once it is there', async () => {
	await using api = await startScriptedApi();
	let file: string | undefined;
	await using cluster = open({readKubeconfig: async () => file});
	const before = await until(
		cluster,
		'it looked',
		facts =>
			facts.pods.state === 'unknown' &&
			facts.pods.why !== 'not looked yet' &&
			facts.api.state === 'unknown' &&
			facts.api.why !== 'not asked yet',
	);
	assert.equal(before.pods.state === 'unknown' && before.pods.why, 'Kubernetes is not installed on this machine yet.');
	const ready = await cluster.ready(AbortSignal.timeout(1000));
	assert.equal(!ready.ok && ready.problem.code, 'cluster.unreachable');
	file = api.kubeconfig;
	const after = await until(cluster, 'all kinds known', facts =>
		Object.values(facts).every(fact => !('state' in fact) || fact.state === 'known'),
	);
	assert.equal(after.api.state === 'known' && after.api.value.version, 'v1.36.0');
	file = undefined;
	await api.stop();
	await until(cluster, 'unknown again once wiped', facts => facts.pods.state === 'unknown');
});

test('a list is read page by page and only the namespaces of the appliance are kept', async () => {
	await using api = await startScriptedApi();
	api.answer = (given, response) => {
		if (!isList(given, 'pods')) return false;
		if (given.query.get('continue') === 'second')
			return page(response, [pod('b'), {metadata: {name: 'alien', namespace: 'elsewhere'}}]);
		return page(response, [pod('a')], {continue: 'second'});
	};
	await using cluster = open({readKubeconfig: async () => api.kubeconfig});
	const facts = await until(cluster, 'pods known', ({pods}) => pods.state === 'known');
	assert.deepEqual(names(facts.pods), ['a', 'b']);
	assert.ok(api.requests.some(each => each.includes('/pods?limit=250&continue=second')));
});

test('a change arrives; what did not change keeps its identity', async () => {
	await using api = await startScriptedApi();
	api.answer = podList(() => [pod('a'), pod('b')]);
	await using cluster = open({readKubeconfig: async () => api.kubeconfig});
	const before = await until(
		cluster,
		'watching',
		() => (api.watches.get('pods')?.size ?? 0) > 0 && cluster.facts().pods.state === 'known',
	);
	api.send('pods', 'MODIFIED', pod('a', '102', {status: {phase: 'Failed', reason: 'Evicted'}}));
	const after = await until(
		cluster,
		'a is evicted',
		({pods}) => pods.state === 'known' && pods.value.some(each => each.reason === 'Evicted'),
	);
	assert.ok(before.pods.state === 'known' && after.pods.state === 'known');
	assert.equal(
		after.pods.value.find(each => each.name === 'b'),
		before.pods.value.find(each => each.name === 'b'),
	);
	assert.equal(after.nodes, before.nodes);
	// The same object once more, and a bookmark: nothing that anybody could see changed.
	api.send('pods', 'MODIFIED', pod('a', '103', {status: {phase: 'Failed', reason: 'Evicted'}}));
	api.send('pods', 'BOOKMARK', {metadata: {resourceVersion: '200'}});
	api.send('pods', 'DELETED', pod('b', '201'));
	const last = await until(cluster, 'b is gone', ({pods}) => names(pods).length === 1);
	assert.ok(last.pods.state === 'known');
	assert.equal(
		last.pods.value[0],
		after.pods.value.find(each => each.name === 'a'),
	);
	assert.equal(cluster.facts().pods, last.pods);
});

test('a watch cut in the middle of an object goes on from the last whole one, and nothing looks stale', async () => {
	await using api = await startScriptedApi();
	api.answer = podList(() => [pod('a')]);
	await using cluster = open({readKubeconfig: async () => api.kubeconfig});
	const states = new Set<string>();
	await until(
		cluster,
		'watching',
		() => (api.watches.get('pods')?.size ?? 0) > 0 && cluster.facts().pods.state === 'known',
	);
	using _ = cluster.watch(() => states.add(cluster.facts().pods.state));
	api.send('pods', 'ADDED', pod('b', '150'));
	await until(cluster, 'b came', ({pods}) => names(pods).includes('b'));
	const seen = api.requests.length;
	api.cut('pods', JSON.stringify({type: 'ADDED', object: pod('c', '151')}).slice(0, 60));
	await until(
		cluster,
		'watching again',
		() =>
			api.requests.slice(seen).some(each => each.includes('/pods?watch=true')) &&
			(api.watches.get('pods')?.size ?? 0) > 0,
	).catch(() => undefined);
	const again = api.requests.slice(seen).find(each => each.includes('/pods?'));
	assert.match(again ?? '', /watch=true.*resourceVersion=150/u);
	api.send('pods', 'ADDED', pod('c', '151'));
	await until(cluster, 'c came', ({pods}) => names(pods).includes('c'));
	assert.deepEqual([...states], ['known']);
});

test('410 on a watch lists anew and drops what is gone; 410 in the middle of a list starts it over', async () => {
	await using api = await startScriptedApi();
	let content = [pod('old'), pod('kept')];
	let expired = false;
	let pagesGone = 1;
	api.answer = (given, response) => {
		if (isWatch(given, 'pods') && !expired) {
			expired = true;
			content = [pod('kept'), pod('new')];
			response.end(
				`${JSON.stringify({type: 'ERROR', object: {kind: 'Status', code: 410, reason: 'Expired', message: 'too old resource version'}})}\n`,
			);
			return true;
		}
		if (!isList(given, 'pods')) return false;
		if (given.query.get('continue') !== null)
			return pagesGone-- > 0 ? status(response, 410, 'Expired') : page(response, content.slice(1));
		return page(response, content.slice(0, 1), {continue: 'more'});
	};
	await using cluster = open({readKubeconfig: async () => api.kubeconfig});
	const facts = await until(cluster, 'the new content', ({pods}) => names(pods).includes('new'));
	assert.deepEqual(names(facts.pods), ['kept', 'new']);
	assert.equal(facts.pods.state, 'known');
});

test('410 on every watch is answered by listing at a bounded pace and the facts stay known', async () => {
	await using api = await startScriptedApi();
	let lists = 0;
	api.answer = (given, response) => {
		if (isWatch(given, 'pods')) return status(response, 410, 'Gone');
		return isList(given, 'pods') && page(response, [pod(`list-${++lists}`)]);
	};
	await using cluster = open({readKubeconfig: async () => api.kubeconfig});
	await until(cluster, 'listed five times', () => lists >= 5);
	const states = new Set<string>();
	using _ = cluster.watch(() => states.add(cluster.facts().pods.state));
	await until(cluster, 'listed twice more', ({pods}) => names(pods)[0] === 'list-7');
	assert.deepEqual([...states], ['known']);
	// Seven lists and as many watches, not hundreds: the pace was kept.
	assert.ok(api.requests.filter(each => each.includes('/pods?')).length < 20, api.requests.join('\n'));
});

test('throttling is waited out for as long as the server asks', async () => {
	await using api = await startScriptedApi();
	const at: number[] = [];
	api.answer = (given, response) => {
		if (!isList(given, 'pods')) return false;
		at.push(performance.now());
		if (at.length > 1) return page(response, [pod('a')]);
		response.setHeader('retry-after', '4');
		return status(response, 429, 'TooManyRequests');
	};
	await using cluster = open({readKubeconfig: async () => api.kubeconfig});
	await until(cluster, 'pods known', ({pods}) => pods.state === 'known');
	// Other kinds that come back ring the bell, so at least one wait happened; never an immediate storm.
	assert.equal(at.length, 2);
});

test('while the API is down the last content stays, marked stale, and is known again after it came back', async () => {
	await using api = await startScriptedApi();
	let content = [pod('a')];
	// A watch may ask from the old version; like a real server after a restart this one no longer has it.
	api.answer = (given, response) =>
		isWatch(given, 'pods') && given.query.get('resourceVersion') !== String(100 + content.length)
			? status(response, 410, 'Gone')
			: isList(given, 'pods') && page(response, content, {resourceVersion: String(100 + content.length)});
	await using cluster = open({readKubeconfig: async () => api.kubeconfig});
	await until(cluster, 'known', ({pods, api: asked}) => pods.state === 'known' && asked.state === 'known');
	await api.stop();
	const down = await until(cluster, 'stale', ({pods, api: asked}) => pods.state === 'stale' && asked.state === 'stale');
	assert.deepEqual(names(down.pods), ['a']);
	content = [pod('a'), pod('b')];
	await api.start();
	const up = await until(
		cluster,
		'known again',
		({pods, api: asked}) => names(pods).length === 2 && pods.state === 'known' && asked.state === 'known',
	);
	assert.equal(
		up.pods.state === 'known' && down.pods.state === 'stale' && up.pods.value[0],
		down.pods.state === 'stale' && down.pods.value[0],
	);
});

test('a kind that does not exist yet is unknown and found when it comes', async () => {
	await using api = await startScriptedApi();
	let defined = false;
	const groups = /toolkit\.fluxcd\.io/u;
	api.answer = (given, response) =>
		groups.test(given.url) &&
		!defined &&
		status(response, 404, 'NotFound', 'the server could not find the requested resource');
	await using cluster = open({readKubeconfig: async () => api.kubeconfig});
	const before = await until(
		cluster,
		'pods known',
		({pods, flux}) => pods.state === 'known' && flux.state === 'unknown' && flux.why !== 'not looked yet',
	);
	assert.match(before.flux.state === 'unknown' ? before.flux.why : '', /does not know .* yet/u);
	defined = true;
	await until(cluster, 'flux known', ({flux}) => flux.state === 'known');
});

test('new credentials in the access file are taken up after the old ones were refused', async () => {
	await using api = await startScriptedApi();
	let valid = 'admin-token';
	const written = (token: string) => api.kubeconfig.replace('admin-token', token);
	let file = written('admin-token');
	api.answer = (given, response) => {
		if (given.authorization !== `Bearer ${valid}`) return status(response, 401, 'Unauthorized');
		return isList(given, 'pods') && page(response, [pod(valid)]);
	};
	await using cluster = open({readKubeconfig: async () => file});
	await until(cluster, 'watched', ({pods}) => pods.state === 'known' && (api.watches.get('pods')?.size ?? 0) > 0);
	valid = 'second-token';
	file = written('second-token');
	for (const plural of api.watches.keys()) api.cut(plural);
	const facts = await until(cluster, 'the second credentials are used', ({pods}) => names(pods)[0] === 'second-token');
	assert.ok(!JSON.stringify(facts).includes('Bearer'));
});

test('values of secrets never enter the facts', async () => {
	await using api = await startScriptedApi();
	const value = 'c3VwZXJzZWNyZXQ=';
	api.answer = (given, response) =>
		isList(given, 'secrets') &&
		page(response, [
			{
				metadata: {
					name: 'db',
					namespace: 'msp',
					annotations: {'kubectl.kubernetes.io/last-applied-configuration': value},
				},
				data: {password: value, user: value},
			},
		]);
	await using cluster = open({readKubeconfig: async () => api.kubeconfig});
	const facts = await until(
		cluster,
		'secrets known',
		({secrets}) => secrets.state === 'known' && secrets.value.length > 0,
	);
	assert.deepEqual(facts.secrets.state === 'known' && facts.secrets.value[0]?.keys, ['password', 'user']);
	assert.ok(!JSON.stringify(facts).includes(value));
	assert.ok(
		api.requests.filter(each => each.includes('/secrets')).every(each => /namespaces\/(msp|alga-system)\//u.test(each)),
	);
});

test('events are bounded to the newest', async () => {
	await using api = await startScriptedApi();
	const event = (index: number) => ({
		metadata: {name: `e${index}`, namespace: 'msp'},
		type: 'Warning',
		reason: 'BackOff',
		message: 'm',
		lastTimestamp: new Date(1e12 + index * 1000).toISOString(),
		involvedObject: {kind: 'Pod', namespace: 'msp', name: 'a'},
	});
	const all = Array.from({length: 10_000}, (_, index) => event(index));
	api.answer = (given, response) => {
		if (!isList(given, 'events')) return false;
		const from = Number(given.query.get('continue') ?? 0);
		return page(response, all.slice(from, from + 500), from + 500 < all.length ? {continue: String(from + 500)} : {});
	};
	await using cluster = open({readKubeconfig: async () => api.kubeconfig});
	const facts = await until(cluster, 'events known', ({events}) => events.state === 'known');
	assert.ok(facts.events.state === 'known');
	assert.ok(facts.events.value.length <= 2200, `${facts.events.value.length}`);
	assert.ok(facts.events.value.some(each => each.name === 'e9999'));
	assert.ok(!facts.events.value.some(each => each.name === 'e0'));
});

test('the last lines of a container in trouble are in the facts, masked, and go when it is well', async () => {
	await using api = await startScriptedApi();
	const broken = pod('web', '101', {
		status: {
			phase: 'Running',
			containerStatuses: [
				{
					name: 'main',
					ready: false,
					restartCount: 3,
					state: {waiting: {reason: 'CrashLoopBackOff'}},
					lastState: {terminated: {exitCode: 1}},
				},
			],
		},
	});
	api.answer = (given, response) => {
		if (given.url.endsWith('/pods/web/log'))
			return text(response, 'starting\npassword is hunter2\nfatal: no database\n');
		return isList(given, 'pods') && page(response, [broken, pod('well')]);
	};
	await using cluster = open({
		readKubeconfig: async () => api.kubeconfig,
		mask: line => line.replaceAll('hunter2', '***'),
	});
	const {logs} = await until(cluster, 'an excerpt', facts => facts.logs.length > 0);
	assert.deepEqual(
		logs.map(({pod: name, container, previous, lines}) => ({name, container, previous, lines})),
		[{name: 'web', container: 'main', previous: true, lines: ['starting', 'password is ***', 'fatal: no database']}],
	);
	assert.ok(!api.requests.some(each => each.includes('/pods/well/log')));
	await until(cluster, 'watched', () => (api.watches.get('pods')?.size ?? 0) > 0);
	api.send('pods', 'MODIFIED', pod('web', '102'));
	await until(cluster, 'the excerpt went', facts => facts.logs.length === 0);
});

test('an access file that cannot be read is a reason to show, not the end of watching', async () => {
	await using api = await startScriptedApi();
	let broken = true;
	await using cluster = open({
		readKubeconfig: async () => {
			if (broken) throw Object.assign(new Error('read failed'), {code: 'EIO'});
			return api.kubeconfig;
		},
	});
	const {pods} = await until(
		cluster,
		'the reason',
		facts => facts.pods.state === 'unknown' && facts.pods.why !== 'not looked yet',
	);
	assert.match(pods.state === 'unknown' ? pods.why : '', /cannot be read \(EIO\)/u);
	broken = false;
	await until(cluster, 'known', facts => facts.pods.state === 'known');
});
