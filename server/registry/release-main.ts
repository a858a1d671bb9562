import {readFile} from 'node:fs/promises';
import {createInterface} from 'node:readline/promises';
import {Writable} from 'node:stream';
import {execa} from 'execa';
import {fail, ok, type Result} from '../../shared/problem.ts';
import {systemClock} from '../engine/clock.ts';
import {readAuthFiles} from './auth-file.ts';
import {releaseCommand, tellProblem} from './release-cli.ts';
import {readKeys} from './site.ts';

/** Entry of `alga-appliance release …` and `alga-appliance bundle …`: the one place that reads their environment. */
const environment = process.env;
const home = environment.HOME ?? '/root';
const stop = new AbortController();
for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => stop.abort());
const argv = process.argv.slice(2);
// What is imported is served by a process without rights; nothing secret is written here.
process.umask(0o022);

const logins = readAuthFiles([
	...(environment.REGISTRY_AUTH_FILE ? [environment.REGISTRY_AUTH_FILE] : []),
	...(environment.DOCKER_CONFIG ? [`${environment.DOCKER_CONFIG}/config.json`] : []),
	...(environment.XDG_RUNTIME_DIR ? [`${environment.XDG_RUNTIME_DIR}/containers/auth.json`] : []),
	`${home}/.docker/config.json`,
]);
// Whoever reads the output may stop doing so ("| head").
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => process.exit(1));
const error = (line: string) => void process.stderr.write(`${line}\n`);
if (!logins.ok) {
	tellProblem(logins.problem, error);
	process.exit(1);
}

process.exitCode = await releaseCommand(argv[0] === 'bundle' || argv[0] === 'release' ? argv : ['release', ...argv], {
	out: line => void process.stdout.write(`${line}\n`),
	error,
	credentials: logins.value,
	proxy: environment.HTTPS_PROXY ?? environment.https_proxy,
	noProxy: (environment.NO_PROXY ?? environment.no_proxy ?? '').split(',').filter(one => one !== ''),
	passphrase: async file => (file === undefined ? ask() : (await readFile(file, 'utf8')).replace(/\r?\n$/, '')),
	keys: readKeys,
	// sd_listen_fds(3): they begin after standard error.
	sockets:
		environment.LISTEN_PID === String(process.pid)
			? Array.from({length: Number(environment.LISTEN_FDS)}, (_, index) => 3 + index)
			: [],
	startMirror,
	clock: systemClock,
	signal: stop.signal,
});

async function startMirror(): Promise<Result<void>> {
	const unit = 'alga-appliance-mirror.socket';
	const started = await execa('systemctl', ['start', unit], {reject: false, timeout: 30_000});
	if (!started.failed) return ok(undefined);
	return fail({
		code: 'command.failed',
		what: 'The bundle is imported, but systemd does not serve it.',
		next: `Run "systemctl start ${unit}" and read what it says.`,
		detail: started.stderr || started.shortMessage,
		retry: 'safe',
	});
}

/** Asks at the terminal without showing what is typed; undefined where there is none. */
async function ask(): Promise<string | undefined> {
	if (!process.stdin.isTTY) return undefined;
	process.stderr.write('Passphrase of the signing key: ');
	const silent = new Writable({write: (_chunk, _encoding, done) => done()});
	const line = createInterface({input: process.stdin, output: silent, terminal: true});
	try {
		return await line.question('', {signal: stop.signal});
	} finally {
		line.close();
		process.stderr.write('\n');
	}
}
