import {type ChildProcess, spawn} from 'node:child_process';
import {existsSync, mkdirSync, readdirSync, writeFileSync} from 'node:fs';
import {connect, type Socket} from 'node:net';
import {join} from 'node:path';
import {execa} from 'execa';
import * as z from 'zod';
import {openScreen, type Screen} from '../harness/screen.ts';
import {installSimulation} from './simulation.ts';

/** A machine in QEMU without hardware help: real kernel, real virtual terminal with its font, real UART. */
export type Machine = AsyncDisposable & {
	/** ttyS0, as a person with a serial viewer sees it. */
	readonly serial: Screen;
	/** Runs a shell script inside; its output. Throws when it fails. */
	readonly run: (script: string, deadlineMs?: number) => Promise<string>;
	readonly until: (script: string, deadlineMs?: number) => Promise<string>;
	/** What the display's first terminal shows, as text, from the kernel's own memory of it. */
	readonly display: () => Promise<string>;
	readonly untilDisplay: (wanted: RegExp, deadlineMs?: number) => Promise<void>;
	/** Presses keys of the keyboard, by QEMU's names: f2, ctrl-l, alt-f2. */
	readonly press: (...keys: string[]) => Promise<void>;
	/** The display's pixels as a PNG file. */
	readonly picture: (file: string) => Promise<void>;
	/** Takes the power away and gives it back: what was not yet on the disk is lost. */
	readonly cutPower: () => Promise<void>;
	/** The machine's web page, on this host's loopback. */
	readonly page: string;
};

const pause = (ms: number) => new Promise(resolve => setTimeout(resolve, ms));

/** A disk with the tree and the package installed by dpkg, and a way in for the test that is no terminal. */
export async function makeDisk(tree: string, deb: string, scratch: string): Promise<string> {
	const copy = join(scratch, 'tree');
	await execa('cp', ['-a', tree, copy]);
	await execa('cp', [deb, join(copy, 'alga.deb')]);
	await execa('chroot', [copy, 'dpkg', '-i', '/alga.deb'], {env: {DEBIAN_FRONTEND: 'noninteractive'}});
	await execa('rm', [join(copy, 'alga.deb')]);
	writeFileSync(join(copy, 'etc/systemd/network/10-lab.network'), '[Match]\nType=ether\n[Network]\nDHCP=ipv4\n');
	writeFileSync(
		join(copy, 'etc/systemd/system/lab-control.service'),
		"[Service]\nExecStart=/bin/sh -c 'exec /bin/sh <>/dev/virtio-ports/control >&0 2>&0'\nRestart=always\nRestartSec=200ms\n[Install]\nWantedBy=multi-user.target\n",
	);
	await execa('chroot', [copy, 'systemctl', 'enable', 'lab-control', 'systemd-networkd', 'systemd-resolved']);
	await installSimulation(copy);
	const disk = join(scratch, 'disk.raw');
	await execa('mke2fs', ['-q', '-t', 'ext4', '-L', 'root', '-d', copy, disk, '2500M']);
	await execa('rm', ['-rf', copy]);
	return disk;
}

/** Boots the disk; nothing is written to it. However this process ends, QEMU ends with it. */
export async function bootMachine(tree: string, disk: string, scratch: string): Promise<Machine> {
	await using opened = new AsyncDisposableStack();
	const at = (name: string) => join(scratch, name);
	mkdirSync(scratch, {recursive: true});
	const boot = (prefix: string) =>
		join(tree, 'boot', readdirSync(join(tree, 'boot')).find(name => name.startsWith(prefix)) ?? prefix);
	const port = 18_000 + (process.pid % 10_000);
	const socket = (id: string) => `socket,id=${id},path=${at(`${id}.sock`)},server=on,wait=off`;
	const child = spawn(
		// However this process ends, the kernel ends QEMU with it.
		'setpriv',
		[
			...['--pdeathsig', 'KILL', 'qemu-system-x86_64'],
			...['-nodefaults', '-no-user-config', '-display', 'none', '-S'],
			// Never by the existence of /dev/kvm: where it is not the real thing, the kernel hangs.
			...['-machine', 'pc', '-accel', 'tcg,thread=multi', '-cpu', 'max', '-smp', '2', '-m', '1536', '-vga', 'std'],
			...['-kernel', boot('vmlinuz'), '-initrd', boot('initrd')],
			// The display last: it is /dev/console, as on an appliance.
			...['-append', 'root=/dev/vda rw console=ttyS0,115200n8 console=tty0 quiet loglevel=3 systemd.show_status=0'],
			...['-drive', `file=${disk},format=raw,if=virtio,snapshot=on`],
			...['-chardev', `${socket('serial')},logfile=${at('serial.log')}`, '-serial', 'chardev:serial'],
			...[
				'-device',
				'virtio-serial',
				'-chardev',
				socket('control'),
				'-device',
				'virtserialport,chardev=control,name=control',
			],
			...[
				'-netdev',
				`user,id=net,restrict=on,hostfwd=tcp:127.0.0.1:${port}-:8080`,
				'-device',
				'virtio-net-pci,netdev=net,romfile=',
			],
			...['-qmp', `unix:${at('qmp.sock')},server=on,wait=off`],
		],
		{stdio: ['ignore', 'ignore', 'pipe'], env: {...process.env, TMPDIR: scratch}},
	);
	let complaints = '';
	child.stderr.on('data', (text: Buffer) => {
		complaints += text.toString();
	});
	opened.defer(() => end(child));
	const [serialSocket, controlSocket, qmpSocket] = await Promise.all(
		['serial', 'control', 'qmp'].map(name => dial(at(`${name}.sock`), () => complaints)),
	);
	if (!serialSocket || !controlSocket || !qmpSocket) throw new Error('no sockets');
	for (const one of [serialSocket, controlSocket, qmpSocket]) opened.defer(() => void one.destroy());
	const qmp = speakQmp(qmpSocket);
	const shell = speakShell(controlSocket);
	const serial = openScreen(80, 24, keys => void serialSocket.write(keys));
	opened.use(serial);
	serialSocket.on('data', (bytes: Buffer) => void serial.write(bytes));
	await qmp('qmp_capabilities');
	await qmp('cont');

	const run: Machine['run'] = async (script, deadlineMs = 60_000) => {
		const {code, output} = await shell.run(script, deadlineMs);
		if (code !== 0) throw new Error(`Inside the machine, exit ${code}: ${script}\n${output}`);
		return output;
	};
	const until: Machine['until'] = async (script, deadlineMs = 60_000) => {
		const deadline = Date.now() + deadlineMs;
		for (;;) {
			const {code, output} = await shell.run(script, deadlineMs);
			if (code === 0) return output;
			if (Date.now() > deadline) throw new Error(`not so within ${deadlineMs} ms: ${script}\n${output}`);
			await pause(300);
		}
	};
	const display: Machine['display'] = async () => {
		const [size, cells] = (await run('stty size </dev/tty1; base64 -w0 /dev/vcsu1')).split('\n');
		const columns = Number(size?.split(' ')[1]);
		const bytes = Buffer.from(cells ?? '', 'base64');
		const rows: string[] = [];
		for (let offset = 0; offset + 4 * columns <= bytes.length; offset += 4 * columns)
			rows.push(
				Array.from({length: columns}, (_, column) =>
					String.fromCodePoint(bytes.readUInt32LE(offset + 4 * column) || 32),
				)
					.join('')
					.trimEnd(),
			);
		return rows.join('\n');
	};
	const owned = opened.move();
	return {
		serial,
		run,
		until,
		display,
		untilDisplay: async (wanted, deadlineMs = 60_000) => {
			const deadline = Date.now() + deadlineMs;
			for (;;) {
				const text = await display().catch(() => '');
				if (wanted.test(text)) return;
				if (Date.now() > deadline) throw new Error(`Not on the display within ${deadlineMs} ms: ${wanted}\n${text}`);
				await pause(300);
			}
		},
		press: async (...keys) => {
			for (const key of keys)
				await qmp('send-key', {keys: key.split('-').map(data => ({type: 'qcode', data}))}).then(() => pause(120));
		},
		picture: async file => void (await qmp('screendump', {filename: file, format: 'png'})),
		cutPower: async () => {
			await qmp('system_reset');
			shell.forget();
		},
		page: `http://127.0.0.1:${port}`,
		[Symbol.asyncDispose]: () => owned.disposeAsync(),
	};
}

async function end(child: ChildProcess): Promise<void> {
	if (child.exitCode !== null || child.signalCode !== null) return;
	const gone = new Promise(resolve => child.once('exit', resolve));
	child.kill('SIGKILL');
	await gone;
}

async function dial(path: string, complaints: () => string): Promise<Socket> {
	for (let tries = 0; tries < 200; tries++) {
		if (existsSync(path)) {
			const socket = connect(path);
			const isOpen = await new Promise<boolean>(resolve => {
				socket.once('connect', () => resolve(true));
				socket.once('error', () => resolve(false));
			});
			if (isOpen) return socket.on('error', () => undefined); // The machine's end closes it; whoever waits has a deadline.
		}
		await pause(50);
	}
	throw new Error(`QEMU did not start:\n${complaints()}`);
}

const Reply = z.union([
	z.object({return: z.unknown()}),
	z.object({error: z.object({desc: z.string()})}),
	z.object({event: z.string()}),
	z.object({QMP: z.unknown()}),
]);

/** QEMU's machine protocol: one JSON a line, answers in order. */
function speakQmp(socket: Socket): (execute: string, argument?: object) => Promise<unknown> {
	const waiting: {resolve: (value: unknown) => void; reject: (error: Error) => void}[] = [];
	let rest = '';
	socket.on('data', (bytes: Buffer) => {
		const lines = (rest + bytes.toString()).split('\n');
		rest = lines.pop() ?? '';
		for (const line of lines) {
			const reply = Reply.parse(JSON.parse(line));
			if ('error' in reply) waiting.shift()?.reject(new Error(`QEMU: ${reply.error.desc}`));
			else if ('return' in reply) waiting.shift()?.resolve(reply.return);
		}
	});
	socket.on('close', () => {
		for (const one of waiting) one.reject(new Error('QEMU has ended'));
	});
	return (execute, argument) =>
		new Promise((resolve, reject) => {
			waiting.push({resolve, reject});
			socket.write(`${JSON.stringify({execute, ...(argument && {arguments: argument})})}\n`);
		});
}

/** A root shell behind a socket; what belongs to a script stands between marks of its own. */
function speakShell(socket: Socket): {
	readonly run: (script: string, deadlineMs: number) => Promise<{code: number; output: string}>;
	/** The next shell is another one: it is greeted first. */
	readonly forget: () => void;
} {
	let text = '';
	let heard = () => {};
	let count = 0;
	socket.on('data', (bytes: Buffer) => {
		text += bytes.toString();
		heard();
	});
	const say = (script: string, mark: string) =>
		void socket.write(
			`\necho; echo BEGIN-${mark}\n( ${script}\n) 2>&1 </dev/null; code=$?; echo; echo END-${mark}:$code\n`,
		);
	/** Until the machine has a shell, what is sent to it is lost: the first question is repeated, and has no effect. */
	const listen = (wanted: RegExp, deadlineMs: number, ask: () => void, repeatMs: number) =>
		new Promise<RegExpExecArray>((resolve, reject) => {
			text = '';
			const again = setInterval(ask, repeatMs);
			const deadline = setTimeout(
				() => settle(() => reject(new Error(`no answer in ${deadlineMs} ms\n${text}`))),
				deadlineMs,
			);
			function settle(outcome: () => void): void {
				clearInterval(again);
				clearTimeout(deadline);
				heard = () => {};
				outcome();
			}
			heard = () => {
				const found = wanted.exec(text);
				if (found) settle(() => resolve(found));
			};
			ask();
		});
	let greeted: Promise<unknown> | undefined;
	return {
		run: async (script, deadlineMs) => {
			greeted ??= listen(/END-hello-\d+:0/, 180_000, () => say('true', `hello-${++count}`), 2000);
			await greeted;
			count += 1;
			const mark = `${process.pid}-${count}`;
			const found = await listen(
				new RegExp(`BEGIN-${mark}\\n([\\s\\S]*?)\\n?END-${mark}:(\\d+)\\n`),
				deadlineMs,
				() => say(script, mark),
				2 ** 30,
			);
			return {code: Number(found[2]), output: (found[1] ?? '').trim()};
		},
		forget: () => {
			greeted = undefined;
		},
	};
}
