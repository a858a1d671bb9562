import assert from 'node:assert/strict';
import {mkdirSync, mkdtempSync, readFileSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join, resolve} from 'node:path';
import {after, before, describe, test} from 'node:test';
import {parse} from 'yaml';
import {buildDeb} from '../../scripts/deb/build.ts';
import {fields, groups} from '../../shared/setup/fields.ts';
import type {Screen} from '../harness/screen.ts';
import {bootMachine, type Machine, makeDisk} from './machine.ts';
import {missingForMachines, rootfs} from './rootfs.ts';
import {simulate} from './simulation.ts';

const lacking = missingForMachines(['mmdebstrap', 'mke2fs', 'qemu-system-x86_64', 'dpkg-deb', 'chroot']);
if (lacking !== '' && process.env.CI) throw new Error(`the machine tests cannot run here: ${lacking}`);

const home = /Alga Appliance 1\..*SETUP WAITING/;
/** What every console font has (the safe set), as the kernel keeps it. */
const safe = /^[\n -~─│┌┐└┘├┤┬┴┼░▒█•·■×±°←↑→↓▲▼▶◀»«≤≥]*$/;
/** For people: looked at after a change of fonts, glyphs or layout. */
const pictures = resolve('.cache/vm/pictures');

/** Only what any keyboard types. */
const password = 'canary-Password/42';
const answers: Readonly<Record<string, string>> = {
	...parse(readFileSync('scripts/answers.example.yaml', 'utf8')),
	adminPassword: password,
};

/** Goes through the form field by field, as the form itself asks for them. */
async function fillForm(screen: Screen): Promise<void> {
	const asked = groups.flatMap(group =>
		fields.filter(one => one.group === group.id && one.advanced !== true && one.onlyWhen === undefined),
	);
	for (const field of asked) {
		await screen.until(seen => seen.text().includes(`> ${field.label}`), 60_000);
		const answer = answers[field.name] ?? '';
		if (field.kind !== 'choice' && answer !== '') {
			screen.keys('ctrl-u', ...answer);
			if (field.kind !== 'secret') await screen.until(seen => seen.text().includes(answer), 60_000);
		}
		screen.keys('enter');
	}
	await screen.until(/Everything is answered/, 60_000);
}

describe('the console on a booted machine', {skip: lacking || false, timeout: 1_400_000}, () => {
	const scratch = mkdtempSync(join(tmpdir(), 'alga-vm-'));
	let machine: Machine;

	before(
		async () => {
			mkdirSync(pictures, {recursive: true});
			const [deb, tree] = await Promise.all([buildDeb('amd64', scratch), rootfs()]);
			const disk = await makeDisk(tree, deb, scratch);
			const started = performance.now();
			machine = await bootMachine(tree, disk, join(scratch, 'vm'));
			// The console is there first; on a slow machine the engine takes its time.
			await machine.untilDisplay(/Alga Appliance/, 400_000);
			await machine.picture(join(pictures, 'tty1-first.png'));
			console.log(`power on to first screen: ${Math.round((performance.now() - started) / 1000)} s`);
			await machine.untilDisplay(home, 400_000).catch(async (error: unknown) => {
				console.log(
					error,
					await machine.run("journalctl -b -o short-monotonic -u 'alga-appliance*' | tail -60; uptime"),
				);
				throw error;
			});
		},
		{timeout: 900_000},
	);
	after(async () => {
		await machine?.[Symbol.asyncDispose]();
		rmSync(scratch, {recursive: true, force: true});
	});

	test('the display shows the console in glyphs its font has, with the address of the real network', async () => {
		await machine.untilDisplay(/http:\/\/10\.0\.2\.15:8080/);
		const text = await machine.display();
		assert.match(text, safe);
		await machine.picture(join(pictures, 'tty1-status.png'));
		assert.equal((await fetch(`${machine.page}/healthz`)).status, 200);
	});

	test('keys of the keyboard reach the console', async () => {
		await machine.press('f2');
		await machine.untilDisplay(/─ Set ?up/i, 20_000);
		await machine.picture(join(pictures, 'tty1-setup.png'));
		await machine.press('esc');
		await machine.untilDisplay(/─ Status/, 20_000);
	});

	test('the serial line sleeps until Enter, then shows the same in ASCII', async () => {
		// It follows the machine: at first there is no address yet.
		await machine.serial.until(/Page: http:\/\/10\.0\.2\.15:8080\s+Press Enter for the Alga console/, 60_000);
		machine.serial.keys('enter');
		await machine.serial.until(home, 60_000);
		assert.match(machine.serial.text(), /^[\n -~]*$/);
	});

	test('kernel messages below critical stay off both screens; Ctrl-L heals after one that does not', async () => {
		await machine.run("echo '<4>lab: warned' >/dev/kmsg; echo '<1>lab: alerted' >/dev/kmsg; dmesg | grep -c lab:");
		await machine.serial.until(/lab: alerted/, 20_000);
		assert.doesNotMatch(machine.serial.text(), /lab: warned/);
		assert.doesNotMatch(await machine.display(), /lab:/); // The display's go to tty8.
		machine.serial.keys('ctrl-l');
		await machine.serial.until(screen => home.test(screen.row(0)) && !/lab:/.test(screen.text()), 20_000);
	});

	test('the second display has a login that names the page, and the console is still there after it', async () => {
		await machine.press('alt-f2');
		await machine.until("grep -a 'login:' /dev/vcs2 | grep -qa 'http://10.0.2.15:8080'", 30_000);
		await machine.picture(join(pictures, 'tty2-login.png'));
		await machine.press('alt-f1');
		await machine.untilDisplay(home);
	});

	test('killed, the console is back on the display and says so', async () => {
		await machine.run('kill -9 $(systemctl show --value -p MainPID alga-appliance-console@tty1)');
		await machine.untilDisplay(/console had stopped and was started again/, 60_000);
		await machine.picture(join(pictures, 'tty1-after-crash.png'));
	});

	test('nothing failed since boot, and the terminals are still the consoles', async () => {
		await machine.run('systemctl is-active alga-appliance-console@tty1 alga-appliance-console@ttyS0');
		assert.match(
			await machine.run('systemctl is-enabled getty@tty1 serial-getty@ttyS0 || true'),
			/masked[\s\S]*masked/,
		);
		assert.equal(await machine.run('systemctl --failed --no-legend'), '');
	});

	test('a clock that is set back by a year hangs nothing, and no age is below zero', async () => {
		const shownTime = async () => /\d\d:\d\d:\d\d/.exec(await machine.display())?.[0];
		await machine.run("date -s '-1 year'");
		try {
			const seen = new Set<string | undefined>();
			for (const deadline = Date.now() + 120_000; seen.size < 4 && Date.now() < deadline; ) seen.add(await shownTime());
			assert.ok(seen.size >= 4, 'the console’s time stands still');
			assert.match(await machine.display(), /live/);
			const year = await machine.run('date +%Y');
			assert.match(await machine.run('alga-appliance status --json'), new RegExp(`"timestamp": "${year}-`));
			assert.doesNotMatch(await machine.run('alga-appliance status --all'), /\s-\d+ (?:s|min|h|d)/);
			assert.equal((await fetch(`${machine.page}/healthz`)).status, 200);
		} finally {
			await machine.run("date -s '+1 year'");
		}
	});

	test('a whole setup by serial line in the simulated world, with the power cut in the middle of it', async () => {
		const began = performance.now();
		const say = (what: string) => console.log(`${what}: ${Math.round((performance.now() - began) / 1000)} s`);
		await machine.run(simulate(15), 240_000);
		const {serial} = machine;
		await serial.until(/setup token|Press Enter for the Alga console/, 120_000);
		if (!/setup token/.test(serial.text())) serial.keys('enter');
		await serial.until(/setup token/, 120_000);
		say('simulated machine');
		serial.keys('f2');
		await fillForm(serial);
		await machine.picture(join(pictures, 'tty1-simulated.png'));
		serial.keys('enter');
		await serial.until(/Please confirm/, 60_000);
		serial.keys('y');
		await machine.untilDisplay(/INSTALLING/, 60_000);
		say('installing');
		// Kubernetes runs, and Flux is at it: half of the steps are behind it.
		await machine.until('grep -q \'"kind":"HelmRelease"\' /var/lab/world.json', 240_000);
		await machine.picture(join(pictures, 'tty1-progress.png'));
		const boot = await machine.run('cat /proc/sys/kernel/random/boot_id');
		say('power cut');
		await machine.cutPower();

		await machine.untilDisplay(/Alga Appliance/, 400_000);
		await machine.picture(join(pictures, 'tty1-after-power-cut.png'));
		say('console again');
		await serial.until(/Press Enter for the Alga console/, 240_000);
		serial.keys('enter');
		// The password was in the engine's memory only: where it was not handed over yet, it is asked for again.
		await serial.until(/Press i and|READY TO LOG IN|FULLY HEALTHY/, 400_000);
		if (/Press i and/.test(serial.text())) {
			serial.keys('i');
			await serial.until(/never written to disk/, 60_000);
			serial.keys(...password, 'enter');
		}
		await serial.until(/READY TO LOG IN|FULLY HEALTHY/, 400_000);
		say('ready to log in');
		await machine.untilDisplay(/READY TO LOG IN|FULLY HEALTHY/);
		assert.notEqual(await machine.run('cat /proc/sys/kernel/random/boot_id'), boot);
		// It was taken up, not begun again.
		const setups = (await machine.run('alga-appliance operations')).match(/^\d.* setup-\S+ .*$/gm) ?? [];
		assert.equal(setups.length, 1, setups.join('\n'));
		assert.match(setups[0] ?? '', / done$/);
		await machine.picture(join(pictures, 'tty1-ready.png'));
	});
});
