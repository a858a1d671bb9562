import {closeSync, writeSync} from 'node:fs';
import manifest from '../package.json' with {type: 'json'};
import {engineTime, makeStore} from '../shared/view/store.ts';
import {readConfig} from './config.ts';
import {makeConsole} from './console.ts';
import {makeEffects} from './effects.ts';
import {connectEngine} from './engine-client.ts';
import {watchPresence} from './presence.ts';
import {watchRenewal} from './renewal.ts';
import {openKeyboard, silentStdin} from './terminal/keyboard.ts';
import type {Key} from './terminal/keys.ts';
import {judgeLine} from './terminal/line.ts';
import {descriptorOutput, openTerminal} from './terminal/output.ts';
import {createPainter, handBack} from './terminal/painter.ts';
import {chooseSize, probeSize, type Size} from './terminal/size.ts';
import {systemTimer} from './terminal/timer.ts';

/** The console on one terminal: wiring only. */
async function main(): Promise<void> {
	const read = readConfig(process.argv.slice(2), process.env);
	if (!read.ok) {
		process.stderr.write(`${read.message}\n`);
		process.exitCode = 2;
		return;
	}
	const {config} = read;
	const timer = systemTimer;
	const line = {...judgeLine(config.line), ...(config.tier && {tier: config.tier})};
	const terminal = openTerminal(1);
	const told = (): Partial<Size> => ({columns: process.stdout.columns, rows: process.stdout.rows});
	const painter = createPainter({
		output: descriptorOutput(terminal, timer),
		line,
		size: config.size ?? chooseSize(told(), undefined),
		timer,
		onLost: () => leave(0),
	});

	const store = makeStore(Date.now());
	const now = () => engineTime(store, Date.now());
	const engine = connectEngine(config.socket, store, now, timer);
	const effects = makeEffects(engine, outcome => console.outcome(outcome), {
		repaint: redraw,
		leave: () => void leave(0),
		picture: () => console.picture(),
	});
	const console = makeConsole(store, {tier: line.tier, tty: config.line.tty}, painter.stdout, now, timer.now, effect =>
		effects.run(effect),
	);
	if (config.line.tty === 'pty')
		console.outcome({of: 'told', text: 'Ctrl-] leaves this console; what it began goes on.'});
	if (config.crashes > 0)
		console.outcome({
			of: 'call',
			label: 'Console',
			kind: 'console',
			problem: {
				code: 'internal',
				what: `The console had stopped and was started again (${config.crashes} ${config.crashes === 1 ? 'time' : 'times'} in 5 minutes).`,
				next: 'See F4.',
			},
		});

	const presence = watchPresence(timer.now, {
		isUnlocked: () => {
			const lock = store.get().view?.access.console;
			return lock !== undefined && lock.mode !== 'off' && !lock.locked;
		},
		lock: () => effects.run({do: 'lock'}),
		stay: () => effects.run({do: 'keep-unlocked'}),
	});
	let lastKeyAt = timer.now();
	let reportSize: ((size: Size) => void) | undefined;
	const onKey = (key: Key) => {
		if (key.name === 'cursor-report') return reportSize?.({columns: key.column, rows: key.row});
		// Nobody can tell when a viewer is plugged into a serial line: what it shows then is old.
		const wasSilent = timer.now() - lastKeyAt > 30_000;
		lastKeyAt = timer.now();
		painter.nudge();
		if (wasSilent && config.line.tty === 'serial') redraw();
		console.key(key);
		presence.key();
	};
	// The package was upgraded under this console: its unit starts the new one in its place.
	const isRenewed = watchRenewal(process.argv[1] ?? '', manifest.version);
	store.subscribe(() => {
		if (config.line.tty !== 'pty' && isRenewed(store.get().view?.identity.version)) void leave(0);
	});
	const keyboard = openKeyboard({
		source: process.stdin,
		escapeMs: line.escapeMs,
		timer,
		onKey,
		onEnd: () => leave(0),
	});

	const setSize = (size: Size) => {
		console.resize(size);
		painter.resize(size);
	};
	/** A serial line cannot tell its size; the terminal behind it can. */
	const probe = async () => {
		if (config.size !== undefined || (told().columns ?? 0) > 0) return;
		const size = await probeSize({
			send: bytes => painter.send(bytes),
			onReport: report => {
				reportSize = report;
				return () => {
					reportSize = undefined;
				};
			},
			timer,
		});
		if (size !== undefined) setSize(size);
	};
	function redraw(): void {
		painter.repaint();
		void probe();
	}

	// Ink's layout engine asks fetch() for the WASM it carries itself, which would make Node load its HTTP client: 20 ms
	// and 9 MB for nothing. Without fetch it decodes the bytes directly.
	// Reading the property would load it too, so its descriptor is moved away.
	const held = Object.getOwnPropertyDescriptor(globalThis, 'fetch');
	Reflect.deleteProperty(globalThis, 'fetch');
	const [{render}, {App}] = await Promise.all([import('ink'), import('./app.tsx')]);
	if (held !== undefined) Object.defineProperty(globalThis, 'fetch', held);
	const ink = render(<App screen={console.screen} />, {
		// The painter is all of a terminal that Ink uses; it is not the process's own.
		stdout: painter.stdout as unknown as NodeJS.WriteStream,
		stdin: silentStdin() as unknown as NodeJS.ReadStream,
		debug: true,
		interactive: true,
		patchConsole: false,
		exitOnCtrlC: false,
	});
	void probe();

	// Slow lines get a slower clock: a heartbeat must not eat the line.
	const tick = setInterval(
		() => {
			console.tick();
			presence.tick();
		},
		line.framesPerSecond < 1 ? 2000 : 1000,
	);

	let leaving = false;
	async function leave(code: number): Promise<void> {
		if (leaving) return;
		leaving = true;
		// Whatever hangs, the process is gone before systemd loses patience.
		setTimeout(() => process.exit(code), 1500).unref();
		clearInterval(tick);
		keyboard.close();
		effects.close();
		engine.close();
		console.close();
		await painter.close();
		ink.unmount();
		if (terminal !== 1) closeSync(terminal);
		process.exit(code);
	}
	/** After a fault of our own the terminal must be usable and the journal must know why. */
	const crashed = (error: unknown) => {
		if (leaving) return;
		// The terminal hung up: there is nobody to tell, and the unit starts the console again.
		if (isGone(error)) return void leave(0);
		process.stderr.write(`console stopped: ${error instanceof Error ? error.stack : String(error)}\n`);
		try {
			writeSync(1, handBack(line));
		} catch {
			// It could not be told: the terminal is gone as well.
		}
		void leave(1);
	};
	for (const stream of [process.stdin, process.stdout, process.stderr]) stream.on('error', crashed);
	process.on('SIGTERM', () => void leave(0));
	process.on('SIGINT', () => {});
	process.on('SIGHUP', () => void leave(0));
	process.on('SIGUSR1', redraw);
	// Node follows SIGWINCH itself and tells of it here.
	process.stdout.on('resize', () => {
		if (config.size === undefined) setSize(chooseSize(told(), undefined));
	});
	process.on('uncaughtException', crashed);
	process.on('unhandledRejection', crashed);
}

const isGone = (error: unknown): boolean =>
	error instanceof Error &&
	'code' in error &&
	(error.code === 'EIO' || error.code === 'EPIPE' || error.code === 'ENXIO');

await main();
