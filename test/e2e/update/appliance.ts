import assert from 'node:assert/strict';
import type {View} from '../../../shared/view/view.ts';
import {picture, startAppliance, type TestAppliance} from '../../harness/appliance.ts';
import type {SampleVersions} from '../../harness/release.ts';
import {type Content, contentFor} from '../../simulator/content.ts';
import {at} from '../../simulator/kube/object.ts';
import type {Simulator} from '../../simulator/simulator.ts';

/** An appliance on which 1.4.2 was set up and works. A busy test machine may stop its setup for a moment: it is retried. */
export async function installed(): Promise<TestAppliance> {
	const appliance = await startAppliance({speed: 400});
	try {
		const id = await appliance.setUp();
		for (;;) {
			const {operation} = await ended(appliance, id);
			if (operation?.state === 'succeeded') break;
			await retry(appliance, id);
		}
		await appliance.until('a healthy installation', isHealthy);
		return appliance;
	} catch (error) {
		await appliance[Symbol.asyncDispose]();
		throw error;
	}
}

export function succeeded(view: View): void {
	const {operation} = view;
	assert.equal(
		operation?.state,
		'succeeded',
		`${operation?.problem?.what} ${operation?.problem?.why}\n${picture(view)}`,
	);
}

export const isHealthy = ({rollup, operation}: View): boolean =>
	rollup.state === 'fully_healthy' && operation?.state === 'succeeded';

/** Publishes a release that follows any of its minor and changes one image only, so that little has to start again. */
export async function publish(
	{simulator}: TestAppliance,
	version: string,
	overrides: Parameters<typeof contentFor>[2] = {},
	versions: SampleVersions = {},
): Promise<Content> {
	const before = simulator.releases()[0]?.manifest.images ?? [];
	const whole = await contentFor(version, simulator.key);
	const images = before.map(old =>
		old.name === 'alga-psa-ee' ? (whole.manifest.images.find(one => one.name === old.name) ?? old) : old,
	);
	const content = await contentFor(version, simulator.key, {upgradeFrom: ['1.4.x'], images, ...overrides}, versions);
	simulator.publish(content);
	return content;
}

export async function start(
	{call, complaints}: TestAppliance,
	kind: 'update' | 'rollback' | 'schedule',
	input: Record<string, unknown>,
): Promise<string> {
	const started = await call('start', {body: {kind, input}}, AbortSignal.timeout(10_000));
	assert.ok(started.ok, started.ok ? '' : `${JSON.stringify(started.problem)}\n${complaints()}`);
	return started.value.id;
}

export async function refused(
	{call}: TestAppliance,
	kind: 'update' | 'rollback' | 'schedule',
	input: Record<string, unknown>,
): Promise<string> {
	const started = await call('start', {body: {kind, input}}, AbortSignal.timeout(10_000));
	assert.ok(!started.ok, 'it was not refused');
	return `${started.problem.what} ${started.problem.next}`;
}

export async function retry({call}: TestAppliance, id: string): Promise<void> {
	const acted = await call('act', {params: {id, action: 'retry'}, body: {secrets: {}}}, AbortSignal.timeout(10_000));
	assert.ok(acted.ok, acted.ok ? '' : acted.problem.what);
}

/** The view in which this operation has ended, in whatever way. */
export const ended = ({until}: TestAppliance, id: string): Promise<View> =>
	until(`the end of ${id}`, ({operation}) => operation?.id === id && operation.state !== 'running', 90_000);

/** What no update and no way back may touch: credentials, where people log in, names and pin. */
export async function kept({store, host}: Simulator) {
	const selection = store.get('ConfigMap', 'alga-system', 'appliance-release-selection');
	return {
		secrets: store.list('Secret', 'msp').map(one => [one.metadata.name, one.metadata.resourceVersion, at(one, 'data')]),
		appUrl: at(selection, 'data', 'appUrl'),
		pinned: at(selection, 'data', 'pinned'),
		intent: await host.readFile('/etc/alga-appliance/setup.json'),
		resolvers: await host.readFile('/etc/alga-appliance/resolv.conf'),
	};
}

/** The images that pods of the application run, by digest, and the release the cluster says it has. */
export function running({store}: Simulator): {readonly images: readonly string[]; readonly digest: unknown} {
	const images = store
		.list('Pod', 'msp')
		.filter(one => one.metadata.labels?.['app.kubernetes.io/component'] === 'alga-core')
		.flatMap(one => JSON.stringify(at(one, 'spec', 'containers')).match(/sha256:[0-9a-f]{64}/gu) ?? []);
	const selection = store.get('ConfigMap', 'alga-system', 'appliance-release-selection');
	return {images: [...new Set(images)], digest: at(selection, 'data', 'releaseDigest')};
}
