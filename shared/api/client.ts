import type * as z from 'zod';
import {fail, ok, type Problem, type Result} from '../problem.ts';
import {type BodyOf, ErrorBody, type QueryOf, type ResponseOf, type RouteName, routes} from './routes.ts';

/** One HTTP exchange over whatever carries it: a Unix socket, or the page's fetch. Rejects when there is no answer. */
export type Transport = (request: {
	method: string;
	path: string;
	body: string | undefined;
	signal: AbortSignal;
}) => Promise<{status: number; body: string}>;

/** The routes seen one by one, so that a name picks its own answer type. */
type Answers = {readonly [N in RouteName]: ResponseOf<N>};
const answers: {readonly [N in RouteName]: z.ZodType<Answers[N]>} = {
	view: routes.view.response,
	events: routes.events.response,
	status: routes.status.response,
	start: routes.start.response,
	act: routes.act.response,
	draft: routes.draft.response,
	logs: routes.logs.response,
	follow: routes.follow.response,
	picture: routes.picture.response,
	bundle: routes.bundle.response,
	claim: routes.claim.response,
	credential: routes.credential.response,
	resetAccess: routes.resetAccess.response,
	unlock: routes.unlock.response,
	keepUnlocked: routes.keepUnlocked.response,
	lock: routes.lock.response,
	consoleLock: routes.consoleLock.response,
	statusToken: routes.statusToken.response,
	certificate: routes.certificate.response,
};

type Input<N extends RouteName> = {
	readonly params?: Readonly<Record<string, string>>;
	readonly query?: QueryOf<N>;
	readonly body?: BodyOf<N>;
};

/** Calls a route by name with typed query, body and answer. */
export type Client = <N extends RouteName>(
	name: N,
	input: Input<N>,
	signal: AbortSignal,
) => Promise<Result<ResponseOf<N>>>;

/** The path of a route with parameters and query filled in. */
export function routePath(
	name: RouteName,
	params: Readonly<Record<string, string>> = {},
	query: Readonly<Record<string, unknown>> = {},
): string {
	const path = routes[name].path.replaceAll(/:(\w+)/g, (_, key: string) => encodeURIComponent(params[key] ?? ''));
	const pairs = Object.entries(query).flatMap(([key, value]) => (value === undefined ? [] : [[key, String(value)]]));
	return pairs.length === 0 ? path : `${path}?${new URLSearchParams(pairs).toString()}`;
}

/** A typed client made from a transport; every answer is parsed before it is believed. */
export function makeClient(transport: Transport): Client {
	return async <N extends RouteName>(name: N, input: Input<N>, signal: AbortSignal): Promise<Result<Answers[N]>> => {
		const route = routes[name];
		let answer: {status: number; body: string};
		try {
			answer = await transport({
				method: route.method,
				path: routePath(name, input.params, input.query ?? {}),
				body: input.body === undefined ? undefined : JSON.stringify(input.body),
				signal,
			});
		} catch (error) {
			return fail(engineAway(error instanceof Error ? error.message : String(error)));
		}
		const json = parseJson(answer.body);
		if (answer.status >= 200 && answer.status < 300) {
			const schema: z.ZodType<Answers[N]> = answers[name];
			const parsed = schema.safeParse(json);
			return parsed.success ? ok(parsed.data) : fail(strangeAnswer(parsed.error.issues[0]?.path.join('.') ?? ''));
		}
		const problem = ErrorBody.safeParse(json);
		return fail(problem.success ? problem.data.problem : strangeAnswer(`status ${answer.status}`));
	};
}

/** The engine did not answer at all. */
export const engineAway = (detail: string): Problem => ({
	code: 'engine.unreachable',
	what: 'The appliance engine does not answer.',
	why: 'It is starting, or it was stopped.',
	next: 'It is started again by itself. If this stays for a minute: journalctl -u alga-appliance',
	detail,
});

const strangeAnswer = (detail: string): Problem => ({
	code: 'answer.malformed',
	what: 'The engine answered in a form this program does not know.',
	why: 'The two may be of different versions while an upgrade runs.',
	next: 'Try again; if it stays, reinstall the alga-appliance package.',
	detail,
});

function parseJson(text: string): unknown {
	try {
		return JSON.parse(text);
	} catch {
		return undefined; // Not JSON is one more malformed answer; the schema says so.
	}
}
