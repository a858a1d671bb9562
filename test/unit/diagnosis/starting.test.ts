import assert from 'node:assert/strict';
import {test} from 'node:test';
import {diagnose} from '../../../shared/diagnosis/diagnose.ts';
import type {Condition, FluxObject} from '../../../shared/facts/cluster.ts';
import {known} from '../../../shared/facts/fact.ts';
import {toSituation} from '../../signals/adapter.ts';
import {CaseFile} from '../../signals/cases.ts';
import {components, event, job, type Observed, pod, waiting} from './observed.ts';

const minute = 60;
const webPod = 'web-6d9c7b5f4d-x2k8p';

const running = (part: string, ageSeconds: number): Observed => ({
	...pod(
		{
			phase: 'Running',
			ageSeconds,
			containerStatuses: [{name: 'main', image: 'x', ready: false, restartCount: 0, state: {running: {}}}],
		},
		part,
	),
});
const probeFails = (part: string, count: number) =>
	event('Unhealthy', 'Readiness probe failed: HTTP probe failed with statuscode: 503', part, {
		count,
		lastSeenSecondsAgo: 5,
	});

/** What is called broken, when containers of these pods have run for so many seconds. */
function causes(observed: readonly Observed[], ranFor: Readonly<Record<string, number>>): readonly string[] {
	const asked = toSituation(
		CaseFile.parse({components}),
		{stage: 'install', loginReady: false},
		observed.map(each => ({...each})),
	);
	const {pods} = asked.facts.cluster;
	assert.equal(pods.state, 'known');
	if (pods.state !== 'known') return [];
	const value = pods.value.map(one => ({
		...one,
		containers: one.containers.map(container => {
			const ran = ranFor[one.name];
			return container.state.is === 'running' && ran !== undefined
				? {...container, state: {is: 'running' as const, startedAt: asked.context.now - ran * 1000}}
				: container;
		}),
	}));
	const facts = {...asked.facts, cluster: {...asked.facts.cluster, pods: known(value, asked.context.now)}};
	return diagnose({...asked, facts, previous: []}).map(blocker => blocker.cause);
}

test('a container that has just started after a long pull is starting, not failing its probe', () => {
	assert.deepEqual(causes([running('web', 17 * minute), probeFails('web', 5)], {[webPod]: 50}), []);
});

test('a web server whose database is still being created waits for it', () => {
	assert.deepEqual(
		causes([running('web', 5 * minute), probeFails('web', 20), waiting('ContainerCreating', '', 'db', 5 * minute)], {
			[webPod]: 5 * minute,
		}),
		[],
	);
});

test('a web server waits for a database that runs but is not ready yet', () => {
	assert.deepEqual(
		causes([running('web', 12 * minute), running('db', 12 * minute)], {[webPod]: 11 * minute, 'db-0': 5 * minute}),
		[],
	);
});

test('one that has run for long and waits for nothing is failing', () => {
	assert.deepEqual(causes([running('web', 22 * minute)], {[webPod]: 20 * minute}), ['probe-failing']);
});

test('what was said of a failed job is not said of the job that is run again under its name', () => {
	const failed = event('BackoffLimitExceeded', 'Job has reached the specified backoff limit', 'bootstrap', {
		involvedObject: {kind: 'Job', namespace: 'msp', name: 'bootstrap'},
		lastSeenSecondsAgo: 60,
	});
	const madeSecondsAgo = (ageSeconds: number) => job('Suspended', 'JobResumed', '', {active: 1, ageSeconds});
	assert.deepEqual(causes([madeSecondsAgo(120), failed], {}), ['bootstrap-job-failed']);
	assert.deepEqual(causes([madeSecondsAgo(30), failed], {}), []);
});

/** What is called broken, when a release says for so many seconds that its source is not ready, and the source says this. */
function causesWithSource(saidForSeconds: number, source: Omit<Condition, 'type'> | undefined): readonly string[] {
	const asked = toSituation(CaseFile.parse({components}), {stage: 'install', loginReady: false}, []);
	const {now} = asked.context;
	const meta = {namespace: 'alga-system', uid: '', labels: {}, generation: 1, suspended: false, dependsOn: []};
	const about = {at: now - saidForSeconds * 1000, observedGeneration: 1};
	const release: FluxObject = {
		...meta,
		...{kind: 'HelmRelease', name: 'web', observedGeneration: -1, createdAt: now - 20 * minute * 1000},
		conditions: [
			{
				...{type: 'Ready', status: 'False', reason: 'SourceNotReady', ...about},
				message: "OCIRepository 'alga-system/chart-web' is not ready",
			},
		],
	};
	const chart = source && {
		...{...meta, kind: 'OCIRepository' as const, name: 'chart-web', observedGeneration: -1},
		conditions: [{type: 'Ready', ...source, ...about}],
	};
	const flux = known(chart === undefined ? [release] : [release, chart], now);
	const facts = {...asked.facts, cluster: {...asked.facts.cluster, flux}};
	return diagnose({...asked, facts, previous: []}).map(blocker => blocker.cause);
}

test('a release waits for a chart that is being fetched, not for one that failed or that nobody fetches', () => {
	const fetching = {status: 'Unknown', reason: 'Progressing', message: 'building artifact'} as const;
	const refused = {
		status: 'False',
		reason: 'OCIArtifactPullFailed',
		message: 'MANIFEST_UNKNOWN: manifest unknown',
	} as const;
	assert.deepEqual(causesWithSource(5 * minute, fetching), []);
	assert.deepEqual(causesWithSource(11 * minute, fetching), ['flux-source-missing']);
	assert.deepEqual(causesWithSource(5 * minute, refused), ['release-not-found']);
	assert.deepEqual(causesWithSource(5 * minute, undefined), ['flux-source-missing']);
	assert.deepEqual(causesWithSource(1 * minute, undefined), []);
});
