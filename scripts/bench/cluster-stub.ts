import {once} from 'node:events';
import {createServer, type ServerResponse} from 'node:http';
import type {AddressInfo} from 'node:net';

/** A Kubernetes API over plain http that holds so many pods, in a process of its own so that its cost is not counted. */
export type StubCommand =
	| {readonly do: 'touch'; readonly index: number; readonly restarts: number}
	| {readonly do: 'expire'};
export type StubReport = {readonly is: 'listening'; readonly url: string} | {readonly is: 'watching-pods'};

const resources: Readonly<Record<string, readonly (readonly [plural: string, kind: string, namespaced: boolean])[]>> = {
	'/api/v1': [
		['nodes', 'Node', false],
		['pods', 'Pod', true],
		['persistentvolumeclaims', 'PersistentVolumeClaim', true],
		['events', 'Event', true],
		['secrets', 'Secret', true],
		['configmaps', 'ConfigMap', true],
	],
	'/apis/apps/v1': [
		['deployments', 'Deployment', true],
		['statefulsets', 'StatefulSet', true],
		['daemonsets', 'DaemonSet', true],
		['replicasets', 'ReplicaSet', true],
	],
	'/apis/batch/v1': [['jobs', 'Job', true]],
	'/apis/storage.k8s.io/v1': [['storageclasses', 'StorageClass', false]],
	'/apis/source.toolkit.fluxcd.io/v1': [
		['ocirepositories', 'OCIRepository', true],
		['helmrepositories', 'HelmRepository', true],
		['helmcharts', 'HelmChart', true],
	],
	'/apis/kustomize.toolkit.fluxcd.io/v1': [['kustomizations', 'Kustomization', true]],
	'/apis/helm.toolkit.fluxcd.io/v2': [['helmreleases', 'HelmRelease', true]],
};

/** A pod about as large as real ones: 6 KB of JSON, a third of it managed fields. */
function podJson(index: number, version: number, restarts = 0): string {
	const name = `web-${index}`;
	const time = '2026-01-01T00:00:00Z';
	const managed = Array.from({length: 60}, (_, field) => [`f:field-${field}`, {'.': {}, 'f:value': {}}]);
	const env = Array.from({length: 20}, (_, each) => ({name: `SETTING_${each}`, value: `value of setting ${each}`}));
	const conditions = ['Initialized', 'Ready', 'ContainersReady', 'PodScheduled'].map(type => ({
		type,
		status: 'True',
		lastProbeTime: null,
		lastTransitionTime: time,
	}));
	return JSON.stringify({
		apiVersion: 'v1',
		kind: 'Pod',
		metadata: {
			name,
			namespace: 'msp',
			uid: `00000000-0000-4000-8000-${String(index).padStart(12, '0')}`,
			resourceVersion: String(version),
			creationTimestamp: time,
			labels: {app: name, 'app.kubernetes.io/name': 'web', 'pod-template-hash': 'abcdef1234'},
			ownerReferences: [{apiVersion: 'apps/v1', kind: 'ReplicaSet', name: `${name}-abcdef1234`, controller: true}],
			managedFields: [
				{manager: 'kubelet', operation: 'Update', apiVersion: 'v1', time, fieldsV1: Object.fromEntries(managed)},
			],
		},
		spec: {
			nodeName: 'node-0',
			containers: [
				{
					name: 'main',
					image: 'registry.example/app/web:1.2.3',
					env,
					resources: {requests: {cpu: '100m', memory: '128Mi'}},
					volumeMounts: [{name: 'data', mountPath: '/data'}],
				},
			],
			volumes: [{name: 'data', emptyDir: {}}],
			serviceAccountName: 'default',
			tolerations: [{key: 'node.kubernetes.io/not-ready', operator: 'Exists'}],
		},
		status: {
			phase: 'Running',
			conditions,
			hostIP: '10.0.0.1',
			podIP: '10.42.0.9',
			startTime: time,
			containerStatuses: [
				{
					name: 'main',
					image: 'registry.example/app/web:1.2.3',
					imageID: `registry.example/app/web@sha256:${'a'.repeat(64)}`,
					ready: true,
					restartCount: restarts,
					started: true,
					state: {running: {startedAt: time}},
				},
			],
		},
	});
}

const eventJson = (index: number): string =>
	JSON.stringify({
		apiVersion: 'v1',
		kind: 'Event',
		metadata: {
			name: `event-${index}`,
			namespace: 'msp',
			resourceVersion: '1',
			creationTimestamp: '2026-01-01T00:00:00Z',
		},
		type: 'Normal',
		reason: 'Pulled',
		message: `Container image "registry.example/app/web:1.2.3" already present on machine ${index}`,
		count: 1,
		lastTimestamp: '2026-01-01T00:00:00Z',
		involvedObject: {kind: 'Pod', namespace: 'msp', name: `web-${index}`},
	});

async function serve(podCount: number): Promise<void> {
	let version = 1000;
	const items: Record<string, string[]> = {
		pods: Array.from({length: podCount}, (_, index) => podJson(index, 1)),
		events: Array.from({length: Math.min(podCount, 2000)}, (_, index) => eventJson(index)),
		nodes: [
			JSON.stringify({
				apiVersion: 'v1',
				kind: 'Node',
				metadata: {name: 'node-0'},
				status: {conditions: [{type: 'Ready', status: 'True'}]},
			}),
		],
	};
	const watches = new Map<string, Set<ServerResponse>>();
	const server = createServer((request, response) => {
		const url = new URL(request.url ?? '/', 'http://stub');
		response.setHeader('content-type', 'application/json');
		const answer = (value: unknown) => void response.end(JSON.stringify(value));
		if (url.pathname === '/readyz') return void response.end('ok');
		if (url.pathname === '/version') return answer({gitVersion: 'v1.36.3', major: '1', minor: '36'});
		if (url.pathname === '/api') return answer({kind: 'APIVersions', versions: ['v1']});
		if (url.pathname === '/apis')
			return answer({
				kind: 'APIGroupList',
				apiVersion: 'v1',
				groups: Object.keys(resources)
					.filter(path => path.startsWith('/apis'))
					.map(path => groupOf(path)),
			});
		const found = resources[url.pathname];
		if (found !== undefined)
			return answer({
				kind: 'APIResourceList',
				groupVersion: url.pathname.replace(/^\/apis?\//u, ''),
				resources: found.map(([name, kind, namespaced]) => ({
					name,
					singularName: kind.toLowerCase(),
					kind,
					namespaced,
					verbs: ['get', 'list', 'watch'],
				})),
			});
		const plural = url.pathname.split('/').at(-1) ?? '';
		const kind = Object.values(resources)
			.flat()
			.find(([name]) => name === plural)?.[1];
		if (kind === undefined || request.method !== 'GET') {
			response.statusCode = 404;
			return answer({kind: 'Status', code: 404, reason: 'NotFound'});
		}
		if (url.searchParams.get('watch') === 'true') {
			const open = watches.get(plural) ?? new Set();
			watches.set(plural, open.add(response));
			response.once('close', () => open.delete(response));
			response.flushHeaders();
			if (plural === 'pods') report({is: 'watching-pods'});
			return;
		}
		const all = items[plural] ?? [];
		const from = Number(url.searchParams.get('continue') ?? 0);
		const until = from + Number(url.searchParams.get('limit') ?? all.length);
		const next = until < all.length ? `,"continue":"${until}"` : '';
		const version_ = Object.entries(resources)
			.find(([, list]) => list.some(([name]) => name === plural))?.[0]
			.replace(/^\/apis?\//u, '');
		response.end(
			`{"kind":"${kind}List","apiVersion":"${version_}","metadata":{"resourceVersion":"${version}"${next}},"items":[${all.slice(from, until).join(',')}]}`,
		);
	});
	const send = (plural: string, type: string, object: string) => {
		for (const watch of watches.get(plural) ?? []) watch.write(`{"type":"${type}","object":${object}}\n`);
	};
	process.on('message', (command: StubCommand) => {
		version++;
		if (command.do === 'expire') {
			for (const watch of watches.get('pods') ?? [])
				watch.end('{"type":"ERROR","object":{"kind":"Status","code":410,"reason":"Expired"}}\n');
			return;
		}
		const changed = podJson(command.index, version, command.restarts);
		if (items.pods) items.pods[command.index] = changed;
		send('pods', 'MODIFIED', changed);
	});
	// What an idle cluster sends: a node's heartbeat and bookmarks.
	setInterval(() => {
		version++;
		send(
			'nodes',
			'MODIFIED',
			JSON.stringify({
				apiVersion: 'v1',
				kind: 'Node',
				metadata: {name: 'node-0', resourceVersion: String(version)},
				status: {conditions: [{type: 'Ready', status: 'True', lastHeartbeatTime: new Date().toISOString()}]},
			}),
		);
		for (const plural of watches.keys())
			send(plural, 'BOOKMARK', JSON.stringify({metadata: {resourceVersion: String(version)}}));
	}, 10_000);
	server.listen(0, '127.0.0.1');
	await once(server, 'listening');
	const {port} = server.address() as AddressInfo;
	report({is: 'listening', url: `http://127.0.0.1:${port}`});
}

const groupOf = (path: string) => {
	const [, , name = '', version = ''] = path.split('/');
	const preferredVersion = {groupVersion: `${name}/${version}`, version};
	return {name, versions: [preferredVersion], preferredVersion};
};
const report = (message: StubReport) => process.send?.(message);

process.on('disconnect', () => process.exit());
await serve(Number(process.argv[2]));
