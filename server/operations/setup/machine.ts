import {ok, type Result} from '../../../shared/problem.ts';
import {onHost} from '../../engine/paths.ts';
import type {Step, Work} from '../step.ts';
import type {SetupRun} from './input.ts';

/** A command of the system that normally takes well under a second. */
const commandMs = 30_000;

type Wanted = {readonly path: string; readonly content: string; readonly mode: number};

/** Files the answers ask for on the host itself: resolvers (DESIGN D11) and time servers. */
function wantedFiles(work: Work<SetupRun>, upstream: readonly string[]): readonly Wanted[] {
	const {dns, timeServers} = work.input.answers;
	const resolvers = dns.mode === 'custom' ? dns.servers : upstream;
	return [
		// k3s must never fall back to a public resolver: it gets a file with the site's servers only (LIFECYCLE 1.2, row 40).
		...(resolvers.length > 0
			? [
					{
						path: onHost.resolvers,
						mode: 0o644,
						content: `${resolvers
							.slice(0, 3)
							.map(server => `nameserver ${server}`)
							.join('\n')}\n`,
					},
				]
			: []),
		...(dns.mode === 'custom'
			? [{path: onHost.resolved, mode: 0o644, content: `[Resolve]\nDNS=${dns.servers.join(' ')}\nDomains=~.\n`}]
			: []),
		...(timeServers.length > 0
			? [{path: onHost.timesyncd, mode: 0o644, content: `[Time]\nNTP=${timeServers.join(' ')}\n`}]
			: []),
	];
}

async function missing(work: Work<SetupRun>): Promise<readonly Wanted[]> {
	const facts = await work.host.facts(work.signal);
	const upstream =
		facts.network.state === 'unknown'
			? []
			: facts.network.value.resolvers
					.map(one => one.address)
					.filter(address => !address.startsWith('127.') && address !== '::1' && !address.startsWith('fe80:'));
	const wanted = wantedFiles(work, upstream);
	const present = await Promise.all(wanted.map(async file => ({file, now: await work.host.readFile(file.path)})));
	return present.filter(({file, now}) => !now.ok || now.value !== file.content).map(({file}) => file);
}

async function nameDiffers(work: Work<SetupRun>): Promise<boolean> {
	const wanted = work.input.answers.hostName;
	if (wanted === undefined) return false;
	const {machine} = await work.host.facts(work.signal);
	return machine.state === 'unknown' || machine.value.hostname !== wanted;
}

/** Host name, resolvers and time servers as the answers want them, before Kubernetes fixes them. */
export const machineSettings: Step<SetupRun> = {
	id: 'machine',
	title: 'Machine prepared',
	phase: 'network',
	usualMs: [1000, 5000],
	effect: 'changes',
	check: async work => ok(!(await nameDiffers(work)) && (await missing(work)).length === 0),
	run: apply,
	verify: async () => ok(undefined),
};

async function apply(work: Work<SetupRun>): Promise<Result<void>> {
	const {host, input, signal, log} = work;
	const run = (...argv: [string, ...string[]]) => host.run({argv, deadlineMs: commandMs, signal, onLine: log});
	if (input.answers.hostName !== undefined && (await nameDiffers(work))) {
		const named = await run('hostnamectl', 'set-hostname', input.answers.hostName);
		if (!named.ok) return named;
	}
	const restart = new Set<string>();
	for (const file of await missing(work)) {
		const written = await host.writeFile(file.path, file.content, file.mode);
		if (!written.ok) return written;
		log(`wrote ${file.path}`);
		if (file.path === onHost.resolved) restart.add('systemd-resolved');
		if (file.path === onHost.timesyncd) restart.add('systemd-timesyncd');
	}
	for (const unit of restart) {
		const restarted = await run('systemctl', 'restart', unit);
		if (!restarted.ok) return restarted;
	}
	return ok(undefined);
}
