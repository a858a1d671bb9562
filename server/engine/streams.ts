import type {FastifyReply} from 'fastify';
import {fail, type Result} from '../../shared/problem.ts';
import type {Logs} from '../logs/logs.ts';
import type {Bundles} from '../support/bundles.ts';
import type {Asked} from './api.ts';

/** A reader that stops reading is cut off; it asks again with its last cursor. */
const mostBuffered = 1 << 20;

/** Sends new lines of a log as server-sent events until the client goes away. */
export async function followLog(logs: Logs, {params, query, reply, signal}: Asked<'follow'>): Promise<'streaming'> {
	const {raw} = reply;
	raw.writeHead(200, {'content-type': 'text/event-stream', 'cache-control': 'no-store'});
	raw.write(':\n\n');
	void send();
	return 'streaming';

	async function send(): Promise<void> {
		try {
			for await (const page of logs.follow(
				params.source ?? '',
				{cursor: query.cursor, previous: query.previous},
				signal,
			)) {
				raw.write(`event: lines\nid: ${page.newer}\ndata: ${JSON.stringify(page)}\n\n`);
				if (raw.writableLength > mostBuffered) break;
			}
		} catch (error) {
			if (!signal.aborted)
				raw.write(
					`event: problem\ndata: ${JSON.stringify({what: error instanceof Error ? error.message : String(error)})}\n\n`,
				);
		}
		raw.end();
	}
}

/** Sends a support bundle as a file, piece by piece. */
export async function sendBundle(
	bundles: Bundles,
	name: string,
	reply: FastifyReply,
): Promise<Result<never> | 'streaming'> {
	const found = bundles.read(name);
	if (found === undefined)
		return fail({
			code: 'file.unreadable',
			what: `There is no support bundle ${JSON.stringify(name.slice(0, 120))}.`,
			why: 'Only the newest five are kept.',
			next: 'Choose one from the list, or make a new one.',
		});
	const {raw} = reply;
	raw.writeHead(200, {
		'content-type': 'application/gzip',
		'content-length': found.file.sizeBytes,
		'cache-control': 'no-store',
	});
	found.stream.on('error', error => raw.destroy(error));
	raw.on('close', () => found.stream.destroy());
	found.stream.pipe(raw);
	return 'streaming';
}
