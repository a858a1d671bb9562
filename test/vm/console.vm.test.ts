import assert from 'node:assert/strict';
import {mkdirSync, mkdtempSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join, resolve} from 'node:path';
import {after, before, describe, test} from 'node:test';
import {buildDeb} from '../../scripts/deb/build.ts';
import {bootMachine, type Machine, makeDisk} from './machine.ts';
import {missingForMachines, rootfs} from './rootfs.ts';

const lacking = missingForMachines(['mmdebstrap', 'mke2fs', 'qemu-system-x86_64', 'dpkg-deb', 'chroot']);
if (lacking !== '' && process.env.CI) throw new Error(`the machine tests cannot run here: ${lacking}`);

const home = /Alga Appliance 1\..*SETUP WAITING/;
/** What every console font has (the safe set), as the kernel keeps it. */
const safe = /^[\n -~─│┌┐└┘├┤┬┴┼░▒█•·■×±°←↑→↓▲▼▶◀»«≤≥]*$/;
/** For people: looked at after a change of fonts, glyphs or layout. */
const pictures = resolve('.cache/vm/pictures');

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
});
