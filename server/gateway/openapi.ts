import * as z from 'zod';
import {ErrorBody, type Route, routes} from '../../shared/api/routes.ts';
import {ClaimBody, LoginBody, SessionAnswer} from './auth/bodies.ts';
import {forwarded, parameters as inPaths} from './forward.ts';

type Described = Pick<Route, 'method' | 'kind' | 'summary' | 'query' | 'body' | 'response'> & {
	readonly path: string;
	readonly security: Security;
};

type Security = readonly Readonly<Record<string, readonly string[]>>[];
const session: Security = [{session: []}];
const reader: Security = [{session: []}, {statusToken: []}];
const nothing = z.object({});

/** OpenAPI 3.1 of everything the gateway answers, from the schemas it answers with. */
export function describeApi(version: string) {
	const described: readonly Described[] = [
		{...routes.view, path: '/api/v1/view', security: reader},
		{...routes.events, query: undefined, path: '/api/v1/events', security: session},
		...forwarded.map(({name, path, may}) => ({...routes[name], path, security: may === 'reader' ? reader : session})),
		own('GET', '/api/v1/session', 'Who is asking, and whether the appliance waits for its setup.', SessionAnswer),
		own('POST', '/api/v1/session/claim', 'The setup token and a new password: signed in.', nothing, ClaimBody),
		own('POST', '/api/v1/session/login', 'The management password: signed in.', nothing, LoginBody),
		{...own('POST', '/api/v1/session/logout', 'Signed out.', nothing), security: session},
		own('GET', '/healthz', 'The gateway answers.', z.object({ok: z.literal(true)})),
	];
	const paths: Record<string, Record<string, unknown>> = {};
	for (const one of described) {
		const path = one.path.replaceAll(/:(\w+)/g, '{$1}');
		paths[path] = {...paths[path], [one.method.toLowerCase()]: operation(one)};
	}
	return {
		openapi: '3.1.0',
		info: {title: 'Alga Appliance', version},
		paths,
		components: {
			securitySchemes: {
				session: {type: 'apiKey', in: 'cookie', name: 'alga_session'},
				statusToken: {type: 'http', scheme: 'bearer'},
			},
			schemas: {Error: schema(ErrorBody)},
		},
	};
}

function own(method: Route['method'], path: string, summary: string, response: z.ZodType, body?: z.ZodType): Described {
	return {method, path, summary, kind: 'json', response, security: [], ...(body && {body})};
}

function operation({path, query, body, response, summary, kind, security}: Described) {
	const inPath = [...path.matchAll(/:(\w+)/g)].map(([, name = '']) => ({
		name,
		in: 'path',
		required: true,
		schema: schema(inPaths[name] ?? z.string()),
	}));
	const inQuery = query instanceof z.ZodObject ? Object.entries(query.shape) : [];
	const parameters = [...inPath, ...inQuery.map(([name, one]) => ({name, in: 'query', schema: schema(one)}))];
	const type = {json: 'application/json', stream: 'text/event-stream', file: 'application/gzip'}[kind];
	return {
		summary,
		security,
		...(parameters.length > 0 && {parameters}),
		...(body && {requestBody: {required: true, content: {'application/json': {schema: schema(body)}}}}),
		responses: {
			200: {description: 'As asked.', content: {[type]: {schema: schema(response, 'output')}}},
			default: {
				description: 'A problem: what, why, and what to do.',
				content: {'application/json': {schema: {$ref: '#/components/schemas/Error'}}},
			},
		},
	};
}

function schema(of: z.core.$ZodType, io: 'input' | 'output' = 'input') {
	const {$schema, ...plain} = z.toJSONSchema(of, {io, unrepresentable: 'any'});
	return plain;
}
