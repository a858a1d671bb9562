import type {ServerResponse} from 'node:http';

/** A `Status` object, the API's way to say no. */
export function status(code: number, reason: string, message: string, details: Readonly<Record<string, unknown>> = {}) {
	return {kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', message, reason, details, code};
}

/** An answer that is not the object asked for; thrown by handlers, written by the server. */
export class Refusal extends Error {
	readonly code: number;
	readonly reason: string;
	readonly details: Readonly<Record<string, unknown>>;

	constructor(code: number, reason: string, message: string, details: Readonly<Record<string, unknown>> = {}) {
		super(message);
		this.code = code;
		this.reason = reason;
		this.details = details;
	}
}

export const notFound = (plural: string, group: string, name: string): Refusal =>
	new Refusal(404, 'NotFound', `${group === '' ? plural : `${plural}.${group}`} "${name}" not found`, {
		name,
		group,
		kind: plural,
	});

export function send(response: ServerResponse, code: number, body: unknown): void {
	const text = JSON.stringify(body);
	response.writeHead(code, {'content-type': 'application/json', 'content-length': Buffer.byteLength(text)});
	response.end(text);
}

export function sendText(response: ServerResponse, code: number, text: string): void {
	response.writeHead(code, {'content-type': 'text/plain; charset=utf-8'});
	response.end(text);
}
