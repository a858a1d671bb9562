import type {KeyObject} from 'node:crypto';
import {existsSync} from 'node:fs';
import {mkdtemp, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {fail, ok, type Result} from '../../../shared/problem.ts';
import {diffReleases} from '../../../shared/release/diff.ts';
import {ReleaseManifest} from '../../../shared/release/manifest.ts';
import {openLayout} from '../layout.ts';
import type {OpenRegistry} from '../open.ts';
import {makePusher} from '../push.ts';
import type {ReleaseCommand, ReleaseRun} from '../release-cli.ts';
import {type Built, buildRelease, releaseOf} from './build.ts';
import {lintProblem, lintRelease} from './lint.ts';
import {promoteRelease} from './promote.ts';
import {pushRelease} from './push.ts';
import {signDigest} from './sign.ts';
import {openSigningKey, publicPem} from './signing-key.ts';
import {forPublisher} from './words.ts';

/** A client for one command: what it downloads is thrown away with it. */
async function withRegistry<T>(
	run: ReleaseRun,
	policy: 'require' | 'not-checked',
	use: (registry: OpenRegistry) => Promise<Result<T>>,
): Promise<Result<T>> {
	const folder = await mkdtemp(join(tmpdir(), 'alga-release-'));
	await using closing = new AsyncDisposableStack();
	closing.defer(() => rm(folder, {recursive: true, force: true}));
	const done = await use(closing.use(run.open(folder, policy)));
	return done.ok ? done : fail(forPublisher(done.problem, run.options.trust));
}

const siteOf = ({puller, http}: OpenRegistry, {repository, signal}: ReleaseRun) => ({
	puller,
	pusher: makePusher(http, puller),
	repository,
	signal,
});

const needed = (option: string) =>
	fail({code: 'input.invalid' as const, what: `--${option} is missing.`, next: `Give --${option}.`, field: option});

export const build: ReleaseCommand = {
	usage: 'release build DRAFT -o FOLDER',
	summary: 'Make a release of a draft: tags resolved, Flux tree packed.',
	words: 1,
	run: async run => {
		const {args, options, repository, clock, signal} = run;
		const {output, tree = 'flux-assets', json} = options;
		if (output === undefined) return needed('output');
		const layout = await openLayout(output);
		return withRegistry(run, 'not-checked', async ({puller}) => {
			const [draftFile = ''] = args;
			const built = await buildRelease({draftFile, tree, layout, repository, puller, now: clock.now(), signal});
			if (!built.ok) return built;
			const {manifest, digest} = built.value;
			return ok([json ? JSON.stringify({version: manifest.version, digest}) : `${manifest.version} is ${digest}`]);
		});
	},
};

export const lint: ReleaseCommand = {
	usage: 'release lint VERSION|FOLDER',
	summary: 'Say everything that speaks against publishing it.',
	words: 1,
	run: run =>
		withRegistry(run, 'not-checked', async registry => {
			const {args, options, repository, signal} = run;
			const [what = ''] = args;
			const {puller} = registry;
			const layout = existsSync(`${what}/oci-layout`) ? await openLayout(what) : undefined;
			const release = layout ? await releaseOf(layout) : await registry.resolveRelease(what, signal);
			if (!release.ok) return release;
			const {manifest} = release.value;
			const findings = await lintRelease(manifest, {puller, repository, layout, signal});
			if (!findings.ok) return findings;
			if (findings.value.length > 0) return fail(lintProblem(manifest.version, findings.value));
			return ok([options.json ? '[]' : `Release ${manifest.version} is fit to be published.`]);
		}),
};

export const push: ReleaseCommand = {
	usage: 'release push FOLDER [--key FILE]',
	summary: 'Upload a built release under its version, if lint lets it; sign it.',
	words: 1,
	run: async run => {
		const {args, options, repository} = run;
		// First: a release that is published and cannot be signed would hold its version in vain.
		const key = options.key === undefined ? undefined : await openSigningKey(run);
		if (key?.ok === false) return key;
		return withRegistry(run, 'not-checked', async registry => {
			const [folder = ''] = args;
			const pushed = await pushRelease(await openLayout(folder), siteOf(registry, run), run.error);
			if (!pushed.ok) return pushed;
			const {manifest, digest} = pushed.value;
			const named = `${repository}:${manifest.version}@${digest}`;
			if (key === undefined) return ok([named]);
			// By digest: what was built is signed, whatever the registry shows under its version.
			const signed = await signRelease(registry, run, pushed.value, key.value);
			return signed.ok ? ok([named, ...signed.value]) : signed;
		});
	},
};

export const sign: ReleaseCommand = {
	usage: 'release sign VERSION --key FILE',
	summary: 'Sign a pushed release and its Flux tree, in cosign’s format.',
	words: 1,
	run: async run => {
		if (run.options.key === undefined) return needed('key');
		const key = await openSigningKey(run);
		if (!key.ok) return key;
		return withRegistry(run, 'not-checked', async registry => {
			const release = await registry.resolveRelease(run.args[0] ?? '', run.signal);
			return release.ok ? signRelease(registry, run, release.value, key.value) : release;
		});
	},
};

/** Signs a pushed release, and its Flux tree too: Flux verifies what it fetches by the same key. */
async function signRelease(
	registry: OpenRegistry,
	run: ReleaseRun,
	{manifest, digest}: Built,
	key: KeyObject,
): Promise<Result<readonly string[]>> {
	const {puller, pusher, repository, signal} = siteOf(registry, run);
	for (const signed of [{repository, digest}, manifest.config]) {
		const done = await signDigest(puller, pusher, signed.repository, signed.digest, key, signal);
		if (!done.ok) return done;
	}
	return ok([`Signed ${repository}@${digest} with`, publicPem(key).trim()]);
}

export const promote: ReleaseCommand = {
	usage: 'release promote VERSION CHANNEL --trust FOLDER',
	summary: 'Let stable, candidate or nightly point to a signed release.',
	words: 2,
	run: async run => {
		if (run.options.trust === undefined) return needed('trust');
		const channel = ReleaseManifest.shape.channel.safeParse(run.args[1]);
		if (!channel.success)
			return fail({
				code: 'input.invalid',
				what: `There is no channel "${run.args[1]}".`,
				next: 'Use stable, candidate or nightly.',
			});
		return withRegistry(run, 'require', async registry => {
			const promoted = await promoteRelease(registry, siteOf(registry, run), run.args[0] ?? '', channel.data);
			if (!promoted.ok) return promoted;
			const {before, digest} = promoted.value;
			return ok([`${channel.data} is ${run.args[0]} (${digest})${before ? `, before it was ${before}` : ''}.`]);
		});
	},
};

export const diff: ReleaseCommand = {
	usage: 'release diff A B',
	summary: 'Say what changes from one release to another.',
	words: 2,
	run: run =>
		withRegistry(run, policyOf(run), async registry => {
			const [a = '', b = ''] = run.args;
			const from = await registry.resolveRelease(a, run.signal);
			if (!from.ok) return from;
			const to = await registry.resolveRelease(b, run.signal);
			if (!to.ok) return to;
			const changes = diffReleases(from.value.manifest, to.value.manifest);
			if (run.options.json) return ok([JSON.stringify(changes, undefined, 2)]);
			const lines = changes.map(one => `${one.what}: ${one.from ?? 'none'} → ${one.to ?? 'none'}`);
			return ok(lines.length === 0 ? ['They are the same.'] : lines);
		}),
};

export const show: ReleaseCommand = {
	usage: 'release show VERSION|CHANNEL|DIGEST',
	summary: 'Show a release, who signed it and all that it names.',
	words: 1,
	run: run =>
		withRegistry(run, policyOf(run), async registry => {
			const release = await registry.resolveRelease(run.args[0] ?? '', run.signal);
			if (!release.ok) return release;
			const {manifest, digest, signedBy} = release.value;
			if (run.options.json) return ok([JSON.stringify({digest, signedBy, manifest}, undefined, 2)]);
			const pinned = (title: string, all: readonly {name: string; repository: string; digest: string}[]) =>
				all.map(one => `${title} ${one.name.padEnd(18)} ${one.repository}@${one.digest.slice(0, 19)}`);
			return ok([
				`Release   ${manifest.version} (${manifest.channel}), application ${manifest.appVersion}`,
				`Digest    ${digest}`,
				`Signed by ${signedBy ?? 'nobody that was checked'}`,
				`Built     ${manifest.builtAt}`,
				`Follows   ${manifest.upgradeFrom.join(', ') || 'none: a first release'}`,
				`k3s       ${manifest.k3s.version}`,
				`Flux      ${manifest.flux.version}`,
				`Config    ${manifest.config.repository}@${manifest.config.digest.slice(0, 19)}`,
				...pinned('Chart    ', manifest.charts),
				...pinned('Image    ', manifest.images),
				...(manifest.notes === undefined ? [] : ['', manifest.notes]),
			]);
		}),
};

/** With keys to check by, a signature is required; without any, looking is allowed. */
const policyOf = ({options}: ReleaseRun) => (options.trust === undefined ? 'not-checked' : 'require');
