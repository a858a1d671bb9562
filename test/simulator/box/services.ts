import {statSync} from 'node:fs';
import {readFile} from 'node:fs/promises';
import {join} from 'node:path';
import {parse} from 'yaml';
import type {Clock} from '../../../server/engine/clock.ts';
import type {Instant} from '../../../shared/facts/fact.ts';
import type {ServiceState} from '../../../shared/facts/host.ts';

/** What the box's k3s does when its unit starts and stops. */
export type K3s = {
	/** Which k3s a binary is, by its content; undefined for a file that is none. */
	readonly versionOf: (binary: Uint8Array) => string | undefined;
	readonly start: (version: string) => Promise<void>;
	readonly stop: () => void;
};

export type Unit = {active: ServiceState['active']; since: Instant; boot: 'enabled' | 'disabled'};

/** Units Ubuntu comes with, running since boot. */
const preinstalled = [
	'ssh',
	'systemd-networkd',
	'systemd-resolved',
	'systemd-timesyncd',
	'systemd-journald',
	'alga-appliance',
	'alga-appliance-gateway',
];

const k3sUnitFile = 'etc/systemd/system/k3s.service';
/** k3s tells systemd it is ready about this long after its process started (Type=notify). */
const k3sReadyMs = 32_000;

export type Outcome = {readonly code: number; readonly out: string};
const done = (out = ''): Outcome => ({code: 0, out});
const failed = (out: string, code = 1): Outcome => ({code, out});

export type Services = {
	readonly systemctl: (args: readonly string[]) => Promise<Outcome>;
	readonly k3sVersion: () => Promise<string | undefined>;
	readonly states: () => readonly ServiceState[];
	readonly units: () => readonly (readonly [string, Unit])[];
	readonly active: (name: string) => boolean;
	readonly journal: (unit: string) => readonly string[];
	readonly log: (unit: string, line: string) => void;
	/** All processes end at once; with the next boot what is enabled starts again. */
	readonly powerOff: () => void;
	readonly boot: () => Promise<void>;
};

/** systemd of the box, as far as the appliance uses it. */
export function makeServices(
	root: string,
	clock: Clock,
	k3s: K3s,
	kept?: readonly (readonly [string, Unit])[],
): Services {
	const units = new Map<string, Unit>(
		kept ?? preinstalled.map(name => [name, {active: 'active', since: clock.now(), boot: 'enabled'}]),
	);
	const journals = new Map<string, string[]>();

	const log = (unit: string, line: string) => {
		const lines = journals.get(unit) ?? [];
		journals.set(unit, lines);
		lines.push(line);
		if (lines.length > 2000) lines.shift();
	};
	const isThere = (path: string) => {
		try {
			return statSync(join(root, path));
		} catch {
			return undefined;
		}
	};
	const find = (name: string): Unit | undefined => {
		const known = units.get(name);
		if (known !== undefined && (name !== 'k3s' || isThere(k3sUnitFile))) return known;
		if (name !== 'k3s' || !isThere(k3sUnitFile)) return undefined;
		const unit: Unit = {active: 'inactive', since: clock.now(), boot: 'disabled'};
		units.set(name, unit);
		return unit;
	};
	const turn = (unit: Unit, active: Unit['active']) => Object.assign(unit, {active, since: clock.now()});

	const k3sVersion = async (): Promise<string | undefined> => {
		const binary = isThere('usr/local/bin/k3s');
		if (binary === undefined || (binary.mode & 0o111) === 0) return undefined;
		return k3s.versionOf(await readFile(join(root, 'usr/local/bin/k3s')));
	};

	/** Starts k3s the way systemd would: every thing it needs must be there. */
	const startK3s = async (unit: Unit): Promise<Outcome> => {
		const broken = (why: string) => {
			log('k3s', why);
			turn(unit, 'failed');
			return failed(
				'Job for k3s.service failed because the control process exited with error code.\nSee "systemctl status k3s.service" and "journalctl -xeu k3s.service" for details.',
			);
		};
		const version = await k3sVersion();
		if (version === undefined)
			return broken(
				'k3s.service: Failed at step EXEC spawning /usr/local/bin/k3s: No such file or directory (code=exited, status=203/EXEC)',
			);
		try {
			parse(await readFile(join(root, 'etc/rancher/k3s/config.yaml'), 'utf8'));
		} catch (error) {
			return broken(
				`level=fatal msg="failed to read /etc/rancher/k3s/config.yaml: ${String(error).split('\n')[0] ?? ''}"`,
			);
		}
		turn(unit, 'activating');
		log('k3s', `level=info msg="Starting k3s ${version}"`);
		await Promise.all([k3s.start(version), clock.sleep(k3sReadyMs)]);
		if (unit.active === 'activating') turn(unit, 'active');
		log('k3s', 'level=info msg="k3s is up and running"');
		return done();
	};

	const stop = (name: string, unit: Unit) => {
		if (name === 'k3s' && (unit.active === 'active' || unit.active === 'activating')) {
			k3s.stop();
			log('k3s', 'Stopped k3s.service - Kubernetes (k3s) of the Alga appliance.');
		}
		turn(unit, 'inactive');
	};
	const start = async (name: string, unit: Unit): Promise<Outcome> => {
		if (unit.active === 'active') return done();
		if (name === 'k3s') return startK3s(unit);
		turn(unit, 'active');
		return done();
	};

	const systemctl = async (args: readonly string[]): Promise<Outcome> => {
		const flags = args.filter(arg => arg.startsWith('-'));
		const [verb = 'list-units', ...given] = args.filter(arg => !arg.startsWith('-'));
		const names = given.map(name => name.replace(/\.service$/, ''));
		if (verb === 'daemon-reload') return done();
		if (verb === 'reset-failed') {
			for (const unit of units.values()) if (unit.active === 'failed') turn(unit, 'inactive');
			return done();
		}
		if (verb === 'list-units')
			return done(
				JSON.stringify(
					[...units]
						.filter(([, unit]) => !flags.includes('--failed') || unit.active === 'failed')
						.map(([unit, {active}]) => ({unit: `${unit}.service`, load: 'loaded', active, sub: active})),
				),
			);
		const [name = ''] = names;
		const unit = find(name);
		if (verb === 'is-active') return {code: unit?.active === 'active' ? 0 : 3, out: unit?.active ?? 'inactive'};
		if (verb === 'is-enabled') return {code: unit?.boot === 'enabled' ? 0 : 1, out: unit?.boot ?? 'not-found'};
		if (verb === 'show') {
			const since = unit === undefined ? '' : new Date(unit.since).toUTCString();
			const all: Readonly<Record<string, string>> = {
				LoadState: unit === undefined ? 'not-found' : 'loaded',
				ActiveState: unit?.active ?? 'inactive',
				SubState: unit?.active === 'active' ? 'running' : 'dead',
				UnitFileState: unit?.boot ?? '',
				ActiveEnterTimestamp: since,
				Result: unit?.active === 'failed' ? 'exit-code' : 'success',
			};
			const wanted = args.flatMap((arg, index) =>
				arg === '-p'
					? (args[index + 1] ?? '').split(',')
					: arg.startsWith('--property=')
						? arg.slice(11).split(',')
						: [],
			);
			return done(
				(wanted.length > 0 ? wanted : Object.keys(all))
					.map(key => (flags.includes('--value') ? (all[key] ?? '') : `${key}=${all[key] ?? ''}`))
					.join('\n'),
			);
		}
		if (unit === undefined) return failed(`Failed to ${verb} ${name}.service: Unit ${name}.service not found.`, 5);
		if (verb === 'enable' || verb === 'disable') {
			unit.boot = verb === 'enable' ? 'enabled' : 'disabled';
			if (!flags.includes('--now')) return done();
			if (verb === 'enable') return start(name, unit);
			stop(name, unit);
			return done();
		}
		if (verb === 'stop') {
			stop(name, unit);
			return done();
		}
		if (verb === 'start') return start(name, unit);
		if (verb === 'restart' || verb === 'try-restart' || verb === 'reload-or-restart') {
			stop(name, unit);
			return start(name, unit);
		}
		return failed(`Unknown command verb ${verb}.`);
	};

	return {
		systemctl,
		k3sVersion,
		states: () => {
			const k3sUnit = find('k3s');
			const troubled = [...units].filter(([name, unit]) => name !== 'k3s' && unit.active === 'failed');
			return [
				{name: 'k3s', active: k3sUnit?.active ?? 'absent', ...(k3sUnit && {since: k3sUnit.since})},
				...troubled.map(([name, {active, since}]) => ({name, active, since})),
			];
		},
		units: () => [...units],
		active: name => find(name)?.active === 'active',
		journal: unit => journals.get(unit) ?? [],
		log,
		powerOff: () => {
			if (units.get('k3s')?.active === 'active') k3s.stop();
			for (const unit of units.values()) turn(unit, 'inactive');
		},
		boot: async () => {
			for (const [name, unit] of units) {
				if (unit.boot === 'enabled' && find(name) !== undefined) await start(name, unit);
			}
		},
	};
}
