import assert from 'node:assert/strict';
import {copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {dirname, join} from 'node:path';
import {after, before, describe, test} from 'node:test';
import {execa} from 'execa';
import {buildDeb} from '../../scripts/deb/build.ts';
import {onHost} from '../../server/engine/paths.ts';
import {bootContainer, type Container} from './container.ts';
import {missingForMachines, rootfs} from './rootfs.ts';

/** On a developer's machine the tests may be impossible; where they count they must not be skipped. */
const lacking = missingForMachines(['mmdebstrap', 'systemd-nspawn', 'unshare', 'nsenter', 'dpkg-deb', 'lintian']);
if (lacking !== '' && process.env.CI) throw new Error(`the machine tests cannot run here: ${lacking}`);

const consoles = ['tty1', 'ttyS0'] as const;
const home = /Alga Appliance 1\..*SETUP WAITING/;
const greeting = /Press Enter for the Alga console/;
/** The time in a screen's first row, as digits that compare. */
const clockOf = (row: string) => /\d\d:\d\d:\d\d/.exec(row)?.[0] ?? '';
/** Everything on the machine's disk but what the system itself writes as it runs. */
const everyFile =
	'find / -xdev \\( -path /proc -o -path /sys -o -path /dev -o -path /run -o -path /tmp -o -path /root -o -path /mnt -o -path /var/log/journal -o -path /var/cache -o -path /var/lib/dpkg -o -path /var/lib/systemd -o -path /var/log/dpkg.log -o -path /var/tmp \\) -prune -o -print | sort; cut -d: -f1 /etc/passwd /etc/group | sort';

describe('the package on a machine', {skip: lacking || false, timeout: 300_000}, () => {
	const scratch = mkdtempSync(join(tmpdir(), 'alga-vm-'));
	let machine: Container;
	let clean: string;
	let deb: string;

	before(
		async () => {
			mkdirSync(join(scratch, 'debs'));
			const [built, tree] = await Promise.all([buildDeb('amd64', scratch), rootfs()]);
			deb = built;
			copyFileSync(deb, join(scratch, 'debs/alga.deb'));
			await makeNewer(deb, join(scratch, 'debs/newer.deb'));
			machine = await bootContainer(tree, {[join(scratch, 'debs')]: '/mnt'});
			clean = await machine.run(everyFile);
		},
		{timeout: 240_000},
	);
	after(async () => {
		await machine?.[Symbol.asyncDispose]();
		rmSync(scratch, {recursive: true, force: true});
	});

	const mainPid = async (unit: string) => Number(await machine.run(`systemctl show --value -p MainPID ${unit}`));
	/** Kills what a unit runs and waits until systemd has another. */
	const kill = async (unit: string, pid?: number) => {
		const main = await mainPid(unit);
		await machine.run(`kill -9 ${pid ?? main}`);
		await machine.until(`p=$(systemctl show --value -p MainPID ${unit}); [ "$p" != 0 ] && [ "$p" != ${main} ]`);
	};

	test('the same commit gives the same bytes', async () => {
		const again = await buildDeb('amd64', join(scratch, 'again'));
		assert.ok(readFileSync(deb).equals(readFileSync(again)), 'two builds differ');
	});

	test('lintian finds no error', async () => {
		const {all} = await execa('lintian', ['--allow-root', '--fail-on', 'error', deb], {all: true, reject: false});
		assert.doesNotMatch(all, /^E:/m, all);
	});

	test('installing brings up engine, gateway and a console on display and serial line', async () => {
		await machine.run('dpkg -i /mnt/alga.deb');
		await machine.until('curl -sf http://localhost:8080/healthz');
		await machine.display.screen.until(home, 20_000);
		await machine.serial.screen.until(greeting, 20_000);
		assert.equal(await machine.run('systemctl --failed --no-legend'), '');
	});

	test('everything but the engine runs without root, and each socket has its own group', async () => {
		const owners = await machine.run(
			'for u in alga-appliance alga-appliance-gateway alga-appliance-console@tty1; do ps -o uid= -p $(systemctl show --value -p MainPID $u); done; stat -c "%G %a" /run/alga-appliance/engine.sock /run/alga-appliance/gateway.sock',
		);
		const [engine, gateway, console, ...sockets] = owners.split('\n').map(line => line.trim());
		assert.equal(engine, '0');
		assert.ok(Number(gateway) >= 61_184, `a dynamic user, not ${gateway}`);
		assert.equal(console, (await machine.run('id -u alga-console')).trim());
		assert.deepEqual(sockets, ['alga-appliance 660', 'alga-gateway 660']);
		const stranger = await machine.try(
			'setpriv --reuid=nobody --clear-groups curl -s --unix-socket /run/alga-appliance/engine.sock http://x/v1/view',
		);
		assert.notEqual(stranger.code, 0);
	});

	test('systemd has nothing to say against the units', async () => {
		const units = [
			'alga-appliance.service',
			'alga-appliance-gateway.service',
			'alga-appliance-mirror.socket',
			'alga-appliance-mirror.service',
			...consoles.map(tty => `alga-appliance-console@${tty}.service`),
			'alga-appliance-getty@tty1.service',
		].join(' ');
		// What is said about the distribution's own units is not ours.
		assert.doesNotMatch(await machine.run(`systemd-analyze verify --man=no ${units} 2>&1`), /alga/);
		const scores = await machine.run(
			"systemd-analyze security --no-pager | grep -E 'alga-appliance(-gateway|-mirror|-console@tty1)?.service'",
		);
		console.log(scores);
		const exposure = (unit: string) => Number(new RegExp(`${unit}\\.service\\s+(\\S+)`).exec(scores)?.[1]);
		assert.ok(exposure('alga-appliance-gateway') <= 2, scores);
		assert.ok(exposure('alga-appliance-mirror') <= 2, scores);
		assert.ok(exposure('alga-appliance-console@tty1') <= 2, scores);
		assert.ok(exposure('alga-appliance') <= 5, scores);
	});

	test('an imported bundle is served on loopback and towards the pods by a process without rights', async () => {
		const layout = '/var/lib/alga-appliance/bundles/layout';
		assert.notEqual(
			(await machine.try('curl -s http://127.0.0.1:5180/v2/')).code,
			0,
			'nothing listens before an import',
		);
		const index = JSON.stringify({
			schemaVersion: 2,
			manifests: [
				{
					mediaType: 'application/vnd.oci.image.manifest.v1+json',
					digest: `sha256:${'a'.repeat(64)}`,
					size: 1,
					annotations: {'org.opencontainers.image.ref.name': 'ghcr.io/a/b:1.0.0'},
				},
			],
		});
		await machine.run(`mkdir -p ${layout}/blobs/sha256; echo '${index}' > ${layout}/index.json`);
		await machine.run('systemctl start alga-appliance-mirror.socket');
		assert.match(await machine.run('curl -s http://127.0.0.1:5180/v2/ghcr.io/a/b/tags/list'), /"1\.0\.0"/);
		await machine.run('ip address add 10.42.0.1/32 dev lo');
		assert.match(await machine.run('curl -s http://10.42.0.1:5180/v2/ghcr.io/a/b/tags/list'), /"1\.0\.0"/);
		const uid = Number(await machine.run('ps -o uid= -p $(systemctl show --value -p MainPID alga-appliance-mirror)'));
		assert.ok(uid >= 61_184, `a dynamic user, not ${uid}`);
		await machine.run(
			`systemctl stop alga-appliance-mirror.socket alga-appliance-mirror.service; rm -r ${layout}; ip address delete 10.42.0.1/32 dev lo`,
		);
	});

	test('no getty can take a terminal from its console', async () => {
		for (const getty of ['getty@tty1', 'autovt@tty1', 'serial-getty@ttyS0'])
			assert.match((await machine.try(`systemctl start ${getty}`)).output, /masked/, getty);
		assert.equal(await machine.run('systemctl is-active alga-appliance-console@tty1'), 'active');
	});

	test('a sleeping serial line costs a shell, not a console', async () => {
		const pss = await machine.run(
			'for p in $(cat /sys/fs/cgroup/system.slice/*/alga-appliance-console@ttyS0.service/cgroup.procs); do grep ^Pss: /proc/$p/smaps_rollup; done | awk "{s+=\\$2} END {print s}"',
		);
		console.log(`sleeping serial line: ${pss} KB`);
		assert.ok(Number(pss) < 3000, `${pss} KB`);
	});

	test('Enter on a serial line that knows no size brings the console, in ASCII', async () => {
		machine.serial.screen.keys('enter');
		await machine.serial.screen.until(home, 20_000);
		assert.doesNotMatch(machine.serial.screen.text(), /[^\n -~]/);
	});

	test('a killed console is back on its terminal and says so', async () => {
		await kill('alga-appliance-console@tty1');
		await machine.display.screen.until(/console had stopped and was started again/, 10_000);
		const group = '/sys/fs/cgroup/system.slice/*/alga-appliance-console@ttyS0.service/cgroup.procs';
		const node = await machine.run(
			`for p in $(cat ${group}); do grep -l console.js /proc/$p/cmdline; done | cut -d/ -f3`,
		);
		await kill('alga-appliance-console@ttyS0', Number(node));
		await machine.serial.screen.until(/console had stopped and was started again/, 10_000);
	});

	test('a killed engine is named on the screen until the next one answers', async () => {
		const away = machine.display.screen.until(/ENGINE AWAY|LOST/, 10_000);
		await kill('alga-appliance');
		await away;
		await machine.display.screen.until(screen => home.test(screen.text()) && !/LOST/.test(screen.text()), 20_000);
	});

	test('a killed gateway answers again', async () => {
		await kill('alga-appliance-gateway');
		await machine.until('curl -sf http://localhost:8080/healthz');
	});

	test('the engine may write wherever setup writes', async () => {
		const folders = [...new Set(Object.values(onHost).map(path => dirname(path)))];
		const tries = folders.map(
			folder => `mkdir -p ${folder} && touch ${folder}/.tried && rm ${folder}/.tried || echo ${folder}`,
		);
		const inside = `nsenter -m -t $(systemctl show --value -p MainPID alga-appliance) sh -c '${tries.join('; ')}'`;
		assert.equal((await machine.run(`${inside} 2>/dev/null`)).trim(), '');
		await machine.run('rm -rf /var/lib/rancher /etc/rancher /etc/systemd/timesyncd.conf.d');
	});

	test('a network change is really in use, really undone, and outlives an upgrade while it waits', async () => {
		// netplan wants udev, which a container has not, so networkd is told without it. There is no card either: one end of a pair leads out in place of one, and networkd makes it as it makes a card.
		await machine.run(
			'ip link add card0 type veth peer name lab0 && ip link set card0 up && ip link set lab0 up && ip addr add 10.9.8.2/24 dev lab0 && ip route add default via 10.9.8.1 dev lab0 && systemctl start systemd-networkd',
		);
		await machine.until('alga-appliance network show | grep -q "link *lab0"');
		const etc =
			'cd /etc && find systemd netplan alga-appliance/resolv.conf -type f 2>/dev/null | sort | xargs sha256sum';
		const before = await machine.run(etc);
		const change =
			'{"link":"lab0","mode":"static","address":"10.9.9.2/24","gateway":"","dnsMode":"custom","dnsServers":"10.9.9.1","searchDomains":"lab.example"}';
		const apply = `echo '${change}' >/run/change.json; alga-appliance network apply /run/change.json >/run/change.out 2>&1 & `;
		const isAsked = async () => {
			await machine.until("alga-appliance network show | grep -q 'wait to be kept'", 60_000).catch(async error => {
				throw new Error(await machine.run('cat /run/change.out'), {cause: error});
			});
		};
		await machine.run(apply);
		await isAsked();
		assert.match(await machine.run('ip -4 -o addr show lab0'), /10\.9\.9\.2\/24/);
		assert.match(await machine.run('resolvectl dns'), /10\.9\.9\.1/);
		await machine.display.screen.until(/KEEP THE NEW ADDRESS\? [01]:\d\d/);
		await machine.try('alga-appliance network revert');
		await machine.until(
			"! ip -4 -o addr show lab0 | grep -q 10.9.9.2 && ! alga-appliance network show | grep -q 'wait to be kept'",
		);
		assert.equal(await machine.run(etc), before);
		await machine.until('grep -q "as it was before. Somebody chose to go back" /run/change.out');

		await machine.run('ip addr replace 10.9.8.2/24 dev lab0; ip route replace default via 10.9.8.1 dev lab0');
		await machine.until('alga-appliance network show | grep -q "link *lab0"');
		await machine.run(apply);
		await isAsked();
		// A new version is installed while the change waits: its engine takes the question up from the journal.
		const engine = await mainPid('alga-appliance');
		await machine.run('dpkg -i /mnt/newer.deb');
		assert.notEqual(await mainPid('alga-appliance'), engine);
		await isAsked();
		await machine.run('alga-appliance network keep', 120_000);
		await machine.run('systemctl restart systemd-networkd');
		await machine.until('ip -4 -o addr show lab0 | grep -q 10.9.9.2');
		// The network of a machine outlives the package; this machine is to be bare again.
		await machine.run(
			'rm -rf /etc/systemd/network/05-alga-* /etc/systemd/resolved.conf.d; systemctl stop systemd-networkd.socket systemd-networkd; ip link del card0; systemctl restart systemd-resolved',
		);
	});

	test('foreign text on the display is gone after Ctrl-L', async () => {
		await machine.run("printf '\\r\\nFOREIGN TEXT' >/dev/tty1");
		await machine.display.screen.until(/FOREIGN TEXT/);
		machine.display.screen.keys('ctrl-l');
		await machine.display.screen.until(screen => home.test(screen.row(0)) && !/FOREIGN/.test(screen.text()));
	});

	test('a serial line that is stopped for a minute stops nothing else, and then shows the present', async () => {
		const {serial, display} = machine;
		if (greeting.test(serial.screen.text())) serial.screen.keys('enter');
		await serial.screen.until(home, 20_000);
		serial.flow('stopped');
		const console = await mainPid('alga-appliance-console@ttyS0');
		// Full frames, more than any buffer on the way takes.
		for (let frame = 0; frame < 100; frame++) serial.screen.keys('ctrl-l');
		const minute = performance.now() + 60_000;
		while (performance.now() < minute) {
			display.screen.keys('f1');
			await display.screen.until(/─ Help/);
			display.screen.keys('escape');
			await display.screen.until(/─ Status/);
			await machine.run('curl -sf -m 5 http://localhost:8080/healthz && alga-appliance status >/dev/null');
		}
		serial.flow('flowing');
		// The same console, and the same second as on the display.
		await serial.screen.until(screen => clockOf(screen.row(0)) >= clockOf(display.screen.row(0)), 20_000);
		assert.doesNotMatch(serial.screen.text(), /LOST|AWAY/);
		assert.equal(await mainPid('alga-appliance-console@ttyS0'), console);
	});

	test('a disk that becomes read-only under the engine is named on the display, and no more once it is writable', async () => {
		const pid = await mainPid('alga-appliance');
		const state = '/var/lib/alga-appliance';
		const asEngine = (script: string) => machine.run(`nsenter -m -t ${pid} sh -c '${script}'`);
		// As after an error of the disk: what is open may be written to still.
		await asEngine(`mount --bind ${state} ${state} && mount -o remount,ro,bind ${state}`);
		await machine.display.screen.until(/disk refuses what the appliance writes/, 20_000);
		await asEngine(`umount ${state}`);
		await machine.display.screen.until(screen => !/disk refuses/.test(screen.text()), 20_000);
		assert.equal(await mainPid('alga-appliance'), pid);
	});

	test('a machine whose /var is read-only says so on its screens, also after a restart, and is healed by one', async () => {
		// A bind of a read-only mount, since a container may not remount its disk.
		await machine.run(
			'mkdir /run/var && mount --bind /var /run/var && mount -o remount,ro,bind /run/var && mount --rbind /run/var /var && ! touch /var/lib/alga-appliance/x',
		);
		await machine.run('systemctl restart alga-appliance');
		await machine.display.screen.until(/disk refuses what the appliance writes/, 20_000);
		assert.match((await machine.try('alga-appliance access reset')).output, /cannot write its state/);
		assert.match((await machine.try('alga-appliance console off')).output, /cannot write its state/);
		await machine.until('curl -sf http://localhost:8080/healthz');
		await machine.run(
			'umount -l /var; umount -l /run/var; rmdir /run/var; touch /var/lib/alga-appliance/x; rm /var/lib/alga-appliance/x',
		);
		await machine.run('systemctl restart alga-appliance');
		await machine.display.screen.until(
			screen => home.test(screen.text()) && !/disk refuses|LOST/.test(screen.text()),
			20_000,
		);
		await machine.run('alga-appliance console off');
	});

	test('a serial line does not stay awake for a year because the clock was set back by one', async () => {
		if (greeting.test(machine.serial.screen.text())) machine.serial.screen.keys('enter');
		await machine.serial.screen.until(home, 20_000);
		// A container has no clock of its own: the last key is in the future instead.
		await machine.run("touch -a -d '+1 year' /dev/ttyS0");
		await machine.serial.screen.until(greeting, 20_000);
	});

	test('an idle serial line goes back to sleep', async () => {
		await machine.run(
			"mkdir -p /run/systemd/system/alga-appliance-console@ttyS0.service.d; printf '[Service]\\nEnvironment=ALGA_CONSOLE_IDLE=1\\n' >/run/systemd/system/alga-appliance-console@ttyS0.service.d/idle.conf; systemctl daemon-reload; rm -f /run/alga-appliance-console/ttyS0; systemctl stop alga-appliance-console@ttyS0; printf '\\033c' >/dev/ttyS0",
		);
		// What is on the screen from before must not be taken for the new one's.
		await machine.serial.screen.until(screen => !greeting.test(screen.text()));
		await machine.run('systemctl start alga-appliance-console@ttyS0');
		await machine.serial.screen.until(greeting);
		machine.serial.screen.keys('enter');
		await machine.serial.screen.until(home);
		await machine.serial.screen.until(greeting, 40_000);
	});

	test('a console that keeps crashing becomes plainer, then a login; logging out brings it back', async () => {
		await machine.run('rm -f /run/alga-appliance-console/tty1');
		for (let crash = 0; crash < 3; crash++) await kill('alga-appliance-console@tty1');
		await machine.display.screen.until(/- Status ---/, 10_000); // basic: ASCII on the display.
		for (let crash = 3; crash < 5; crash++) await kill('alga-appliance-console@tty1');
		await machine.run('kill -9 $(systemctl show --value -p MainPID alga-appliance-console@tty1)');
		await machine.display.screen.until(/failed here six times[\s\S]*login:/, 20_000);
		machine.display.screen.keys('root', 'enter');
		await machine.display.screen.until(/#/, 10_000);
		machine.display.screen.keys('exit', 'enter');
		await machine.display.screen.until(home, 20_000);
	});

	test('an upgrade under running consoles ends with the new version everywhere', async () => {
		const engine = await mainPid('alga-appliance');
		await machine.run('dpkg -i /mnt/newer.deb');
		assert.equal(await machine.run('dpkg-query -W alga-appliance'), 'alga-appliance\t99.0.0');
		await machine.until('curl -sf http://localhost:8080/healthz');
		assert.notEqual(await mainPid('alga-appliance'), engine);
		await machine.display.screen.until(screen => home.test(screen.text()) && !/LOST/.test(screen.text()), 20_000);
		await machine.serial.screen.until(greeting, 20_000);
		assert.equal(await machine.run('systemctl --failed --no-legend'), '');
	});

	test('removing gives the terminals back and keeps settings and state', async () => {
		await machine.run('dpkg -r alga-appliance');
		await machine.until('systemctl is-active serial-getty@ttyS0 getty@tty1 || systemctl is-enabled getty@tty1');
		assert.doesNotMatch(await machine.run('systemctl list-units --no-legend --plain "alga*"'), /running/);
		await machine.run('test -e /etc/alga-appliance/appliance.json && test -e /var/lib/alga-appliance/journal.db');
	});

	test('purging leaves nothing', async () => {
		await machine.run('dpkg -P alga-appliance');
		const known = new Set(clean.split('\n'));
		const left = (await machine.run(everyFile)).split('\n').filter(line => !known.has(line));
		assert.deepEqual(left, []);
	});
});

/** The same package under a higher version; uncompressed, since it is used once. */
async function makeNewer(deb: string, newer: string): Promise<void> {
	const tree = `${newer}.tree`;
	await execa('dpkg-deb', ['-R', deb, tree]);
	const control = readFileSync(`${tree}/DEBIAN/control`, 'utf8');
	writeFileSync(`${tree}/DEBIAN/control`, control.replace(/^Version: .*/m, 'Version: 99.0.0'));
	await execa('dpkg-deb', ['--root-owner-group', '-Znone', '--build', tree, newer]);
	rmSync(tree, {recursive: true});
}
