import assert from 'node:assert/strict';
import {readdirSync, readFileSync} from 'node:fs';
import {dirname, join, relative, resolve} from 'node:path';
import {test} from 'node:test';

/** Which folders each may import from beside itself and packages; the gateway's page is a client like the console. */
const allowed: Readonly<Record<string, readonly string[]>> = {shared: [], server: ['shared'], tui: ['shared']};
const root = resolve(import.meta.dirname, '../..');

const sources = Object.keys(allowed).flatMap(folder =>
	readdirSync(join(root, folder), {recursive: true, encoding: 'utf8'})
		.filter(name => /\.tsx?$/.test(name))
		.map(name => join(folder, name)),
);
const imports = sources.flatMap(file =>
	[...readFileSync(join(root, file), 'utf8').matchAll(/(?:from|import)\s*\(?\s*'([^']+)'/g)].map(([, target]) => ({
		file,
		target: target ?? '',
	})),
);

test('the check reads the whole tree: a tool that sees nothing finds nothing', () => {
	assert.ok(sources.length > 100, `only ${sources.length} files read`);
	assert.ok(imports.length > 300, `only ${imports.length} imports read`);
});

test('imports point one way: tui and server to shared, shared to nothing of ours', () => {
	const wrong = imports.filter(({file, target}) => {
		if (!target.startsWith('.')) return false;
		const from = file.split('/')[0] ?? '';
		const to = relative(root, resolve(root, dirname(file), target)).split('/')[0] ?? '';
		return to !== from && to !== 'package.json' && !allowed[from]?.includes(to);
	});
	assert.deepEqual(wrong, []);
});

test('shared has no I/O: no module of Node is imported there', () => {
	assert.deepEqual(
		imports.filter(
			({file, target}) =>
				file.startsWith('shared/') &&
				(target.startsWith('node:') || ['execa', 'undici', 'fastify', 'react', 'ink'].includes(target)),
		),
		[],
	);
});

test('the environment is read in the four configuration modules only', () => {
	const readers = sources
		.filter(file => /process\.env|process\.argv/.test(readFileSync(join(root, file), 'utf8')))
		.filter(file => !/(^|\/)(main|config|release-main)\.tsx?$/.test(file));
	assert.deepEqual(readers, []);
});
