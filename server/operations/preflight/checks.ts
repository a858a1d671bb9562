import type {CheckResult} from '../../../shared/operations/check.ts';
import {type Check, type Looking, waitingCheck} from './check.ts';
import {clockCheck, cpuCheck, diskCheck, memoryCheck, portsCheck} from './machine.ts';
import {dnsCheck, hostsCheck, podNetworkCheck, registryCheck, releaseCheck, resolversCheck} from './reach.ts';

/** In the order they run: reaching the release first, since it says what the machine must have. */
export const checks: readonly Check[] = [
	resolversCheck,
	registryCheck,
	releaseCheck,
	dnsCheck,
	hostsCheck,
	cpuCheck,
	memoryCheck,
	diskCheck,
	clockCheck,
	portsCheck,
	podNetworkCheck,
];

/** No check may take longer; one that does is a check that could not be made. */
const checkDeadlineMs = 30_000;

/** Runs every check, telling after each; one that fails does not keep the others from being looked at. */
export async function runChecks(
	looking: Omit<Looking, 'release' | 'found'>,
	tell: (results: readonly CheckResult[]) => void,
): Promise<{results: readonly CheckResult[]; release: Looking['release']}> {
	let release: Looking['release'];
	let results: readonly CheckResult[] = checks.map(waitingCheck);
	const put = (result: CheckResult) => {
		results = results.map(one => (one.id === result.id ? result : one));
		tell(results);
	};
	for (const check of checks) {
		const now: Looking = {
			...looking,
			release,
			found: found => {
				release = found;
			},
			signal: AbortSignal.any([looking.signal, AbortSignal.timeout(checkDeadlineMs)]),
		};
		put({...waitingCheck(check), needed: check.needed(now), result: 'running'});
		const finding = await check.look(now);
		looking.signal.throwIfAborted();
		put({
			id: check.id,
			title: check.title,
			phase: check.phase,
			needed: check.needed(now),
			at: looking.clock.now(),
			...finding,
		});
	}
	return {results, release};
}
