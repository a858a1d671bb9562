import * as z from 'zod';
import {fail, ok, type Result} from '../../shared/problem.ts';
import type {Clock} from '../engine/clock.ts';
import type {Cluster, KubeObject, ObjectId} from './cluster.ts';
import {makePathFinder} from './paths.ts';
import {connectionProblem} from './problems.ts';
import type {Connection, Session} from './session.ts';
import type {Answer, Call} from './transport.ts';

const fieldManager = 'alga-appliance';
/** Waits between the tries of one write or read: a restart of the API server takes seconds, a new kind under ten. */
const triesMs = [300, 600, 1200, 2400, 4000];
/** Statuses that say "not now". */
const passing: ReadonlySet<number> = new Set([429, 500, 502, 503, 504]);

const texts = z.record(z.string(), z.string()).optional();
const Answered = z.looseObject({
	apiVersion: z.string(),
	kind: z.string(),
	metadata: z.looseObject({name: z.string(), namespace: z.string().optional(), labels: texts, annotations: texts}),
});

/** What operations do to Kubernetes, one object at a time. All of it may be repeated without harm, so it is retried. */
export function makeVerbs({
	session,
	clock,
}: {
	readonly session: Session;
	readonly clock: Clock;
}): Pick<Cluster, 'apply' | 'get' | 'remove' | 'patch'> {
	const findPath = makePathFinder();

	const once = async (
		id: ObjectId,
		query: string,
		call: Omit<Call, 'path'>,
		signal: AbortSignal,
	): Promise<{readonly answer: Answer<unknown>; readonly connection?: Connection}> => {
		const admin = await session.admin(signal);
		if (!admin.ok) return {answer: admin};
		const {transport} = admin.value;
		const path = await findPath(id, transport, signal);
		const answer = path.ok ? await transport.json({...call, path: path.value + query}, signal) : path;
		if (!answer.ok) session.failed(admin.value, answer);
		return {answer, connection: admin.value};
	};

	/** `awaited` statuses are waited out too: what is written may belong to a kind or namespace that was made a moment ago. */
	const call = async (
		id: ObjectId,
		query: string,
		given: Omit<Call, 'path' | 'asked' | 'words'>,
		signal: AbortSignal,
		awaited: readonly number[] = [],
	): Promise<Answer<unknown>> => {
		const verb = given.method === 'PATCH' ? 'write' : given.method === 'DELETE' ? 'delete' : 'read';
		const asked = `${verb} ${id.kind} ${id.namespace === undefined ? '' : `${id.namespace}/`}${id.name}`;
		const words = id.kind === 'Secret' ? ('withhold' as const) : ('quote' as const);
		for (let tried = 0; ; tried++) {
			const {answer, connection} = await once(id, query, {...given, asked, words}, signal);
			if (answer.ok || connection === undefined) return answer;
			const waitMs = triesMs[tried];
			const {status} = answer;
			const again =
				status === undefined
					? answer.problem.code === 'cluster.unreachable'
					: passing.has(status) || awaited.includes(status);
			if (!again || waitMs === undefined || signal.aborted) return answer;
			try {
				await clock.sleep(Math.max(waitMs, answer.retryAfterMs ?? 0), signal);
			} catch (error) {
				return signal.aborted ? answer : fail(connectionProblem(asked, error));
			}
		}
	};

	const answered = (answer: Answer<unknown>): Result<KubeObject> => {
		if (!answer.ok) return answer;
		const parsed = Answered.safeParse(answer.value);
		if (parsed.success) return ok(parsed.data);
		return fail({
			code: 'answer.malformed',
			what: 'Kubernetes answered with something that is no object of it.',
			next: 'Another program may answer on its port. Open Logs, k3s.',
			retry: 'safe',
		});
	};

	return {
		apply: async (object, signal) =>
			answered(
				await call(
					idOf(object),
					`?fieldManager=${fieldManager}&force=true`,
					{method: 'PATCH', contentType: 'application/apply-patch+yaml', body: object},
					signal,
					// A pod is forbidden until its namespace's service account is there, some moments after the namespace.
					object.kind === 'Pod' ? [403, 404] : [404],
				),
			),
		patch: async (id, body, signal) =>
			answered(
				await call(
					id,
					`?fieldManager=${fieldManager}`,
					{method: 'PATCH', contentType: 'application/merge-patch+json', body},
					signal,
				),
			),
		get: async (id, signal) => {
			const answer = await call(id, '', {method: 'GET'}, signal);
			return !answer.ok && answer.status === 404 ? ok(undefined) : answered(answer);
		},
		remove: async (id, signal) => {
			const answer = await call(id, '?propagationPolicy=Background', {method: 'DELETE'}, signal);
			return answer.ok || answer.status === 404 ? ok(undefined) : fail(answer.problem);
		},
	};
}

function idOf({apiVersion, kind, metadata: {name, namespace}}: KubeObject): ObjectId {
	return {apiVersion, kind, name, ...(namespace !== undefined && {namespace})};
}
