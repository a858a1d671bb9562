import {mkdtempSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {test} from 'node:test';
import {setImmediate as nextTurn} from 'node:timers/promises';
import {openCluster} from '../../../server/cluster/open.ts';
import {startEngine} from '../../../server/engine/engine.ts';
import {makePaths} from '../../../server/engine/paths.ts';
import {openSecretBook} from '../../../server/engine/secret-book.ts';
import {openLogs} from '../../../server/logs/logs.ts';
import {registryFactory} from '../../../server/registry/factory.ts';
import {siteOf} from '../../../server/registry/site.ts';
import {ok} from '../../../shared/problem.ts';
import {releaseRepository} from '../../../shared/release/manifest.ts';
import {scenarios} from '../../simulator/scenarios/all.ts';
import {startSimulator} from '../../simulator/simulator.ts';

test('an engine that is stopped while it looks names up ends quietly when the answer comes', async t => {
	const root = mkdtempSync(join(tmpdir(), 'alga-stop-'));
	const scenario = scenarios.find(one => one.name === 'happy');
	if (scenario === undefined) throw new Error('no scenario');
	const simulator = await startSimulator({scenario, speed: 1, root});
	t.after(async () => {
		await simulator.close();
		rmSync(root, {recursive: true, force: true});
	});
	const {clock, host} = simulator;
	const {promise: answer, resolve: answerNow} = Promise.withResolvers<void>();
	const paths = makePaths(root);
	const config = {
		paths,
		version: '1.0.0',
		releaseRepository,
		registryHost: 'ghcr.io',
		mirrors: {},
		registryCa: undefined,
		trustPolicy: 'require' as const,
		ports: {http: 8080, https: 8443},
		notifySocket: undefined,
	};
	const stop = new AbortController();
	const secrets = openSecretBook();
	const site = siteOf(config);
	const cluster = openCluster({
		readKubeconfig: async () => undefined,
		clock,
		signal: stop.signal,
		mask: secrets.mask,
	});
	const registry = registryFactory(config, clock, {...site, mirrors: () => ({'ghcr.io': simulator.registryUrl})});
	const engine = await startEngine(config, {
		host: {...host, lookup: async () => answer.then(() => ok(['192.0.2.1']))},
		cluster,
		clock,
		registry,
		site,
		secrets,
		logs: operationLogs => openLogs({podLogs: paths.podLogs, operationLogs, cluster, clock, mask: secrets.mask}),
	});
	// At rest: all the rest was seen and published.
	const deadline = AbortSignal.timeout(10_000);
	while (!JSON.stringify(engine.view()?.machine).includes('ghcr.io answers'))
		await nextTurn(undefined, {signal: deadline});
	await engine[Symbol.asyncDispose]();
	t.mock.timers.enable({apis: ['setTimeout']});
	answerNow();
	await answer;
	await nextTurn();
	t.mock.timers.tick(1000); // A view built now would read a closed journal, and throw.
	t.mock.timers.reset();
	stop.abort();
	await Promise.all([cluster[Symbol.asyncDispose](), registry[Symbol.asyncDispose]()]);
});
