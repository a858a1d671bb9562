/** One measured number; `ratio` is against the row that its name mentions. */
export type Row = {
	readonly name: string;
	readonly value: number;
	readonly unit: string;
	readonly target?: string;
	readonly ratio?: number;
};

/** The rows as a table for a terminal. */
export function table(title: string, rows: readonly Row[]): string {
	const wide = Math.max(...rows.map(row => row.name.length));
	return [
		title,
		...rows.map(
			row =>
				`  ${row.name.padEnd(wide)}  ${String(Math.round(row.value * 100) / 100).padStart(10)} ${row.unit.padEnd(6)}${row.ratio === undefined ? '' : ` ${row.ratio.toFixed(2)}x`.padEnd(9)}${row.target === undefined ? '' : `  target: ${row.target}`}`,
		),
	].join('\n');
}
