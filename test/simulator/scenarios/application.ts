import type {Scenario, Simulator} from '../simulator.ts';

const minute = 60_000;

export const missingBackgroundImage: Scenario = {
	name: 'missing-background-image',
	title: 'The image of workflow-worker was never published: login works, background services do not.',
	start: async ({releases, registry, log}) => {
		for (const {manifest} of releases()) {
			const image = manifest.images.find(one => one.name === 'workflow-worker');
			if (image !== undefined) registry.forget(image.repository.replace(/^[^/]+\//, ''), image.digest);
		}
		log('workflow-worker is not in the registry');
	},
};

export const pvcSubpath: Scenario = {
	name: 'pvc-subpath',
	title: 'The database volume has no folder it could write to; Helm only sees a timeout.',
	start: async ({conducts, helmTrouble}) => {
		conducts.set('db', {
			trouble: {
				is: 'config',
				message: 'failed to create subPath directory for volumeMount "db-data" of container "db"',
			},
		});
		helmTrouble.set('alga-core', {afterMs: 8 * minute, message: 'context deadline exceeded'});
	},
};

export const temporalSchema: Scenario = {
	name: 'temporal-schema',
	title: 'Temporal finds no database schema, and its console a wrong port: login works, workflows do not.',
	start: async ({conducts, clock}) => {
		const time = new Date(clock.now()).toISOString();
		conducts.set('temporal', {
			trouble: {
				is: 'crash',
				exitCode: 1,
				log: [
					`${time} INFO starting temporal server`,
					`${time} ERROR sql schema version compatibility check failed {"error":"version mismatch for keyspace/database: \\"temporal\\". Expected version: 1.14 cannot be greater than Actual version: 0.0"}`,
					'Unable to start server. Error: sql schema version compatibility check failed',
				],
			},
		});
		conducts.set('temporal-ui', {
			trouble: {
				is: 'crash',
				exitCode: 1,
				log: ['yaml: unmarshal errors:', '  line 6: cannot unmarshal !!str `tcp://1...` into int'],
			},
		});
	},
};

export const slowImagePull: Scenario = {
	name: 'slow-image-pull',
	title: 'The application image takes sixteen minutes on a slow line; all ends well.',
	start: async ({conducts}) => {
		for (const name of ['alga-core', 'bootstrap']) conducts.set(name, {pullMs: 16 * minute});
	},
};

export const bootstrapJobFails: Scenario = {
	name: 'bootstrap-job-fails',
	title: 'A migration fails until the job is started anew.',
	start: async simulator => {
		simulator.conducts.set('bootstrap', {
			trouble: {
				is: 'crash',
				exitCode: 1,
				log: [
					'Waiting for the database at db:5432',
					'Running migrations',
					'migration file "20260812090000_add_sla_policies.cjs" failed',
					'migration failed with error: canceling statement due to lock timeout',
				],
			},
		});
		await whenDeleted(simulator, 'Job');
		simulator.conducts.set('bootstrap', {});
		simulator.log('the lock is gone: the bootstrap job works from now on');
	},
};

/** Resolves in the moment an object of a kind is deleted, before anything else happens. */
function whenDeleted({store, signal}: Simulator, kind: string): Promise<void> {
	return new Promise((resolve, reject) => {
		const watching = store.subscribe(change => {
			if (change.type !== 'DELETED' || change.kind.kind !== kind) return;
			watching[Symbol.dispose]();
			resolve();
		});
		signal.addEventListener('abort', () => reject(signal.reason), {once: true});
	});
}
