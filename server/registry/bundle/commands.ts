import {mkdtemp, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {dirname, join, resolve} from 'node:path';
import {fail, ok} from '../../../shared/problem.ts';
import {layoutIn, openLayout} from '../layout.ts';
import {mirrorsFor, openMirror, registriesFor} from '../mirror.ts';
import type {Architecture} from '../pull.ts';
import type {ReleaseCommand, ReleaseRun} from '../release-cli.ts';
import {mirrorPort} from '../site.ts';
import {createBundle} from './create.ts';
import {importBundle} from './import.ts';

/** The place of the node's own copy, where no other is given. */
const nodeLayout = '/var/lib/alga-appliance/bundles/layout';
const nodeTrust = '/etc/alga-appliance/trust';

const archOf = ({options: {arch}}: ReleaseRun): Architecture =>
	arch === 'amd64' || arch === 'arm64' ? arch : process.arch === 'arm64' ? 'arm64' : 'amd64';
const megabytes = (bytes: number) => `${Math.ceil(bytes / 2 ** 20)} MB`;

export const bundleCreate: ReleaseCommand = {
	usage: 'bundle create RELEASE -o FILE',
	summary: 'Write one signed release with all it names into one file.',
	words: 1,
	run: async run => {
		const {args, options, repository, signal, error} = run;
		if (options.output === undefined)
			return fail({code: 'input.invalid', what: '--output is missing.', next: 'Give -o FILE.', field: 'output'});
		const output = resolve(options.output);
		// Beside the file, since it needs as much space as the file itself.
		const folder = await mkdtemp(join(dirname(output), '.bundle-')).catch(() => mkdtemp(join(tmpdir(), 'bundle-')));
		await using closing = new AsyncDisposableStack();
		closing.defer(() => rm(folder, {recursive: true, force: true}));
		const registry = closing.use(run.open(folder, options.trust === undefined ? 'not-checked' : 'require'));
		let told = -1;
		const progress = (bytes: number, total: number | undefined) => {
			const tenth = Math.floor((bytes * 10) / (total || 1));
			if (tenth > told) error(`${megabytes(bytes)} of ${megabytes(total ?? 0)}`);
			told = Math.max(told, tenth);
		};
		const [reference = ''] = args;
		const request = {reference, repository, output, folder, architecture: archOf(run)};
		const made = await createBundle(registry, request, progress, signal);
		if (!made.ok) return made;
		const {version, digest, signedBy, blobs, bytes} = made.value;
		const signer = signedBy === undefined ? 'signature not checked' : `signed by ${signedBy}`;
		return ok([`${output}: release ${version} (${digest}), ${signer}, ${blobs} parts, ${megabytes(bytes)}`]);
	},
};

export const bundleImport: ReleaseCommand = {
	usage: 'bundle import FILE',
	summary: 'Verify a bundle wholly and take it in for the node’s mirror.',
	words: 1,
	run: async run => {
		const {args, options, repository, clock, signal, keys} = run;
		const layout = await openLayout(options.layout ?? nodeLayout);
		const site = {
			layout,
			repository,
			keys: () => keys(options.trust ?? nodeTrust),
			architecture: archOf(run),
			clock,
		};
		const imported = await importBundle(args[0] ?? '', site, () => undefined, signal);
		if (!imported.ok) return imported;
		const {version, digest, signedBy, hosts} = imported.value;
		if (options.json) return ok([JSON.stringify(imported.value)]);
		const ready = `Release ${version} (${digest}), signed by ${signedBy}, is ready.`;
		if (options.layout !== undefined) {
			const origin = `http://127.0.0.1:${options.port ?? mirrorPort}`;
			return ok([
				ready,
				`"bundle serve --layout ${options.layout}" serves it: ${JSON.stringify({mirrors: mirrorsFor(origin, hosts)})}`,
			]);
		}
		const started = await run.startMirror();
		if (!started.ok) return started;
		return ok([
			ready,
			`Setup and update of this machine take releases from it from now on, and nothing from ${hosts.join(', ')}.`,
			`To fetch from there again: systemctl stop alga-appliance-mirror.socket alga-appliance-mirror.service; rm -r ${nodeLayout}`,
		]);
	},
};

export const bundleServe: ReleaseCommand = {
	usage: 'bundle serve',
	summary: 'Serve what was imported until stopped, read-only.',
	words: 0,
	run: async run => {
		const layout = layoutIn(run.options.layout ?? nodeLayout);
		const {port = mirrorPort, address = '127.0.0.1'} = run.options;
		const given = run.sockets.map(fd => ({fd}));
		await using mirror = await openMirror(layout, given.length > 0 ? given : [{address, port: Number(port)}]);
		const hosts = [...new Set((await layout.entries()).map(one => one.repository.split('/')[0] ?? ''))];
		run.error(`Serving at ${mirror.origin}.`);
		if (given.length === 0) {
			run.error('For /etc/rancher/k3s/registries.yaml of another machine:');
			run.error(registriesFor(mirrorsFor(mirror.origin, hosts)));
		}
		if (!run.signal.aborted) await new Promise(done => run.signal.addEventListener('abort', done, {once: true}));
		return ok([]);
	},
};
