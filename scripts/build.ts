import {mkdirSync, readFileSync, rmSync} from 'node:fs';
import {gzipSync} from 'node:zlib';
import {type BuildOptions, build} from 'esbuild';

/** One bundled file a process: a console's first frame comes in a third of the time of unbundled source. */
const processes = {
	engine: 'server/engine/main.ts',
	gateway: 'server/gateway/main.ts',
	console: 'tui/main.tsx',
	cli: 'tui/cli/main.ts',
	release: 'server/registry/release-main.ts',
} as const;

const {version} = JSON.parse(readFileSync('package.json', 'utf8'));

const common: BuildOptions = {
	bundle: true,
	platform: 'node',
	format: 'esm',
	target: 'node26',
	minify: true,
	legalComments: 'none',
	// CommonJS packages inside the bundle call require().
	banner: {js: "import{createRequire as __require}from'node:module';const require=__require(import.meta.url);"},
	define: {'process.env.NODE_ENV': '"production"', 'process.env.DEV': '"false"', __VERSION__: JSON.stringify(version)},
	// Ink imports its developer tools statically though they are optional.
	alias: {'react-devtools-core': './scripts/nothing.ts', 'string-width': './tui/terminal/string-width.ts'},
	logLevel: 'warning',
	metafile: true,
};

/** Builds everything that ships into `out`. */
export async function buildAll(out: string): Promise<void> {
	rmSync(out, {recursive: true, force: true});
	mkdirSync(out, {recursive: true});
	for (const [name, entry] of Object.entries(processes)) {
		const result = await build({...common, entryPoints: [entry], outfile: `${out}/${name}.js`});
		console.log(
			`${name.padEnd(8)} ${Math.round((Object.values(result.metafile?.outputs ?? {})[0]?.bytes ?? 0) / 1024)} KB`,
		);
	}
	const {buildPage} = await import('../server/gateway/page/build.ts');
	const page = await buildPage(`${out}/page`);
	console.log(`page     ${Math.round(gzipSync(page).length / 1024)} KB gzipped`);
}

if (import.meta.main) await buildAll(process.argv[2] ?? 'dist');
