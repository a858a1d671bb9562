import type {LogLine} from '../../shared/api/routes.ts';

export type Severity = LogLine['severity'];

/** Longest text of a line that is shown, bytes; the rest is counted. */
export const maxTextBytes = 4096;

/** Escape sequences (ECMA-48: CSI, OSC and the two-byte ones), then every other control and direction override. */
const escapes =
	/\u001b(?:\[[0-?]*[ -/]*[@-~]|\][^\u0007\u001b]*(?:\u0007|\u001b\\)?|[PX^_][^\u001b]*(?:\u001b\\)?|[ -/]*[0-~])/gu;
const controls = /[\u0000-\u001f\u007f-\u009f\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff]/gu;
const anyControl = /[\u0000-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/u;

/** Text that cannot steer a terminal or a page, whatever bytes the program wrote. */
export function clean(text: string): string {
	if (!anyControl.test(text)) return text;
	return text.replace(escapes, '').replaceAll('\t', '  ').replace(controls, '');
}

const levels: Readonly<Record<string, Severity>> = {
	trace: 'debug',
	debug: 'debug',
	dbg: 'debug',
	info: 'info',
	notice: 'info',
	log: 'info',
	warn: 'warning',
	warning: 'warning',
	wrn: 'warning',
	error: 'error',
	err: 'error',
	eror: 'error',
	fatal: 'error',
	panic: 'error',
	critical: 'error',
	crit: 'error',
	alert: 'error',
	emerg: 'error',
};
const klog: Readonly<Record<string, Severity>> = {D: 'debug', I: 'info', W: 'warning', E: 'error', F: 'error'};
/** `"level":"error"`, `level=error`, `severity: WARN`; pino writes numbers. */
const field = /["']?\b(?:level|lvl|severity)["']?\s*[=:]\s*["']?(\w+)/iu;
/** A level standing alone near the beginning: `2026-01-01 ERROR …`, `[warn]`, `LOG:  …`. */
const standing =
	/(?:^|[\s[(|<])(TRACE|DEBUG|INFO|NOTICE|WARN(?:ING)?|ERR(?:OR)?|FATAL|PANIC|CRIT(?:ICAL)?)(?=$|[\s\]):|>,])/iu;
const named = /\b(?:[A-Z]\w*(?:Error|Exception)|Traceback|panic)\b:?/u;

/** What a line says of its own severity. A guess for colour and filter; nothing is judged by it. */
export function severityOf(text: string): Severity {
	const head = text.slice(0, 300);
	const [, letter] = /^([DIWEF])\d{4} \d\d:\d\d:\d\d/u.exec(head) ?? [];
	if (letter !== undefined) return klog[letter] ?? 'info';
	const [, level] = field.exec(head) ?? [];
	if (level !== undefined) return ofNumber(level) ?? levels[level.toLowerCase()] ?? 'info';
	const [, word] = standing.exec(head.slice(0, 120)) ?? [];
	if (word !== undefined) return levels[word.toLowerCase()] ?? 'info';
	return named.test(head.slice(0, 200)) ? 'error' : 'info';
}

/** Levels of pino and bunyan: 20 debug, 30 info, 40 warn, 50 error, 60 fatal. */
function ofNumber(level: string): Severity | undefined {
	if (!/^\d{2}$/u.test(level)) return undefined;
	const value = Number(level);
	return value >= 50 ? 'error' : value >= 40 ? 'warning' : value >= 30 ? 'info' : 'debug';
}

const ranks = {debug: 0, info: 1, warning: 2, error: 3} as const;

/** What a reader asked to see. */
export type Wanted = {readonly filter?: string | undefined; readonly severity: 'all' | 'warning' | 'error'};

export function matcher({filter, severity}: Wanted): (line: LogLine) => boolean {
	const sought = filter?.toLowerCase() ?? '';
	const least = severity === 'all' ? 0 : ranks[severity];
	return line => ranks[line.severity] >= least && (sought === '' || line.text.toLowerCase().includes(sought));
}
