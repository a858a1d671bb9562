import {contentFor} from '../content.ts';
import {isWorking, statusOf} from '../controllers/shapes.ts';
import type {Scenario, Simulator} from '../simulator.ts';

const minute = 60_000;

const serves = ({kube}: Simulator) => kube.state() === 'serves';
const works = ({store}: Simulator, kind: string, name: string) => isWorking(store.get(kind, 'msp', name));

export const apiFlaps: Scenario = {
	name: 'api-flaps',
	title: 'The Kubernetes API goes away every few minutes, cuts watches in the middle and forgets old versions.',
	start: async simulator => {
		const {kube, store, clock, signal, log, until, services} = simulator;
		await until(() => serves(simulator));
		for (let round = 0; !signal.aborted; round += 1) {
			await clock.sleep(2.5 * minute, signal);
			if (!serves(simulator)) continue;
			store.compact();
			kube.cutWatches(round % 2 === 0 ? 'mid-object' : 'between');
			if (round % 2 === 1) continue;
			kube.set('refuses');
			log('the API refuses connections');
			await clock.sleep(25_000, signal);
			// Only the flap ends here: an API whose k3s was stopped in the meantime stays away.
			if (services.active('k3s')) kube.set('serves');
			store.compact();
			log('the API is back');
		}
	},
};

export const update: Scenario = {
	name: 'update',
	title: 'Release 1.4.3 appears in the channel five minutes after everything is ready.',
	start: async simulator => {
		const {releases, publish, key, clock, signal, until} = simulator;
		const components = releases()[0]?.manifest.profile.components ?? [];
		await until(() => components.every(({workload}) => works(simulator, workload.kind, workload.name)));
		await clock.sleep(5 * minute, signal);
		publish(await contentFor('1.4.3', key, {upgradeFrom: ['1.4.x']}));
	},
};

export const registryOutage: Scenario = {
	name: 'registry-outage',
	title: 'The registry goes away for ten minutes while images are being fetched.',
	start: async simulator => {
		const {registry, clock, signal, until} = simulator;
		await until(() => works(simulator, 'StatefulSet', 'db'));
		registry.set('unreachable');
		await clock.sleep(10 * minute, signal);
		registry.set('serves');
	},
};

export const powerLoss: Scenario = {
	name: 'power-loss',
	title: 'The machine loses power in the middle of the installation and comes back a minute later.',
	start: async simulator => {
		const {box, clock, signal, until, store, log} = simulator;
		await until(() => works(simulator, 'StatefulSet', 'db'));
		await clock.sleep(minute, signal);
		log('the power is gone');
		await box.cyclePower(35_000);
		log('the machine has booted');
		await until(() => serves(simulator) && statusOf(store.get('Pod', 'msp', 'db-0')).phase === 'Running');
		log('the database runs again');
	},
};
