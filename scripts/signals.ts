/**
 * Scores diagnosis over a file of signals with known causes: `npm run signals -- [FILE] [--seed N] [--as-is]`.
 * Names, hashes and addresses are replaced first, so that only the mechanism can be recognised; the seed is printed.
 */
import {readFile} from 'node:fs/promises';
import {fileURLToPath} from 'node:url';
import {parseArgs} from 'node:util';
import {CaseFile} from '../test/signals/cases.ts';
import {score} from '../test/signals/score.ts';

const {values, positionals} = parseArgs({
	allowPositionals: true,
	options: {seed: {type: 'string'}, 'as-is': {type: 'boolean', default: false}},
});
const usual = fileURLToPath(new URL('../../shared/reference/signals.json', import.meta.url));
const path = positionals[0] ?? usual;

let content: string;
try {
	content = await readFile(path, 'utf8');
} catch (error) {
	console.error(`There is no file of signals at ${path}: ${error instanceof Error ? error.message : String(error)}`);
	console.error('Name one: npm run signals -- FILE');
	process.exit(2);
}

const file = CaseFile.parse(JSON.parse(content));
const seed = values['as-is'] ? undefined : Number(values.seed ?? Math.floor(Math.random() * 1e9));
const {right, misses, falseAlarms} = score(file, seed);

console.log(`${path}: ${file.signals.length} signals, ${file.benign.length} benign, ${file.compound.length} compound`);
console.log(seed === undefined ? 'Names as they are.' : `Names, hashes and addresses replaced; seed ${seed}.`);
for (const [what, [good, of]] of Object.entries(right))
	console.log(
		`${what.padEnd(28)} ${String(good).padStart(4)} of ${String(of).padStart(4)}  ${((100 * good) / of).toFixed(1)} %`,
	);
console.log(`False alarms on benign cases: ${falseAlarms}`);
for (const miss of misses) console.log(`  ${miss}`);
process.exitCode = misses.length === 0 ? 0 : 1;
