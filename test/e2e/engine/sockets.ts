import {request} from 'node:http';
import type {ErrorBody} from '../../../shared/api/routes.ts';

export type Answer = {readonly status: number; readonly text: string};

/** One request as any program makes it, without the product's own client in between. */
export function ask(socketPath: string, method: string, path: string, body?: unknown): Promise<Answer> {
	const sent = body === undefined ? undefined : typeof body === 'string' ? body : JSON.stringify(body);
	return new Promise((resolve, reject) => {
		const asking = request(
			{
				socketPath,
				method,
				path,
				signal: AbortSignal.timeout(10_000),
				...(sent !== undefined && {
					headers: {'content-type': 'application/json', 'content-length': Buffer.byteLength(sent)},
				}),
			},
			answer => {
				let text = '';
				answer.setEncoding('utf8');
				answer.on('data', (piece: string) => {
					text += piece;
				});
				answer.on('end', () => resolve({status: answer.statusCode ?? 0, text}));
				answer.on('error', reject);
			},
		);
		asking.on('error', reject);
		asking.end(sent);
	});
}

/** The problem of an answer that is one. */
export const problemOf = (answer: Answer): (typeof ErrorBody)['_output']['problem'] => JSON.parse(answer.text).problem;
