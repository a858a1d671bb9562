import type {Store} from '../../../shared/view/store.ts';

/** Heartbeats come each 15 s; a line silent for longer than two of them is dead, whatever the browser thinks. */
const silence = 40_000;
const retry = 2_000;

export type Live = {
	/** What is added to this browser's clock to get the appliance's. */
	readonly skew: () => number;
	readonly stop: () => void;
};

/** Keeps the store fed from the event stream; comes back by itself. `signedOut` is called when the session is over. */
export function goLive(store: Store, now: () => number, signedOut: () => void): Live {
	let source: EventSource | undefined;
	let heard = now();
	let skew = 0;

	const lose = (why: string) => {
		const {link} = store.get();
		store.link({state: 'lost', since: link.state === 'lost' ? link.since : now() + skew, why});
	};
	const close = () => {
		source?.close();
		source = undefined;
	};
	const open = () => {
		close();
		heard = now();
		const opened = new EventSource('/api/v1/events');
		source = opened;
		const hear = (type: string, take: (data: string) => void) =>
			opened.addEventListener(type, event => {
				heard = now();
				if (event instanceof MessageEvent) take(event.data);
			});
		hear('view', data => store.apply({event: 'view', data: JSON.parse(data)}, now() + skew));
		hear('sections', data => {
			if (!store.apply({event: 'sections', data: JSON.parse(data)}, now() + skew)) open(); // Anew, and whole.
		});
		hear('link', data => {
			const {now: theirs, ...link} = JSON.parse(data);
			skew = theirs - now();
			store.link(link.state === 'live' ? {state: 'live', lastAt: theirs} : link);
		});
		hear('signed-out', () => signedOut());
		opened.onerror = () => {
			if (source !== opened) return;
			lose('The connection to the appliance is gone.');
			// A browser tries again by itself, except after an answer like 401 or 503: then it is up to us.
			if (opened.readyState === EventSource.CLOSED) close();
		};
	};

	const watch = setInterval(() => {
		// A page nobody sees needs no line: a browser has only six of them for one server.
		if (document.hidden) return;
		if (source !== undefined && now() - heard < silence) return;
		if (source !== undefined) lose('The appliance has said nothing for 40 s.');
		void stillSignedIn().then(still => (still ? open() : signedOut()));
	}, retry);
	const seen = () => {
		if (document.hidden) close();
		else open();
	};
	document.addEventListener('visibilitychange', seen);
	open();
	return {
		skew: () => skew,
		stop: () => {
			clearInterval(watch);
			document.removeEventListener('visibilitychange', seen);
			close();
		},
	};
}

/** Only a clear answer ends a session: an appliance that is away says nothing about it. */
async function stillSignedIn(): Promise<boolean> {
	try {
		const answer = await fetch('/api/v1/session', {signal: AbortSignal.timeout(5_000)});
		return !answer.ok || (await answer.json()).signedIn === true;
	} catch {
		return true;
	}
}
