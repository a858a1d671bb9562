import type {BodyOf, LogPage, ResponseOf} from '../../../shared/api/routes.ts';
import type {OperationAction} from '../../../shared/operations/operation.ts';
import type {ProblemView} from '../../../shared/view/view.ts';

export type Outcome<T> =
	| {readonly ok: true; readonly value: T}
	| {readonly ok: false; readonly status: number; readonly problem: ProblemView};

export type WhoAmI = {
	readonly product: string;
	readonly version: string;
	readonly setupWaiting: boolean;
	readonly signedIn: boolean;
	readonly ports: {readonly http: number; readonly https: number};
};
export type LogQuestion = Readonly<Record<string, string | number | undefined>>;

const deadline = 20_000;

const away: ProblemView = {
	code: 'engine.unreachable',
	what: 'The appliance does not answer.',
	why: 'It restarts, its address has changed, or this browser has no way to it.',
	next: 'This page goes on trying. If it stays: look at the appliance’s own console.',
};

/** One request to the gateway. The types are the gateway's word: it is the same version as this page. */
async function call<T>(method: string, path: string, body?: unknown): Promise<Outcome<T>> {
	try {
		const answer = await fetch(path, {
			method,
			credentials: 'same-origin',
			signal: AbortSignal.timeout(deadline),
			...(body !== undefined && {body: JSON.stringify(body), headers: {'content-type': 'application/json'}}),
		});
		const json = await answer.json();
		return answer.ok ? {ok: true, value: json} : {ok: false, status: answer.status, problem: json.problem ?? away};
	} catch {
		return {ok: false, status: 0, problem: away};
	}
}

/** Every request the page makes, by name. */
export const api = {
	whoAmI: () => call<WhoAmI>('GET', '/api/v1/session'),
	claim: (token: string, password: string) => call<object>('POST', '/api/v1/session/claim', {token, password}),
	login: (password: string) => call<object>('POST', '/api/v1/session/login', {password}),
	logout: () => call<object>('POST', '/api/v1/session/logout', {}),
	start: (body: BodyOf<'start'>) => call<ResponseOf<'start'>>('POST', '/api/v1/operations', body),
	act: (id: string, action: OperationAction, secrets: Readonly<Record<string, string>>) =>
		call<ResponseOf<'act'>>('POST', `/api/v1/operations/${encodeURIComponent(id)}/${action}`, {secrets}),
	draft: (values: Readonly<Record<string, string>>) =>
		call<ResponseOf<'draft'>>('PUT', '/api/v1/setup/draft', {values}),
	logs: (source: string, question: LogQuestion) => {
		const asked = Object.entries(question).flatMap(([name, value]) =>
			value === undefined ? [] : [[name, String(value)]],
		);
		return call<LogPage>('GET', `/api/v1/logs/${encodeURIComponent(source)}?${new URLSearchParams(asked)}`);
	},
} as const;
