import type {ServerResponse} from 'node:http';

/** A client that reads slower than this much is dropped; it comes back and gets the whole view. */
const mostWaiting = 1024 * 1024;

/** One open stream to a browser. */
export type Outbox = {readonly write: (text: string) => void; readonly end: () => void};

/** Begins a stream of server-sent events on this answer. */
export function openOutbox(raw: ServerResponse, headers: Readonly<Record<string, string>>): Outbox {
	raw.writeHead(200, {...headers, 'content-type': 'text/event-stream', 'cache-control': 'no-store'});
	raw.flushHeaders();
	return {
		write: text => {
			if (raw.destroyed || raw.writableEnded) return;
			raw.write(text);
			if (raw.writableLength > mostWaiting) raw.destroy();
		},
		end: () => raw.end(),
	};
}
