import {type ChildProcess, spawn} from 'node:child_process';
import {once} from 'node:events';
import * as z from 'zod';
import type {LogLine, LogPage, LogQuery} from '../../shared/api/routes.ts';
import {fail, ok, type Result} from '../../shared/problem.ts';
import {linesOf} from '../cluster/lines.ts';
import {clean, matcher, maxTextBytes, type Severity, severityOf} from './clean.ts';
import {decode, encode} from './cursor.ts';

/** `unit` of systemd, or the kernel's own messages. */
export type Journal = {readonly journalctl: string; readonly unit: string};

const deadlineMs = 15_000;
/** A journal entry can hold a whole core dump's worth of fields; of longer ones nothing can be read. */
const maxEntryBytes = 1 << 20;
/** Lines gathered into one page of a follower. */
const gathered = {lines: 1000, ms: 50};

const Cursor = z.object({j: z.string().min(1).max(500)});
/** A message that is not text comes as a list of byte values (systemd.io, "Journal Export Formats"). */
const Message = z.union([
	z.string(),
	z.array(z.int().min(0).max(255)).transform(bytes => Buffer.from(bytes).toString('utf8')),
	z.null().transform(() => ''),
]);
const Entry = z.object({
	__CURSOR: z.string(),
	__REALTIME_TIMESTAMP: z.string().transform(Number),
	MESSAGE: Message.optional(),
	PRIORITY: z.string().optional(),
});
type Found = {readonly cursor: string; readonly line: LogLine};

/** A window of the journal. The journal is asked for matching severities only; the words are matched here. */
export async function pageOfJournal(journal: Journal, query: LogQuery): Promise<Result<LogPage>> {
	const from = query.cursor === undefined ? undefined : Cursor.safeParse(decode(query.cursor));
	if (from?.success === false)
		return fail({
			code: 'input.invalid',
			field: 'cursor',
			what: 'The place in the log that was asked for is not one this program gave.',
			next: 'Open the log again.',
		});
	const after = from?.data.j;
	const older = query.direction === 'older' && query.at === undefined && query.from !== 'first';
	const args = [
		...scope(journal),
		...(older ? ['--reverse'] : []),
		...(after === undefined ? [] : [`--after-cursor=${after}`]),
		...(after === undefined && query.at !== undefined ? [`--since=@${Math.floor(query.at / 1000)}`] : []),
	];
	const found = await read(journal, args, query);
	if (!found.ok) return found;
	const entries = older ? found.value.entries.reverse() : found.value.entries;
	const [first, last] = [entries[0], entries.at(-1)];
	// At the beginning or end nothing was left to read; a window without lines stays where it was.
	const atBeginning = older ? !found.value.more : after === undefined && query.at === undefined;
	const before = older ? (found.value.reached ?? after) : (first?.cursor ?? after);
	const newer = last?.cursor ?? after ?? (older ? undefined : found.value.reached);
	return ok({
		lines: entries.map(each => each.line),
		...(!atBeginning && before !== undefined && {older: encode({j: before})}),
		newer: newer === undefined ? '' : encode({j: newer}),
		dropped: found.value.dropped,
	});
}

/** New lines of the journal, gathered, until aborted. */
export async function* followJournal(
	journal: Journal,
	cursor: string | undefined,
	signal: AbortSignal,
): AsyncGenerator<LogPage, void, undefined> {
	const from = Cursor.safeParse(cursor === undefined ? undefined : decode(cursor)).data?.j;
	using child = start(
		journal,
		[
			...scope(journal),
			'--follow',
			...(from === undefined ? ['--lines=200'] : [`--after-cursor=${from}`, '--no-tail']),
		],
		signal,
	);
	const lines: LogLine[] = [];
	let newest = from;
	let dropped = 0;
	let waiting: (() => void) | undefined;
	let ended = false;
	// Read beside the consumer: a slow one gets larger pages, and beyond a bound lines are counted, not kept.
	const reading = (async () => {
		for await (const raw of linesOf(child.stdout, maxEntryBytes)) {
			const entry = raw.cut ? undefined : entryOf(raw.text);
			if (entry === undefined || lines.length >= gathered.lines * 20) dropped++;
			else {
				lines.push(entry.line);
				newest = entry.cursor;
			}
			waiting?.();
		}
	})().finally(() => {
		ended = true;
		waiting?.();
	});
	while (!signal.aborted && !(ended && lines.length === 0)) {
		if (lines.length === 0 && dropped === 0) {
			await new Promise<void>(resolve => {
				waiting = resolve;
			});
			waiting = undefined;
			continue;
		}
		const page = lines.splice(0, gathered.lines);
		const lost = dropped;
		dropped = 0;
		if (page.length > 0 || lost > 0)
			yield {lines: page, newer: newest === undefined ? '' : encode({j: newest}), dropped: lost};
	}
	await reading;
}

const scope = ({unit}: Journal): readonly string[] =>
	unit === 'kernel' ? ['--dmesg', '--boot=all'] : [`--unit=${unit}`];

type Read = {
	readonly entries: Found[];
	readonly more: boolean;
	readonly reached: string | undefined;
	readonly dropped: number;
};

async function read(journal: Journal, args: readonly string[], query: LogQuery): Promise<Result<Read>> {
	const stop = new AbortController();
	const deadline = AbortSignal.timeout(deadlineMs);
	using child = start(journal, args, AbortSignal.any([stop.signal, deadline]));
	const matches = matcher(query);
	const entries: Found[] = [];
	let reached: string | undefined;
	let dropped = 0;
	let more = false;
	for await (const raw of linesOf(child.stdout, maxEntryBytes)) {
		if (!raw.ended) break;
		if (entries.length >= query.limit) {
			more = true;
			break;
		}
		const entry = raw.cut ? undefined : entryOf(raw.text);
		if (entry === undefined) {
			dropped++;
			continue;
		}
		reached = entry.cursor;
		if (matches(entry.line)) entries.push(entry);
	}
	// A rare word in a long journal: what was found by now, and a cursor to go on from.
	more ||= deadline.aborted && reached !== undefined;
	if (more) stop.abort();
	const code = await child.done;
	if (!more && code !== 0 && entries.length === 0)
		return fail({
			code: code === undefined ? 'command.missing' : 'command.failed',
			what: `The system journal of ${journal.unit} cannot be read.`,
			next: `Try on the machine: journalctl -u ${journal.unit}`,
			detail: child.said(),
			retry: 'safe',
		});
	return ok({entries, more, reached, dropped});
}

function entryOf(json: string): Found | undefined {
	const parsed = Entry.safeParse(parse(json));
	if (!parsed.success) return undefined;
	const {MESSAGE = '', PRIORITY, __CURSOR: cursor, __REALTIME_TIMESTAMP: microseconds} = parsed.data;
	const shown = MESSAGE.length > maxTextBytes ? MESSAGE.slice(0, maxTextBytes) : MESSAGE;
	const text = clean(shown);
	const said = severityOf(text);
	// Programs that write to stdout are all "info" to the journal: then their own words count.
	const given = priorities[Number(PRIORITY ?? 6)] ?? 'info';
	return {
		cursor,
		line: {
			at: Math.floor(microseconds / 1000),
			severity: given === 'info' ? said : given,
			text,
			cut: MESSAGE.length - shown.length,
		},
	};
}

/** syslog's numbers (RFC 5424): 0-3 error, 4 warning, 5-6 info, 7 debug. */
const priorities: readonly Severity[] = ['error', 'error', 'error', 'error', 'warning', 'info', 'info', 'debug'];

function parse(json: string): unknown {
	try {
		return JSON.parse(json);
	} catch {
		// A line that is no entry is counted as dropped.
		return undefined;
	}
}

type Reader = Disposable & {
	readonly stdout: AsyncIterable<Uint8Array>;
	/** Exit code; undefined when it could not be started or was ended by us. */
	readonly done: Promise<number | undefined>;
	/** Its last words on stderr. */
	readonly said: () => string;
};

function start(journal: Journal, args: readonly string[], signal: AbortSignal): Reader {
	const child: ChildProcess = spawn(journal.journalctl, ['--output=json', '--no-pager', '--quiet', '--all', ...args], {
		stdio: ['ignore', 'pipe', 'pipe'],
		signal,
	});
	let words = '';
	child.stderr?.on('data', (chunk: Buffer) => {
		words = (words + chunk.toString('utf8')).slice(-2000);
	});
	const done = once(child, 'close').then(
		([code]) => (typeof code === 'number' ? code : undefined),
		() => undefined,
	);
	return {
		stdout: readable(child),
		done,
		said: () => words,
		[Symbol.dispose]: () => void child.kill(),
	};
}

async function* readable(child: ChildProcess): AsyncGenerator<Uint8Array, void, undefined> {
	if (child.stdout === null) return;
	try {
		for await (const chunk of child.stdout) yield chunk;
	} catch {
		// Ended by us or never started; `done` tells.
	}
}
