/** 1.8 GB: powers of 1024 under the names that technicians use. */
export function bytes(count: number): string {
	const units = ['B', 'KB', 'MB', 'GB', 'TB'];
	let value = count;
	let unit = 0;
	while (value >= 1000 && unit < units.length - 1) {
		value /= 1024;
		unit++;
	}
	return `${unit === 0 || value >= 100 ? Math.round(value) : value.toFixed(1).replace(/\.0$/, '')} ${units[unit] ?? 'TB'}`;
}

/** 12 s, 4m10s, 3h05m, 2d04h: two units, never more. */
export function duration(ms: number): string {
	const seconds = Math.max(0, Math.floor(ms / 1000));
	if (seconds < 60) return `${seconds} s`;
	if (seconds < 3600) return `${Math.floor(seconds / 60)}m${pad(seconds % 60)}s`;
	if (seconds < 86_400) return `${Math.floor(seconds / 3600)}h${pad(Math.floor((seconds % 3600) / 60))}m`;
	return `${Math.floor(seconds / 86_400)}d${pad(Math.floor((seconds % 86_400) / 3600))}h`;
}

/** 0:09, 12:41, 1:02:03: a running clock. */
export function stopwatch(ms: number): string {
	const seconds = Math.max(0, Math.floor(ms / 1000));
	const hours = Math.floor(seconds / 3600);
	const rest = `${hours > 0 ? pad(Math.floor((seconds % 3600) / 60)) : Math.floor(seconds / 60)}:${pad(seconds % 60)}`;
	return hours > 0 ? `${hours}:${rest}` : rest;
}

const pad = (value: number) => String(value).padStart(2, '0');
