import {readdirSync} from 'node:fs';
import {parseArgs} from 'node:util';
import * as z from 'zod';
import {type Row, table} from './bench/row.ts';

/**
 * Runs every benchmark of `scripts/bench`, or those named: npm run bench -- terminal logs. Ratios of one run, not times
 * to compare between machines. `--minutes 10` is for memory, which is watched for one minute otherwise.
 */
const {values, positionals: wanted} = parseArgs({
	allowPositionals: true,
	options: {minutes: {type: 'string', default: '1'}},
});
const options = {minutes: Number(values.minutes)};
const names = readdirSync(new URL('./bench', import.meta.url)).map(file => file.replace(/\.ts$/, ''));
const Benchmark = z.object({
	bench: z.custom<(given: typeof options) => Promise<readonly Row[]>>(value => typeof value === 'function'),
});
for (const name of names) {
	if (wanted.length > 0 && !wanted.includes(name)) continue;
	const found = Benchmark.safeParse(await import(`./bench/${name}.ts`));
	// Parts of a benchmark lie beside it and have none of their own.
	if (found.success) console.log(`${table(name, await found.data.bench(options))}\n`);
}
