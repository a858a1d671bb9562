import {spawnSync} from 'node:child_process';

/** Every check that needs no machine of its own, cheapest first; stops at the first that fails. */
const checks = [
	['types', 'tsc', '-p', '.'],
	['format and lint', 'biome', 'ci', '--error-on-warnings', '--diagnostic-level=warn', '--colors=off', '.'],
	['unused', 'knip', '--no-progress'],
] as const;

for (const [title, command, ...args] of checks) {
	const began = performance.now();
	const {status} = spawnSync(command, args, {stdio: 'inherit'});
	if (status !== 0) {
		console.error(`${title}: failed (${command} ${args.join(' ')})`);
		process.exit(1);
	}
	console.log(`${title}: ok, ${((performance.now() - began) / 1000).toFixed(1)} s`);
}
