import assert from 'node:assert/strict';
import {globSync, readFileSync} from 'node:fs';
import {join} from 'node:path';
import {test} from 'node:test';
import {commands} from '../../../tui/cli/commands.ts';

const root = join(import.meta.dirname, '../../..');
/** What the launcher starts itself, beside the command line. */
const programs = new Set(['engine', 'gateway', 'console', 'release']);
/** `alga-appliance` as the name of a package, a user or a folder is followed by such words. */
const prose = new Set([
	'package',
	'program',
	'is',
	'and',
	'or',
	'from',
	'group',
	'engine',
	'user',
	'unit',
	'again',
	'sudo',
]);

test('every command that a screen, a message or a document names is one the command line knows, with its options', () => {
	const files = ['shared', 'tui', 'server', 'docs', 'systemd-units'].flatMap(folder =>
		globSync(`${folder}/**/*.{ts,tsx,md,issue}`, {cwd: root}),
	);
	let named = 0;
	for (const file of [...files, 'README.md'])
		for (const [text, name = '', options = ''] of readFileSync(join(root, file), 'utf8').matchAll(
			/(?<![\w/.-])alga-appliance ([a-z][a-z-]+)((?: (?:\{component\}|[a-zA-Z.$/-]+))*)/g,
		)) {
			if (programs.has(name) || prose.has(name)) continue;
			const command = commands.find(one => one.name === name);
			assert.ok(command, `${file} names "${text}", and there is no such command`);
			named++;
			const known = [command.usage, ...command.help].join('\n');
			for (const [option] of options.matchAll(/(?<= )--[a-z-]+/g))
				assert.ok(
					option === '--help' || known.includes(option),
					`${file} names "${text}", and ${name} has no ${option}`,
				);
		}
	assert.ok(named > 40, `only ${named} were found`);
});
