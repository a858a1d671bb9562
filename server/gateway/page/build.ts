import {mkdir, readFile, writeFile} from 'node:fs/promises';
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
 * Builds the page into a folder: `index.html`, which brings the style and the form's fields along, and one script. Part of
 * the build, never of a start. Answers the script.
 */
export async function buildPage(outDir: string): Promise<Uint8Array> {
	const form: PageForm = {
		groups,
		fields: fields.map(({schema, ...plain}) => plain),
		settings: networkSettings.map(({schema, ...plain}) => plain),
	};
	await mkdir(outDir, {recursive: true});
	const source = (name: string) => join(import.meta.dirname, name);
	const [style, html] = await Promise.all([
		build({entryPoints: [source('page.css')], minify: true, write: false, logLevel: 'silent'}),
		readFile(source('index.html'), 'utf8'),
		build({
			entryPoints: [source('page.ts')],
			outfile: join(outDir, 'page.js'),
			bundle: true,
			minify: true,
			format: 'esm',
			target: 'es2022',
			plugins: [
				{
					name: 'small',
					setup: own => {
						// Nothing else takes the indentation out of templates.
						own.onLoad({filter: /gateway\/page\/.*\.ts$/}, async ({path}) => {
							return {contents: (await readFile(path, 'utf8')).replaceAll(/\n\t+/g, '\n'), loader: 'ts'};
						});
					},
				},
			],
			logLevel: 'silent',
		}),
	]);
	const css = style.outputFiles[0]?.text.trim() ?? '';
	// As a function: a `$` in either has no meaning here. `<` could end the element.
	const whole = html
		.replaceAll(/\n\t*/g, '\n')
		.replace('<style></style>', () => `<style>${css}</style>`)
		.replace('id="form">', () => `id="form">${JSON.stringify(form).replaceAll('<', '\\u003c')}`);
	await writeFile(join(outDir, 'index.html'), whole);
	return readFile(join(outDir, 'page.js'));
}
