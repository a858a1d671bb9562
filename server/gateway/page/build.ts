import {copyFile, mkdir, readFile} from 'node:fs/promises';
import {join} from 'node:path';
import {build} from 'esbuild';
import {networkSettings, type Setting} from '../../../shared/network/settings.ts';
import {fields, groups} from '../../../shared/setup/fields.ts';

/** What the page knows of the form: everything but the rules, which the engine keeps to itself. */
export type PageForm = {
	readonly groups: typeof groups;
	readonly fields: readonly Omit<(typeof fields)[number], 'schema'>[];
	readonly settings: readonly Omit<Setting, 'schema'>[];
};

/**
 * Builds the page into a folder: `index.html` and one script that brings its style along. Part of the build, never of a
 * start. Answers the script.
 */
export async function buildPage(outDir: string): Promise<Uint8Array> {
	const form: PageForm = {
		groups,
		fields: fields.map(({schema, ...plain}) => plain),
		settings: networkSettings.map(({schema, ...plain}) => plain),
	};
	await mkdir(outDir, {recursive: true});
	await build({
		entryPoints: [join(import.meta.dirname, 'page.ts')],
		outfile: join(outDir, 'page.js'),
		bundle: true,
		minify: true,
		format: 'esm',
		target: 'es2022',
		loader: {'.css': 'text'},
		define: {FORM: JSON.stringify(form)},
		plugins: [
			{
				// A style that travels inside the script is one request less before the first paint.
				name: 'small',
				setup: own => {
					// Nothing else takes the indentation out of templates.
					own.onLoad({filter: /gateway\/page\/.*\.ts$/}, async ({path}) => {
						return {contents: (await readFile(path, 'utf8')).replaceAll(/\n\t+/g, '\n'), loader: 'ts'};
					});
					own.onLoad({filter: /\.css$/}, async ({path}) => {
						const small = await build({entryPoints: [path], minify: true, write: false, loader: {'.css': 'css'}});
						return {contents: small.outputFiles[0]?.text ?? '', loader: 'text'};
					});
				},
			},
		],
		logLevel: 'silent',
	});
	await copyFile(join(import.meta.dirname, 'index.html'), join(outDir, 'index.html'));
	return readFile(join(outDir, 'page.js'));
}
