import {execa} from 'execa';
import {fail, ok, type Result} from '../../shared/problem.ts';
import {readFacts, readNetwork} from './facts.ts';
import {fileVerbs} from './files.ts';
import type {Command, Host} from './host.ts';
import {watchLinks} from './links.ts';
import {fetchOnce, lookupName} from './reach.ts';

/** What a command may print before it is cut: a whole journal excerpt fits. */
const mostOutput = 8 << 20;

/** The real machine. `root` prefixes files only; commands always act on the machine itself. */
export function linuxHost(root: string): Host {
	const run: Host['run'] = async ({
		argv: [file, ...args],
		deadlineMs,
		stdin,
		onLine,
		signal,
	}: Command): Promise<Result<string>> => {
		const child = execa(file, args, {
			reject: false,
			timeout: deadlineMs,
			forceKillAfterDelay: 2000,
			maxBuffer: mostOutput,
			input: stdin ?? '',
			env: {LC_ALL: 'C.UTF-8'},
			all: onLine !== undefined,
			...(signal && {cancelSignal: signal}),
		});
		if (onLine) for await (const line of child.iterable({from: 'all'})) onLine(line);
		const done = await child;
		if (!done.failed) return ok(done.stdout);
		if (done.timedOut)
			return fail({
				code: 'command.timed-out',
				what: `${file} gave no answer in ${deadlineMs / 1000} s.`,
				next: 'It is safe to try again.',
				retry: 'safe',
			});
		if (done.code === 'ENOENT')
			return fail({
				code: 'command.missing',
				what: `${file} is not installed on this machine.`,
				next: 'Reinstall the alga-appliance package.',
			});
		return fail({
			code: 'command.failed',
			what: `${file} ended with ${done.exitCode === undefined ? (done.signal ?? 'an error') : `exit code ${done.exitCode}`}.`,
			next: 'See the log of this operation.',
			detail: (done.stderr || done.stdout).slice(-2000),
		});
	};
	const files = fileVerbs(root);
	return {
		...files,
		run,
		facts: signal => readFacts(run, files, signal),
		watchNetwork: changed =>
			watchLinks(async () => {
				const network = await readNetwork(run, files);
				if (network.ok) changed(network.value);
			}),
		lookup: lookupName,
		fetch: fetchOnce,
		portOwners: async ports => {
			const listening = await run({argv: ['ss', '-Hltnp'], deadlineMs: 10_000});
			if (!listening.ok) return listening;
			const wanted = new Set(ports);
			const owners = listening.value.split('\n').flatMap(line => {
				const port = Number(/:(\d+)\s+\S+:\*/.exec(line)?.[1]);
				return wanted.has(port) ? [{port, process: /users:\(\("([^"]+)"/.exec(line)?.[1] ?? 'another program'}] : [];
			});
			return ok([...new Map(owners.map(owner => [owner.port, owner])).values()]);
		},
		power: async action => {
			const done = await run({argv: ['systemctl', action === 'reboot' ? 'reboot' : 'poweroff'], deadlineMs: 30_000});
			return done.ok ? ok(undefined) : done;
		},
	};
}
