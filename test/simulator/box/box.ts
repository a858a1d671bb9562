import {fileVerbs} from '../../../server/host/files.ts';
import type {Command, Host} from '../../../server/host/host.ts';
import type {NetworkFacts} from '../../../shared/facts/host.ts';
import {fail, ok, type Result} from '../../../shared/problem.ts';
import type {Ledger} from '../ledger.ts';
import {type Bench, toolNamed} from './commands.ts';
import {boxFacts, networkFacts} from './facts.ts';
import {fetch, lookup, type Surroundings} from './reach.ts';

/** A virtual Ubuntu 24.04 machine behind the Host port. Its files are real ones below `root`. */
export type Box = {
	readonly host: Host;
	readonly ledger: Ledger['entries'];
	/** The machine as it lost power: nothing answers until it has booted, `offMs` later. */
	readonly cyclePower: (offMs: number) => Promise<void>;
	/** Tells whoever watches the network that it changed. */
	readonly networkChanged: () => void;
};

/** From power to services. */
const bootMs = 25_000;

export function makeBox(bench: Omit<Bench, 'power'>, around: Surroundings, ledger: Ledger, rebooted: () => void): Box {
	const {root, machine, services, clock} = bench;
	const files = fileVerbs(root);
	const watchers = new Set<(facts: NetworkFacts) => void>();
	let powered: Promise<void> = Promise.resolve();

	const note = (kind: 'file' | 'command' | 'power', what: string, changed = true) =>
		ledger.note({at: clock.now(), kind, what, changed});
	const networkChanged = () => {
		for (const watcher of watchers) watcher(networkFacts(machine, services));
	};

	const cyclePower = (offMs: number): Promise<void> => {
		if (machine.power === 'off') return powered;
		machine.power = 'off';
		services.powerOff();
		powered = (async () => {
			await clock.sleep(offMs + bootMs);
			Object.assign(machine, {power: 'on', bootedAt: clock.now(), bootId: crypto.randomUUID()});
			rebooted();
			networkChanged();
			void services.boot();
		})();
		return powered;
	};
	const power = (action: 'reboot' | 'shutdown') => {
		note('power', action);
		if (action === 'reboot') void cyclePower(10_000);
		else {
			machine.power = 'off';
			services.powerOff();
		}
	};

	const run = async ({argv: [program, ...args], onLine, signal}: Command): Promise<Result<string>> => {
		await powered;
		signal?.throwIfAborted();
		const tool = toolNamed(program);
		const missing = program.endsWith('/k3s') && !(await files.exists('/usr/local/bin/k3s'));
		if (tool === undefined || missing)
			return fail({
				code: 'command.missing',
				what: `${program} is not installed on this machine.`,
				next: 'Reinstall the alga-appliance package.',
			});
		if (tool.changes(args)) note('command', `run ${[program, ...args].join(' ')}`);
		const before = JSON.stringify(machine.network);
		const {code, out} = await tool.run({...bench, power}, args);
		if (JSON.stringify(machine.network) !== before) networkChanged();
		for (const line of out.split('\n').filter(Boolean)) onLine?.(line);
		if (code === 0) return ok(out);
		return fail({
			code: 'command.failed',
			what: `${program} ended with exit code ${code}.`,
			next: 'See the log of this operation.',
			detail: out.slice(-2000),
		});
	};

	const host: Host = {
		facts: async () => {
			await powered;
			return boxFacts(machine, around.world, services, clock.now());
		},
		watchNetwork: changed => {
			watchers.add(changed);
			return {[Symbol.dispose]: () => watchers.delete(changed)};
		},
		run,
		readFile: async path => {
			await powered;
			return files.readFile(path);
		},
		writeFile: async (path, content, mode) => {
			await powered;
			const before = await files.readFile(path);
			const text = typeof content === 'string' ? content : Buffer.from(content).toString('utf8');
			const written = await files.writeFile(path, content, mode);
			if (written.ok) note('file', `write ${path}`, !before.ok || before.value !== text);
			return written;
		},
		placeFile: async (from, path, mode) => {
			await powered;
			const placed = await files.placeFile(from, path, mode);
			if (placed.ok) note('file', `place ${path}`);
			return placed;
		},
		removeFile: async path => {
			await powered;
			const present = await files.exists(path);
			const removed = await files.removeFile(path);
			if (removed.ok) note('file', `remove ${path}`, present);
			return removed;
		},
		exists: async path => {
			await powered;
			return files.exists(path);
		},
		lookup: async (name, server, signal) => {
			await powered;
			return lookup(around, name, server, signal);
		},
		fetch: async (url, signal, way) => {
			await powered;
			return fetch(around, url, signal, way);
		},
		portOwners: async ports => {
			await powered;
			const taken = [
				22,
				...(services.active('k3s') ? [6443, 10250, 2379, 2380, 6444, 10248, 10249, 10256, 10257, 10259] : []),
				...(around.web.state() === 'absent' ? [] : [3000]),
			];
			return ok(
				ports
					.filter(port => taken.includes(port))
					.map(port => ({port, process: port === 22 ? 'sshd' : port === 3000 ? 'node' : 'k3s-server'})),
			);
		},
		power: async action => {
			await powered;
			power(action);
			return ok(undefined);
		},
	};
	return {host, ledger: ledger.entries, cyclePower, networkChanged};
}
