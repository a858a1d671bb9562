import type {Content} from '../content.ts';
import {contentFor} from '../content.ts';
import {at} from '../kube/object.ts';
import type {Scenario, Simulator} from '../simulator.ts';
import {update} from './weather.ts';

/** From now on the application falls over whenever it is started from this release's image, and works from any other. */
export function breakApplicationOf({manifest}: Content, {store, conducts, signal}: Simulator): void {
	const digest = manifest.images.find(one => one.name === 'alga-psa-ee')?.digest ?? '';
	const usual = conducts.of('alga-core');
	const look = () => {
		const deployment = store.get('Deployment', 'msp', 'alga-core-sebastian');
		const broken = JSON.stringify(at(deployment, 'spec', 'template') ?? '').includes(digest);
		conducts.set(
			'alga-core',
			broken
				? {
						...usual,
						trouble: {
							is: 'crash',
							exitCode: 1,
							log: ['Starting Alga PSA', "Error: Cannot find module './license/verify.js'"],
						},
					}
				: usual,
		);
	};
	const watching = store.subscribe(change => {
		if (change.kind.kind === 'Deployment') look();
	});
	signal.addEventListener('abort', () => watching[Symbol.dispose](), {once: true});
}

export const updateBreaks: Scenario = {
	name: 'update-breaks',
	title: 'Release 1.4.3 appears after everything is ready, but its application crashes: return to the one before.',
	start: async simulator => {
		breakApplicationOf(await contentFor('1.4.3', simulator.key, {upgradeFrom: ['1.4.x']}), simulator);
		await update.start(simulator);
	},
};
