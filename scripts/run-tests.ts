import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {globSync} from 'node:fs';
import {createInterface} from 'node:readline';

/**
 * Runs every test. What needs a machine of its own or most of this one (`.cluster`, `.vm`, `.pty`, end to end) runs after
 * the rest, one file at a time: two such at once make each other late.
 */
const heavy = /\.(cluster|vm|pty)\.test\.ts$|^test\/e2e\//;
const wanted = process.argv.slice(2);
const all = globSync('test/**/*.test.ts').sort();
const files = wanted.length === 0 ? all : all.filter(file => wanted.some(word => file.includes(word)));

let failed = [
	...(await run(
		'quick',
		files.filter(file => !heavy.test(file)),
		2,
	)),
	...(await run(
		'with machines',
		files.filter(file => heavy.test(file)),
		1,
	)),
];
if (failed.length > 0) {
	// A file that passes when it has the machine to itself was late, not wrong; it is named, so that it is not forgotten.
	console.log(`\nonce more, alone: ${failed.join(' ')}`);
	const late = failed;
	failed = await run('again', failed, 1);
	for (const file of late.filter(one => !failed.includes(one))) console.log(`passed only on its second run: ${file}`);
}
if (failed.length > 0) console.log(`\nfailed: ${failed.join(' ')}`);
process.exit(failed.length > 0 ? 1 : 0);

/** Runs these files; answers those that failed. */
async function run(title: string, group: readonly string[], concurrency: number): Promise<string[]> {
	if (group.length === 0) return [];
	console.log(`${title}: ${group.length} files`);
	const child = spawn(
		process.execPath,
		[
			'--test',
			`--test-concurrency=${concurrency}`,
			'--test-timeout=1500000',
			'--import',
			'./test/harness/tsx.ts',
			'--test-reporter=./test/harness/reporter.ts',
			...group,
		],
		{stdio: ['ignore', 'pipe', 'inherit']},
	);
	const bad: string[] = [];
	createInterface({input: child.stdout}).on('line', line => {
		console.log(line);
		const file = /^FAILED {3}(test\/\S+)/.exec(line)?.[1];
		if (file !== undefined && !bad.includes(file)) bad.push(file);
	});
	const [code] = await once(child, 'close');
	// A runner that died without naming a file has failed with all of them.
	return code === 0 ? [] : bad.length > 0 ? bad : [...group];
}
