import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {globSync} from 'node:fs';

/**
 * Runs every test. What needs a machine of its own or most of this one (`.cluster`, `.vm`, `.pty`, Chromium) runs after
 * the rest, one file at a time: two such at once make each other late.
 */
const heavy = /\.(cluster|vm|pty)\.test\.ts$|^test\/e2e\//;
const all = globSync('test/**/*.test.ts').sort();
const wanted = process.argv.slice(2);
const files = wanted.length === 0 ? all : all.filter(file => wanted.some(word => file.includes(word)));
const light = files.filter(file => !heavy.test(file));

let failed = false;
for (const [title, group, concurrency] of [
	['quick', light, 2],
	['with machines', files.filter(file => heavy.test(file)), 1],
] as const) {
	if (group.length === 0) continue;
	console.log(`${title}: ${group.length} files`);
	const run = spawn(
		process.execPath,
		[
			'--test',
			`--test-concurrency=${concurrency}`,
			'--test-timeout=600000',
			'--import',
			'./test/harness/tsx.ts',
			'--test-reporter=./test/harness/reporter.ts',
			...group,
		],
		{stdio: ['ignore', 'inherit', 'inherit']},
	);
	const [code] = await once(run, 'exit');
	if (code !== 0) failed = true;
}
process.exit(failed ? 1 : 0);
