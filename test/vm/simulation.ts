import {cpSync, mkdirSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {build} from 'esbuild';

/** Where the simulated world and its engine lie in a machine's tree, and what of the world is to outlive a reboot. */
const home = '/opt/lab';
const world = '/var/lab';
const dropIn = '/etc/systemd/system/alga-appliance.service.d/lab.conf';

/**
 * Puts the simulated world beside the package: a service that plays Kubernetes, registry and machine, and the true engine
 * with those as its edges. Nothing uses it before `simulate`; sockets, gateway and consoles stay those of the package.
 */
export async function installSimulation(tree: string): Promise<void> {
	const at = (path: string) => join(tree, path);
	for (const [name, entry] of [
		['world', 'test/simulator/main.ts'],
		['engine', 'test/simulator/engine.ts'],
	] as const)
		await build({
			bundle: true,
			platform: 'node',
			format: 'esm',
			target: 'node26',
			minify: true,
			banner: {
				js: "import{createRequire as __require}from'node:module';const require=__require(import.meta.url);",
			},
			logLevel: 'warning',
			entryPoints: [entry],
			// As deep as the sources are: the sample release finds the charts from there.
			outfile: at(`${home}/test/simulator/${name}.js`),
		});
	cpSync('flux-assets', at(`${home}/flux-assets`), {recursive: true});
	mkdirSync(at(world), {recursive: true});
	const node = '/opt/alga-appliance/bin/node';
	// The engine's folders are below the world's root; consoles and gateway look for its sockets in the usual place.
	writeFileSync(
		at('/etc/systemd/system/lab-world.service'),
		`[Service]
EnvironmentFile=${world}/speed
ExecStartPre=/bin/sh -c 'mkdir -p ${world}/run && ln -sfn /run/alga-appliance ${world}/run/alga-appliance && rm -f /run/world.json'
ExecStart=/bin/sh -c 'exec ${node} ${home}/test/simulator/world.js --root ${world} --kept ${world}/world.json --speed $SPEED >/run/world.json'
ExecStartPost=/bin/sh -c 'until grep -q rpcSocket /run/world.json; do sleep 0.2; done'
TimeoutStartSec=120
`,
	);
	writeFileSync(
		at(`${home}/engine.conf`),
		`[Unit]
Requires=lab-world.service
After=lab-world.service
[Service]
Type=exec
WatchdogSec=0
ExecStart=
ExecStart=/bin/sh -c 'exec ${node} ${home}/test/simulator/engine.js "$(cat /run/world.json)"'
ExecStartPost=
ExecStartPost=/bin/sh -c 'until test -S /run/alga-appliance/gateway.sock; do sleep 0.2; done'
ExecStartPost=/usr/bin/chgrp alga-appliance /run/alga-appliance/engine.sock
ExecStartPost=/usr/bin/chgrp alga-gateway /run/alga-appliance/gateway.sock
`,
	);
}

/** From now on, and after every boot, the engine lives in the simulated world; `speed`: virtual seconds a second. */
export const simulate = (speed: number): string => `
echo SPEED=${speed} >${world}/speed
mkdir -p $(dirname ${dropIn}) && cp ${home}/engine.conf ${dropIn}
systemctl daemon-reload && systemctl stop alga-appliance && rm -f /run/alga-appliance/*.sock && systemctl start alga-appliance`;
