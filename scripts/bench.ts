import {readdirSync} from 'node:fs';
import * as z from 'zod';
import {type Row, table} from './bench/row.ts';

/** Runs every benchmark of `scripts/bench`, or those named: npm run bench -- terminal logs. Ratios of one run, not times to compare between machines. */
const wanted = process.argv.slice(2);
const names = readdirSync(new URL('./bench', import.meta.url)).map(file => file.replace(/\.ts$/, ''));
const Benchmark = z.object({bench: z.custom<() => Promise<readonly Row[]>>(value => typeof value === 'function')});
for (const name of names) {
	if (wanted.length > 0 && !wanted.includes(name)) continue;
	const found = Benchmark.safeParse(await import(`./bench/${name}.ts`));
	// Parts of a benchmark lie beside it and have none of their own.
	if (found.success) console.log(`${table(name, await found.data.bench())}\n`);
}
