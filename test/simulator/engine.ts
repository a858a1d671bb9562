import {once} from 'node:events';
import * as z from 'zod';
import {openCluster} from '../../server/cluster/open.ts';
import {startEngine} from '../../server/engine/engine.ts';
import {openJournal} from '../../server/engine/journal.ts';
import {makePaths, onHost} from '../../server/engine/paths.ts';
import {openSecretBook} from '../../server/engine/secret-book.ts';
import {openLogs} from '../../server/logs/logs.ts';
import {registryFactory} from '../../server/registry/factory.ts';
import {siteOf} from '../../server/registry/site.ts';
import {releaseRepository} from '../../shared/release/manifest.ts';
import {timelineClock} from './clock.ts';
import {dyingJournal} from './dying-journal.ts';
import {connectHost} from './host-client.ts';

/** What `simulator/main.ts` prints, and what this process is told on its command line. */
export const World = z.object({
	root: z.string(),
	rpcSocket: z.string(),
	registryUrl: z.string(),
	timeline: z.object({start: z.number(), epoch: z.number(), speed: z.number()}),
	ports: z.object({http: z.number(), https: z.number()}).default({http: 8080, https: 8443}),
	/** Tests: where the node's own mirror listens. */
	mirrorPort: z.number().optional(),
	/** Tests: die by SIGKILL right before or after this many journalled transitions. */
	dieAt: z.object({write: z.number(), when: z.enum(['before', 'after'])}).optional(),
});
export type World = z.infer<typeof World>;

/** The true engine in a process of its own; only what is outside its edges is the simulator's. */
if (import.meta.main) {
	const world = World.parse(JSON.parse(process.argv[2] ?? '{}'));
	const clock = timelineClock(world.timeline);
	const host = connectHost(world.rpcSocket);
	const paths = makePaths(world.root);
	const registry = world.registryUrl.replace(/\/$/, '');
	await using opened = new AsyncDisposableStack();
	const secrets = openSecretBook();
	const stop = opened.adopt(new AbortController(), controller => controller.abort());
	const cluster = opened.use(
		openCluster({
			readKubeconfig: async () => {
				const file = await host.readFile(onHost.kubeconfig);
				return file.ok ? file.value : undefined;
			},
			clock,
			signal: stop.signal,
			mask: secrets.mask,
		}),
	);
	const config = {
		paths,
		version: '1.0.0',
		releaseRepository,
		registryHost: 'ghcr.io',
		mirrors: {},
		registryCa: undefined,
		...(world.mirrorPort && {mirrorPort: world.mirrorPort}),
		trustPolicy: 'require' as const,
		ports: world.ports,
		notifySocket: undefined,
	};
	const site = siteOf(config);
	// Where this world's ghcr.io is; no setting of the site.
	const upstream = {'ghcr.io': registry};
	opened.use(
		await startEngine(config, {
			host,
			cluster,
			clock,
			registry: opened.use(
				registryFactory(config, clock, {...site, mirrors: () => ({...upstream, ...site.mirrors()})}),
			),
			site,
			secrets,
			logs: operationLogs => openLogs({podLogs: paths.podLogs, operationLogs, cluster, clock, mask: secrets.mask}),
			...(world.dieAt && {journal: dyingJournal(openJournal(paths.journal), world.dieAt)}),
		}),
	);
	await Promise.race([once(process, 'SIGTERM'), once(process, 'SIGINT')]);
}
