import {routePath} from '../../shared/api/client.ts';
import {type Snapshot, StreamEvent} from '../../shared/api/routes.ts';
import {engineTime, type Link, makeStore} from '../../shared/view/store.ts';
import type {View} from '../../shared/view/view.ts';
import type {Clock} from '../engine/clock.ts';
import type {Engine} from './engine.ts';
import {readEvents, writeEvent} from './events.ts';
import type {Outbox} from './outbox.ts';

const beat = 15_000;
/** A stream without so much as a heartbeat for this long is dead. */
const silence = 60_000;
const retry = {first: 250, most: 2_000};
const replayable = {events: 200, bytes: 512 * 1024};

/** The one subscription to the engine, and everybody who listens to it here. */
export type Hub = AsyncDisposable & {
	readonly link: () => Link;
	/** Milliseconds since the engine was lost; 0 while it is there. */
	readonly lostFor: () => number;
	/** The last view as it is sent, with its revision; undefined until the engine was reached once. */
	readonly latest: () => {readonly body: Buffer; readonly revision: number; readonly view: View} | undefined;
	/** Adds a listener, who gets what it missed since `lastEventId`, or the whole view. `isWelcome` is asked at each heartbeat. */
	readonly join: (outbox: Outbox, lastEventId: string | undefined, isWelcome: () => boolean) => () => void;
	/** Drops who is not welcome any more, now. */
	readonly sweep: () => void;
	readonly listeners: () => number;
};

type Watch = {
	/** The stream is open again: the engine may be another one. */
	readonly connected: () => void;
	/** Who may sign in has changed. */
	readonly accessChanged: () => void;
	/** The engine went away; what the machine said of it. */
	readonly lost: (error: string) => void;
};

type Listener = {readonly outbox: Outbox; readonly isWelcome: () => boolean};

/** Subscribes, and goes on subscribing until disposed. */
export function startHub(engine: Engine, clock: Clock, watch: Watch): Hub {
	const stop = new AbortController();
	const store = makeStore(clock.now());
	const listeners = new Set<Listener>();
	const missed: {readonly id: string; readonly text: string}[] = [];
	let latest: {readonly body: Buffer; readonly revision: number; readonly view: View} | undefined;
	// An event's id names the run of revisions it belongs to: another engine counts from one again.
	const start = clock.now().toString(36);
	let run = 0;

	/** The engine's clock: what the page tells ages by. */
	const now = () => engineTime(store, clock.now());
	const idOf = (revision: number) => `${start}.${run}.${revision}`;
	const snapshot = (): Snapshot | undefined => {
		const {view, revision} = store.get();
		return view && {revision, view};
	};
	const linkEvent = () => writeEvent('link', {...store.get().link, now: now()});
	const broadcast = (text: string) => {
		for (const {outbox} of listeners) outbox.write(text);
	};
	const keep = (id: string, text: string) => {
		missed.push({id, text});
		let bytes = missed.reduce((sum, one) => sum + one.text.length, 0);
		while (missed.length > replayable.events || bytes > replayable.bytes) bytes -= missed.shift()?.text.length ?? bytes;
	};

	/** Applies one event; false when a revision is missing. */
	const apply = (received: StreamEvent): boolean => {
		const event = withoutToken(received);
		const wasLive = store.get().link.state === 'live';
		const {ahead} = store.get();
		if (!store.apply(event, now())) return false;
		if (event.event === 'time') {
			if (store.get().ahead !== ahead) broadcast(linkEvent());
			return true;
		}
		latest = undefined;
		if (event.event === 'view') {
			run += 1;
			missed.length = 0;
		}
		const id = idOf(event.data.revision);
		const text = writeEvent(event.event, event.data, id);
		keep(id, text);
		broadcast(wasLive ? text : text + linkEvent());
		return true;
	};

	const subscribe = async (): Promise<void> => {
		const answer = await engine.open(routePath('events'), stop.signal);
		if (answer.statusCode !== 200) {
			answer.destroy();
			throw new Error(`status ${answer.statusCode}`);
		}
		answer.setTimeout(silence, () => answer.destroy(new Error('silent for a minute')));
		watch.connected();
		for await (const {event, data} of readEvents(answer)) {
			const parsed = StreamEvent.safeParse({event, data: JSON.parse(data)});
			if (!parsed.success) throw new Error(`not a view: ${parsed.error.issues[0]?.path.join('.')}`);
			const access = store.get().view?.access;
			if (!apply(parsed.data)) throw new Error('a revision is missing');
			if (store.get().view?.access !== access) watch.accessChanged();
		}
		throw new Error('the engine closed the stream');
	};

	const follow = async (): Promise<void> => {
		let wait = retry.first;
		while (!stop.signal.aborted) {
			const before = latest;
			try {
				await subscribe();
			} catch (error) {
				if (stop.signal.aborted) return;
				if (latest !== before || store.get().link.state === 'live') wait = retry.first;
				lose(error instanceof Error ? error.message : String(error));
			}
			await clock.sleep(wait, stop.signal).catch(() => undefined);
			wait = Math.min(wait * 2, retry.most);
		}
	};
	/** People are told in plain words; paths and error codes are for the log. */
	const lose = (error: string) => {
		const {link} = store.get();
		if (link.state === 'lost') return;
		store.link({state: 'lost', since: now(), why: 'The appliance’s engine does not answer; it may be starting again.'});
		watch.lost(error);
		broadcast(linkEvent());
	};
	const sweep = () => {
		for (const listener of listeners) {
			if (listener.isWelcome()) continue;
			listeners.delete(listener);
			listener.outbox.write(writeEvent('signed-out', {}));
			listener.outbox.end();
		}
	};
	const heartbeat = async (): Promise<void> => {
		while (!stop.signal.aborted) {
			await clock.sleep(beat, stop.signal).catch(() => undefined);
			sweep();
			// An event, not a comment: the page must be able to tell a live line from a dead one.
			broadcast(linkEvent());
		}
	};
	const done = Promise.all([follow(), heartbeat()]);

	return {
		link: () => store.get().link,
		lostFor: () => {
			const {link} = store.get();
			return link.state === 'lost' ? now() - link.since : 0;
		},
		latest: () => {
			const whole = snapshot();
			if (latest === undefined && whole !== undefined) latest = {...whole, body: Buffer.from(JSON.stringify(whole))};
			return latest;
		},
		join: (outbox, lastEventId, isWelcome) => {
			const known = missed.findIndex(one => one.id === lastEventId);
			const whole = snapshot();
			if (known !== -1) for (const one of missed.slice(known + 1)) outbox.write(one.text);
			else if (whole !== undefined) outbox.write(writeEvent('view', whole, idOf(whole.revision)));
			outbox.write(linkEvent());
			const listener = {outbox, isWelcome};
			listeners.add(listener);
			return () => listeners.delete(listener);
		},
		sweep,
		listeners: () => listeners.size,
		[Symbol.asyncDispose]: async () => {
			stop.abort();
			for (const {outbox} of listeners) outbox.end();
			listeners.clear();
			await done;
		},
	};
}

/** The setup token never travels through the network, whatever the engine sends. */
function withoutToken(received: StreamEvent): StreamEvent {
	if (received.event === 'view') {
		const {view, ...data} = received.data;
		return {event: 'view', data: {...data, view: {...view, access: {state: view.access.state}}}};
	}
	if (received.event === 'time') return received;
	const {access} = received.data.sections;
	if (access === undefined) return received;
	return {
		event: 'sections',
		data: {...received.data, sections: {...received.data.sections, access: {state: access.state}}},
	};
}
