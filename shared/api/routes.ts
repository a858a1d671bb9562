import * as z from 'zod';
import {OperationAction, OperationKind} from '../operations/operation.ts';
import {ProblemView, StatusDocument, View} from '../view/view.ts';

/**
 * Which socket a route answers on: the console's (also the CLI's) or the gateway's, which knows fewer. `root` serves what
 * the console's does, but only root may connect, so it asks for no password.
 */
export type Door = 'console' | 'gateway' | 'root';
const both = ['console', 'gateway'] as const;

export type Route = {
	readonly method: 'GET' | 'POST' | 'PUT';
	/** Path with `:name` parameters. */
	readonly path: string;
	readonly doors: readonly Door[];
	readonly summary: string;
	/** `stream`: answers with server-sent events of `response`; `file`: with bytes to be kept. */
	readonly kind: 'json' | 'stream' | 'file';
	readonly query?: z.ZodType;
	readonly body?: z.ZodType;
	readonly response: z.ZodType;
};

export const Snapshot = z.object({revision: z.number(), view: View});
export type Snapshot = z.infer<typeof Snapshot>;
export const Sections = z.object({revision: z.number(), sections: View.partial()});
export type Sections = z.infer<typeof Sections>;
/** What the view stream sends: `view` on connect (or when the revision asked for is not the last), then `sections`. */
export const StreamEvent = z.discriminatedUnion('event', [
	z.object({event: z.literal('view'), data: Snapshot}),
	z.object({event: z.literal('sections'), data: Sections}),
	/** The engine's clock: ages are told by it, since a laptop's may be wrong. */
	z.object({event: z.literal('time'), data: z.object({now: z.number()})}),
]);
export type StreamEvent = z.infer<typeof StreamEvent>;

/** The body of every answer that is not 2xx. */
export const ErrorBody = z.object({problem: ProblemView});

export const OperationRequest = z.object({
	kind: OperationKind,
	/** Setup: {values, accept}. Update: {version, at?}. Fix: {blocker, fix}. Power: {action, phrase}. Network: {…}. */
	input: z.record(z.string(), z.unknown()).default({}),
});
export type OperationRequest = z.infer<typeof OperationRequest>;

export const SetupInput = z.object({
	/** Form values by field, secrets included; checked by shared/setup/form.ts. */
	values: z.record(z.string(), z.string()),
	/** Ids of preflight checks whose warning the technician accepts. */
	accept: z.array(z.string()).default([]),
});

/** `true` or `false` as it stands in a query; coercing would read "false" as true. */
const flag = z.union([z.boolean(), z.stringbool()]).default(false);

export const LogQuery = z.object({
	/** Opaque; from an earlier answer. Absent: the newest lines. */
	cursor: z.string().optional(),
	direction: z.enum(['older', 'newer']).default('older'),
	limit: z.coerce.number().int().min(1).max(500).default(200),
	filter: z.string().max(200).optional(),
	severity: z.enum(['all', 'warning', 'error']).default('all'),
	/** `first`: from the very beginning. */
	from: z.enum(['end', 'first']).default('end'),
	previous: flag,
	/** Jump to this time, milliseconds since the epoch. */
	at: z.coerce.number().optional(),
});
export type LogQuery = z.infer<typeof LogQuery>;

export const LogLine = z.object({
	at: z.number().optional(),
	severity: z.enum(['debug', 'info', 'warning', 'error']),
	text: z.string(),
	cut: z.number().default(0),
});
export type LogLine = z.infer<typeof LogLine>;
export const LogPage = z.object({
	lines: z.array(LogLine),
	/** Cursor before the first line; absent when it is the log's first. */
	older: z.string().optional(),
	/** Cursor after the last line; always present: more may come. */
	newer: z.string(),
	/** Lines that could not be kept. */
	dropped: z.number().default(0),
});
export type LogPage = z.infer<typeof LogPage>;

/** Every route there is. Engine, gateway, console, page and CLI know of no other. */
export const routes = {
	view: {
		method: 'GET',
		path: '/v1/view',
		doors: both,
		kind: 'json',
		summary: 'Everything the surfaces show, now.',
		response: Snapshot,
	},
	events: {
		method: 'GET',
		path: '/v1/events',
		doors: both,
		kind: 'stream',
		summary: 'The view, then its sections as they change.',
		query: z.object({after: z.coerce.number().optional()}),
		response: StreamEvent,
	},
	status: {
		method: 'GET',
		path: '/api/status',
		doors: both,
		kind: 'json',
		summary: 'The status document.',
		response: StatusDocument,
	},
	start: {
		method: 'POST',
		path: '/v1/operations',
		doors: both,
		kind: 'json',
		summary: 'Starts an operation. 409 names the one that runs.',
		body: OperationRequest,
		response: z.object({id: z.string()}),
	},
	act: {
		method: 'POST',
		path: '/v1/operations/:id/:action',
		doors: both,
		kind: 'json',
		summary: `${OperationAction.options.join(', ')}: what may be done with an operation now.`,
		body: z.object({secrets: z.record(z.string(), z.string()).default({})}),
		response: z.object({id: z.string()}),
	},
	draft: {
		method: 'PUT',
		path: '/v1/setup/draft',
		doors: both,
		kind: 'json',
		summary: 'Keeps answers without secrets; answers what is wrong with them.',
		body: z.object({values: z.record(z.string(), z.string())}),
		response: z.object({draft: z.record(z.string(), z.string()), problems: z.record(z.string(), z.string())}),
	},
	logs: {
		method: 'GET',
		path: '/v1/logs/:source',
		doors: both,
		kind: 'json',
		summary: 'A window of a log.',
		query: LogQuery,
		response: LogPage,
	},
	follow: {
		method: 'GET',
		path: '/v1/logs/:source/follow',
		doors: both,
		kind: 'stream',
		summary: 'New lines of a log as they come.',
		query: z.object({cursor: z.string().optional(), previous: flag}),
		response: LogPage,
	},
	picture: {
		method: 'POST',
		path: '/v1/pictures',
		doors: ['console'],
		kind: 'json',
		summary: 'Keeps a picture of a console’s screen beside the support bundles; answers its place.',
		body: z.object({text: z.string().max(200_000), svg: z.string().max(2_000_000)}),
		response: z.object({file: z.string()}),
	},
	bundle: {
		method: 'GET',
		path: '/v1/bundles/:name',
		doors: both,
		kind: 'file',
		summary: 'A support bundle, as a file.',
		response: z.unknown(),
	},
	claim: {
		method: 'POST',
		path: '/v1/access/claim',
		doors: ['gateway'],
		kind: 'json',
		summary: 'Trades the one-time setup token for a management password.',
		body: z.object({token: z.string().max(200), passwordHash: z.string().max(500)}),
		response: z.object({epoch: z.number()}),
	},
	credential: {
		method: 'GET',
		path: '/v1/access/credential',
		doors: ['gateway'],
		kind: 'json',
		summary: 'What the gateway checks passwords against; sessions of an older epoch are over.',
		response: z.object({
			epoch: z.number(),
			passwordHash: z.string().optional(),
			statusTokenHash: z.string().optional(),
		}),
	},
	resetAccess: {
		method: 'POST',
		path: '/v1/access/reset',
		doors: ['console'],
		kind: 'json',
		summary: 'Forgets the management password, ends all sessions, makes a new setup token.',
		response: z.object({epoch: z.number()}),
	},
	unlock: {
		method: 'POST',
		path: '/v1/console/unlock',
		doors: ['console'],
		kind: 'json',
		summary: 'Trades the console password for a session, sent as x-console-session from then on.',
		body: z.object({password: z.string().max(200)}),
		response: z.object({session: z.string()}),
	},
	keepUnlocked: {
		method: 'POST',
		path: '/v1/console/keep-unlocked',
		doors: ['console'],
		kind: 'json',
		summary: 'Somebody is at the console: its session goes on.',
		response: z.object({}),
	},
	lock: {
		method: 'POST',
		path: '/v1/console/lock',
		doors: ['console'],
		kind: 'json',
		summary: 'Ends the console’s session.',
		response: z.object({}),
	},
	consoleLock: {
		method: 'PUT',
		path: '/v1/console/password',
		doors: ['console'],
		kind: 'json',
		summary: 'Whether consoles ask for a password (off, on, lockdown), and which.',
		body: z.object({mode: z.enum(['off', 'on', 'lockdown']), password: z.string().max(200).optional()}),
		response: z.object({}),
	},
	statusToken: {
		method: 'POST',
		path: '/v1/access/status-token',
		doors: ['console'],
		kind: 'json',
		summary: 'Makes a new read-only status token; shown once.',
		response: z.object({token: z.string()}),
	},
	certificate: {
		method: 'PUT',
		path: '/v1/access/certificate',
		doors: ['gateway'],
		kind: 'json',
		summary: 'The gateway tells the fingerprint of its own certificate.',
		body: z.object({fingerprint: z.string().max(120)}),
		response: z.object({}),
	},
} as const satisfies Record<string, Route>;

export type RouteName = keyof typeof routes;
export type QueryOf<N extends RouteName> = (typeof routes)[N] extends {query: z.ZodType}
	? z.input<(typeof routes)[N]['query']>
	: undefined;
export type BodyOf<N extends RouteName> = (typeof routes)[N] extends {body: z.ZodType}
	? z.input<(typeof routes)[N]['body']>
	: undefined;
export type ResponseOf<N extends RouteName> = z.output<(typeof routes)[N]['response']>;
