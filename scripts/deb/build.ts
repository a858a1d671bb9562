import {execFileSync} from 'node:child_process';
import {
	chmodSync,
	copyFileSync,
	mkdirSync,
	mkdtempSync,
	readdirSync,
	readFileSync,
	rmSync,
	writeFileSync,
} from 'node:fs';
import {tmpdir} from 'node:os';
import {dirname, join} from 'node:path';
import {parseArgs} from 'node:util';
import {gzipSync} from 'node:zlib';
import {commands} from '../../tui/cli/commands.ts';
import {buildAll} from '../build.ts';
import {completion, manPage} from './documents.ts';
import {data, home, maintainerScripts} from './layout.ts';
import {type Architecture, runtimeOf, strip} from './runtime.ts';

const {name, version} = JSON.parse(readFileSync('package.json', 'utf8'));

/** Builds the package for one architecture into `out` and returns its path. Throws when a part is missing. */
export async function buildDeb(architecture: Architecture, out: string): Promise<string> {
	const runtime = runtimeOf(architecture);
	// One time for every file: that of the commit.
	const epoch = process.env.SOURCE_DATE_EPOCH ?? run('git', 'log', '-1', '--format=%ct').trim();
	const tree = mkdtempSync(join(tmpdir(), 'alga-deb-'));
	try {
		await fill(tree, architecture, runtime, new Date(Number(epoch) * 1000));
		writeControl(tree, architecture);
		run('find', tree, '-exec', 'touch', '--no-dereference', `--date=@${epoch}`, '{}', '+');
		mkdirSync(out, {recursive: true});
		const file = join(out, `${name}_${version}_${architecture}.deb`);
		// Level 1 costs 3 MB of 35 and saves a minute. One thread: the number of cores must not show in the bytes.
		run('dpkg-deb', '--root-owner-group', '-Zxz', '-z1', '--threads-max=1', '--build', tree, file, {
			SOURCE_DATE_EPOCH: epoch,
		});
		return file;
	} finally {
		rmSync(tree, {recursive: true, force: true});
	}
}

/** Everything the package installs, with modes set, whatever the umask. */
async function fill(tree: string, architecture: Architecture, runtime: string, date: Date): Promise<void> {
	chmodSync(tree, 0o755);
	const built = join(tree, home);
	await buildAll(built);
	put(tree, `${home}/bin/node`, join(runtime, 'bin/node'), 0o755);
	strip(join(tree, home, 'bin/node'), architecture);
	for (const [target, source, mode] of data) put(tree, target, source, mode);
	// Settings an administrator may write: a conffile, so that an upgrade never replaces it unasked.
	write(tree, 'etc/alga-appliance/appliance.json', '{}\n');
	write(tree, 'usr/share/man/man8/alga-appliance.8.gz', gzipSync(manPage(commands, version, date), {level: 9}));
	write(tree, 'usr/share/bash-completion/completions/alga-appliance', completion(commands));
	const licence = readFileSync(join(runtime, 'LICENSE'));
	write(tree, `usr/share/doc/${name}/LICENSE.node.gz`, gzipSync(licence, {level: 9}));
	const changes = `${name} (${version}) stable; urgency=medium\n\n  * Version ${version}. The history is in the product's repository.\n\n -- Alga Appliance <support@nineminds.com>  ${date.toUTCString().replace('GMT', '+0000')}\n`;
	write(tree, `usr/share/doc/${name}/changelog.gz`, gzipSync(changes, {level: 9}));
	run('find', tree, '-type', 'd', '-exec', 'chmod', '755', '{}', '+');
	run('find', built, '-type', 'f', '-name', '*.js', '-exec', 'chmod', '644', '{}', '+');
}

function writeControl(tree: string, architecture: Architecture): void {
	const size = run('du', '-sk', '--apparent-size', tree).split('\t')[0];
	write(
		tree,
		'DEBIAN/control',
		[
			`Package: ${name}`,
			`Version: ${version}`,
			`Architecture: ${architecture}`,
			'Maintainer: Alga Appliance <support@nineminds.com>',
			`Installed-Size: ${size}`,
			'Section: admin',
			'Priority: optional',
			'Homepage: https://github.com/Nine-Minds/alga-psa',
			// The libraries of the pinned Node; systemd for the units; iproute2, util-linux and kbd for what engine and consoles run.
			'Depends: libatomic1, libc6 (>= 2.28), libgcc-s1, libstdc++6 (>= 8), init-system-helpers (>= 1.54), systemd (>= 252), iproute2, kbd, passwd',
			'Recommends: systemd-resolved, systemd-timesyncd | time-daemon, openssh-server',
			'Description: Alga PSA appliance: engine, console, web page and command line',
			' It owns an on-premises Alga PSA appliance: it installs Kubernetes and Flux,',
			' watches the application, and says on the machine console, in a web page and',
			' on the command line what it is doing, whether people can log in, and what',
			' is wrong if not.',
			'',
		].join('\n'),
	);
	write(tree, 'DEBIAN/conffiles', '/etc/alga-appliance/appliance.json\n');
	for (const script of maintainerScripts) put(tree, `DEBIAN/${script}`, `scripts/deb/${script}`, 0o755);
	const files = run('find', tree, '-type', 'f', '-not', '-path', `${tree}/DEBIAN/*`, '-printf', '%P\\n')
		.split('\n')
		.filter(file => file !== '' && !file.startsWith('etc/'))
		.sort();
	write(tree, 'DEBIAN/md5sums', execFileSync('md5sum', files, {cwd: tree, encoding: 'utf8'}));
}

function put(tree: string, target: string, source: string, mode: number): void {
	const file = join(tree, target);
	mkdirSync(dirname(file), {recursive: true});
	copyFileSync(source, file);
	chmodSync(file, mode);
}

function write(tree: string, target: string, content: string | Uint8Array): void {
	const file = join(tree, target);
	mkdirSync(dirname(file), {recursive: true});
	writeFileSync(file, content);
	chmodSync(file, 0o644);
}

function run(file: string, ...args: readonly (string | Readonly<Record<string, string>>)[]): string {
	const words = args.filter(one => typeof one === 'string');
	const environment = args.find(one => typeof one === 'object') ?? {};
	return execFileSync(file, words, {encoding: 'utf8', env: {...process.env, ...environment}});
}

if (import.meta.main) {
	const {values} = parseArgs({options: {arch: {type: 'string'}, out: {type: 'string', default: 'dist'}}});
	const architecture = values.arch ?? run('dpkg', '--print-architecture').trim();
	if (architecture !== 'amd64' && architecture !== 'arm64') throw new Error(`There is no Node for ${architecture}.`);
	const file = await buildDeb(architecture, values.out);
	console.log(
		`${file}  ${Math.round(readFileSync(file).length / (1 << 20))} MB, ${readdirSync('systemd-units').length} unit files`,
	);
}
