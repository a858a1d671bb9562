import assert from 'node:assert/strict';
import {describe, test} from 'node:test';
import {makeStore} from '../../../shared/view/store.ts';
import type {View} from '../../../shared/view/view.ts';
import {connectEngine} from '../../../tui/engine-client.ts';
import {systemTimer} from '../../../tui/terminal/timer.ts';
import {answers, picture, startAppliance, type TestAppliance} from '../../harness/appliance.ts';

const speed = 150;
/** Where being late counts: a second that this machine is late would be minutes at the speed above. */
const calm = 60;
const stopped = (view: View) => view.operation?.state === 'failed';
const tier = (view: View, id: string) => view.tiers.find(one => one.id === id)?.ready ?? false;

/** Looks at every view that is published on the way to the end. */
async function watched(
	appliance: TestAppliance,
	what: string,
	is: (view: View) => boolean,
	look: (view: View) => void,
): Promise<View> {
	const store = makeStore(Date.now());
	let broken: unknown;
	let looked = 0;
	store.subscribe(() => {
		const {view} = store.get();
		if (view === undefined || broken !== undefined) return;
		looked++;
		try {
			look(view);
		} catch (error) {
			broken = error;
		}
	});
	const client = connectEngine(appliance.socket, store, Date.now, systemTimer);
	try {
		const end = await appliance.until(what, view => broken !== undefined || is(view), 150_000);
		if (broken !== undefined) throw broken;
		assert.ok(looked > 0, 'no view was published');
		return end;
	} finally {
		client.close();
	}
}

/** Nothing that must hold at every instant is ever broken, whatever goes wrong. */
function neverLies(view: View): void {
	if (tier(view, 'login'))
		assert.ok(tier(view, 'core') && tier(view, 'bootstrap'), `login without core and bootstrap\n${picture(view)}`);
	if (view.rollup.state === 'fully_healthy') assert.deepEqual(view.blockers, []);
	for (const blocker of view.blockers)
		assert.ok(blocker.proof.length > 0 && blocker.next.length > 0 && blocker.why.length > 0, blocker.title);
	assert.doesNotMatch(
		view.blockers[0]?.cause ?? '',
		/^helm-timeout$|^helm-retries/,
		'a timeout is never the top cause while something says why',
	);
}

describe('scenarios, from setup to their settled end', {concurrency: 4}, () => {
	for (const scenario of ['happy', 'slow-image-pull'])
		test(`${scenario}: fully healthy, and nothing is called broken on the way`, async () => {
			await using appliance = await startAppliance({scenario, speed: calm});
			await appliance.setUp();
			await watched(
				appliance,
				'fully healthy',
				view => view.rollup.state === 'fully_healthy',
				view => {
					neverLies(view);
					assert.deepEqual(
						view.blockers.map(one => one.title),
						[],
						picture(view),
					);
					assert.notEqual(view.rollup.state, 'failed_action_required', picture(view));
				},
			);
		});

	for (const [scenario, check, words] of [
		['dns-refused', 'resolvers', /refused/],
		['registry-unreachable', 'registry', /cut off|no answer|refused/],
		['channel-missing', 'release', /does not have release "stable"/],
		['disk-too-small', 'disk', /free; .* are needed/],
	] as const)
		test(`${scenario}: stops in the checks with nothing changed on the machine`, async () => {
			await using appliance = await startAppliance({scenario, speed});
			await appliance.setUp();
			const view = await watched(appliance, 'stopped', stopped, neverLies);
			assert.equal(view.checks.find(one => one.id === check)?.result, 'fails', picture(view));
			assert.match(view.operation?.problem?.what ?? '', words);
			assert.match(view.operation?.problem?.next ?? '', /Nothing has been changed/);
			assert.ok(view.operation?.actions.includes('retry'));
			const status = await appliance.call('status', {}, AbortSignal.timeout(10_000));
			assert.match(status.ok ? (status.value.topBlockers[0]?.reason ?? '') : status.problem.what, words);
			assert.deepEqual(
				appliance.simulator.box.ledger().filter(entry => entry.changed),
				[],
			);
		});

	test('dns-refused: with name servers of its own, as the screen says, the site is set up', async () => {
		await using appliance = await startAppliance({scenario: 'dns-refused', speed});
		await appliance.setUp({...answers, dnsMode: 'custom', dnsServers: '1.1.1.1'});
		const view = await watched(appliance, 'ready', one => one.rollup.state === 'fully_healthy', neverLies);
		assert.equal(view.operation?.state, 'succeeded', picture(view));
	});

	test('missing-background-image: people can log in, and image and fix are named', async () => {
		await using appliance = await startAppliance({scenario: 'missing-background-image', speed});
		await appliance.setUp();
		const view = await watched(
			appliance,
			'ready with background issues',
			one => one.rollup.state === 'ready_with_background_issues' && one.operation?.state === 'succeeded',
			neverLies,
		);
		const [top] = view.blockers;
		assert.match(top?.title ?? '', /workflow-worker/);
		assert.equal(top?.loginBlocking, false);
		assert.match(top?.next ?? '', /[Pp]ublish|release/);
		assert.ok(tier(view, 'login'));
	});

	test('pvc-subpath: the volume is on top, and what Helm says of it stands below', async () => {
		await using appliance = await startAppliance({scenario: 'pvc-subpath', speed});
		await appliance.setUp();
		const view = await watched(appliance, 'stopped', stopped, neverLies);
		assert.equal(view.blockers[0]?.cause, 'pvc-subpath-failed', picture(view));
		assert.equal(view.blockers[0]?.phase, 'storage');
		assert.equal(view.operation?.problem?.what, view.blockers[0]?.title);
		const source = view.logs.find(one => one.component === 'db')?.id;
		assert.ok(source !== undefined, JSON.stringify(view.logs));
		const log = await appliance.call('logs', {params: {source}, query: {limit: '10'}}, AbortSignal.timeout(10_000));
		assert.match(log.ok ? JSON.stringify(log.value) : log.problem.what, /has not started yet: \w+/u);
	});

	test('temporal-schema: login is ready, and the schema is named', async () => {
		await using appliance = await startAppliance({scenario: 'temporal-schema', speed});
		await appliance.setUp();
		const view = await watched(
			appliance,
			'ready with background issues',
			one =>
				one.rollup.state === 'ready_with_background_issues' &&
				one.operation?.state === 'succeeded' &&
				one.blockers.some(blocker => blocker.cause === 'schema-not-initialized'),
			neverLies,
		);
		assert.ok(tier(view, 'login'));
	});

	test('bootstrap-job-fails: its own words are the cause, and a retry after the repair goes on', async () => {
		await using appliance = await startAppliance({scenario: 'bootstrap-job-fails', speed});
		await appliance.setUp();
		const view = await watched(appliance, 'stopped', stopped, neverLies);
		assert.match(view.blockers[0]?.cause ?? '', /migration|bootstrap/, picture(view));
		const retried = await appliance.call(
			'act',
			{params: {id: view.operation?.id ?? '', action: 'retry'}, body: {}},
			AbortSignal.timeout(5000),
		);
		assert.ok(retried.ok);
		await watched(
			appliance,
			'login ready',
			one => tier(one, 'login') && one.operation?.state === 'succeeded',
			neverLies,
		);
	});

	for (const scenario of ['api-flaps', 'power-loss'])
		test(`${scenario}: unknown is never ready, and it ends fully healthy`, async () => {
			await using appliance = await startAppliance({scenario, speed: calm});
			await appliance.setUp();
			await watched(
				appliance,
				'fully healthy',
				view => view.rollup.state === 'fully_healthy' && view.operation?.state === 'succeeded',
				neverLies,
			);
		});
});
