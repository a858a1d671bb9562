import {mkdtemp} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {parseArgs} from 'node:util';
import {scenarios} from './scenarios/all.ts';
import {startSimulator} from './simulator.ts';

/** The simulated appliance as a process: prints one JSON line with its addresses, runs until told to stop. */
const {values} = parseArgs({
	options: {
		scenario: {type: 'string', default: 'happy'},
		speed: {type: 'string', default: '1'},
		root: {type: 'string'},
		seed: {type: 'string', default: '1'},
		kept: {type: 'string'},
	},
});
const scenario = scenarios.find(one => one.name === values.scenario);
const speed = Number(values.speed);
if (scenario === undefined || !(speed > 0)) {
	process.stderr.write(
		`${scenario === undefined ? `no scenario ${values.scenario}` : `no such speed: ${values.speed}`}; scenarios:\n${scenarios.map(({name, title}) => `  ${name.padEnd(26)} ${title}\n`).join('')}`,
	);
	process.exit(2);
}
const root = values.root ?? (await mkdtemp(join(tmpdir(), 'alga-simulator-')));
const simulator = await startSimulator({
	scenario,
	speed,
	root,
	seed: Number(values.seed),
	...(values.kept !== undefined && {kept: values.kept}),
});
const {rpcSocket, registryUrl, apiUrl, timeline} = simulator;
process.stdout.write(`${JSON.stringify({rpcSocket, registryUrl, apiUrl, root, timeline, scenario: scenario.name})}\n`);
for (const name of ['SIGTERM', 'SIGINT'] as const) {
	process.once(name, () => {
		void simulator.close().then(() => process.exit(0));
	});
}
