import {readFile} from 'node:fs/promises';
import {createInterface} from 'node:readline';
import {text as readAll} from 'node:stream/consumers';
import {engineAway} from '../../shared/api/client.ts';
import {engineTime, makeStore} from '../../shared/view/store.ts';
import {connectEngine} from '../engine-client.ts';
import {systemTimer} from '../terminal/timer.ts';
import {type CommandIo, exit, tellProblem} from './command.ts';
import {commands, overview} from './commands.ts';
import {readCliConfig} from './config.ts';
import {elsewhere} from './elsewhere.ts';
import {fetchFile} from './fetch-file.ts';
import {endWithOutput} from './output.ts';

/** How long the command line waits for an engine before it says that there is none. */
const patienceMs = 5000;

const config = readCliConfig(process.env);
const [name, ...args] = process.argv.slice(2);
endWithOutput(process);
process.exitCode = await main();

async function main(): Promise<number> {
	const out = (line: string) => void process.stdout.write(`${line}\n`);
	const error = (line: string) => void process.stderr.write(`${line}\n`);
	if (name === undefined || name === '--help' || name === 'help' || name === '-h') {
		for (const line of overview(config.version)) out(line);
		return name === undefined ? exit.usage : exit.ok;
	}
	if (name === '--version') {
		out(config.version);
		return exit.ok;
	}
	const other = elsewhere([name, ...args]);
	if (other !== undefined) {
		for (const line of other) error(line);
		return exit.usage;
	}
	const command = commands.find(one => one.name === name);
	if (command === undefined) {
		error(`There is no command "${name}".`);
		for (const line of overview(config.version)) error(line);
		return exit.usage;
	}
	if (args.includes('--help') || args.includes('-h')) {
		for (const line of [`Usage: alga-appliance ${command.usage}`, '', command.summary, '', ...command.help]) out(line);
		return exit.ok;
	}
	const store = makeStore(Date.now());
	const now = () => engineTime(store, Date.now());
	const engine = connectEngine(config.socket, store, now, systemTimer);
	const stop = new AbortController();
	process.once('SIGINT', () => stop.abort());
	process.once('SIGTERM', () => stop.abort());
	const io: CommandIo = {
		client: engine.call,
		out,
		error,
		watch: (seen, signal) =>
			new Promise(resolve => {
				const lostFor = setTimeout(() => {
					if (store.get().view !== undefined) return;
					tellProblem(engineAway(`no answer on ${config.socket}`), io);
					finish();
				}, patienceMs);
				const look = () => {
					const {view} = store.get();
					if (view !== undefined && seen(view)) finish();
				};
				const unsubscribe = store.subscribe(look);
				const finish = () => {
					clearTimeout(lostFor);
					unsubscribe();
					resolve();
				};
				signal.addEventListener('abort', finish, {once: true});
				look();
			}),
		fetchFile: (name, params, path) => fetchFile(config.socket, name, params, path, stop.signal),
		askSecret,
		readFile: path => (path === '-' ? readAll(process.stdin) : readFile(path, 'utf8')),
		now,
		columns: config.columns,
		signal: stop.signal,
	};
	try {
		return await command.run(args, io);
	} catch (problem) {
		// parseArgs throws for an option it does not know; its message names it.
		error(problem instanceof Error ? problem.message : String(problem));
		error(`Usage: alga-appliance ${command.usage}`);
		return exit.usage;
	} finally {
		engine.close();
	}
}

/** Reads one line without showing it; undefined where nobody can type. */
async function askSecret(label: string): Promise<string | undefined> {
	if (!process.stdin.isTTY) return undefined;
	process.stderr.write(`${label}: `);
	const lines = createInterface({input: process.stdin, output: undefined, terminal: true});
	const typed = await new Promise<string>(resolve => lines.question('', resolve));
	lines.close();
	process.stderr.write('\n');
	return typed;
}
