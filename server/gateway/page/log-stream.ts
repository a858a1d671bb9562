import type {LogPage} from '../../../shared/api/routes.ts';

const retry = {first: 1_000, most: 15_000};

export type LogStream = {
	/** Opens it anew now: the old one may be dead without the browser knowing. */
	readonly reopen: () => void;
	readonly close: () => void;
};
type Told = {
	/** Lines that came; each once, in order. */
	readonly page: (page: LogPage) => void;
	readonly isOpen: (open: boolean) => void;
};

/**
 * Follows a log from a cursor until closed. After any end it comes back by itself, where it was: a browser gives up for
 * good after an answer like 503, which is what an engine that starts again looks like.
 */
export function followLog(path: string, cursor: string, told: Told): LogStream {
	let source: EventSource | undefined;
	let timer: ReturnType<typeof setTimeout> | undefined;
	let wait = retry.first;
	let at = cursor;

	const close = () => {
		clearTimeout(timer);
		source?.close();
	};
	const open = () => {
		close();
		const opened = new EventSource(`${path}?cursor=${encodeURIComponent(at)}`);
		source = opened;
		opened.onopen = () => {
			wait = retry.first;
			told.isOpen(true);
		};
		opened.addEventListener('lines', event => {
			const page: LogPage = JSON.parse(event.data);
			at = page.newer;
			told.page(page);
		});
		opened.onerror = () => {
			opened.close();
			told.isOpen(false);
			timer = setTimeout(open, wait);
			wait = Math.min(wait * 2, retry.most);
		};
	};
	open();
	return {reopen: open, close};
}
