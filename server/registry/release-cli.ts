import {parseArgs} from 'node:util';
import * as z from 'zod';
import {fail, type Problem, type Result} from '../../shared/problem.ts';
import {ReleaseManifest, releaseRepository} from '../../shared/release/manifest.ts';
import type {Clock} from '../engine/clock.ts';
import {bundleCreate, bundleImport, bundleServe} from './bundle/commands.ts';
import {type OpenRegistry, openRegistry} from './open.ts';
import {build, diff, lint, promote, push, show, sign} from './publish/commands.ts';
import {isPublicKey, type TrustKey} from './signature.ts';
import type {Credentials} from './tokens.ts';

/** What the commands are given from outside: everything that touches environment, terminal or clock. */
export type ReleaseIo = {
	readonly out: (line: string) => void;
	readonly error: (line: string) => void;
	/** Credentials for a registry host, as `docker login` or `skopeo login` left them. */
	readonly credentials: (host: string) => Credentials | undefined;
	readonly proxy: string | undefined;
	readonly noProxy: readonly string[];
	/** The passphrase of the signing key: from a file or asked for, never from the command line. */
	readonly passphrase: (file: string | undefined) => Promise<string | undefined>;
	/** Trust keys of a folder. */
	readonly keys: (folder: string) => Promise<readonly TrustKey[]>;
	/** Sockets that systemd listens at for this process. */
	readonly sockets: readonly number[];
	/** Lets systemd listen for the node's own mirror, now and after every boot. */
	readonly startMirror: () => Promise<Result<void>>;
	readonly clock: Clock;
	readonly signal: AbortSignal;
};

/** One command's view of its options, and the registry it speaks to. */
export type ReleaseRun = ReleaseIo & {
	readonly args: readonly string[];
	readonly options: Options;
	readonly repository: string;
	/** A client whose downloads go to `artifacts`; closed by the command. */
	readonly open: (artifacts: string, policy: 'require' | 'not-checked') => OpenRegistry;
};
export type ReleaseCommand = {
	readonly usage: string;
	readonly summary: string;
	/** How many words it takes after its name. */
	readonly words: number;
	readonly run: (run: ReleaseRun) => Promise<Result<readonly string[]>>;
};

const options = {
	repository: {type: 'string'},
	mirror: {type: 'string', multiple: true},
	trust: {type: 'string'},
	key: {type: 'string'},
	'passphrase-file': {type: 'string'},
	tree: {type: 'string'},
	output: {type: 'string', short: 'o'},
	layout: {type: 'string'},
	arch: {type: 'string'},
	address: {type: 'string'},
	port: {type: 'string'},
	json: {type: 'boolean'},
	help: {type: 'boolean', short: 'h'},
} as const;
export type Options = ReturnType<typeof parse>['values'];
const parse = (argv: readonly string[]) => parseArgs({args: [...argv], options, allowPositionals: true, strict: true});

const schema: ReleaseCommand = {
	usage: 'release schema',
	summary: 'Print the JSON Schema of a release manifest.',
	words: 0,
	run: async () => ({
		ok: true,
		value: [JSON.stringify(z.toJSONSchema(ReleaseManifest, {io: 'input'}), undefined, 2)],
	}),
};

const commands: Readonly<Record<string, ReleaseCommand>> = {
	'release build': build,
	'release lint': lint,
	'release push': push,
	'release sign': sign,
	'release promote': promote,
	'release diff': diff,
	'release show': show,
	'release schema': schema,
	'bundle create': bundleCreate,
	'bundle import': bundleImport,
	'bundle serve': bundleServe,
};

const help = [
	'Usage: alga-appliance release|bundle COMMAND [OPTIONS]',
	'',
	...Object.values(commands).map(({usage, summary}) => `  ${usage.padEnd(44)} ${summary}`),
	'',
	'Options:',
	`  --repository NAME        Where releases live (${releaseRepository}).`,
	'  --mirror HOST=PLACE      Fetch what is named by HOST from PLACE; may be given several times.',
	'  --trust FOLDER           Public keys (*.pub) that releases may be signed with.',
	'  --key FILE               Private key to sign with (PEM, ECDSA P-256); push opens it before it uploads.',
	'  --passphrase-file FILE   Its passphrase; without it the terminal is asked.',
	'  --tree FOLDER            The Flux tree to pack (flux-assets).',
	'  -o, --output PATH        Where build puts the OCI layout, or bundle create the file.',
	'  --layout FOLDER          The layout that push, bundle import and bundle serve work on.',
	'  --arch amd64|arm64       The machines a bundle is for (this one’s).',
	'  --address IP             Where bundle serve listens (127.0.0.1).',
	'  --port NUMBER            And at which port (5180).',
	'  --json                   Print what a program can read.',
	'',
	'Logins are those of docker, podman or skopeo (REGISTRY_AUTH_FILE, DOCKER_CONFIG). Exit: 0 done, 1 refused or failed, 2 wrong use.',
];

/** Runs `release …` or `bundle …`; `argv` begins with that word. Returns the exit code. */
export async function releaseCommand(argv: readonly string[], io: ReleaseIo): Promise<number> {
	const wrong = (line: string) => {
		io.error(line);
		io.error('"alga-appliance release --help" tells how it is used.');
		return 2;
	};
	let parsed: ReturnType<typeof parse>;
	try {
		parsed = parse(argv);
	} catch (error) {
		return wrong(error instanceof Error ? error.message : String(error));
	}
	const {values, positionals} = parsed;
	const [group = '', name = '', ...args] = positionals;
	if (values.help || name === '') {
		for (const line of help) io.out(line);
		return values.help ? 0 : 2;
	}
	const command = commands[`${group} ${name}`];
	if (command === undefined) return wrong(`There is no command "${group} ${name}".`);
	if (args.length !== command.words) return wrong(`Usage: alga-appliance ${command.usage}`);
	const crooked = values.mirror?.find(one => !/^[^=]+=.+$/.test(one));
	if (crooked !== undefined)
		return wrong(`--mirror ${crooked} is not HOST=PLACE, like ghcr.io=registry.example:5000/ghcr.`);
	if (values.trust !== undefined && !(await io.keys(values.trust)).some(isPublicKey)) {
		tellProblem(noKeys(values.trust), io.error);
		return 1;
	}
	const mirrors = Object.fromEntries(
		(values.mirror ?? []).map(one => [one.split('=')[0] ?? '', one.slice(one.indexOf('=') + 1)]),
	);
	const repository = values.repository ?? releaseRepository;
	const run: ReleaseRun = {
		...io,
		args,
		options: values,
		repository,
		open: (artifacts, policy) =>
			openRegistry({
				repository,
				artifacts,
				mirrors,
				proxy: io.proxy,
				noProxy: io.noProxy,
				credentials: io.credentials,
				keys: async () => (values.trust === undefined ? [] : io.keys(values.trust)),
				policy,
				clock: io.clock,
			}),
	};
	const result = await command.run(run).catch(failed);
	if (!result.ok) {
		tellProblem(result.problem, io.error);
		return 1;
	}
	for (const line of result.value) io.out(line);
	return 0;
}

const noKeys = (folder: string): Problem => ({
	code: 'input.invalid',
	what: `There is no public key (a file *.pub) in ${folder}.`,
	why: 'It was given with --trust: nothing could be checked by it.',
	next: 'Put the public half of the publisher’s key there, or correct the path.',
	field: 'trust',
});

/** A file or port that cannot be had: the system's own words, without a trace. */
const failed = (error: unknown) =>
	fail({
		code: 'file.unwritable',
		what: error instanceof Error ? error.message : String(error),
		next: 'Check paths, permissions and ports, then try again.',
	});

/** A problem as whoever publishes or imports reads it. */
export function tellProblem({code, what, why, next, detail}: Problem, error: (line: string) => void): void {
	error(what);
	if (why !== undefined) error(why);
	for (const line of detail?.split('\n') ?? []) error(`  ${line}`);
	error(next);
	error(`(${code})`);
}
