import {mkdirSync} from 'node:fs';
import {dirname} from 'node:path';
import {DatabaseSync} from 'node:sqlite';
import * as z from 'zod';
import type {Instant} from '../../shared/facts/fact.ts';
import {checkResults} from '../../shared/operations/check.ts';
import {
	type OperationId,
	OperationKind,
	type OperationState,
	operationKinds,
	operationStates,
	phases,
	type StepState,
} from '../../shared/operations/operation.ts';
import {type Problem, problemCodes} from '../../shared/problem.ts';
import type {RecordKey, Records} from '../operations/step.ts';

/** One operation as it stands on disk. */
export type JournalEntry = {
	readonly id: OperationId;
	readonly kind: OperationKind;
	readonly input: unknown;
	readonly state: OperationState;
	readonly startedAt: Instant;
	readonly endedAt?: Instant;
	readonly problem?: Problem;
	readonly dismissed: boolean;
	/** Step states by id, in the order they were first written. */
	readonly steps: ReadonlyMap<string, StepState>;
};

export type Activity = {
	readonly at: Instant;
	readonly mark: 'good' | 'working' | 'waiting' | 'attention' | 'failed' | 'unknown';
	readonly source: string;
	readonly text: string;
};

/** What the engine remembers. Every write is on disk when the call returns (WAL, synchronous=FULL). */
export type Journal = Records &
	Disposable & {
		readonly begin: (entry: {id: OperationId; kind: OperationKind; input: unknown; startedAt: Instant}) => void;
		readonly step: (id: OperationId, step: string, state: StepState) => void;
		readonly state: (id: OperationId, state: OperationState, at: Instant, problem?: Problem) => void;
		readonly dismiss: (id: OperationId) => void;
		/** The operations, newest first; only those of these kinds. */
		readonly list: (limit: number, kinds?: readonly OperationKind[]) => readonly JournalEntry[];
		readonly activity: (entry: Activity) => void;
		/** Newest last. */
		readonly activities: (limit: number) => readonly Activity[];
	};

const ProblemRow = z.object({
	code: z.enum(problemCodes),
	what: z.string(),
	why: z.string().optional(),
	next: z.string(),
	detail: z.string().optional(),
	field: z.string().optional(),
	retry: z.enum(['safe', 'after-fix', 'never']).optional(),
});
const StepRow = z.discriminatedUnion('is', [
	z.object({is: z.literal('waiting')}),
	z.object({is: z.literal('running'), since: z.number(), attempt: z.number()}),
	z.object({is: z.literal('done'), since: z.number(), until: z.number(), already: z.boolean()}),
	z.object({is: z.literal('failed'), since: z.number(), until: z.number(), attempt: z.number(), problem: ProblemRow}),
	z.object({is: z.literal('interrupted'), since: z.number(), attempt: z.number()}),
]);
/** The preflight's results, as the record `checks` holds them. */
export const CheckRows = z.array(
	z.object({
		id: z.string(),
		title: z.string(),
		phase: z.enum(phases),
		found: z.string(),
		needed: z.string(),
		result: z.enum(checkResults),
		at: z.number().optional(),
		problem: ProblemRow.optional(),
	}),
);
const OperationRow = z.object({
	id: z.string(),
	kind: OperationKind,
	input: z.string(),
	state: z.enum(operationStates),
	started: z.number(),
	ended: z.number().nullable(),
	problem: z.string().nullable(),
	dismissed: z.number(),
});
const ActivityRow = z.object({
	at: z.number(),
	mark: z.enum(['good', 'working', 'waiting', 'attention', 'failed', 'unknown']),
	source: z.string(),
	text: z.string(),
});

/** Kept so that the file stays small on a machine that runs for years. */
const keptActivities = 500;
const keptOperations = 200;

/** Opens or makes the journal; throws when the disk refuses, since an engine that cannot remember must not act. */
export function openJournal(file: string): Journal {
	if (file !== ':memory:') mkdirSync(dirname(file), {recursive: true, mode: 0o700});
	const db = new DatabaseSync(file);
	db.exec(`
		PRAGMA journal_mode = WAL;
		PRAGMA synchronous = FULL;
		CREATE TABLE IF NOT EXISTS operations (id TEXT PRIMARY KEY, kind TEXT NOT NULL, input TEXT NOT NULL, state TEXT NOT NULL, started INTEGER NOT NULL, ended INTEGER, problem TEXT, dismissed INTEGER NOT NULL DEFAULT 0) STRICT;
		CREATE TABLE IF NOT EXISTS steps (operation TEXT NOT NULL, step TEXT NOT NULL, state TEXT NOT NULL, PRIMARY KEY (operation, step)) STRICT;
		CREATE TABLE IF NOT EXISTS records (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
		CREATE TABLE IF NOT EXISTS activity (id INTEGER PRIMARY KEY, at INTEGER NOT NULL, mark TEXT NOT NULL, source TEXT NOT NULL, text TEXT NOT NULL) STRICT;
	`);
	const sql = {
		begin: db.prepare('INSERT INTO operations (id, kind, input, state, started) VALUES (?, ?, ?, ?, ?)'),
		step: db.prepare(
			'INSERT INTO steps (operation, step, state) VALUES (?, ?, ?) ON CONFLICT (operation, step) DO UPDATE SET state = excluded.state',
		),
		state: db.prepare('UPDATE operations SET state = ?, ended = ?, problem = ? WHERE id = ?'),
		dismiss: db.prepare('UPDATE operations SET dismissed = 1 WHERE id = ?'),
		list: db.prepare(
			'SELECT * FROM operations WHERE kind IN (SELECT value FROM json_each(?)) ORDER BY started DESC, rowid DESC LIMIT ?',
		),
		steps: db.prepare('SELECT step, state FROM steps WHERE operation = ? ORDER BY rowid'),
		prune: db.prepare(
			'DELETE FROM operations WHERE rowid NOT IN (SELECT rowid FROM operations ORDER BY started DESC LIMIT ?)',
		),
		pruneSteps: db.prepare('DELETE FROM steps WHERE operation NOT IN (SELECT id FROM operations)'),
		get: db.prepare('SELECT value FROM records WHERE key = ?'),
		set: db.prepare(
			'INSERT INTO records (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value',
		),
		activity: db.prepare('INSERT INTO activity (at, mark, source, text) VALUES (?, ?, ?, ?)'),
		pruneActivity: db.prepare('DELETE FROM activity WHERE id <= (SELECT max(id) FROM activity) - ?'),
		activities: db.prepare('SELECT at, mark, source, text FROM activity ORDER BY id DESC LIMIT ?'),
	};
	const entry = (raw: unknown): JournalEntry => {
		const row = OperationRow.parse(raw);
		const steps = z.array(z.object({step: z.string(), state: z.string()})).parse(sql.steps.all(row.id));
		return {
			id: row.id as OperationId,
			kind: row.kind,
			input: JSON.parse(row.input),
			state: row.state,
			startedAt: row.started,
			dismissed: row.dismissed === 1,
			steps: new Map(steps.map(({step, state}) => [step, StepRow.parse(JSON.parse(state))])),
			...(row.ended !== null && {endedAt: row.ended}),
			...(row.problem !== null && {problem: ProblemRow.parse(JSON.parse(row.problem))}),
		};
	};
	const ended = (state: OperationState) => state === 'succeeded' || state === 'cancelled' || state === 'failed';
	return {
		begin: ({id, kind, input, startedAt}) => {
			sql.begin.run(id, kind, JSON.stringify(input), 'running', startedAt);
			sql.prune.run(keptOperations);
			sql.pruneSteps.run();
		},
		step: (id, step, state) => void sql.step.run(id, step, JSON.stringify(state)),
		state: (id, state, at, problem) =>
			void sql.state.run(state, ended(state) ? at : null, problem ? JSON.stringify(problem) : null, id),
		dismiss: id => void sql.dismiss.run(id),
		list: (limit, kinds = operationKinds) => sql.list.all(JSON.stringify(kinds), limit).map(entry),
		get: (key: RecordKey) => {
			const row = sql.get.get(key);
			return row === undefined ? undefined : JSON.parse(z.object({value: z.string()}).parse(row).value);
		},
		set: (key: RecordKey, value: unknown) => void sql.set.run(key, JSON.stringify(value)),
		activity: ({at, mark, source, text}) => {
			sql.activity.run(at, mark, source, text);
			sql.pruneActivity.run(keptActivities);
		},
		activities: limit =>
			sql.activities
				.all(limit)
				.map(row => ActivityRow.parse(row))
				.reverse(),
		[Symbol.dispose]: () => db.close(),
	};
}
