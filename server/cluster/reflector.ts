import type {Meta} from '../../shared/facts/cluster.ts';
import {type Fact, type Instant, unknown} from '../../shared/facts/fact.ts';
import type {Clock} from '../engine/clock.ts';
import type {Bell} from './bell.ts';
import type {WatchedKind} from './kinds.ts';
import type {Connection, Session} from './session.ts';
import {makeStore} from './store.ts';
import type {Failure} from './transport.ts';
import {count, list, object, text} from './trim/read.ts';

/** One kind, listed and watched for as long as `run` is not aborted. */
export type Reflector<T extends Meta> = {
	readonly fact: () => Fact<readonly T[]>;
	/** Whether the API server says that there is no such kind. */
	readonly absent: () => boolean;
	readonly run: (signal: AbortSignal) => Promise<void>;
};

export type ReflectorPorts = {
	readonly session: Session;
	readonly clock: Clock;
	/** Rung when the API answers again: ends waiting. */
	readonly bell: Bell;
	readonly random: () => number;
	/** Objects of other namespaces are not kept. */
	readonly wanted: (namespace: string) => boolean;
	readonly changed: () => void;
	/** Called when a watch broke: the API may be down. */
	readonly suspect: () => void;
};

/** A page of the largest usual objects is parsed in some twenty milliseconds: the engine answers in between. */
const pageSize = 250;
/** A watch is asked anew after this long, so that none outlives a change of credentials for ever. */
const watchSeconds = {least: 240, spread: 240};
/** The server sends a bookmark about every minute; silence of this length means a dead connection. */
const idleMs = 150_000;
/** A watch that comes back within this time leaves no trace in the facts. */
const graceMs = 5000;
const backoff = {firstMs: 250, mostMs: 15_000};
/** A server that drops every version at once is listed again at this pace: within the grace, so the facts stay known. */
const goneMostMs = 4000;
/** A kind that does not exist is asked for again at this pace. */
const absentMs = 8000;

/** What is said of the kind, apart from its content. */
type Shown =
	| {readonly state: 'known'; readonly at: Instant}
	| {readonly state: 'stale'; readonly at: Instant; readonly why: string}
	| {readonly state: 'unknown'; readonly why: string};

/** How one attempt ended and what to do next. */
type Outcome =
	| {readonly next: 'watch'; readonly from: string; readonly epoch: number; readonly lived: boolean}
	| {
			readonly next: 'list';
			readonly why: string;
			readonly pace: 'gone' | 'failed' | 'absent';
			readonly retryAfterMs?: number | undefined;
	  };

export function makeReflector<T extends Meta>(kind: WatchedKind<T>, ports: ReflectorPorts): Reflector<T> {
	const {session, clock, bell, random, wanted, changed, suspect} = ports;
	const store = makeStore<T>(kind.newest);
	let shown: Shown = {state: 'unknown', why: 'not looked yet'};
	let fact: Fact<readonly T[]> | undefined;
	let isAbsent = false;
	let broken: {readonly timer: AbortController; why: string} | undefined;

	const path = (query: Record<string, string>) => {
		const where = kind.namespace === undefined ? kind.plural : `namespaces/${kind.namespace}/${kind.plural}`;
		const search = new URLSearchParams(query);
		if (kind.fieldSelector !== undefined) search.set('fieldSelector', kind.fieldSelector);
		return `${kind.group}/${where}?${search}`;
	};

	const show = (next: Shown) => {
		if (shown.state === 'unknown' && next.state === 'unknown' && shown.why === next.why) return;
		shown = next;
		fact = undefined;
		changed();
	};
	/** Made when asked for: a flood of events costs no list each. */
	const makeFact = (): Fact<readonly T[]> => (shown.state === 'unknown' ? shown : {...shown, value: store.items()});
	const alive = (contentChanged: boolean) => {
		broken?.timer.abort();
		broken = undefined;
		isAbsent = false;
		if (contentChanged || shown.state !== 'known') show({state: 'known', at: clock.now()});
	};
	/** The last good content stays, marked stale once the grace is over. */
	const breaks = (why: string) => {
		suspect();
		if (shown.state === 'unknown') return show(unknown(why));
		if (broken) {
			broken.why = why;
			return;
		}
		const timer = new AbortController();
		const mine = {timer, why};
		broken = mine;
		const seenAt = clock.now();
		clock.sleep(graceMs, timer.signal).then(
			() => {
				if (broken === mine && shown.state === 'known') show({state: 'stale', at: seenAt, why: mine.why});
			},
			() => undefined,
		);
	};
	const forget = (why: string) => {
		broken?.timer.abort();
		broken = undefined;
		store.clear();
		show(unknown(why));
	};

	const failed = (connection: Connection | undefined, failure: Failure): Outcome => {
		if (connection) session.failed(connection, failure);
		const {problem, status, retryAfterMs} = failure;
		if (status === 404) {
			isAbsent = true;
			forget(`Kubernetes does not know ${kind.title} yet.`);
			return {next: 'list', why: problem.what, pace: 'absent'};
		}
		if (status === 410) return {next: 'list', why: problem.what, pace: 'gone'};
		if (connection === undefined && problem.code === 'cluster.unreachable') forget(problem.what);
		else breaks(problem.what);
		return {next: 'list', why: problem.what, pace: 'failed', retryAfterMs};
	};

	const listAll = async (signal: AbortSignal): Promise<Outcome> => {
		const reader = await session.reader(signal);
		if (!reader.ok) return failed(undefined, reader);
		const {transport, epoch} = reader.value;
		const content = store.replace();
		let next = '';
		let version: string | undefined;
		do {
			const query = {limit: String(pageSize), ...(next !== '' && {continue: next})};
			const page = await transport.json({method: 'GET', path: path(query), asked: `list ${kind.title}`}, signal);
			if (!page.ok) return failed(reader.value, page);
			const {metadata, items} = object<{metadata: unknown; items: unknown}>(page.value);
			const meta = object<{resourceVersion: unknown; continue: unknown}>(metadata);
			for (const raw of list<T>(items)) {
				const item = kind.trim(raw);
				if (wanted(item.namespace)) content.put(item);
			}
			version ??= text(meta.resourceVersion);
			next = text(meta.continue) ?? '';
		} while (next !== '');
		alive(content.finish());
		return {next: 'watch', from: version ?? '', epoch, lived: true};
	};

	const watch = async (from: string, epoch: number, signal: AbortSignal): Promise<Outcome> => {
		const reader = await session.reader(signal);
		if (!reader.ok) return failed(undefined, reader);
		if (reader.value.epoch !== epoch) return {next: 'list', why: 'the credentials changed', pace: 'gone'};
		const seconds = Math.round(watchSeconds.least + random() * watchSeconds.spread);
		const query = {watch: 'true', allowWatchBookmarks: 'true', resourceVersion: from, timeoutSeconds: String(seconds)};
		const opened = await reader.value.transport.lines(
			{method: 'GET', path: path(query), asked: `watch ${kind.title}`},
			{idleMs},
			signal,
		);
		if (!opened.ok) return failed(reader.value, opened);
		alive(false);
		const openedAt = clock.elapsed();
		let version = from;
		let lived = false;
		for await (const line of opened.value) {
			if (line.cut) return {next: 'list', why: 'an object was too large', pace: 'failed'};
			// Half an object: the connection was cut; the version before it is asked for again.
			if (!line.ended) break;
			const event = eventOf(line.text);
			if (event === undefined) break;
			if (event.type === 'ERROR') {
				const status = count(object<{code: unknown}>(event.object).code);
				const why = text(object<{message: unknown}>(event.object).message) ?? `watching ${kind.title} failed`;
				if (status === 410) return {next: 'list', why, pace: 'gone'};
				breaks(why);
				return {next: 'list', why, pace: 'failed'};
			}
			lived = true;
			version = versionOf(event.object) ?? version;
			if (event.type === 'BOOKMARK') continue;
			const item = kind.trim(event.object);
			if (!wanted(item.namespace)) continue;
			if (event.type === 'DELETED' ? store.drop(item) : store.put(item)) alive(true);
		}
		breaks(`watching ${kind.title} was cut off`);
		return {next: 'watch', from: version, epoch, lived: lived || clock.elapsed() - openedAt > graceMs};
	};

	return {
		fact: () => (fact ??= makeFact()),
		absent: () => isAbsent,
		run: async signal => {
			let position: {readonly from: string; readonly epoch: number} | undefined;
			let failures = 0;
			while (!signal.aborted) {
				const outcome: Outcome =
					position === undefined ? await listAll(signal) : await watch(position.from, position.epoch, signal);
				if (signal.aborted) return;
				const justListed = position === undefined;
				position = outcome.next === 'watch' ? {from: outcome.from, epoch: outcome.epoch} : undefined;
				if (outcome.next === 'watch') {
					// A list that worked says nothing about the watch after it: only a watch that lived ends the backing off.
					if (justListed) continue;
					failures = outcome.lived ? 0 : failures + 1;
					if (failures === 0) continue;
				} else failures++;
				await bell.wait(pause(outcome, failures), signal);
			}
		},
	};

	function pause(outcome: Outcome, failures: number): number {
		if (outcome.next === 'list' && outcome.pace === 'absent') return absentMs * jitter();
		const most = outcome.next === 'list' && outcome.pace === 'failed' ? backoff.mostMs : goneMostMs;
		const grown = Math.min(most, backoff.firstMs * 2 ** Math.min(failures - 1, 10)) * jitter();
		return Math.max(grown, outcome.next === 'list' ? (outcome.retryAfterMs ?? 0) : 0);
	}
	/** Between a half and one: many kinds break at once and must not come back at once. */
	function jitter(): number {
		return 0.5 + random() / 2;
	}
}

const versionOf = (raw: unknown): string | undefined =>
	text(object<{resourceVersion: unknown}>(object<{metadata: unknown}>(raw).metadata).resourceVersion);

function eventOf(line: string): {readonly type: string; readonly object: unknown} | undefined {
	try {
		const {type, object: inner} = object<{type: unknown; object: unknown}>(JSON.parse(line));
		const kind = text(type);
		return kind === undefined ? undefined : {type: kind, object: inner};
	} catch {
		// Not JSON: the connection was cut in the middle or another program answers. Asked again from the last version.
		return undefined;
	}
}
