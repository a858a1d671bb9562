import {once} from 'node:events';
import manifest from '../../package.json' with {type: 'json'};
import {openCluster} from '../cluster/open.ts';
import {linuxHost} from '../host/linux.ts';
import {openLogs} from '../logs/logs.ts';
import {registryFactory} from '../registry/factory.ts';
import {siteOf} from '../registry/site.ts';
import {systemClock} from './clock.ts';
import {readConfig} from './config.ts';
import {startEngine} from './engine.ts';
import {notifySystemd} from './notify.ts';
import {onHost} from './paths.ts';
import {openSecretBook} from './secret-book.ts';

/** The engine on a real machine: opens the edges, serves, and closes in reverse when systemd says so. */
const config = readConfig(process.env, manifest.version);
await using opened = new AsyncDisposableStack();
const site = siteOf(config);
const stop = opened.adopt(new AbortController(), controller => controller.abort());
const secrets = openSecretBook();
const host = linuxHost(config.paths.root);
const cluster = opened.use(
	openCluster({
		readKubeconfig: async () => {
			const file = await host.readFile(onHost.kubeconfig);
			return file.ok ? file.value : undefined;
		},
		clock: systemClock,
		signal: stop.signal,
		mask: secrets.mask,
	}),
);
opened.use(
	await startEngine(config, {
		host,
		cluster,
		clock: systemClock,
		registry: opened.use(registryFactory(config, systemClock, site)),
		site,
		secrets,
		logs: operationLogs =>
			openLogs({podLogs: config.paths.podLogs, operationLogs, cluster, clock: systemClock, mask: secrets.mask}),
	}),
);
opened.use(notifySystemd(config.notifySocket));
await Promise.race([once(process, 'SIGTERM'), once(process, 'SIGINT')]);
