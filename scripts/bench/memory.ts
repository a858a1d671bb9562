import {setTimeout as sleep} from 'node:timers/promises';
import {startInPty} from '../../test/harness/pty.ts';
import {attachScreen} from '../../test/harness/screen.ts';
import {installed} from './appliance.ts';
import {familyOf, memoryOf, startConsole, startGateway} from './processes.ts';
import type {Row} from './row.ts';

const updatesPerSecond = 10;
const sampleEveryMs = 1000;

/** Memory of the processes as they ship after minutes of ten updates a second, and of a serial line that sleeps. */
export async function bench({minutes}: {readonly minutes: number}): Promise<Row[]> {
	const waiter = await sleepingLine();
	await using appliance = await installed();
	await using gateway = await startGateway(appliance.root);
	await using first = startConsole(appliance.socket);
	await using second = startConsole(appliance.socket, {term: 'vt220'});
	const consoles = [first, second];
	for (const pty of consoles) {
		const screen = attachScreen(pty);
		await screen.until(/Fully healthy/);
		// A list in which every update changes a row.
		screen.keys('c');
		await screen.until(/ Components /);
		screen.keys('right');
		await screen.until(/ Workloads /);
	}
	let most = 0;
	const together = () => [appliance.engine, ...consoles].reduce((sum, {pid}) => sum + memoryOf(pid).pss, 0);
	const end = performance.now() + minutes * 60_000;
	let restarts = 0;
	let sampledAt = 0;
	while (performance.now() < end) {
		appliance.touch(++restarts);
		if (performance.now() - sampledAt > sampleEveryMs) {
			sampledAt = performance.now();
			most = Math.max(most, together());
		}
		await sleep(1000 / updatesPerSecond);
	}
	const after = `after ${minutes} min of ${updatesPerSecond} updates/s`;
	const resident = (pid: number) => Math.round(memoryOf(pid).rss);
	return [
		{name: `engine: resident ${after}`, value: resident(appliance.engine.pid), unit: 'MB', target: 'under 105'},
		{
			name: `console: resident ${after}`,
			value: Math.max(...consoles.map(({pid}) => resident(pid))),
			unit: 'MB',
			target: 'under 90',
		},
		{name: `gateway: resident ${after}`, value: resident(gateway.pid), unit: 'MB', target: 'under 75'},
		{name: `engine and two consoles: PSS ${after}`, value: Math.round(together()), unit: 'MB', target: 'under 150'},
		{name: 'engine and two consoles: most PSS on the way', value: Math.round(most), unit: 'MB'},
		{name: 'updates a minute that were made', value: restarts / minutes, unit: ''},
		...waiter,
	];
}

/** A serial line at which nobody has pressed a key: a shell and the program it reads with. */
async function sleepingLine(): Promise<Row[]> {
	await using pty = startInPty({file: '/bin/sh', args: ['systemd-units/libexec/console', 'ttyS0'], term: 'vt220'});
	using screen = attachScreen(pty);
	await screen.until(/Press Enter for the Alga console/);
	await sleep(1000);
	const family = familyOf(pty.pid).map(memoryOf);
	const sum = (kind: 'rss' | 'pss') => family.reduce((total, one) => total + one[kind], 0);
	return [
		{
			name: `sleeping serial line: PSS of its ${family.length} processes`,
			value: sum('pss'),
			unit: 'MB',
			target: 'under 3',
		},
		{name: 'sleeping serial line: resident, shared pages counted for each', value: sum('rss'), unit: 'MB'},
	];
}
