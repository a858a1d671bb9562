import type {ServerResponse} from 'node:http';
import type {View} from '../../shared/view/view.ts';

/** A client that has not read this much is dropped; it reconnects and gets the whole view. */
const mostBuffered = 1 << 20;
/** Clients tell ages by the engine's clock; it is told often, since theirs may be wrong. */
const timeMs = 1000;

/** Who looks: what is shown to it now. */
export type Viewer = {
	readonly sight: () => Sight;
	readonly see: (view: View, sight: Sight) => View;
};
export type Sight = 'everything' | 'no-token' | 'page' | 'lockdown';

export type Publisher = Disposable & {
	readonly current: () => {readonly revision: number; readonly view: View} | undefined;
	/** Sections are compared by identity; nothing is sent when nothing changed. */
	readonly publish: (view: View) => void;
	/** Turns a response into a stream: the whole view, or only what comes next when `after` is the present revision. */
	readonly attach: (response: ServerResponse, viewer: Viewer, after: number | undefined) => void;
	/** Ends the streams whose viewer may see more or less than when it came; it comes again and gets the whole view. */
	readonly reviewViewers: () => void;
};

/** Revisions count from the time of start, so that no number of an earlier engine comes again. */
export function makePublisher(now: () => number): Publisher {
	let revision = now();
	let view: View | undefined;
	const clients = new Map<ServerResponse, {readonly viewer: Viewer; readonly sight: Sight}>();
	const drop = (response: ServerResponse) => {
		clients.delete(response);
		response.destroy();
	};
	const send = (response: ServerResponse, event: string, data: {revision: number}) => {
		response.write(`event: ${event}\nid: ${data.revision}\ndata: ${JSON.stringify(data)}\n\n`);
		if (response.writableLength > mostBuffered) drop(response);
	};
	const time = () => `event: time\ndata: ${JSON.stringify({now: now()})}\n\n`;
	const heartbeat = setInterval(() => {
		for (const response of clients.keys()) response.write(time());
	}, timeMs);
	heartbeat.unref();

	return {
		current: () => view && {revision, view},
		publish: next => {
			const changed = view === undefined ? next : changedSections(view, next);
			if (Object.keys(changed).length === 0) return;
			const first = view === undefined;
			view = next;
			revision++;
			for (const [response, {viewer, sight}] of clients) {
				if (first) send(response, 'view', {revision, ...{view: viewer.see(next, sight)}});
				else send(response, 'sections', {revision, ...{sections: seenSections(changed, viewer.see(next, sight))}});
			}
		},
		attach: (response, viewer, after) => {
			const sight = viewer.sight();
			response.writeHead(200, {
				'content-type': 'text/event-stream',
				'cache-control': 'no-store',
				'x-accel-buffering': 'no',
			});
			response.write(time());
			clients.set(response, {viewer, sight});
			response.on('close', () => clients.delete(response));
			if (view !== undefined && after !== revision)
				send(response, 'view', {revision, ...{view: viewer.see(view, sight)}});
		},
		reviewViewers: () => {
			for (const [response, {viewer, sight}] of clients) if (viewer.sight() !== sight) drop(response);
		},
		[Symbol.dispose]: () => {
			clearInterval(heartbeat);
			for (const response of clients.keys()) drop(response);
		},
	};
}

/** The changed sections as somebody sees them. */
function seenSections(changed: Partial<View>, seen: View): Partial<View> {
	const sections: Partial<View> = {};
	const take = <Name extends keyof View>(name: Name) => {
		sections[name] = seen[name];
	};
	for (const name of Object.keys(changed)) if (isSection(seen, name)) take(name);
	return sections;
}

function changedSections(before: View, after: View): Partial<View> {
	const changed: Partial<View> = {};
	const take = <Name extends keyof View>(name: Name) => {
		if (before[name] !== after[name]) changed[name] = after[name];
	};
	for (const name of Object.keys(after)) if (isSection(after, name)) take(name);
	return changed;
}

const isSection = (view: View, name: string): name is keyof View => Object.hasOwn(view, name);
