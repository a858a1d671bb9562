import {type RouteName, routes} from '../../shared/api/routes.ts';
import {OperationAction} from '../../shared/operations/operation.ts';
import {ok, type Problem} from '../../shared/problem.ts';
import {statusDocument} from '../../shared/view/build.ts';
import type {View} from '../../shared/view/view.ts';
import type {Logs} from '../logs/logs.ts';
import type {Bundles} from '../support/bundles.ts';
import type {Access} from './access.ts';
import type {Handlers} from './api.ts';
import type {Clock} from './clock.ts';
import {type ConsoleLock, consoleIsLocked} from './console-lock.ts';
import type {Drafts} from './drafts.ts';
import type {Paths} from './paths.ts';
import {keepPicture} from './pictures.ts';
import type {Publisher} from './publisher.ts';
import type {Runner} from './runner.ts';
import {followLog, sendBundle} from './streams.ts';
import {viewerAt} from './viewer.ts';

/** Writes into the history what somebody did at a door, and shows it. */
export type Note = (source: 'Console' | 'Web page', mark: 'good' | 'attention', text: string) => void;

/** What a console may ask while it is locked: its view as far as it may see it, and to be unlocked. */
const always: ReadonlySet<RouteName> = new Set(['view', 'events', 'unlock', 'lock']);

/** Why a console may not ask for this now; undefined when it may. */
export function refusalAtConsole(lock: ConsoleLock, name: RouteName, session: string | undefined): Problem | undefined {
	if (always.has(name) || (lock.mode() === 'on' && routes[name].method === 'GET' && name !== 'bundle'))
		return undefined;
	return lock.isOpen(session) ? undefined : consoleIsLocked;
}

/** What each route does, whichever door it is asked at. */
export function makeHandlers({
	publisher,
	clock,
	paths,
	access,
	lock,
	drafts,
	runner,
	logs,
	bundles,
	shown,
	refresh,
	note,
}: {
	readonly publisher: Publisher;
	readonly clock: Clock;
	readonly paths: Paths;
	readonly access: Access;
	readonly lock: ConsoleLock;
	readonly drafts: Drafts;
	readonly runner: Runner;
	readonly logs: Logs;
	readonly bundles: Bundles;
	/** The view that is shown now. */
	readonly shown: () => View;
	readonly refresh: () => void;
	readonly note: Note;
}): Handlers {
	return {
		view: async ({door, session}) => {
			const current = publisher.current();
			const viewer = viewerAt(door, session, lock);
			return ok({
				revision: current?.revision ?? 0,
				view: viewer.see(current?.view ?? shown(), viewer.sight()),
			});
		},
		events: async ({reply, door, session, query}) => {
			// Where a password decides what is seen, a stream that comes again begins anew.
			const after = door === 'console' && lock.mode() !== 'off' ? undefined : query.after;
			publisher.attach(reply.raw, viewerAt(door, session, lock), after);
			return 'streaming';
		},
		status: async () => ok(statusDocument(shown(), clock.now())),
		start: async ({body}) => {
			const started = runner.start(body.kind, body.input);
			return started.ok ? ok({id: started.value}) : started;
		},
		act: async ({params, body}) => {
			const action = OperationAction.safeParse(params.action);
			if (!action.success)
				return {
					ok: false,
					problem: {
						code: 'input.invalid',
						field: 'action',
						what: `There is no action "${params.action ?? ''}".`,
						next: `Use one of: ${OperationAction.options.join(', ')}.`,
					},
				};
			const acted = runner.act(params.id ?? '', action.data, body.secrets);
			return acted.ok ? ok({id: acted.value}) : acted;
		},
		draft: async ({body}) => drafts.put(body.values),
		bundle: async ({params, reply}) => sendBundle(bundles, params.name ?? '', reply),
		logs: async ({params, query}) => logs.page(params.source ?? '', query),
		follow: async asked => followLog(logs, asked),
		picture: async ({body}) => keepPicture(paths.bundles, clock.now(), body),
		claim: async ({body}) => {
			const claimed = access.claim(body.token, body.passwordHash);
			if (claimed.ok) note('Web page', 'good', 'the setup token was used and a management password chosen');
			else note('Web page', 'attention', 'a wrong setup token was tried');
			return claimed;
		},
		credential: async () => ok(access.credential()),
		resetAccess: async () => {
			const reset = access.reset();
			note('Web page', 'attention', 'the management password was reset; all sessions are over');
			return ok(reset);
		},
		unlock: async ({body}) => {
			const unlocked = await lock.unlock(body.password);
			// A try that was made to wait is not written: the history must not be filled by a key held down.
			if (unlocked.ok || unlocked.problem.code === 'auth.denied')
				note('Console', unlocked.ok ? 'good' : 'attention', unlocked.ok ? 'unlocked' : 'a wrong password was tried');
			return unlocked;
		},
		keepUnlocked: async () => ok({}),
		lock: async ({session}) => {
			if (lock.mode() !== 'off' && lock.isKnown(session)) note('Console', 'good', 'locked');
			lock.lock(session);
			publisher.reviewViewers();
			return ok({});
		},
		consoleLock: async ({body, door}) => {
			const changed = await lock.change(body.mode, body.password);
			if (!changed.ok) return changed;
			const by = door === 'root' ? 'by root at the command line' : 'at the console';
			note('Console', 'attention', `the password was set to ${body.mode} ${by}; all consoles are locked`);
			publisher.reviewViewers();
			return ok({});
		},
		statusToken: async () => ok(access.newStatusToken()),
		certificate: async ({body}) => {
			access.certificate(body.fingerprint);
			refresh();
			return ok({});
		},
	};
}
