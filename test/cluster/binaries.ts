import {createHash} from 'node:crypto';
import {existsSync} from 'node:fs';
import {mkdir, readdir, readFile, rm} from 'node:fs/promises';
import {fileURLToPath} from 'node:url';
import {execa} from 'execa';

const here = fileURLToPath(new URL('.', import.meta.url));
const cacheRoot = fileURLToPath(new URL('../../.cache/', import.meta.url));

/** Folders, below this one, whose go.mod pins programs. */
const modules = ['.', 'flux', 'source', 'cosign'] as const;

type Binary = {
	readonly name: string;
	/** Go package of its `main`. */
	readonly package: string;
	/** Where its go.mod is. */
	readonly module: (typeof modules)[number];
};

/** Every program of the suite, the ones most tests need first. */
export const binaries = [
	{name: 'etcd', package: 'go.etcd.io/etcd/server/v3', module: '.'},
	{name: 'kube-apiserver', package: 'k8s.io/kubernetes/cmd/kube-apiserver', module: '.'},
	{name: 'kube-controller-manager', package: 'k8s.io/kubernetes/cmd/kube-controller-manager', module: '.'},
	{name: 'kube-scheduler', package: 'k8s.io/kubernetes/cmd/kube-scheduler', module: '.'},
	{name: 'kwok', package: 'sigs.k8s.io/kwok/cmd/kwok', module: '.'},
	{name: 'kubectl', package: 'k8s.io/kubernetes/cmd/kubectl', module: '.'},
	{name: 'helm-controller', package: 'github.com/fluxcd/helm-controller', module: 'flux'},
	{name: 'kustomize-controller', package: 'github.com/fluxcd/kustomize-controller', module: 'flux'},
	{name: 'source-controller', package: 'github.com/fluxcd/source-controller', module: 'source'},
	{name: 'cosign', package: 'github.com/sigstore/cosign/v2/cmd/cosign', module: 'cosign'},
] as const satisfies readonly Binary[];

export type BinaryName = (typeof binaries)[number]['name'];

/** What the Go linker is told, so that `/version` answers as a release does. Keep in step with go.mod. */
const linkerFlags = [
	'-s -w',
	'-X k8s.io/component-base/version.gitVersion=v1.36.3',
	'-X k8s.io/component-base/version.gitMajor=1',
	'-X k8s.io/component-base/version.gitMinor=36',
].join(' ');

/** The folder of what a module builds: one for each state of its pins, so that a new pin builds anew. */
export async function cacheDirectory(module: Binary['module']): Promise<string> {
	const hash = createHash('sha256').update(linkerFlags);
	const files = module === '.' ? ['go.mod', 'go.sum'] : await readdir(here + module, {recursive: true});
	for (const file of files.filter(name => /\.(?:go|mod|sum)$/.test(name)).sort())
		hash.update(await readFile(`${here}${module}/${file}`));
	const prefix = module === '.' ? 'cluster' : `cluster-${module}`;
	return `${cacheRoot}${prefix}-${hash.digest('hex').slice(0, 16)}`;
}

/** Removes what was built from other pins, half a gigabyte each time. */
export async function removeOtherBuilds(): Promise<void> {
	const current = await Promise.all(modules.map(cacheDirectory));
	const found = existsSync(cacheRoot) ? await readdir(cacheRoot) : [];
	const others = found.filter(name => name.startsWith('cluster-')).map(name => cacheRoot + name);
	for (const other of others) if (!current.includes(other)) await rm(other, {recursive: true, force: true});
}

/** Where a program is once it is built. */
export async function binaryPath(name: BinaryName): Promise<string> {
	return `${await cacheDirectory(pinned(name).module)}/${name}`;
}

function pinned(name: BinaryName): Binary {
	const binary = binaries.find(candidate => candidate.name === name);
	if (binary === undefined) throw new Error(`no such program: ${name}`);
	return binary;
}

/** Says why nothing can be built here, or nothing when a Go toolchain is there that is new enough for the pins. */
export async function whyNoGo(): Promise<string | undefined> {
	const {failed, stdout} = await execa('go', ['env', 'GOVERSION'], {reject: false, env: {GOTOOLCHAIN: 'local'}});
	if (failed) return 'Go is not installed, so no real Kubernetes can be built';
	const [, minor = '0'] = /^go1\.(\d+)/.exec(stdout) ?? [];
	return Number(minor) < 26 ? `Go 1.26 or newer is needed to build a real Kubernetes; here is ${stdout}` : undefined;
}

/**
 * Builds one program unless it is there already, at low priority, and answers with its path. Takes minutes the first
 * time. Two processes that ask at once wait for each other on a lock file. Throws with Go's own words when it fails.
 */
export async function build(name: BinaryName, signal: AbortSignal): Promise<string> {
	const binary = pinned(name);
	const directory = await cacheDirectory(binary.module);
	const path = `${directory}/${name}`;
	if (existsSync(path)) return path;
	await mkdir(directory, {recursive: true});
	const script =
		'[ -x "$1" ] || { nice -n 15 go build -trimpath -ldflags "$3" -o "$1.partial" "$2" && mv "$1.partial" "$1"; }';
	await execa('flock', [`${directory}/lock`, 'sh', '-c', script, 'sh', path, binary.package, linkerFlags], {
		cwd: here + binary.module,
		env: {CGO_ENABLED: '0', GOFLAGS: '-mod=readonly -buildvcs=false', GOTOOLCHAIN: 'local', GOWORK: 'off'},
		cancelSignal: signal,
		stderr: 'inherit',
	});
	return path;
}

export type Availability = {readonly state: 'built'} | {readonly state: 'absent'; readonly why: string};

/**
 * Whether the named programs can be run. In CI they are built now; elsewhere nobody waits minutes unasked, and the
 * answer says which command builds them.
 */
export async function availability(names: readonly BinaryName[]): Promise<Availability> {
	const paths = await Promise.all(names.map(binaryPath));
	if (paths.every(path => existsSync(path))) return {state: 'built'};
	const noGo = await whyNoGo();
	if (noGo !== undefined) return {state: 'absent', why: noGo};
	if (process.env.CI !== 'true')
		return {state: 'absent', why: 'not built yet: run `scripts/run node test/cluster/build.ts` once (minutes)'};
	for (const name of names) await build(name, AbortSignal.timeout(40 * 60_000));
	return {state: 'built'};
}
