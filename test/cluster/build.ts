/**
 * Builds every program of the real-cluster suite into the cache, and says how long each took.
 * `scripts/run node test/cluster/build.ts [NAME...]`
 */
import {binaries, build, removeOtherBuilds, whyNoGo} from './binaries.ts';
import {loadFluxCrds} from './flux-crds.ts';

const stop = new AbortController();
process.once('SIGINT', () => stop.abort());
process.once('SIGTERM', () => stop.abort());

const noGo = await whyNoGo();
if (noGo !== undefined) {
	console.log(`${noGo}: the suite will be skipped.`);
	process.exit(0);
}
await removeOtherBuilds();
const wanted = process.argv.slice(2);
for (const {name} of binaries) {
	if (wanted.length > 0 && !wanted.includes(name)) continue;
	const started = performance.now();
	await build(name, stop.signal);
	console.log(`${name.padEnd(24)} ${((performance.now() - started) / 1000).toFixed(1)} s`);
}
await loadFluxCrds(stop.signal);
