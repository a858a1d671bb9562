import type {IncomingMessage, ServerResponse} from 'node:http';
import {status} from './answer.ts';
import {apiVersionOf, type Kind} from './kinds.ts';
import {selectionOf} from './list.ts';
import type {Stored} from './object.ts';
import type {Change, Store} from './store.ts';

/** Real milliseconds between bookmarks; the real server sends one a minute. */
const bookmarkMs = 2000;

/** Open watches, so that a fault can cut them. */
export type Watches = {
	readonly serve: (
		request: IncomingMessage,
		response: ServerResponse,
		where: {readonly kind: Kind; readonly namespace: string | undefined; readonly query: URLSearchParams},
	) => void;
	/** Ends every watch: between events, or in the middle of one. */
	readonly cut: (where: 'between' | 'mid-object') => void;
	readonly close: () => void;
	readonly count: () => number;
};

/** https://kubernetes.io/docs/reference/using-api/api-concepts/#efficient-detection-of-changes */
export function makeWatches(store: Store): Watches {
	const open = new Set<{readonly response: ServerResponse; readonly end: () => void}>();

	const serve: Watches['serve'] = (request, response, {kind, namespace, query}) => {
		const chosen = selectionOf(query);
		const here = (object: Stored) => namespace === undefined || object.metadata.namespace === namespace;
		const write = (type: string, object: unknown) => response.write(`${JSON.stringify({type, object})}\n`);
		const bookmark = (annotations?: Record<string, string>) =>
			write('BOOKMARK', {
				kind: kind.kind,
				apiVersion: apiVersionOf(kind),
				metadata: {resourceVersion: String(store.revision()), ...(annotations && {annotations})},
			});
		const tell = (change: Change) => {
			if (change.kind.kind !== kind.kind || !here(change.object)) return;
			// An object that no longer matches the selector is deleted as far as this watcher can see.
			if (chosen(change.object)) write(change.type, change.object);
			else if (change.type === 'MODIFIED') write('DELETED', change.object);
		};

		response.writeHead(200, {'content-type': 'application/json', 'transfer-encoding': 'chunked'});
		response.flushHeaders();
		const version = query.get('resourceVersion') ?? '';
		const bookmarks = query.get('allowWatchBookmarks') === 'true';
		const initial = query.get('sendInitialEvents');
		if (initial === 'true' || (initial === null && (version === '' || version === '0'))) {
			for (const object of store.list(kind.kind, namespace).filter(chosen)) write('ADDED', object);
			if (initial === 'true' && bookmarks) bookmark({'k8s.io/initial-events-end': 'true'});
		} else {
			const missed = store.since(Number(version));
			if (missed === undefined || !/^\d+$/.test(version)) {
				write('ERROR', status(410, 'Expired', `too old resource version: ${version} (${store.revision()})`));
				response.end();
				return;
			}
			for (const change of missed) tell(change);
		}

		const subscription = store.subscribe(tell);
		const seconds = Number(query.get('timeoutSeconds') ?? 1800);
		const timeout = setTimeout(() => response.end(), seconds * 1000);
		const ticking = bookmarks ? setInterval(() => bookmark(), bookmarkMs) : undefined;
		const entry = {
			response,
			end: () => {
				subscription[Symbol.dispose]();
				clearTimeout(timeout);
				clearInterval(ticking);
				open.delete(entry);
			},
		};
		open.add(entry);
		response.on('close', entry.end);
		request.on('close', entry.end);
	};

	return {
		serve,
		cut: where => {
			for (const {response, end} of [...open]) {
				end();
				if (where === 'between') {
					response.end();
					continue;
				}
				response.write('{"type":"MODIFIED","object":{"kind":"Pod","apiVersion":"v1","metadata":{"na', () =>
					response.destroy(),
				);
			}
		},
		close: () => {
			for (const {response, end} of [...open]) {
				end();
				response.destroy();
			}
		},
		count: () => open.size,
	};
}
