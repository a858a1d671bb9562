import {join} from 'node:path';

/** Every place the appliance keeps something, under one root (DESIGN §6). */
export type Paths = ReturnType<typeof makePaths>;

/** `root` is `/` on an appliance; tests and the demo give a folder of their own. */
export function makePaths(root: string) {
	const at = (...parts: string[]) => join(root, ...parts);
	return {
		root,
		intent: at('etc/alga-appliance'),
		trust: at('etc/alga-appliance/trust'),
		state: at('var/lib/alga-appliance'),
		journal: at('var/lib/alga-appliance/journal.db'),
		artifacts: at('var/lib/alga-appliance/artifacts'),
		bundles: at('var/lib/alga-appliance/bundles'),
		setupToken: at('var/lib/alga-appliance/setup-token'),
		credential: at('var/lib/alga-appliance/credential.json'),
		consoleLock: at('var/lib/alga-appliance/console.json'),
		operationLogs: at('var/log/alga-appliance'),
		podLogs: at('var/log/pods'),
		run: at('run/alga-appliance'),
		consoleSocket: at('run/alga-appliance/engine.sock'),
		/** Root's own: the command line under sudo needs no console password. */
		rootSocket: at('run/alga-appliance/root.sock'),
		gatewaySocket: at('run/alga-appliance/gateway.sock'),
		consoleLine: at('run/alga-appliance/console-line'),
	};
}

/** Files of the appliance as the Host port knows them: absolute, without the root. */
export const onHost = {
	setup: '/etc/alga-appliance/setup.json',
	resolvers: '/etc/alga-appliance/resolv.conf',
	kubeconfig: '/etc/rancher/k3s/k3s.yaml',
	k3sConfig: '/etc/rancher/k3s/config.yaml',
	k3sRegistries: '/etc/rancher/k3s/registries.yaml',
	k3sBinary: '/usr/local/bin/k3s',
	k3sUnit: '/etc/systemd/system/k3s.service',
	k3sEnvironment: '/etc/systemd/system/k3s.service.env',
	k3sImages: '/var/lib/rancher/k3s/agent/images',
	timesyncd: '/etc/systemd/timesyncd.conf.d/50-alga-appliance.conf',
	resolved: '/etc/systemd/resolved.conf.d/50-alga-appliance.conf',
} as const;
