import {cpSync, mkdirSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {build} from 'esbuild';

/**
 * Puts the simulated world beside the package: a service that plays Kubernetes, registry and machine, and the true engine
 * with those as its edges. `simulate` lets it take the engine's place; sockets and consoles stay those of the package.
 */
export async function installSimulation(tree: string): Promise<void> {
	const lab = join(tree, 'opt/lab');
	mkdirSync(join(lab, 'test/vm'), {recursive: true});
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
			outfile: join(lab, `test/vm/${name}.js`),
		});
	cpSync('flux-assets', join(lab, 'flux-assets'), {recursive: true});
	const unit = (name: string, text: string) => writeFileSync(join(tree, 'etc/systemd/system', name), text);
	writeFileSync(join(lab, 'speed'), 'SPEED=4\n');
	// The engine's folders are below the world's root; consoles look for its socket in the usual place.
	unit(
		'lab-world.service',
		`[Service]
EnvironmentFile=/opt/lab/speed
ExecStartPre=/bin/sh -c 'mkdir -p /var/lab/run && ln -sfn /run/alga-appliance /var/lab/run/alga-appliance && rm -f /run/world.json'
ExecStart=/bin/sh -c 'exec /opt/alga-appliance/bin/node /opt/lab/test/vm/world.js --root /var/lab --speed $SPEED >/run/world.json'
ExecStartPost=/bin/sh -c 'until grep -q rpcSocket /run/world.json; do sleep 0.2; done'
TimeoutStartSec=120
`,
	);
	unit(
		'lab-engine.conf',
		`[Unit]
Requires=lab-world.service
After=lab-world.service
[Service]
Type=simple
WatchdogSec=0
ExecStart=
ExecStart=/bin/sh -c 'exec /opt/alga-appliance/bin/node /opt/lab/test/vm/engine.js "$(cat /run/world.json)"'
ExecStartPost=
ExecStartPost=/bin/sh -c 'until test -S /run/alga-appliance/gateway.sock; do sleep 0.2; done'
ExecStartPost=/usr/bin/chgrp alga-appliance /run/alga-appliance/engine.sock
ExecStartPost=/usr/bin/chgrp alga-gateway /run/alga-appliance/gateway.sock
`,
	);
}

/** From now on, and after every boot, the engine lives in the simulated world. */
export const simulate = `
mkdir -p /etc/systemd/system/alga-appliance.service.d
cp /etc/systemd/system/lab-engine.conf /etc/systemd/system/alga-appliance.service.d/lab.conf
systemctl daemon-reload && systemctl stop alga-appliance && rm -f /run/alga-appliance/*.sock && systemctl start alga-appliance`;

/** Virtual seconds a second, from the next start of the world on. */
export const setSpeed = (speed: number): string => `echo SPEED=${speed} >/opt/lab/speed; sync`;
